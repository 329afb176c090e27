/** Examples, reference and keys: dialogs that are loaded when they are first opened. */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { type DialogName, dialog } from '../state/dialogs.ts'
import { CrossIcon } from './icons.tsx'
import { lazyView } from './lazy.tsx'

const contents = {
  examples: lazyView(() => import('./examples.tsx').then((module) => module.Examples)),
  reference: lazyView(() => import('./reference.tsx').then((module) => module.Reference)),
  keys: lazyView(() => import('./keys.tsx').then((module) => module.Keys)),
} as const

const TITLES: Readonly<Record<DialogName, string>> = { examples: 'Examples', reference: 'Reference', keys: 'Keys' }

export function Dialogs() {
  const name = dialog.value
  if (name === undefined) return null
  const Content = contents[name]
  return (
    <Dialog key={name} title={TITLES[name]}>
      <Content />
    </Dialog>
  )
}

function Dialog({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    element.current?.showModal()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={element}
      class="dialog"
      aria-label={title}
      onClose={() => {
        dialog.value = undefined
      }}
      onClick={(event) => {
        if (event.target === element.current) element.current?.close()
      }}
    >
      <div class="dialog-box">
        <div class="dialog-head">
          <h2>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => element.current?.close()}>
            <CrossIcon />
          </button>
        </div>
        <div class="dialog-content" tabIndex={0} role="group" aria-label={title}>
          {children}
        </div>
      </div>
    </dialog>
  )
}
