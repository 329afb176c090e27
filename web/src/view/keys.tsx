/** The keys. */
import { setSingleKeys, singleKeys } from '../state/keys.ts'

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['Ctrl Enter', 'report problems now, go to the result'],
  ['Ctrl Space', 'complete a name'],
  ['F8', 'next problem'],
  ['Alt Enter', 'first quick fix'],
  ['Esc', 'close what is open, then leave the editor'],
  ['Alt 1 … 7', 'the tabs; arrows move within them'],
  ['↓ ↑ ← →', 'in the formula: into, out of, and along its parts, each spoken'],
  ['↑ ↓, ← →', 'in a program its lines, in a drawing its nodes'],
  ['Enter, Esc', 'keep tinted what is pointed at, everywhere; free it'],
  ['Ctrl C', 'in the formula: copy LaTeX'],
  ['/', 'to the editor'],
  ['?', 'these keys'],
]

export function Keys() {
  return (
    <>
      <dl class="reference keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="checkbox">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />{' '}
        / and ? outside of text fields
      </label>
    </>
  )
}
