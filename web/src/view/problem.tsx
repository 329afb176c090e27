/** What is wrong with the input: message, hint, and the quick fixes as buttons. */
import { editor } from '../state/editor.ts'
import { fixes, problemText, replaceInText, shownProblem, text, vars } from '../state/store.ts'
import type { FixData, Problem as ProblemData } from '../worker/protocol.ts'
import { Formula } from './formula.tsx'

export function Problem() {
  const shown = shownProblem.value
  const isEmpty = text.value.trim() === ''
  return (
    <div id="problem" role="alert" aria-label="Problem" class={shown && !isEmpty ? 'problem shown' : 'problem'}>
      {shown && !isEmpty && (
        <>
          <p class="problem-message">{sentence(shown.message)}</p>
          {shown.hint !== undefined && fixes.value.length < 2 && (
            <p class="problem-hint">{quoted(sentence(shown.hint))}</p>
          )}
          <Fixes problem={shown} />
        </>
      )}
    </div>
  )
}

function Fixes({ problem }: { readonly problem: ProblemData }) {
  const undeclared = problem.code === 'UnknownVariable' && problem.span ? problemText.value.slice(...problem.span) : ''
  // A declaration has no place in the text, and one that does not read leaves no chip to change.
  const isDeclared = problem.span === undefined && Object.keys(vars.value).length > 0
  if (fixes.value.length === 0 && undeclared === '' && !isDeclared) return null
  return (
    <div class="fixes">
      {fixes.value.map((fix) => (
        <button key={fix.title + fix.replacement} type="button" class="control fix" onClick={() => apply(fix)}>
          {fix.title}
          {fix.formula && <Formula formula={fix.formula} live={false} />}
        </button>
      ))}
      {undeclared !== '' &&
        ['scalar', 'vector', 'matrix'].map((kind) => (
          <button
            key={kind}
            type="button"
            class="control fix"
            onClick={() => {
              vars.value = { ...vars.value, [undeclared]: kind }
            }}
          >
            {undeclared} is a {kind}
          </button>
        ))}
      {isDeclared && (
        <button
          type="button"
          class="control fix"
          onClick={() => {
            vars.value = {}
          }}
        >
          Drop all declarations
        </button>
      )}
    </div>
  )
}

export function apply(fix: Pick<FixData, 'span' | 'replacement'>): void {
  // The places of fixes are those in the text that had the problem.
  if (problemText.value !== text.value) return
  replaceInText(fix.span, fix.replacement)
  editor()?.focus()
}

function sentence(message: string): string {
  const text = message.replace(/^\p{Ll}(?=\p{Ll}+ )/u, (letter) => letter.toUpperCase())
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** What stands in backquotes is code. */
function quoted(message: string) {
  return message.split('`').map((piece, at) => (at % 2 === 1 ? <code key={`${at} ${piece}`}>{piece}</code> : piece))
}
