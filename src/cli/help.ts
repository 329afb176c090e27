/** `eincalc --help` and `eincalc --version`. */
import { readFile } from 'node:fs/promises'
import { optionNames, options } from './arguments.ts'

const usage = `eincalc: derivatives of matrix and tensor expressions

Usage:
  eincalc EXPR --wrt x [options]     the derivative of EXPR by x
  eincalc EXPR [options]             EXPR itself, simplified
  eincalc equal A B [--var …]        whether two expressions are equal; exit 0 or 1
  eincalc from-numpy F.py:function   a NumPy function as an expression, or its derivatives
  eincalc batch                      answers JSON requests from stdin, one a line
  eincalc serve [--port N]           the web page, on this computer
  eincalc functions                  the functions of the language
  eincalc languages                  the languages that programs are emitted in

EXPR is an expression such as "x'*A*x", or a program; - or nothing reads it from stdin.
Before an expression that begins with -- write --.`

const examples = `Examples:
  eincalc "x'*A*x" --wrt x
  eincalc "norm2(A*x-y)^2" --wrt x,y --order 2 --format latex
  eincalc "log(det(X))" --wrt X --var "X:psd(n)" --check
  eincalc "sum(exp(A*x))" --wrt x --format numpy > gradient.py
  eincalc "x'*A*x" --wrt x --data "A=[[2,1],[0,3]],x=[1,2]"

Exit codes: 0 done, 1 the input is wrong or a check fails, 2 wrong usage, 3 a limit was hit, 70 a defect of eincalc.`

export function helpText(): string {
  const rows = optionNames.map((name): [string, string] => {
    const option: { readonly value?: string; readonly doc: string; readonly many?: true } = options[name]
    const call = option.value === undefined ? `--${name}` : `--${name} ${option.value}`
    return [call, option.many ? `${option.doc} (repeatable)` : option.doc]
  })
  const width = Math.max(...rows.map(([call]) => call.length))
  const lines = rows.map(([call, doc]) => `  ${call.padEnd(width)}  ${doc}`)
  return [usage, '', 'Options:', ...lines, '', examples].join('\n')
}

/** The version of the package. */
export async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
