/** "Check your own answer": is what the user derived the derivative? */
import { useEffect, useState } from 'preact/hooks'
import { layout, second, symmetric, text, vars, view, wantedBy } from '../state/store.ts'
import { type Outcome, perform } from '../state/tasks.ts'
import { type AnswerResult, ORDERS } from '../worker/protocol.ts'
import { CheckIcon, CrossIcon } from './icons.tsx'

/** How long typing must pause before an answer is compared, in milliseconds. */
const QUIET = 250

function isOrder(value: string): boolean {
  return ORDERS.some((order) => order === value)
}

export function Answer() {
  const [answer, setAnswer] = useState('')
  const [found, setFound] = useState<Outcome<AnswerResult>>()
  const order = view.value === 'hessian' && isOrder(second.value) ? Number(second.value) : 1
  const task = {
    task: 'answer',
    text: text.value,
    vars: vars.value,
    by: wantedBy.value,
    order,
    answer,
    layout: layout.value,
    symmetric: symmetric.value,
  } as const
  const key = JSON.stringify(task)
  useEffect(() => {
    if (answer.trim() === '') {
      setFound(undefined)
      return
    }
    let isCurrent = true
    const timer = setTimeout(async () => {
      const outcome = await perform<'answer'>(task)
      if (isCurrent) setFound(outcome)
    }, QUIET)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [key])
  return (
    <div class="panel-content">
      <label>
        <span class="hidden">Your derivative</span>
        <textarea
          class="control mono"
          rows={2}
          spellcheck={false}
          placeholder={order === 1 ? "Your derivative, such as A*x + A'*x" : 'Your Hessian'}
          value={answer}
          onInput={(event) => setAnswer(event.currentTarget.value)}
        />
      </label>
      <div role="status" aria-label="Answer">
        {found && <Verdict outcome={found} />}
      </div>
    </div>
  )
}

function Verdict({ outcome }: { readonly outcome: Outcome<AnswerResult> }) {
  if ('problem' in outcome) return <p class="verdict">{outcome.problem.message}</p>
  const { equal, message, witness } = outcome.result
  return (
    <>
      <p class={equal ? 'verdict ok' : 'verdict red'}>
        {equal ? <CheckIcon /> : <CrossIcon />} {message}
      </p>
      {witness !== undefined && (
        <details class="witness">
          <summary>Show point</summary>
          <pre tabIndex={0}>{witness}</pre>
        </details>
      )}
    </>
  )
}
