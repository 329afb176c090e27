/**
 * A formula in KaTeX. Its parts arrive coloured by number; the colours are taken out again and become `data-part`, so that
 * pointing at a part tints the same part wherever it is written.
 */
import { effect } from '@preact/signals'
import katex from 'katex'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { keyOf, pin, point, tinted } from '../state/pointed.ts'
import { by } from '../state/store.ts'
import type { FormulaData } from '../worker/protocol.ts'

/** Longer formulas are shown as text: nobody reads them typeset, and typesetting them takes seconds. */
const LONGEST_LATEX = 40_000

const OPTIONS = { trust: false, throwOnError: false, strict: 'ignore', output: 'html', maxExpand: 100_000 } as const

export interface FormulaProps {
  readonly formula: FormulaData
  readonly class?: string
  /** Whether fractions and sums stand in full size. */
  readonly display?: boolean
  /** Whether its parts can be pointed at. */
  readonly live?: boolean
}

export function Formula({ formula, display = false, live = true, class: className = '' }: FormulaProps) {
  const host = useRef<HTMLSpanElement>(null)
  const isLong = formula.lines.reduce((sum, line) => sum + line.length, 0) > LONGEST_LATEX
  useLayoutEffect(() => {
    const element = host.current
    if (!element) return
    if (isLong) {
      element.textContent = formula.text
      return
    }
    element.replaceChildren(
      ...formula.lines.map((latex) => {
        const line = document.createElement('span')
        line.className = 'line'
        katex.render(display ? `\\displaystyle ${latex}` : latex, line, OPTIONS)
        return line
      }),
    )
    numberParts(element)
    let known: readonly string[] | undefined
    const keys = () => {
      known ??= [keyOf(formula.text), ...formula.parts.map((part) => keyOf(part.text))]
      return known
    }
    return effect(() => {
      const key = live ? tinted(keys) : undefined
      tint(element, formula, by.value, key === undefined ? [] : keys(), key)
    })
  }, [formula.lines.join('\n'), formula.text, display, live])

  return (
    // biome-ignore lint/a11y/useKeyWithMouseEvents: the arrow keys in the stage point too, and speak what they point at
    <span
      ref={host}
      class={`formula ${isLong ? 'long' : ''} ${className}`}
      aria-hidden="true"
      onMouseOver={live ? (event) => point(...placeOf(formula, numberAt(event.target))) : undefined}
      onMouseLeave={live ? () => point(undefined) : undefined}
      onClick={live ? (event) => pin(...placeOf(formula, numberAt(event.target))) : undefined}
    />
  )
}

/** A part, and what it stands in from the inside out; the whole where no part is named. */
export function placeOf({ text, parts }: FormulaData, number = -1): [text: string, around: string[]] {
  const chain: string[] = []
  for (let at = number; at >= 0; at = parts[at]?.parent ?? -1) chain.push(parts[at]?.text ?? '')
  const [first = text, ...rest] = [...chain, text]
  return [first, rest]
}

function numberAt(target: EventTarget | null): number | undefined {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-part]') : undefined
  return element ? Number(element.dataset.part) : undefined
}

/** Colours #000001, #000002, … become part numbers 0, 1, …; other colours do not occur. */
function numberParts(element: HTMLElement): void {
  for (const part of element.querySelectorAll<HTMLElement>('[style*="color"]')) {
    const match = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(part.style.color)
    part.style.removeProperty('color')
    if (match) part.dataset.part = String((Number(match[1]) * 256 + Number(match[2])) * 256 + Number(match[3]) - 1)
  }
}

function tint(
  element: HTMLElement,
  { parts }: FormulaData,
  variables: readonly string[],
  [whole, ...keys]: readonly string[],
  key: string | undefined,
): void {
  const inPointed = parts.map(() => false)
  for (const [number, part] of parts.entries()) {
    inPointed[number] = (part.parent >= 0 && inPointed[part.parent]) || (key !== undefined && keys[number] === key)
  }
  element.classList.toggle('pointed', key !== undefined && key === whole)
  for (const node of element.querySelectorAll<HTMLElement>('[data-part]')) {
    const number = Number(node.dataset.part)
    const text = parts[number]?.text ?? ''
    node.classList.toggle('by', variables.includes(text))
    node.classList.toggle('pointed', inPointed[number] === true)
  }
}

/** The LaTeX of a formula without the colours that number its parts, statement by statement. */
export function plainLatex({ lines }: FormulaData): string {
  return lines.map(withoutColours).join(' \\\\ ')
}

function withoutColours(line: string): string {
  const colour = /^\\textcolor\{#[0-9a-f]{6}\}\{/
  let result = ''
  /** Of each bracket that is open, whether it is a colour's. */
  const open: boolean[] = []
  for (let at = 0; at < line.length; at++) {
    const start = line[at] === '\\' ? colour.exec(line.slice(at, at + 20))?.[0] : undefined
    if (start !== undefined) {
      open.push(true)
      at += start.length - 1
    } else if (line[at] === '\\') {
      result += line.slice(at, at + 2)
      at++
    } else {
      if (line[at] === '{') open.push(false)
      if (line[at] !== '}' || !open.pop()) result += line[at]
    }
  }
  return result
}
