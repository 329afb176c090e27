/** "Try with numbers": values typed, dropped as files or drawn; the function and its derivatives at them. */
import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import { by, read, text, vars } from '../state/store.ts'
import { type Outcome, perform, stopTasks } from '../state/tasks.ts'
import type { EvaluatedData, ValueInput, VariableData } from '../worker/protocol.ts'
import { bytesText } from './forms.tsx'
import { HeatMap } from './heat-map.tsx'

interface Value {
  readonly text: string
  /** A file's name, where the value is a file's. */
  readonly file?: string
  readonly npy?: Uint8Array
}

const values = signal<ReadonlyMap<string, Value>>(new Map())

export function Numbers() {
  const [outcome, setOutcome] = useState<Outcome<readonly EvaluatedData[]>>()
  const [isBusy, setBusy] = useState(false)
  const variables = (read.value?.variables ?? []).filter((variable) => variable.used)
  const set = (name: string, value: Value) => {
    values.value = new Map(values.value).set(name, value)
  }
  /** Files that fall beside the fields go to the variables of their names. */
  const drop = (event: DragEvent) => {
    event.preventDefault()
    for (const file of event.dataTransfer?.files ?? []) {
      const name = file.name.replace(/\.[^.]*$/, '')
      if (variables.some((variable) => variable.name === name)) void take(file, (value) => set(name, value))
    }
  }
  const draw = async () => {
    const drawn = await perform<'sample'>({
      task: 'sample',
      text: text.value,
      vars: vars.value,
      by: by.value,
      names: [],
      sizes: {},
    })
    if ('problem' in drawn) setOutcome(drawn)
    else values.value = new Map(Object.entries(drawn.result).map(([name, value]) => [name, { text: value }]))
  }
  const evaluate = async () => {
    const given: Record<string, ValueInput> = Object.create(null) as Record<string, ValueInput>
    for (const { name } of variables) {
      const value = values.value.get(name)
      if (value?.npy) given[name] = { npy: value.npy }
      else if (value && value.text.trim() !== '') given[name] = { text: value.text }
    }
    setBusy(true)
    setOutcome(
      await perform<'evaluate'>({ task: 'evaluate', text: text.value, vars: vars.value, by: by.value, values: given }),
    )
    setBusy(false)
  }
  return (
    <div
      class="panel-content"
      role="group"
      aria-label="Values"
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      {variables.map((variable) => (
        <Field key={variable.name} variable={variable} value={values.value.get(variable.name)} set={set} />
      ))}
      <p class="hint">Type them, or drop .npy and .csv files here: A.npy is A.</p>
      <div class="popover-buttons">
        <button type="button" class="text-button" onClick={() => void draw()}>
          Random values
        </button>
        {isBusy ? (
          <button type="button" class="control" onClick={stopTasks}>
            Stop
          </button>
        ) : (
          <button type="button" class="control" onClick={() => void evaluate()}>
            Evaluate
          </button>
        )}
      </div>
      <div role="status" aria-label="Numbers">
        {isBusy && 'working…'}
        {outcome && 'problem' in outcome && <p class="verdict red">{outcome.problem.message}</p>}
      </div>
      {outcome &&
        'result' in outcome &&
        outcome.result.map((result) => <Evaluated key={result.title} result={result} />)}
    </div>
  )
}

interface FieldProps {
  readonly variable: VariableData
  readonly value: Value | undefined
  readonly set: (name: string, value: Value) => void
}

/** Files beyond this are refused before they are read. */
const LARGEST_FILE = 256 * 1024 * 1024

async function take(file: File, set: (value: Value) => void): Promise<void> {
  if (file.size > LARGEST_FILE)
    set({ text: `${file.name} has ${bytesText(file.size)}; at most ${bytesText(LARGEST_FILE)} are read` })
  else if (/\.npy$/i.test(file.name)) {
    set({ text: '', file: file.name, npy: new Uint8Array(await file.arrayBuffer()) })
  } else set({ text: await file.text() })
}

function Field({ variable: { name, type, sizes }, value, set }: FieldProps) {
  const [isOver, setOver] = useState(false)
  const takeOne = (files: FileList | null | undefined) => {
    const [file] = files ?? []
    if (file) void take(file, (taken) => set(name, taken))
  }
  return (
    <fieldset
      aria-label={`Value of ${name}`}
      class={isOver ? 'value over' : 'value'}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false)
        // Several go by their names.
        if (event.dataTransfer?.files.length !== 1) return
        event.preventDefault()
        event.stopPropagation()
        takeOne(event.dataTransfer.files)
      }}
    >
      <div class="value-head">
        <label for={`value-${name}`}>
          <b>{name}</b> <span class="muted">{type}</span>
        </label>
        <label class="file">
          <span class="text-button" aria-hidden="true">
            File
          </span>
          <input
            class="hidden"
            type="file"
            accept=".npy,.csv,.txt,.json"
            aria-label={`File for ${name}`}
            onChange={(event) => takeOne(event.currentTarget.files)}
          />
        </label>
      </div>
      {value?.file === undefined ? (
        <textarea
          id={`value-${name}`}
          class="control mono"
          rows={sizes.length > 1 ? 3 : 1}
          spellcheck={false}
          placeholder={sizes.length === 0 ? '1.5' : sizes.length === 1 ? '1 2 3' : '1 2\n3 4'}
          value={value?.text ?? ''}
          onInput={(event) => set(name, { text: event.currentTarget.value })}
        />
      ) : (
        <p class="file-name">
          {value.file}{' '}
          <button type="button" class="text-button" onClick={() => set(name, { text: '' })}>
            Remove
          </button>
        </p>
      )}
    </fieldset>
  )
}

/** Up to this many rows and columns the numbers themselves are shown. */
const TABLE_SIDE = 8

function Evaluated({ result }: { readonly result: EvaluatedData }) {
  const { title, tensor, shape, note, engine, time, bytes } = result
  return (
    <section class="evaluated" aria-label={title}>
      <h3>
        {title} <span class="muted">{shape.length === 0 ? '' : shape.join('×')}</span>
        <span class="aside">
          {time < 0.1 ? 'under 0.1 ms' : `${Number(time.toPrecision(2))} ms`}, {bytesText(bytes)}
          {engine === 'wasm' ? ', WebAssembly' : ''}
        </span>
      </h3>
      {note !== '' && <p class="note plain">{note}</p>}
      {tensor && <Tensor shape={tensor.shape} data={tensor.data} title={title} />}
    </section>
  )
}

function Tensor({
  shape,
  data,
  title,
}: {
  readonly shape: readonly number[]
  readonly data: Float64Array
  readonly title: string
}) {
  if (shape.length === 0) return <output class="number-result">{figure(data[0] as number)}</output>
  // A tensor of order 4 is shown as the matrix between its first and its last two axes.
  const half = Math.ceil(shape.length / 2)
  const columns = shape.length === 1 ? 1 : shape.slice(half).reduce((a, b) => a * b, 1)
  const height = columns === 0 ? 0 : data.length / columns
  const isSmall = height <= TABLE_SIDE && columns <= TABLE_SIDE
  return (
    <>
      {isSmall && (
        <div class="scroll" tabIndex={0} role="group" aria-label={`${title}, numbers`}>
          <table class="numbers">
            <tbody>
              {Array.from({ length: height }, (_, row) => (
                // Rows have no name but their position.
                <tr key={String(row)}>
                  {Array.from({ length: columns }, (_, column) => (
                    <td key={String(column)} class="number">
                      {figure(data[row * columns + column] as number)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {columns > 1 && height > 1 && (
        <HeatMap data={data} height={height} width={columns} label={`${title}, heat map`} />
      )}
      {!isSmall && columns === 1 && <p class="file-name">{Array.from(data.slice(0, 12), figure).join(', ')}, …</p>}
    </>
  )
}

function figure(value: number): string {
  return String(Number(value.toPrecision(5)))
}
