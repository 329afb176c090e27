/** The variables as chips; each opens a popover where its kind, sizes and sign are declared. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { declare, guessOf, namesIn, shownVariables, useGuess } from '../state/declared.ts'
import { by, problem, problemText, vars, wantedBy } from '../state/store.ts'
import type { VariableData } from '../worker/protocol.ts'
import { Select } from './menu.tsx'

export function Variables() {
  const [open, setOpen] = useState<string>()
  const group = useRef<HTMLFieldSetElement>(null)
  const list = shownVariables()
  const clash = new Set((problem.value?.places ?? []).flatMap(({ span }) => namesIn(problemText.value.slice(...span))))
  const chosen = by.value
  const variable = list.find((candidate) => candidate.name === open)
  const close = () => {
    const name = open
    setOpen(undefined)
    if (name !== undefined) document.getElementById(chipId(name))?.focus()
  }
  useEffect(() => {
    if (open === undefined) return
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !group.current?.contains(event.target)) setOpen(undefined)
    }
    document.addEventListener('pointerdown', outside)
    return () => document.removeEventListener('pointerdown', outside)
  }, [open])
  return (
    <fieldset class="variables" ref={group} aria-label="Variables">
      <div class="variables-head">
        <span class="label" aria-hidden="true">
          Variables
        </span>
        <button
          type="button"
          class="text-button muted"
          aria-expanded={open === ''}
          onClick={() => setOpen(open === '' ? undefined : '')}
        >
          + Declare
        </button>
      </div>
      <div class="chips">
        {list.map((item) => (
          <button
            key={item.name}
            id={chipId(item.name)}
            type="button"
            class={`chip ${chosen.includes(item.name) ? 'by' : ''} ${clash.has(item.name) ? 'clash' : ''}`}
            aria-expanded={open === item.name}
            onClick={() => setOpen(open === item.name ? undefined : item.name)}
          >
            <b>{item.name}</b> {item.kind} <span class="sizes">{item.sizes.join('×')}</span>
            {!item.used && <span class="sizes">unused</span>}
            {item.sign !== undefined && <span class="sizes">{item.sign}</span>}
            {clash.has(item.name) && (
              <span class="clash-mark">
                <span aria-hidden="true">≠</span>
                <span class="hidden">does not fit</span>
              </span>
            )}
          </button>
        ))}
      </div>
      {variable && <ChipPopover key={variable.name} variable={variable} close={close} />}
      {open === '' && <Declare close={() => setOpen(undefined)} />}
    </fieldset>
  )
}

function chipId(name: string): string {
  return `chip-${name}`
}

const KINDS = ['scalar', 'vector', 'rowvector', 'matrix', 'symmetric', 'psd', 'diagonal', 'orthogonal', 'tensor']
const SIGNS = ['', 'positive', 'nonnegative']

function ChipPopover({ variable, close }: { readonly variable: VariableData; readonly close: () => void }) {
  const { name, kind, declared } = variable
  const guess = guessOf(name)
  const [sizes, setSizes] = useState(variable.sizes.join(', '))
  const first = useRef<HTMLSelectElement>(null)
  useEffect(() => first.current?.focus(), [])
  useEffect(() => setSizes(distinct(variable).join(', ')), [variable.sizes.join(), variable.kind])
  const change = (change: { kind?: string; sizes?: string; sign?: string }) => {
    const next = { kind, sign: variable.sign ?? '', sizes: undefined as string | undefined, ...change }
    declare(name, typeOf(next.kind, next.sizes ?? '', next.sign))
  }
  const isBy = by.value.includes(name)
  const toggleBy = () => {
    const next = isBy ? by.value.filter((other) => other !== name) : [...by.value, name]
    if (next.length > 0) wantedBy.value = next
  }
  return (
    <div
      class="popover chip-popover"
      role="dialog"
      aria-label={`Variable ${name}`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        close()
      }}
    >
      <label>
        Kind
        <Select>
          <select
            ref={first}
            class="control"
            value={kind}
            onChange={(event) =>
              change({
                kind: event.currentTarget.value,
                sizes: event.currentTarget.value === 'tensor' ? 'm, n, k' : '',
              })
            }
          >
            {KINDS.map((option) => (
              <option key={option}>{option}</option>
            ))}
          </select>
        </Select>
      </label>
      {kind !== 'scalar' && (
        <label>
          Sizes
          <input
            class="control mono"
            value={sizes}
            placeholder="found"
            onInput={(event) => setSizes(event.currentTarget.value)}
            onChange={(event) => change({ sizes: event.currentTarget.value })}
          />
        </label>
      )}
      <label>
        Sign
        <Select>
          <select
            class="control"
            value={variable.sign ?? ''}
            onChange={(event) => change({ sign: event.currentTarget.value, sizes: declared ? sizes : '' })}
          >
            {SIGNS.map((option) => (
              <option key={option} value={option}>
                {option === '' ? 'any' : option}
              </option>
            ))}
          </select>
        </Select>
      </label>
      <label class="checkbox">
        <input type="checkbox" checked={isBy} onChange={toggleBy} /> Differentiate by it
      </label>
      <div class="popover-buttons">
        <button
          type="button"
          class="text-button"
          disabled={!declared || (variable.used && (vars.value[name] === guess || guess === undefined))}
          onClick={() => useGuess(name, variable.used)}
        >
          {variable.used ? 'Use guess' : 'Remove'}
        </button>
        <button type="button" class="text-button" onClick={close}>
          Done
        </button>
      </div>
    </div>
  )
}

/** The sizes that a declaration writes: one for a square kind. */
function distinct({ kind, sizes }: VariableData): readonly string[] {
  return ['symmetric', 'psd', 'diagonal', 'orthogonal'].includes(kind) ? sizes.slice(0, 1) : sizes
}

function typeOf(kind: string, sizes: string, sign: string): string {
  const list = kind === 'scalar' || sizes.trim() === '' ? '' : `(${sizes.trim()})`
  return `${kind}${list}${sign === '' ? '' : ` ${sign}`}`
}

function Declare({ close }: { readonly close: () => void }) {
  const [line, setLine] = useState('')
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  const add = (event: Event) => {
    event.preventDefault()
    const at = line.indexOf(':')
    if (at < 1) return
    declare(line.slice(0, at).trim(), line.slice(at + 1).trim())
    close()
  }
  return (
    <form
      class="popover chip-popover"
      aria-label="Declare a variable"
      onSubmit={add}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <label>
        Declaration
        <input
          ref={input}
          class="control mono"
          value={line}
          placeholder="A: symmetric(n)"
          onInput={(event) => setLine(event.currentTarget.value)}
        />
      </label>
      <div class="popover-buttons">
        <button type="submit" class="text-button">
          Declare
        </button>
      </div>
    </form>
  )
}
