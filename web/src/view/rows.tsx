/** The copy rows: one line each, a click shows all of it. */
import { useState } from 'preact/hooks'
import { LONGEST_LATEX, mathMl } from '../../../src/render/mathml.ts'
import { copied, copy } from '../state/copy.ts'
import { isStale, results, rows, view } from '../state/store.ts'
import { CopyIcon } from './icons.tsx'

export function Rows() {
  const list = rows.value
  const latex = list.find((row) => row.label === 'LaTeX')?.text ?? ''
  return (
    <div class={isStale.value ? 'rows stale' : 'rows'}>
      {list
        // A row whose emitter has not come yet does not come any more for a result that is stale.
        .filter((row) => row.label !== 'LaTeX' && (row.text !== '' || !isStale.value))
        .map((row) => (
          <Row key={row.label} label={row.label} text={row.text} />
        ))}
      {results.value.length > 0 && list.length > 0 && (
        <div class="row more">
          <TextButton label="LaTeX" name="Copy LaTeX" text={() => latex} />
          <TextButton
            label="MathML"
            name="Copy MathML"
            text={() => latex.split('\n').map(mathMl).join('\n')}
            isTooLong={latex.split('\n').some((line) => line.length > LONGEST_LATEX)}
          />
          <button
            type="button"
            class="text-button"
            onClick={() => {
              view.value = 'code'
            }}
          >
            All languages
          </button>
        </div>
      )}
    </div>
  )
}

function Row({ label, text }: { readonly label: string; readonly text: string }) {
  const [open, setOpen] = useState(false)
  return (
    <div class={open ? 'row open' : 'row'}>
      <span class="row-label">{label}</span>
      <button
        type="button"
        class="row-text"
        aria-expanded={open}
        aria-label={`${label}: ${text}`}
        onClick={() => setOpen(!open)}
      >
        <code>{open ? text : text.replaceAll('\n', '; ') || '…'}</code>
      </button>
      <CopyButton name={`Copy ${label}`} text={() => text} />
    </div>
  )
}

export function CopyButton({ name, text }: { readonly name: string; readonly text: () => string }) {
  const isCopied = copied.value === name
  return (
    <button
      type="button"
      class="icon-button copy"
      aria-label={name}
      title={name}
      disabled={isStale.value}
      onClick={() => void copy(name, text())}
    >
      {isCopied ? <span class="copied">Copied</span> : <CopyIcon />}
    </button>
  )
}

function TextButton({
  label,
  name,
  text,
  isTooLong = false,
}: {
  readonly label: string
  readonly name: string
  readonly text: () => string
  readonly isTooLong?: boolean
}) {
  return (
    <button
      type="button"
      class="text-button"
      aria-label={name}
      disabled={isStale.value || isTooLong}
      title={isTooLong ? 'The formula is too long' : undefined}
      onClick={() => void copy(name, text())}
    >
      {copied.value === name ? 'Copied' : label}
    </button>
  )
}
