/** What is heard: the result after a pause, and its parts as the arrow keys walk through them. */
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { copy } from '../state/copy.ts'
import { free, pin, point } from '../state/pointed.ts'
import { results } from '../state/store.ts'
import type { FormulaData } from '../worker/protocol.ts'
import { placeOf, plainLatex } from './formula.tsx'

/** How long the result must stand before it is spoken, in milliseconds. */
const QUIET = 800

const saying = signal('')

/** Says it at once. */
export function say(text: string): void {
  saying.value = text
}

export function Spoken() {
  const text = results.value.map((result) => `${result.title}: ${result.formula.spoken}`).join('. ')
  useEffect(() => {
    const timer = setTimeout(() => {
      saying.value = text
    }, QUIET)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div class="hidden" aria-live="polite" data-spoken={saying.value}>
      {saying.value}
    </div>
  )
}

/** Where the walk stands: a formula, which may come anew with the same text, and one of its parts. */
let walk: { text: string; part: number } | undefined

/**
 * ↓ into the formula, ↑ out of it, ← and → to its neighbours; each part is tinted and spoken. Enter pins it, Esc frees it,
 * Ctrl C copies LaTeX.
 */
export function walkParts(event: KeyboardEvent, formula: FormulaData): void {
  if ((event.ctrlKey || event.metaKey) && event.key === 'c' && document.getSelection()?.isCollapsed !== false) {
    void copy('Copy LaTeX', plainLatex(formula))
    return
  }
  if (walk?.text !== formula.text) walk = undefined
  const part = next(formula, walk?.part, event.key)
  if (event.key === 'Escape') {
    walk = undefined
    free()
    return
  }
  if (event.key === 'Enter' && walk) {
    pin(...placeOf(formula, walk.part))
    return
  }
  if (part === undefined) return
  event.preventDefault()
  free()
  if (part < 0) {
    walk = undefined
    say(formula.spoken)
    return
  }
  walk = { text: formula.text, part }
  point(...placeOf(formula, part))
  say(formula.parts[part]?.spoken ?? '')
}

/** The part that a key leads to; -1 for the whole, undefined where it leads nowhere. */
function next({ parts }: FormulaData, now: number | undefined, key: string): number | undefined {
  const childrenOf = (parent: number) => parts.flatMap((part, at) => (part.parent === parent ? [at] : []))
  switch (key) {
    case 'ArrowDown':
      return childrenOf(now ?? -1)[0]
    case 'ArrowUp':
      return now === undefined ? undefined : (parts[now]?.parent ?? -1)
    case 'ArrowLeft':
    case 'ArrowRight': {
      if (now === undefined) return undefined
      const siblings = childrenOf(parts[now]?.parent ?? -1)
      return siblings[siblings.indexOf(now) + (key === 'ArrowRight' ? 1 : -1)]
    }
    default:
      return undefined
  }
}
