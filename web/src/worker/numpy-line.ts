/** The statements of the NumPy program that make one result, without its checks: what people paste into a program of their own. */
import type { Derivative, Expression } from '../../../src/index.ts'

const ASSIGNMENT = /^([A-Za-z_]\w*) = ([\s\S]*)$/
const WORD = /[A-Za-z_]\w*/g

export function numpyLine(result: Expression | Derivative): string {
  const { statements, returned } = bodyOf(result.toCode('numpy'))
  const needed = new Set([returned])
  const kept: string[] = []
  for (const statement of statements.reverse()) {
    const match = ASSIGNMENT.exec(statement)
    // A statement that is no assignment changes in place what it names.
    const words = [...statement.matchAll(WORD)].map(([word]) => word)
    if (match ? !needed.has(match[1] as string) : !words.some((word) => needed.has(word))) continue
    // Arguments become arrays in lines of their own, which a result does not need.
    if (match?.[2]?.startsWith(`np.asarray(${match[1]},`)) continue
    for (const word of words) needed.add(word)
    kept.unshift(statement)
  }
  const last = ASSIGNMENT.exec(kept.at(-1) ?? '')
  if (last?.[1] === returned) kept.splice(-1, 1, last[2] as string)
  else if (kept.length > 0) kept.push(returned)
  return kept.join('\n')
}

/** The statements of the function's body, and the name of the last value that it returns. */
function bodyOf(code: string): { statements: string[]; returned: string } {
  const lines = code.split('\n')
  const start = lines.findIndex((line) => line.startsWith('def evaluate('))
  const end = lines.findIndex((line, at) => at > start && line.startsWith('    return '))
  const quotes = lines.flatMap((line, at) => (at > start && line.includes('"""') ? [at] : []))
  const docEnd = lines[quotes[0] ?? 0]?.match(/"""/g)?.length === 2 ? quotes[0] : quotes[1]
  const statements: string[] = []
  for (const line of lines.slice((docEnd ?? start) + 1, end)) {
    if (/^ {4}\S/.test(line) && !/^ {4}[)\]}]/.test(line)) statements.push(line.slice(4))
    else if (statements.length > 0) statements.push(`${statements.pop()}\n${line.slice(4)}`)
  }
  const returned =
    (lines[end] ?? '')
      .trim()
      .split(/[\s,]+/)
      .at(-1) ?? ''
  return { statements: statements.filter((statement) => !statement.startsWith('if ')), returned }
}
