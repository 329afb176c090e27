/** The language on one page: what is written how, and the table of functions. */
import { useEffect, useState } from 'preact/hooks'
import { functions } from '../state/functions.ts'
import { askFunctions } from '../state/store.ts'

const LANGUAGE: readonly (readonly [written: string, meaning: string])[] = [
  ["A*x, x'*y, x*y', A'", 'matrix product, inner and outer product, transpose'],
  ['x.*y, x./y, x.^2', 'entry by entry'],
  ['A^2, A^-1, inv(A)*b', 'powers of square matrices; a solve where an inverse meets a vector'],
  ['sum(A,1), max(A,axis=2)', 'reductions over an axis, counted from 1'],
  ['eye(n), ones(m,n), zeros(n), vector(1)', 'constants; the last takes its length from what surrounds it'],
  ['x[3], A[:,2], A[2,:]', 'selections, counted from 1'],
  ['sum[i,j](A[i,j]*x[j]), sum[i,j: i<j](…)', 'index notation'],
  ['C[i,k] = sum[j](A[i,j]*B[j,k])', 'binds a tensor by its elements'],
  ["z = A*x - y; z'*z", 'a program: statements end at ; or at the end of a line, the last is the value'],
  ['a … g, h … z, A … Z', 'first letters of names: scalar, vector, matrix; a click on a variable changes it'],
]

export function Reference() {
  const [wanted, setWanted] = useState('')
  useEffect(() => {
    if (functions.peek().length === 0) askFunctions()
  }, [])
  const low = wanted.toLowerCase()
  const list = functions.value.filter((entry) =>
    [entry.name, ...entry.synonyms, entry.usage, entry.doc].some((text) => text.toLowerCase().includes(low)),
  )
  return (
    <>
      <h3 class="group">Language</h3>
      <dl class="reference">
        {LANGUAGE.map(([written, meaning]) => (
          <div key={written}>
            <dt>
              <code>{written}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div class="reference-head">
        <h3 class="group">Functions</h3>
        <input
          class="control"
          type="search"
          placeholder="Find"
          aria-label="Find a function"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      </div>
      <dl class="reference">
        {list.map(({ name, usage, doc, convention, synonyms }) => (
          <div key={name}>
            <dt>
              <code>{usage}</code>
            </dt>
            <dd>
              {[doc, convention, synonyms.length > 0 ? `Also called ${synonyms.join(', ')}.` : undefined]
                .filter((part) => part !== undefined)
                .join(' ')}
            </dd>
          </div>
        ))}
      </dl>
      {list.length === 0 && <p class="empty">There is no function like that.</p>}
    </>
  )
}
