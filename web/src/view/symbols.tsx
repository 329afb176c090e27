/** A bar of the symbols that touch keyboards hide. */
import { useEffect, useRef } from 'preact/hooks'
import { editor } from '../state/editor.ts'

const SYMBOLS = ["'", '.', '*', '^', '(', ')', '[', ']', '=', '⏎']
const NAMES: Readonly<Record<string, string>> = {
  "'": 'transpose',
  '.': 'dot',
  '*': 'times',
  '^': 'power',
  '(': 'open bracket',
  ')': 'close bracket',
  '[': 'open square bracket',
  ']': 'close square bracket',
  '=': 'equals',
  '⏎': 'new line',
}

export function Symbols() {
  const bar = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const visible = window.visualViewport
    if (!visible) return
    // Some browsers lay the keyboard over the page instead of making the page smaller.
    const lift = () => {
      const covered = Math.max(0, window.innerHeight - visible.height - visible.offsetTop)
      bar.current?.style.setProperty('bottom', visible.scale > 1 ? '0' : `${Math.round(covered)}px`)
    }
    visible.addEventListener('resize', lift)
    visible.addEventListener('scroll', lift)
    return () => {
      visible.removeEventListener('resize', lift)
      visible.removeEventListener('scroll', lift)
    }
  }, [])
  return (
    <div class="symbols" role="group" aria-label="Symbols" ref={bar}>
      {SYMBOLS.map((symbol) => (
        <button
          key={symbol}
          type="button"
          aria-label={NAMES[symbol]}
          // The editor keeps the focus, so the keyboard stays open.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => editor()?.insert(symbol === '⏎' ? '\n' : symbol)}
        >
          {symbol}
        </button>
      ))}
    </div>
  )
}
