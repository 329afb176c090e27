/** Lines of Rust in the manner of rustfmt. */

export function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `    ${line}`))
}

/** The width to which rustfmt leaves items on one line. */
const ITEMS = 60

/** What stands between an opening and a closing bracket, an item a line where they are long; `depth` is that of the blocks around it. */
export function listLines(open: string, items: readonly string[], close: string, depth: number): string[] {
  const line = items.join(', ')
  if (line.length <= ITEMS && 4 * depth + open.length + line.length + close.length <= 100)
    return [`${open}${line}${close}`]
  return [open, ...indented(items.map((item) => `${item},`)), close]
}
