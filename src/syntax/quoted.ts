/** Pieces of source text as messages show them. */

const longest = 40
const unprintable = /[^\P{C}\u200c\u200d]/gu

/** The text in backticks, on one line, its middle left out when long. */
export function quoted(text: string, start = 0, end: number = text.length): string {
  const half = longest / 2
  const piece =
    end - start <= longest
      ? text.slice(start, end)
      : `${text.slice(start, start + half)} … ${text.slice(end - half, end)}`
  return `\`${piece.replace(/\s+/g, ' ').replace(unprintable, '\ufffd')}\``
}

/** `` `$` (U+0024) ``, and without the character itself where it does not show. */
export function codePointName(character: string): string {
  const hexadecimal = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return /^[\p{C}\p{Z}\p{M}]/u.test(character) ? `U+${hexadecimal}` : `\`${character}\` (U+${hexadecimal})`
}
