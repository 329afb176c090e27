/**
 * The input. A plain textarea stands at once; the code editor takes its place when the page is idle, with the same text,
 * selection and focus, and never in the middle of a composition.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { setEditor } from '../state/editor.ts'
import { isStale, problem, reportProblem, text, untouched } from '../state/store.ts'

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
      setRich(true)
      if (hadFocus) handle.focus()
    })
    return () => {
      cancelled = true
      clearTimeout(timer)
    }
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

export function goToResult(event?: Event): void {
  event?.preventDefault()
  reportProblem()
  if (!isStale.value) document.getElementById('stage')?.focus()
}

/** How long the page must have been there before the code editor is loaded where the browser does not tell, in milliseconds. */
const IDLE = 200

function whenIdle(work: () => Promise<void>): ReturnType<typeof setTimeout> {
  return setTimeout(() => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => void work(), { timeout: 2000 })
    else void work()
  }, IDLE)
}

/** Waits until nothing is being composed in the element. */
function settled(element: HTMLTextAreaElement | null): Promise<void> {
  return new Promise((resolve) => {
    if (!element?.matches('.composing')) resolve()
    else element.addEventListener('compositionend', () => setTimeout(resolve), { once: true })
  })
}
