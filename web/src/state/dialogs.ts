/** Which dialog is open. */
import { signal } from '@preact/signals'

export type DialogName = 'examples' | 'reference' | 'keys'
export const dialog = signal<DialogName | undefined>(undefined)
