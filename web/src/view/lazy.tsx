/** Parts of the page that are loaded when they are first opened. */
import type { ComponentType } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** The content of a `details` that is loaded when it is opened. */
export function lazyPanel(load: () => Promise<ComponentType>): ComponentType {
  return function LazyPanel() {
    const anchor = useRef<HTMLSpanElement>(null)
    const [Content, setContent] = useState<ComponentType>()
    useEffect(() => {
      const details = anchor.current?.closest('details')
      if (!details) return
      const open = () => {
        if (details.open) void load().then((component) => setContent(() => component))
      }
      open()
      details.addEventListener('toggle', open)
      return () => details.removeEventListener('toggle', open)
    }, [])
    return (
      <>
        <span ref={anchor} />
        {Content && <Content />}
      </>
    )
  }
}

/** A component that is loaded when it is first shown. */
export function lazyView(load: () => Promise<ComponentType>): ComponentType {
  return function LazyView() {
    const [Content, setContent] = useState<ComponentType>()
    useEffect(() => {
      void load().then((component) => setContent(() => component))
    }, [])
    return Content ? <Content /> : null
  }
}
