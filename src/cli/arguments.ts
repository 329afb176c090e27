/**
 * The arguments of the command line, read by one table that `--help` prints, too. An expression may begin with `-`, and so
 * may the value of an option, which the usual parsers refuse; loading one would also take a sixth of the time of a start.
 */
import type { EngineName } from '../api/backend.ts'
import { DEFAULT_LIMITS } from '../evaluate/limits.ts'
import { nearestName } from '../syntax/nearest.ts'
import { UsageError } from './streams.ts'

interface Option {
  /** How `--help` names the value; absent for a switch. */
  readonly value?: string
  readonly doc: string
  /** The values there are, where they are few. */
  readonly choices?: readonly string[]
  /** Whether it may be given several times. */
  readonly many?: true
}

export const options = {
  wrt: { value: 'x[,z]', doc: 'the variables to differentiate by', many: true },
  order: { value: 'k', doc: 'how often to differentiate; 1 unless given' },
  mixed: { doc: 'with several variables, the one derivative by each in turn' },
  var: { value: '"A:symmetric(n), …"', doc: 'declares types of variables', many: true },
  format: {
    value: 'F',
    doc: 'text, latex, align, mathml, index, einsum, dot, svg, forms, steps, json or a language of `eincalc languages`',
  },
  mode: {
    value: 'M',
    doc: 'auto, forward, reverse or crosscountry; all give the same derivative',
    choices: ['auto', 'forward', 'reverse', 'crosscountry'],
  },
  dims: { value: 'n=10,…', doc: 'sizes of dimensions', many: true },
  data: {
    value: 'X=X.npy,…',
    doc: 'values: .npy, .npz, .csv, .json files, X.parquet:column,…, numbers or [[1,2],[3,4]]',
    many: true,
  },
  out: { value: 'FILE.npy', doc: 'writes the (last) derivative to .npy or .csv, or value and derivatives to .npz' },
  check: { doc: 'holds each derivative against differences of the function; exit 1 where it fails' },
  cost: { value: 'n=1000,…', doc: 'operations and memory in each mode at these sizes, without evaluating', many: true },
  answer: { value: '"…"', doc: 'is this the derivative? exit 1 and a witness where it is not' },
  function: { value: 'NAME', doc: 'the name of the function in an emitted program; evaluate unless given' },
  precision: {
    value: 'P',
    doc: 'the numbers of an emitted program: float64 or float32; float64 unless given',
    choices: ['float64', 'float32'],
  },
  compressed: { doc: 'keeps unit tensors apart: programs and numbers give the terms instead of the dense tensor' },
  shard: {
    value: 'm',
    doc: 'splits the work of a program over all devices along axes of this size, the samples say (jax)',
  },
  layout: { value: 'L', doc: 'mixed, numerator or denominator', choices: ['mixed', 'numerator', 'denominator'] },
  symmetric: {
    value: 'S',
    doc: 'the derivative by a symmetric variable: unconstrained, constrained or halfvec',
    choices: ['unconstrained', 'constrained', 'halfvec'],
  },
  port: { value: 'N', doc: 'with serve: the port; 0 takes any that is free' },
  host: { value: 'H', doc: 'with serve: the address to listen on; 127.0.0.1 unless given' },
  engine: {
    value: 'E',
    doc: 'what computes values: auto, wasm, blas or reference; see `eincalc engines`',
    choices: ['auto', 'wasm', 'blas', 'reference'],
  },
  memory: {
    value: '500MB',
    doc: 'what numbers may take, 2 GiB unless given; larger .npy and .parquet files are read in parts, over their first axis',
  },
  help: { doc: 'prints this' },
  version: { doc: 'prints the version' },
} as const satisfies Readonly<Record<string, Option>>

export type OptionName = keyof typeof options

export const optionNames = Object.keys(options) as readonly OptionName[]

export interface Arguments {
  readonly positionals: readonly string[]
  /** The values given to each option, in order; a switch has the value ''. */
  readonly given: ReadonlyMap<OptionName, readonly string[]>
}

/** Reads the arguments. Throws `UsageError`. */
export function readArguments(args: readonly string[]): Arguments {
  const positionals: string[] = []
  const given = new Map<OptionName, string[]>()
  let isOpen = true
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string
    if (isOpen && arg === '--') isOpen = false
    else if (isOpen && (arg === '-h' || arg === '-V')) given.set(arg === '-h' ? 'help' : 'version', [''])
    else if (isOpen && arg.startsWith('--')) {
      const equals = arg.indexOf('=')
      const name = requireOption(equals < 0 ? arg.slice(2) : arg.slice(2, equals))
      const option: Option = options[name]
      let value = equals < 0 ? undefined : arg.slice(equals + 1)
      if (option.value !== undefined && value === undefined) value = args[++at]
      if (option.value === undefined && value !== undefined) throw new UsageError(`--${name} takes no value`)
      if (option.value !== undefined && value === undefined) {
        throw new UsageError(`--${name} needs a value`, `Write --${name} ${option.value}.`)
      }
      requireChoice(name, option, value)
      const values = given.get(name)
      if (values && !option.many && option.value !== undefined) throw new UsageError(`--${name} is given twice`)
      given.set(name, [...(values ?? []), value ?? ''])
    } else positionals.push(arg)
  }
  return { positionals, given }
}

function requireOption(name: string): OptionName {
  if (Object.hasOwn(options, name)) return name as OptionName
  const nearest = nearestName(name, optionNames)
  const hint = nearest === undefined ? undefined : `Did you mean --${nearest}?`
  throw new UsageError(`there is no option --${name}`, hint ?? 'Before an expression that begins with --, write --.')
}

function requireChoice(name: OptionName, { choices }: Option, value: string | undefined): void {
  if (!choices || value === undefined || choices.includes(value)) return
  throw new UsageError(`--${name} is ${choices.join(', ')}, not ${value}`)
}

/** The only value of an option; undefined where it is not given. */
export function single({ given }: Arguments, name: OptionName): string | undefined {
  return given.get(name)?.[0]
}

/** The engine asked for; undefined where none is. */
export function engineOf(args: Arguments): EngineName | undefined {
  return single(args, 'engine') as EngineName | undefined
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 }

/** The bytes of `--memory`, or what an evaluation may take. Throws `UsageError`. */
export function memoryOf(args: Arguments): number {
  const text = single(args, 'memory')
  if (text === undefined) return DEFAULT_LIMITS.bytes
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?((?:[kmg]i?)?)b?$/i.exec(text) ?? []
  const bytes = Number(number) * (UNITS[unit.toLowerCase()] ?? Number.NaN)
  if (bytes >= 1) return bytes
  throw new UsageError(`--memory is a number of bytes such as 500MB or 2GiB, not ${text || 'empty'}`)
}

/** The items of a list option, over all times it is given, split at commas outside brackets. */
export function listed({ given }: Arguments, name: OptionName): string[] {
  return (given.get(name) ?? []).flatMap(splitAtCommas).filter((item) => item !== '')
}

function splitAtCommas(text: string): string[] {
  const items: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    const character = text[at]
    if (character === '[' || character === '(') depth++
    else if (character === ']' || character === ')') depth--
    else if (character === undefined || (character === ',' && depth <= 0)) {
      items.push(text.slice(start, at).trim())
      start = at + 1
    }
  }
  return items
}

/** The items of a list option as name and value, e.g. `n=10`. Throws `UsageError` for one without `=`. */
export function pairs(args: Arguments, name: OptionName): [name: string, value: string][] {
  // The columns of a Parquet file are separated by commas, too.
  const items: string[] = []
  for (const item of listed(args, name)) {
    const continues = name === 'data' && !item.includes('=') && /\.parquet:/i.test(items.at(-1) ?? '')
    if (continues) items.push(`${items.pop()},${item}`)
    else items.push(item)
  }
  return items.map((item) => {
    const equals = item.indexOf('=')
    if (equals > 0) return [item.slice(0, equals).trim(), item.slice(equals + 1).trim()]
    throw new UsageError(`--${name} has ${item}, which is no NAME=VALUE`)
  })
}

/** Sizes by name. Throws `UsageError` for one that is no positive whole number. */
export function sizes(args: Arguments, ...names: readonly OptionName[]): Map<string, number> {
  const result = new Map<string, number>()
  for (const option of names) {
    for (const [name, value] of pairs(args, option)) {
      const size = value === '' ? Number.NaN : Number(value)
      if (!Number.isSafeInteger(size) || size < 1) {
        throw new UsageError(`--${option}: the size of ${name} is a positive whole number, not ${value || 'empty'}`)
      }
      result.set(name, size)
    }
  }
  return result
}
