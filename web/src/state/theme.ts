/** Light, dark, or as the system has it; kept on this device only. */
import { signal } from '@preact/signals'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'eincalc-theme'

export const theme = signal<Theme>(stored())

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system'
  }
}

export function applyTheme(): void {
  const { dataset } = document.documentElement
  if (theme.value === 'system') delete dataset.theme
  else dataset.theme = theme.value
}

export function nextTheme(): void {
  theme.value = theme.value === 'system' ? 'light' : theme.value === 'light' ? 'dark' : 'system'
  applyTheme()
  try {
    localStorage.setItem(KEY, theme.value)
  } catch {
    // Storage may be closed to the page; the choice then lasts until it is closed.
  }
}
