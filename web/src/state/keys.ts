/** The keys that work anywhere outside of text fields, and whether the single letters among them do. */
import { signal } from '@preact/signals'
import type { View } from '../worker/protocol.ts'
import { dialog } from './dialogs.ts'
import { editor } from './editor.ts'
import { free } from './pointed.ts'
import { view } from './store.ts'

const KEY = 'eincalc-single-keys'

/** Speech input types letters by the word, so single-letter keys can be switched off. */
export const singleKeys = signal(stored())

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off'
  } catch {
    return true
  }
}

export function setSingleKeys(on: boolean): void {
  singleKeys.value = on
  try {
    localStorage.setItem(KEY, on ? 'on' : 'off')
  } catch {
    // Storage may be closed to the page; the choice then lasts until it is closed.
  }
}

export function listenToKeys(views: readonly View[]): void {
  document.addEventListener('keydown', (event) => {
    const chosen = event.altKey && !event.ctrlKey && !event.metaKey ? /^Digit([1-7])$/.exec(event.code)?.[1] : undefined
    const next = chosen === undefined ? undefined : views[Number(chosen) - 1]
    if (next !== undefined) {
      event.preventDefault()
      view.value = next
      return
    }
    if (event.key === 'Escape' && !event.defaultPrevented) free()
    if (!singleKeys.value || event.ctrlKey || event.metaKey || event.altKey || isTextField(event)) return
    if (event.key === '/') {
      event.preventDefault()
      editor()?.focus()
    } else if (event.key === '?' && dialog.value === undefined) {
      event.preventDefault()
      dialog.value = 'keys'
    }
  })
}

function isTextField(event: KeyboardEvent): boolean {
  const [target] = event.composedPath()
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
}
