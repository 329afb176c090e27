import type { Problem } from '../errors.ts'
import { maxProblems, maxTextBytes } from './limits.ts'

/** The problems of a text: the first few that were found, given in the order of the text. */
export class Problems {
  private readonly list: Problem[] = []

  /** Whether later problems would be dropped, so that nobody need word them. */
  get isFull(): boolean {
    return this.list.length >= maxProblems
  }

  add(problem: Problem): void {
    if (!this.isFull) this.list.push(problem)
  }

  sorted(): readonly Problem[] {
    return this.list.sort((a, b) => (a.span?.[0] ?? 0) - (b.span?.[0] ?? 0))
  }
}

/** A LimitExceeded problem when the text is longer than `maxTextBytes` in UTF-8. */
export function checkLength(text: string): Problem | undefined {
  const bytes = text.length <= maxTextBytes && text.length * 3 > maxTextBytes ? utf8Length(text) : text.length
  if (bytes <= maxTextBytes) return undefined
  return {
    code: 'LimitExceeded',
    message: `The text is longer than ${maxTextBytes} bytes.`,
    span: [0, 0],
    hint: 'give numbers as data, not in the text',
  }
}

function utf8Length(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    // A surrogate pair takes four bytes, two for each half.
    if (code >= 0x80) bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 1 : 2
  }
  return bytes
}
