/**
 * Names in generated code. No text of the input reaches code except as an identifier made here or as a number, so a
 * generated program cannot hold code that the input brought along.
 */

export interface IdentifierRules {
  /** Words that cannot name anything, and names that the program itself uses. */
  readonly reserved: ReadonlySet<string>
  /** Whether letters of any script may occur, or the names that may. */
  readonly unicode: boolean | RegExp
  /** Whether the first sign must be a letter, not `_`. */
  readonly letterFirst?: boolean
  /** Whether names that differ in capitals only are one; `reserved` is then in small letters. */
  readonly ignoresCase?: boolean
  /** The greatest length. */
  readonly longest?: number
}

/** Gives each name one identifier, and no two the same. */
export class Identifiers {
  readonly #rules: IdentifierRules
  readonly #taken: Set<string>

  constructor(rules: IdentifierRules) {
    this.#rules = rules
    this.#taken = new Set(rules.reserved)
  }

  /** The first of these names that is free, taken. */
  takeFirst(names: readonly string[]): string {
    return this.take(names.find((name) => !this.#isTaken(name)) ?? names[0] ?? 'i')
  }

  /** An identifier like `name`: itself where it is allowed and free, otherwise with `_` or a number at its end. */
  take(name: string): string {
    const base = fitted(wellFormed(name, this.#rules.unicode), this.#rules)
    let candidate = this.#isTaken(base) ? `${base}_` : base
    for (let number = 2; this.#isTaken(candidate); number++) candidate = `${base}_${number}`
    this.#taken.add(this.#folded(candidate))
    return candidate
  }

  #isTaken(name: string): boolean {
    return this.#taken.has(this.#folded(name))
  }

  #folded(name: string): string {
    return this.#rules.ignoresCase ? name.toLowerCase() : name
  }
}

/** Leaves room for a number at the end. */
function fitted(name: string, { letterFirst, longest }: IdentifierRules): string {
  const lettered = letterFirst && name.startsWith('_') ? `v${name}` : name
  return longest !== undefined && lettered.length > longest - 6 ? lettered.slice(0, longest - 6) : lettered
}

const ascii = /^[A-Za-z_][A-Za-z0-9_]*$/
const anyScript = /^[\p{XID_Start}_]\p{XID_Continue}*$/u

/** The name with everything that is no part of an identifier spelt as a code point: `u3b1`. */
function wellFormed(name: string, unicode: IdentifierRules['unicode']): string {
  if (ascii.test(name)) return name
  // Languages compare identifiers by their compatibility form, so only names that are their own form stay apart.
  const allowed = unicode === true ? anyScript : unicode || undefined
  if (allowed?.test(name) && name.normalize('NFKC') === name) return name
  const spelt = [...name].map((c) => (/[A-Za-z0-9_]/.test(c) ? c : `u${c.codePointAt(0)?.toString(16)}`)).join('')
  return /^[A-Za-z_]/.test(spelt) ? spelt : `v${spelt}`
}

/** Text for a comment: one line, nothing that could end the comment or act as an escape. */
export function commentText(text: string): string {
  return text
    .replaceAll('\\', '/')
    .replaceAll('"', "'")
    .replaceAll('*/', '* /')
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
}
