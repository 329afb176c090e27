/** The left side: what the user says. */

import { shownVariables } from '../state/declared.ts'
import { offlineState } from '../state/offline.ts'
import { by, problem, read, text, untouched, vars, wantedBy } from '../state/store.ts'
import { Editor } from './editor.tsx'
import { Formula } from './formula.tsx'
import { lazyPanel } from './lazy.tsx'
import { Select } from './menu.tsx'
import { Problem } from './problem.tsx'
import { Symbols } from './symbols.tsx'
import { Variables } from './variables.tsx'

const Answer = lazyPanel(() => import('./answer.tsx').then((module) => module.Answer))
const Numbers = lazyPanel(() => import('./numbers.tsx').then((module) => module.Numbers))

export function Rail() {
  return (
    <section class="rail" aria-label="Input">
      <div class="rail-input">
        <span class="label">Expression</span>
        <Editor />
        <ReadAs />
        <Problem />
        <Symbols />
        {untouched.value && <FirstVisit />}
        <By />
        <Variables />
      </div>
      <div class="rail-panels">
        <details class="panel">
          <summary>Check your own answer</summary>
          <Answer />
        </details>
        <details class="panel">
          <summary>
            Try with numbers <span class="aside">.npy .csv</span>
          </summary>
          <Numbers />
        </details>
      </div>
      <footer class="rail-foot">
        <span>Runs in this tab. Nothing leaves your computer.</span>
        <span>{offlineState.value}</span>
      </footer>
    </section>
  )
}

function ReadAs() {
  const found = read.value
  const hide = problem.value !== undefined || found?.readAs === undefined || text.value.trim() === ''
  return (
    <div class={hide ? 'read-as faded' : 'read-as'}>
      {found?.readAs !== undefined && text.value.trim() !== '' && (
        <>
          <span class="read-as-label">read as</span>
          <span class="read-as-formula">
            <Formula formula={found.readAs} />
          </span>
          <span class="read-as-type">{found.type}</span>
        </>
      )}
    </div>
  )
}

const STARTS: readonly { readonly title: string; readonly text: string; readonly by: string }[] = [
  { title: 'Logistic regression', text: 'sum(log(exp(-y.*(X*w)) + vector(1)))', by: 'w' },
  { title: 'Matrix factorization', text: "norm2(T - U*V')^2", by: 'U' },
  { title: 'log det', text: 'log(det(X))', by: 'X' },
  { title: 'Index notation', text: 'sum[i,j](norm2[a](X[i,a] - X[j,a])^2)', by: 'X' },
]

function FirstVisit() {
  return (
    <div class="first-visit">
      <p>a–g scalar, h–z vector, A–Z matrix. Click one to change it.</p>
      <p>
        Start from{' '}
        {STARTS.map((start) => (
          <button
            key={start.title}
            type="button"
            class="text-button"
            onClick={() => {
              untouched.value = false
              vars.value = {}
              wantedBy.value = [start.by]
              text.value = start.text
            }}
          >
            {start.title}
          </button>
        ))}
      </p>
    </div>
  )
}

/** Single variables, and where there are few every choice of several. */
const FEW = 3

function By() {
  const names = shownVariables()
    .filter((variable) => variable.used)
    .map((variable) => variable.name)
  const now = (by.value.length > 0 ? by.value : wantedBy.value).join(', ')
  const lists = names.length <= FEW ? subsets(names) : [...names.map((name) => [name]), names]
  const options = [...new Set([...lists.map((list) => list.join(', ')), ...(now === '' ? [] : [now])])]
  return (
    <div class="by-row">
      <label class="label inline" for="by">
        Derivative by
      </label>
      <Select>
        <select
          id="by"
          class="control by-select"
          value={now}
          onChange={(event) => {
            wantedBy.value = event.currentTarget.value.split(', ')
          }}
        >
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      </Select>
    </div>
  )
}

/** Every choice of some of the names, the small ones first. */
function subsets(names: readonly string[]): string[][] {
  const all: string[][] = [[]]
  for (const name of names) all.push(...all.map((list) => [...list, name]))
  return all.filter((list) => list.length > 0).sort((a, b) => a.length - b.length)
}
