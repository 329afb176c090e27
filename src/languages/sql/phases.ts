/**
 * Programs in the layout `samples` compute in phases: numbers of which there is one each, then numbers of every sample in
 * one pass over the table, then again numbers made of their sums, and so on. A phase is one SELECT with SELECTs within.
 */
import type { Identifiers } from '../shared/identifiers.ts'
import { asScalar, atom } from '../shared/text.ts'
import { nested } from './nested.ts'
import { type Cell, cast, Scalars } from './scalars.ts'
import { selectLines, tableLines } from './select.ts'

/** A number and its phase: even ones are of single numbers, odd ones of samples; constants are of phase -1. */
export interface Entry {
  readonly cell: Cell
  readonly phase: number
  /** The table of one row that has it as a column. */
  readonly table?: string
}

interface Phase {
  readonly scalars: Scalars
  /** Tables of one row that it reads. */
  readonly tables: Set<string>
  /** Columns that later phases read. */
  readonly exports: Map<string, { readonly name: string; readonly cell: Cell }>
  /** Aggregates over all samples. */
  readonly sums: Map<string, { readonly name: string; readonly cell: Cell; readonly spell: (text: string) => string }>
  readonly table: string
  readonly sumTable: string
}

export const SAMPLES = 'samples'

export class Phases {
  readonly #phases: Phase[] = []
  readonly #identifiers: Identifiers
  #columns = 0
  /** Whether rows keep the number of their sample. */
  hasKey = false

  constructor(identifiers: Identifiers) {
    this.#identifiers = identifiers
  }

  phase(p: number): Phase {
    while (this.#phases.length <= p) {
      const isOfSamples = this.#phases.length % 2 === 1
      this.#phases.push({
        scalars: new Scalars(),
        tables: new Set(),
        exports: new Map(),
        sums: new Map(),
        table: this.#identifiers.take(`${isOfSamples ? 'rows' : 'numbers'}${this.#phases.length}`),
        sumTable: isOfSamples ? this.#identifiers.take(`sums${this.#phases.length}`) : '',
      })
    }
    return this.#phases[p] as Phase
  }

  /** The phase in which all of these can be used. */
  common(entries: readonly Entry[]): number {
    const last = Math.max(0, ...entries.map((entry) => entry.phase))
    const ofSamples = entries.some((entry) => entry.phase % 2 === 1)
    return ofSamples && last % 2 === 0 ? last + 1 : last
  }

  /** The entry as a cell of the phase. */
  lifted(entry: Entry, p: number): Cell {
    const target = this.phase(p)
    if (entry.table !== undefined && entry.table !== SAMPLES) {
      if (entry.table !== this.#source(p)) target.tables.add(entry.table)
      return entry.cell
    }
    if (entry.phase < 0 || entry.phase === p) return entry.cell
    const { phase } = entry
    const isOfSamples = phase % 2 === 1
    const own = this.phase(phase)
    const key = `${entry.cell.stage} ${entry.cell.text.text}`
    const known = own.exports.get(key) ?? { name: `e${++this.#columns}`, cell: entry.cell }
    own.exports.set(key, known)
    const column: Cell = { text: asScalar(atom(`${own.table}.${known.name}`)), stage: 1, isShort: true, isDouble: true }
    if (!isOfSamples) {
      target.tables.add(own.table)
      return column
    }
    // Rows pass on what later rows need.
    return this.lifted({ cell: column, phase: phase + 2 }, p)
  }

  #source(p: number): string | undefined {
    return p > 0 && p % 2 === 0 ? this.phase(p - 1).sumTable : undefined
  }

  /** An aggregate over all samples, as a number of the phase after. */
  aggregate(entry: Entry, spell: (text: string) => string): Entry {
    const p = entry.phase < 0 ? 1 : this.common([entry, { ...entry, phase: 1 }])
    const cell = this.lifted(entry, p)
    const phase = this.phase(p)
    const key = spell(`${cell.stage} ${cell.text.text}`)
    const known = phase.sums.get(key) ?? { name: `s${++this.#columns}`, cell, spell }
    phase.sums.set(key, known)
    const text = asScalar(atom(`${phase.sumTable}.${known.name}`))
    return { cell: { text, stage: 1, isShort: true, isDouble: true }, phase: p + 1, table: phase.sumTable }
  }

  /** The tables of the WITH clause of all phases before `end`. */
  tables(end: number): string[][] {
    return this.#phases.slice(0, end).flatMap((phase, p) => this.#tables(phase, p))
  }

  /** The SELECT of a phase with these columns. */
  select(
    p: number,
    columns: readonly (readonly [name: string, cell: Cell])[],
    keys: readonly string[],
    where: readonly string[] = [],
    extra: readonly string[] = [],
  ): string[] {
    const { scalars } = this.phase(p)
    const ready = scalars.together(columns.map(([, cell]) => cell))
    return nested(
      scalars,
      keys.map((name) => [name, `${this.#rows(p)}.${name}`] as const),
      {
        from: [...this.from(p), ...extra],
        where,
        texts: ready.map((cell) => cell.text.text),
        result: (names) => ({
          columns: [...names, ...columns.map(([name], k) => [name, numberText(ready[k] as Cell)] as const)],
        }),
      },
    )
  }

  /** The table whose rows a phase has; none for the first, which reads tables of one row. */
  #rows(p: number): string | undefined {
    if (p === 0) return undefined
    if (p % 2 === 0) return this.phase(p - 1).sumTable
    const before = p === 1 ? undefined : this.phase(p - 2)
    return before && before.exports.size > 0 ? before.table : SAMPLES
  }

  /** The FROM clause of a phase. */
  from(p: number): string[] {
    const main = this.#rows(p)
    const all = [...(main === undefined ? [] : [main]), ...this.phase(p).tables]
    return all.map((table, k) => (k === 0 ? `FROM ${table}` : `CROSS JOIN ${table}`))
  }

  #tables(phase: Phase, p: number): string[][] {
    const exported = [...phase.exports.values()]
    if (p % 2 === 0) {
      if (exported.length === 0) return []
      const body = this.select(
        p,
        exported.map(({ name, cell }) => [name, cell] as const),
        [],
      )
      return [tableLines(phase.table, true, body)]
    }
    const sums = [...phase.sums.values()]
    const columns = sums.map(({ name, cell }) => [name, cell] as const)
    if (exported.length === 0) {
      if (sums.length === 0) return []
      const ready = phase.scalars.together(sums.map(({ cell }) => cell))
      const body = nested(phase.scalars, [], {
        from: this.from(p),
        texts: ready.map((cell) => cell.text.text),
        result: () => ({
          columns: sums.map(({ name, spell }, k) => [name, spell(numberText(ready[k] as Cell))] as const),
        }),
      })
      return [tableLines(phase.sumTable, true, body)]
    }
    const rows = this.select(
      p,
      [...exported.map(({ name, cell }) => [name, cell] as const), ...columns],
      this.hasKey ? ['i'] : [],
    )
    const list = [tableLines(phase.table, sums.length > 0, rows)]
    if (sums.length === 0) return list
    const body = selectLines({
      columns: sums.map(({ name, spell }) => [name, spell(`${phase.table}.${name}`)] as const),
      from: [`FROM ${phase.table}`],
    })
    return [...list, tableLines(phase.sumTable, true, body)]
  }
}

function numberText(cell: Cell): string {
  return cell.isDouble ? cell.text.text : cast(cell.text).text
}
