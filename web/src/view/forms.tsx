/** The Hessian four ways: as Kronecker's or a plain matrix, by indices, as compressed terms, by entries; with its memory. */
import { form, formNames } from '../state/store.ts'
import { COMPRESSED, type ResultData, type TermData } from '../worker/protocol.ts'
import { CopyButton } from './rows.tsx'
import { Fitted } from './stage.tsx'

export function Forms({ result }: { readonly result: ResultData }) {
  const own = [...result.forms.map(({ name }) => name), ...(result.terms.length > 0 ? [COMPRESSED] : [])]
  const name = own.includes(form.value) ? form.value : (own[0] ?? '')
  const shown = result.forms.find((candidate) => candidate.name === name)
  return (
    <>
      <div class="forms" role="group" aria-label="Form">
        {formNames.value.map((candidate) => (
          <button
            key={candidate}
            type="button"
            class="form"
            aria-pressed={candidate === name}
            onClick={() => {
              form.value = candidate
            }}
          >
            {candidate}
          </button>
        ))}
        <span class="spacer" />
        {shown && <CopyButton name={`Copy ${result.title}, ${name}`} text={() => shown.formula.text} />}
      </div>
      {shown ? (
        <>
          <Fitted formula={shown.formula} />
          {name === 'Kronecker' && <p class="note plain">Between column-major vecs.</p>}
          {name === 'Entries' && shown.formula.text.includes('eye(') && (
            <p class="note plain">In the entries of its cores; δ is 1 where its indices agree, else 0.</p>
          )}
        </>
      ) : (
        <Terms terms={result.terms} />
      )}
      {result.memory && (
        <p class="note plain">
          {sizesText(result.memory.sizes)}: {bytesText(result.memory.dense)} in full
          {result.memory.kept < result.memory.dense ? `, ${bytesText(result.memory.kept)} as it is kept` : ''}
        </p>
      )}
    </>
  )
}

function Terms({ terms }: { readonly terms: readonly TermData[] }) {
  return (
    <table class="terms">
      <thead>
        <tr>
          <th scope="col">Scale</th>
          <th scope="col">Pattern</th>
          <th scope="col">Cores</th>
        </tr>
      </thead>
      <tbody>
        {terms.map((term) => (
          <tr key={`${term.pattern} ${term.cores.join()}`}>
            <td>{term.scale}</td>
            <td>
              <code>{term.pattern}</code>
            </td>
            <td>
              <code>{term.cores.join(', ')}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export function sizesText(sizes: Readonly<Record<string, number>>): string {
  const list = Object.entries(sizes)
  if (list.length === 0) return 'Memory'
  const values = new Set(list.map(([, size]) => size))
  const [value] = values
  if (values.size === 1) return `At ${list.map(([name]) => name).join(' = ')} = ${value?.toLocaleString('en')}`
  return `At ${list.map(([name, size]) => `${name} = ${size.toLocaleString('en')}`).join(', ')}`
}

export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']
  let unit = 0
  let value = bytes
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`
}
