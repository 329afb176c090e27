/** A bar of the symbols that touch keyboards hide. */
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
  return (
    <div class="symbols" role="group" aria-label="Symbols">
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
