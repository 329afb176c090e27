/** What is wrong with the input: message, hint, and the quick fixes as buttons. */
import { declare, namesIn } from '../state/declared.ts'
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
          <Places problem={shown} />
          <Fixes problem={shown} />
        </>
      )}
    </div>
  )
}

/** What clashes, each with its shape and the declarations that it comes from; a click selects it in the input. */
function Places({ problem }: { readonly problem: ProblemData }) {
  if (problem.places === undefined) return null
  return (
    <ul class="places">
      {problem.places.map(({ span, message }) => {
        const declared = namesIn(problemText.value.slice(...span)).filter((name) => Object.hasOwn(vars.value, name))
        return (
          <li key={span.join()}>
            <button
              type="button"
              class="text-button"
              onClick={() => {
                editor()?.select(...span)
                editor()?.focus()
              }}
            >
              <code>{message}</code>
            </button>
            {declared.map((name) => (
              <span key={name} class="declared">
                declared{' '}
                <code>
                  {name}: {vars.value[name]}
                </code>
              </span>
            ))}
          </li>
        )
      })}
    </ul>
  )
}

function Fixes({ problem }: { readonly problem: ProblemData }) {
  const undeclared = problem.code === 'UnknownVariable' && problem.span ? problemText.value.slice(...problem.span) : ''
  // A declaration has no place in the text; and where none is made, first letters say what names are.
  const isDeclared =
    (problem.span === undefined || problem.code === 'UnknownVariable') && Object.keys(vars.value).length > 0
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
          <button key={kind} type="button" class="control fix" onClick={() => declare(undeclared, kind)}>
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
