/**
 * The page's state as a link. The fragment is `#e=` with the expression percent-encoded and what differs from the defaults;
 * a long one is `#z=` with the same, deflated, in base64url. `v` is the version of the form; links of every version are read.
 */
import {
  FIRSTS,
  type First,
  type Layout,
  SECONDS,
  type Second,
  type SymmetricConvention,
  type View,
} from '../worker/protocol.ts'

export interface LinkState {
  readonly text: string
  readonly by: readonly string[]
  readonly vars: Readonly<Record<string, string>>
  readonly view: View
  readonly first: First
  readonly second: Second
  readonly layout: Layout
  readonly symmetric: SymmetricConvention
  readonly shares: boolean
}

export const DEFAULT_STATE: LinkState = {
  text: '',
  by: [],
  vars: {},
  view: 'derivative',
  first: 'whole',
  second: '2',
  layout: 'mixed',
  symmetric: 'unconstrained',
  shares: true,
}

const VERSION = '1'
/** A fragment longer than this is deflated. */
const READABLE_LENGTH = 1500
/** What a fragment may unfold to, and be, in characters: the language's own limit is a million bytes. */
const LONGEST = 1_000_000

const VIEWS: readonly View[] = ['function', 'derivative', 'hessian', 'steps', 'cost', 'diagram', 'code']
const LAYOUTS: readonly Layout[] = ['mixed', 'numerator', 'denominator']
const CONVENTIONS: readonly string[] = ['unconstrained', 'constrained', 'halfvec']

/** The fragment, without `#`, in its readable form. */
export function readableFragment(state: LinkState): string {
  const fields: [string, string][] = [['e', state.text]]
  const vars = Object.entries(state.vars)
  if (state.by.length > 0) fields.push(['by', state.by.join(',')])
  if (vars.length > 0) fields.push(['var', vars.map(([name, type]) => `${name}:${type}`).join(';')])
  if (state.view !== DEFAULT_STATE.view) fields.push(['tab', state.view])
  if (state.first !== DEFAULT_STATE.first) fields.push(['product', state.first])
  if (state.second !== DEFAULT_STATE.second) fields.push(['order', state.second])
  if (state.layout !== DEFAULT_STATE.layout) fields.push(['layout', state.layout])
  if (state.symmetric !== DEFAULT_STATE.symmetric) fields.push(['symmetric', state.symmetric])
  if (!state.shares) fields.push(['shared', 'no'])
  fields.push(['v', VERSION])
  return fields.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&')
}

/** The fragment, deflated where it would be long. */
export async function fragmentOf(state: LinkState): Promise<string> {
  const readable = readableFragment(state)
  if (readable.length <= READABLE_LENGTH) return readable
  const bytes = await through(new TextEncoder().encode(readable), new CompressionStream('deflate-raw'))
  return `z=${base64url(bytes)}`
}

/** The state that a fragment holds; undefined for one that holds none. What it does not understand it leaves out. */
export async function readFragment(fragment: string): Promise<LinkState | undefined> {
  const text = fragment.replace(/^#/, '')
  if (text.length > 4 * LONGEST) return undefined
  if (!text.startsWith('z=')) return parseFields(text)
  try {
    const bytes = await through(fromBase64url(text.slice(2)), new DecompressionStream('deflate-raw'))
    return parseFields(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

function parseFields(text: string): LinkState | undefined {
  const fields = new Map<string, string>()
  for (const field of text.split('&')) {
    const at = field.indexOf('=')
    if (at < 0) continue
    const value = decode(field.slice(at + 1))
    if (value !== undefined) fields.set(field.slice(0, at), value)
  }
  const expression = fields.get('e')
  if (expression === undefined) return undefined
  return {
    text: expression,
    by: (fields.get('by') ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
    vars: declarations(fields.get('var') ?? ''),
    view: oneOf(VIEWS, fields.get('tab'), DEFAULT_STATE.view),
    first: oneOf(FIRSTS, fields.get('product'), DEFAULT_STATE.first),
    second: oneOf(SECONDS, fields.get('order'), DEFAULT_STATE.second),
    layout: oneOf(LAYOUTS, fields.get('layout'), DEFAULT_STATE.layout),
    symmetric: oneOf(CONVENTIONS, fields.get('symmetric'), DEFAULT_STATE.symmetric) as SymmetricConvention,
    shares: fields.get('shared') !== 'no',
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** `A:symmetric(n);x:vector(n)` by name. Without a prototype, since any name may be declared. */
export function declarations(text: string): Record<string, string> {
  const vars: Record<string, string> = Object.create(null) as Record<string, string>
  for (const item of text.split(';')) {
    const at = item.indexOf(':')
    if (at > 0) vars[item.slice(0, at).trim()] = item.slice(at + 1).trim()
  }
  return vars
}

function oneOf<T extends string>(values: readonly T[], value: string | undefined, fallback: T): T {
  return values.find((candidate) => candidate === value) ?? fallback
}

/** Bytes through a stream. Throws `RangeError` where more come out than any link may hold. */
async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const output = new Blob([bytes]).stream().pipeThrough(stream)
  const reader = output.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value)
    length += next.value.length
    if (length > 4 * LONGEST) {
      await reader.cancel()
      throw new RangeError('the link holds too much')
    }
  }
  const joined = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.length
  }
  return joined
}

function base64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
