/** Programs in two tones: keywords and comments are muted, the variables differentiated by are tinted. */
import type { ComponentChildren } from 'preact'
import { by } from '../state/store.ts'

const KEYWORDS = new Set(
  (
    'def return import from as if else elif for in not and or raise None True False lambda while with ' +
    'function end using const let export class struct void double float int auto template typename use fn mut pub impl ' +
    'include namespace static new'
  ).split(' '),
)

/** Comments by the sign that begins them. */
const TOKEN =
  /(#[^\n]*|\/\/[^\n]*|%[^\n]*|"""[\s\S]*?""")|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|([A-Za-z_]\w*)|([\s\S])/g

export function highlighted(program: string, language: string): ComponentChildren {
  const variables = new Set(by.value)
  const pieces: ComponentChildren[] = []
  let run = ''
  const flush = () => {
    if (run !== '') pieces.push(run)
    run = ''
  }
  const comments = language === 'matlab' || language === 'octave' || language === 'latex' ? '%' : '#/"'
  for (const [whole, comment, , word] of program.matchAll(TOKEN)) {
    const isComment = comment !== undefined && comments.includes(comment[0] as string)
    if (isComment || (word !== undefined && KEYWORDS.has(word))) {
      flush()
      pieces.push(<span class="muted">{whole}</span>)
    } else if (word !== undefined && variables.has(word)) {
      flush()
      pieces.push(<span class="by">{whole}</span>)
    } else run += whole
  }
  flush()
  return pieces
}
