/** The tab `Diagram`: tensor networks, or the graph of subexpressions; the drawing is loaded when the tab is first shown. */
import { signal } from '@preact/signals'
import { lazyView } from './lazy.tsx'

export type DiagramKind = 'network' | 'graph'
export const kind = signal<DiagramKind>('network')

const Drawings = lazyView(() => import('./drawings.tsx').then((module) => module.Drawings))

export function Diagram() {
  return (
    <div class="diagram">
      <div class="forms" role="group" aria-label="Diagram">
        <Choice value="network">Tensor network</Choice>
        <Choice value="graph">Expression graph</Choice>
      </div>
      <Drawings />
    </div>
  )
}

function Choice({ value, children }: { readonly value: DiagramKind; readonly children: string }) {
  return (
    <button
      type="button"
      class="form"
      aria-pressed={kind.value === value}
      onClick={() => {
        kind.value = value
      }}
    >
      {children}
    </button>
  )
}
