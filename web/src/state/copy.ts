/** Copying, with word of it: each button says "Copied" for a moment. */
import { signal } from '@preact/signals'

/** How long "Copied" stands, in milliseconds. */
const SHOWN = 1500

/** The key of what was copied last, while it is said so. */
export const copied = signal<string | undefined>(undefined)
let timer: ReturnType<typeof setTimeout> | undefined

export async function copy(key: string, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    copyBySelection(text)
  }
  copied.value = key
  clearTimeout(timer)
  timer = setTimeout(() => {
    copied.value = undefined
  }, SHOWN)
}

/** Where the clipboard is closed to the page, a selection can be copied still. */
function copyBySelection(text: string): void {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'hidden'
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}
