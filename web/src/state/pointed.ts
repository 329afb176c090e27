/** The part that is pointed at. It is known by its text, so that the same part is tinted in input, formulas, drawings and programs. */
import { signal } from '@preact/signals'

export interface Pointed {
  /** What is pointed at, as `keyOf` writes it. */
  readonly key: string
  /** What stands in for it where it is not shown itself: what it stands in, from the inside out. */
  readonly around: readonly string[]
}

export const pointed = signal<Pointed | undefined>(undefined)
/** Whether it stays when the mouse goes on. */
export const pinned = signal(false)

/** Longer texts are compared as they are. */
const LONGEST = 2000

/** The text without spaces, brackets around it and transposes behind it, which make no other node. */
export function keyOf(text: string): string {
  let key = text.replace(/\s+/g, '')
  if (key.length > LONGEST) return key
  for (;;) {
    const bare = /\.?'$/.test(key) ? key.replace(/\.?'$/, '') : key
    const opening = openingOf(bare)
    const isWhole = opening === 0 || /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u.test(bare.slice(0, opening))
    const next = opening === 0 ? bare.slice(1, -1) : isWhole ? bare : key
    if (next === key) return key
    key = next
  }
}

/** Where the bracket opens that closes at the end; the length where none does. */
function openingOf(text: string): number {
  if (!text.endsWith(')')) return text.length
  let depth = 0
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ')') depth++
    else if (text[at] === '(' && --depth === 0) return at
  }
  return text.length
}

/** Points at a text, unless something is pinned; at nothing where it is undefined. */
export function point(text: string | undefined, around: readonly string[] = []): void {
  if (!pinned.value) pointed.value = text === undefined ? undefined : { key: keyOf(text), around: around.map(keyOf) }
}

/** Keeps what is pointed at, or another text; frees it where it is pinned already. */
export function pin(text: string | undefined, around: readonly string[] = []): void {
  const isSame = pinned.value && (text === undefined || pointed.value?.key === keyOf(text))
  pinned.value = false
  point(isSame ? undefined : text, around)
  pinned.value = pointed.value !== undefined
}

export function free(): void {
  pinned.value = false
  pointed.value = undefined
}

/** Which of these keys is tinted: the one that is pointed at, else the nearest around it that is there. */
export function tinted(keys: () => Iterable<string>): string | undefined {
  const now = pointed.value
  if (!now) return undefined
  const there = new Set(keys())
  return [now.key, ...now.around].find((key) => there.has(key))
}
