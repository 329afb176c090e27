/**
 * The input. A plain textarea stands at once; the code editor takes its place when the page is idle, with the same text,
 * selection and focus, and never in the middle of a composition.
 */
import { effect, untracked } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { setEditor } from '../state/editor.ts'
import { busySince, check, problem, reportProblem, text, untouched } from '../state/store.ts'

export function Editor() {
  const area = useRef<HTMLTextAreaElement>(null)
  const host = useRef<HTMLDivElement>(null)
  const [isRich, setRich] = useState(false)

  useEffect(() => {
    let cancelled = false
    const timer = whenIdle(async () => {
      const { mountEditor } = await import('./code-mirror.ts')
      await settled(area.current)
      const plainEditor = area.current
      if (cancelled || !host.current || !plainEditor) return
      const hadFocus = document.activeElement === plainEditor
      const handle = mountEditor(host.current, [plainEditor.selectionStart, plainEditor.selectionEnd])
      setEditor(handle)
      // A hidden element takes no focus, and the next rendering comes too late.
      host.current.hidden = false
      setRich(true)
      if (hadFocus) handle.focus()
    })
    return () => {
      cancelled = true
      clearTimeout(timer)
    }
  }, [])

  useEffect(() => {
    // The first example is selected, so that typing replaces it; a touch keyboard does not open by itself.
    if (untouched.peek() && matchMedia('(pointer: fine)').matches) area.current?.select()
  }, [])

  useLayoutEffect(() => {
    const element = area.current
    if (!element || isRich) return
    if (element.value !== text.value) element.value = text.value
    element.style.height = 'auto'
    element.style.height = `${Math.max(element.scrollHeight + 2, 0)}px`
    setEditor({
      focus: () => element.focus(),
      insert: (added) => {
        element.setRangeText(added, element.selectionStart, element.selectionEnd, 'end')
        text.value = element.value
      },
      select: (start, end) => element.setSelectionRange(start, end),
      selection: () => [element.selectionStart, element.selectionEnd],
    })
  })

  const isInvalid = problem.value !== undefined && text.value !== ''
  return (
    <div class={`editor ${isInvalid ? 'invalid' : ''}`}>
      <div ref={host} class="editor-host" hidden={!isRich} />
      {!isRich && (
        <textarea
          ref={area}
          id="expression"
          aria-label="Expression"
          aria-invalid={isInvalid}
          aria-describedby="problem"
          rows={2}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          defaultValue={text.peek()}
          onInput={(event) => {
            untouched.value = false
            text.value = event.currentTarget.value
          }}
          onCompositionStart={(event) => event.currentTarget.classList.add('composing')}
          onCompositionEnd={(event) => event.currentTarget.classList.remove('composing')}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) goToResult(event)
            if (event.key === 'Escape') event.currentTarget.blur()
          }}
        />
      )}
    </div>
  )
}

/** Once the newest input is answered: to its result, or to what is wrong with it. */
export function goToResult(event?: Event): void {
  event?.preventDefault()
  const asked = text.peek()
  const stop = effect(() => {
    if (busySince.value !== undefined) return
    queueMicrotask(() => stop?.())
    if (text.peek() !== asked) return
    untracked(reportProblem)
    if (problem.peek() === undefined) document.getElementById('stage')?.focus()
  })
}

/** The editor waits for the first result and its check, but no longer than this, in milliseconds. */
const LATEST = 3000

function whenIdle(work: () => Promise<void>): ReturnType<typeof setTimeout> {
  let isStarted = false
  const begin = () => {
    if (isStarted) return
    isStarted = true
    if ('requestIdleCallback' in window) requestIdleCallback(() => void work(), { timeout: 1000 })
    else void work()
  }
  const stop = effect(() => {
    const isChecked = check.value !== undefined && check.value !== 'checking'
    if (isChecked || problem.value !== undefined) queueMicrotask(() => stop?.())
    if (isChecked || problem.value !== undefined) begin()
  })
  return setTimeout(begin, LATEST)
}

/** Waits until nothing is being composed in the element. */
function settled(element: HTMLTextAreaElement | null): Promise<void> {
  return new Promise((resolve) => {
    if (!element?.matches('.composing')) resolve()
    else element.addEventListener('compositionend', () => setTimeout(resolve), { once: true })
  })
}
