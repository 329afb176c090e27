/** Programs in two tones: keywords and comments are muted, the variables differentiated by are tinted. */
import type { ComponentChildren } from 'preact'
import { by } from '../state/store.ts'

const KEYWORDS = new Set(
  (
    'def return import from as if else elif for in not and or raise None True False lambda while with ' +
    'function end using const let export class struct void double float int auto template typename use fn mut pub impl ' +
    'include namespace static new ' +
    'WITH RECURSIVE AS SELECT FROM JOIN LEFT CROSS ON USING WHERE GROUP BY ORDER HAVING UNION ALL CREATE OR REPLACE VIEW TABLE ' +
    'VALUES CASE WHEN THEN ELSE END AND NOT NULL IS IN DISTINCT LATERAL MACRO FUNCTION RETURNS LANGUAGE'
  ).split(' '),
)

/** Comments by the sign that begins them, then strings: a quote behind an operand transposes. */
const TOKEN =
  /(#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/|%[^\n]*|--[^\n]*|"""[\s\S]*?""")|("(?:[^"\\\n]|\\.)*"|(?<![\w)\]'.])'(?:[^'\\\n]|\\.)*')|([A-Za-z_]\w*)|([\s\S])/g

/** The signs that begin a comment, where they are not those of Python or C. */
const COMMENTS: Readonly<Record<string, string>> = { matlab: '%', sql: '-', 'sql-samples': '-' }

/** The program line by line. */
export function highlighted(program: string, language: string): ComponentChildren[][] {
  const variables = new Set(by.value)
  const lines: ComponentChildren[][] = [[]]
  let run = ''
  const flush = () => {
    if (run !== '') lines.at(-1)?.push(run)
    run = ''
  }
  const add = (text: string, tone: string) => {
    for (const [k, piece] of text.split('\n').entries()) {
      flush()
      if (k > 0) lines.push([])
      if (piece !== '') lines.at(-1)?.push(tone === '' ? piece : <span class={tone}>{piece}</span>)
    }
  }
  const comments = COMMENTS[language] ?? '#/"'
  for (const [whole, comment, , word] of program.matchAll(TOKEN)) {
    const isComment = comment !== undefined && comments.includes(comment[0] as string)
    if (isComment || (word !== undefined && KEYWORDS.has(word))) add(whole, 'muted')
    else if (word !== undefined && variables.has(word)) add(whole, 'by')
    else if (whole.includes('\n')) add(whole, '')
    else run += whole
  }
  flush()
  return lines
}
