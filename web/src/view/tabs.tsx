/** The tabs of the result: the first three choose what, the others how it is shown. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import { view } from '../state/store.ts'
import type { View } from '../worker/protocol.ts'

export const TABS: readonly { readonly view: View; readonly label: string }[] = [
  { view: 'function', label: 'Function' },
  { view: 'derivative', label: 'Derivative' },
  { view: 'hessian', label: 'Hessian' },
  { view: 'steps', label: 'Steps' },
  { view: 'cost', label: 'Cost' },
  { view: 'diagram', label: 'Diagram' },
  { view: 'code', label: 'Code' },
]

export function Tabs() {
  const list = useRef<HTMLDivElement>(null)
  const now = view.value
  useLayoutEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>(`#tab-${now}`)
    const box = list.current
    if (!tab || !box) return
    // Only the row scrolls, never the page.
    const left = tab.offsetLeft - box.offsetLeft
    if (left < box.scrollLeft || left + tab.offsetWidth > box.scrollLeft + box.clientWidth) {
      box.scrollLeft = Math.max(0, left - 24)
    }
  }, [now])
  const move = (event: KeyboardEvent) => {
    const at = TABS.findIndex((tab) => tab.view === now)
    const next =
      event.key === 'ArrowRight'
        ? (at + 1) % TABS.length
        : event.key === 'ArrowLeft'
          ? (at + TABS.length - 1) % TABS.length
          : event.key === 'Home'
            ? 0
            : event.key === 'End'
              ? TABS.length - 1
              : undefined
    const tab = next === undefined ? undefined : TABS[next]
    if (!tab) return
    event.preventDefault()
    view.value = tab.view
    list.current?.querySelector<HTMLElement>(`#tab-${tab.view}`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" aria-label="Result" ref={list} onKeyDown={move} tabIndex={-1}>
      {TABS.map((tab) => (
        <button
          key={tab.view}
          type="button"
          role="tab"
          id={`tab-${tab.view}`}
          class={tab.view === 'steps' ? 'tab first-of-second' : 'tab'}
          aria-selected={tab.view === now}
          aria-controls="stage"
          tabIndex={tab.view === now ? 0 : -1}
          onClick={() => {
            view.value = tab.view
          }}
        >
          {tab.label}
        </button>
      ))}
    </div>
  )
}
