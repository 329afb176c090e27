/** What the derivative costs in each mode, at sizes that sliders choose. */
import { costs, dims } from '../state/store.ts'
import type { CostData } from '../worker/protocol.ts'
import { bytesText } from './forms.tsx'

const MODES = { forward: 'Forward', reverse: 'Reverse', crosscountry: 'Cross-country' } as const
/** Sliders go from 1 to 10 to this power. */
const LARGEST_POWER = 7
const STEPS_PER_POWER = 20

export function Cost() {
  const [first] = costs.value
  if (!first) return null
  return (
    <div class="cost">
      <div class="sliders">
        {Object.entries(first.sizes).map(([name, size]) => (
          <Slider key={name} name={name} size={size} />
        ))}
      </div>
      {costs.value.map((cost, at) => (
        // The results come in the order of the stage and have no names of their own here.
        <Table key={String(at)} cost={cost} />
      ))}
      <p class="note plain">
        Scalar operations, entries of the largest intermediate, bytes of peak memory: known before anything runs.
      </p>
    </div>
  )
}

function setSize(name: string, size: number): void {
  if (Number.isFinite(size) && size >= 1) dims.value = { ...dims.value, [name]: Math.round(size) }
}

function Slider({ name, size }: { readonly name: string; readonly size: number }) {
  return (
    <div class="slider">
      <span class="slider-name" id={`size-${name}`}>
        {name}
      </span>
      <input
        type="range"
        min={0}
        max={LARGEST_POWER * STEPS_PER_POWER}
        value={Math.round(Math.log10(size) * STEPS_PER_POWER)}
        aria-label={`Size ${name}, logarithmic`}
        aria-valuetext={String(size)}
        onInput={(event) => setSize(name, nice(10 ** (Number(event.currentTarget.value) / STEPS_PER_POWER)))}
      />
      <input
        type="number"
        min={1}
        value={size}
        aria-label={`Size ${name}`}
        onChange={(event) => setSize(name, Number(event.currentTarget.value))}
      />
    </div>
  )
}

/** Two digits, as people choose sizes. */
function nice(size: number): number {
  return Math.max(1, Number(size.toPrecision(2)))
}

function Table({ cost }: { readonly cost: CostData }) {
  const most = Math.max(...cost.modes.map((mode) => mode.operations))
  return (
    <div class="scroll">
      <table class="costs">
        <thead>
          <tr>
            <th scope="col">Mode</th>
            <th scope="col" class="number">
              Operations
            </th>
            <th scope="col" class="bars">
              <span class="hidden">Compared</span>
            </th>
            <th scope="col" class="number">
              Largest
            </th>
            <th scope="col" class="number">
              Memory
            </th>
          </tr>
        </thead>
        <tbody>
          {cost.modes.map((mode) => (
            <tr key={mode.mode} class={mode.used ? 'used' : ''}>
              <th scope="row">
                {MODES[mode.mode]} {mode.used && <span class="used-mark">used</span>}
              </th>
              <td class="number">{figure(mode.operations)}</td>
              <td class="bars">
                <meter min={0} max={most} value={mode.operations} aria-label={`${MODES[mode.mode]} operations`} />
              </td>
              <td class="number">{figure(mode.largest)}</td>
              <td class="number">{bytesText(mode.bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Three digits, with a power of ten where the number is long. */
function figure(value: number): string {
  if (value < 1e5) return value.toLocaleString('en')
  const exponent = Math.floor(Math.log10(value))
  return `${Number((value / 10 ** exponent).toPrecision(3))}e${exponent}`
}
