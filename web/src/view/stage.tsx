/** The result: formula, conventions, check and what the chosen tab shows of it. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { point } from '../state/pointed.ts'
import {
  busySince,
  check,
  defect,
  first,
  isStale,
  layout,
  problem,
  results,
  second,
  shares,
  stop,
  symmetric,
  text,
  view,
} from '../state/store.ts'
import {
  type First,
  type FormulaData,
  type Layout,
  ORDERS,
  type ResultData,
  type Second,
  type SymmetricConvention,
} from '../worker/protocol.ts'
import { Busy } from './busy.tsx'
import { Code } from './code.tsx'
import { Cost } from './cost.tsx'
import { Diagram } from './diagram.tsx'
import { Forms } from './forms.tsx'
import { Formula } from './formula.tsx'
import { CheckIcon, CrossIcon, WarnIcon } from './icons.tsx'
import { Menu } from './menu.tsx'
import { Rows } from './rows.tsx'
import { walkParts } from './spoken.tsx'
import { Steps } from './steps.tsx'

export function Stage() {
  const list = results.value
  const now = view.value
  const isEmpty = text.value.trim() === ''
  const shown = list.map((result) => result.formula.text).join('\n')
  const compact = now === 'steps' || now === 'cost' || now === 'diagram' || now === 'code'
  return (
    <div id="stage" class="stage" role="tabpanel" aria-labelledby={`tab-${now}`} tabIndex={-1}>
      <Busy since={busySince.value} stop={stop} />
      <section
        class={`${isStale.value ? 'answer stale' : 'answer'} ${compact ? 'compact' : ''}`}
        aria-label={now === 'function' ? 'Function' : 'Derivative'}
      >
        {list.length > 0 && (
          <span class="hidden" data-text={shown}>
            {shown}
          </span>
        )}
        {isEmpty && <p class="empty">Type an expression; its derivative appears here.</p>}
        {!isEmpty && list.length === 0 && problem.value !== undefined && (
          <p class="empty">The derivative appears here once the input reads.</p>
        )}
        {!isEmpty && list.length === 0 && problem.value === undefined && defect.value === undefined && (
          <p class="empty">{busySince.value === undefined ? 'There is no variable to differentiate by.' : ''}</p>
        )}
        {list.map((result, at) => (
          <Result key={`${result.title}-${result.type}-${at}`} result={result} isFirst={at === 0} />
        ))}
        {defect.value !== undefined && <p class="note red">This is a defect of eincalc, sorry: {defect.value}</p>}
      </section>
      {isStale.value && <p class="note">Last good result. It follows again once the input reads.</p>}
      <CheckBadge />
      {list.length > 0 && <Below />}
    </div>
  )
}

function Below() {
  switch (view.value) {
    case 'steps':
      return <Steps />
    case 'cost':
      return <Cost />
    case 'diagram':
      return <Diagram />
    case 'code':
      return <Code />
    default:
      return <Rows />
  }
}

function Result({ result, isFirst }: { readonly result: ResultData; readonly isFirst: boolean }) {
  const now = view.value
  return (
    <div class="result">
      <div class="result-head">
        <h2>
          {result.title} <span class="type">{result.type}</span>
        </h2>
        {isFirst && (now !== 'function' || result.hasShared) && <Conventions result={result} />}
      </div>
      {now === 'hessian' && result.forms.length + result.terms.length > 0 ? (
        <Forms result={result} />
      ) : (
        <Fitted formula={result.formula} />
      )}
      {result.note !== undefined && <p class="note">{result.note}</p>}
      {(now === 'derivative' || now === 'hessian') && result.kinks.length > 0 && (
        <p class="note">{result.kinks.join(' ')}</p>
      )}
    </div>
  )
}

const LAYOUTS: readonly (readonly [Layout, string])[] = [
  ['mixed', 'mixed layout'],
  ['numerator', 'numerator layout'],
  ['denominator', 'denominator layout'],
]

const FIRSTS: readonly (readonly [First, string])[] = [
  ['whole', 'in full'],
  ['jvp', 'times a direction'],
  ['vjp', 'a direction times it'],
]

const SECOND_CHOICES: readonly (readonly [Second, string])[] = [
  ...ORDERS.map((order) => [order, `order ${order}`] as const),
  ['product', 'times a direction'],
  ['quadratic', 'quadratic form'],
  ['diagonal', 'its diagonal'],
  ['laplacian', 'Laplacian'],
]

const SHARED: readonly (readonly ['named' | 'whole', string])[] = [
  ['named', 'shared parts named'],
  ['whole', 'written out'],
]

function Conventions({ result }: { readonly result: ResultData }) {
  const names = result.symmetricBy.join(', ')
  const conventions: readonly (readonly [SymmetricConvention, string])[] = [
    ['unconstrained', `${names} unconstrained`],
    ['constrained', `${names} constrained`],
    ['halfvec', `${names} as half-vector`],
  ]
  return (
    <div class="conventions">
      {names !== '' && (
        <Menu
          label="Symmetric variables"
          value={symmetric.value}
          options={conventions}
          onChange={(value) => {
            symmetric.value = value
          }}
        />
      )}
      {result.hasShared && (
        <Menu
          label="Parts that occur several times"
          value={shares.value ? 'named' : 'whole'}
          options={SHARED}
          onChange={(value) => {
            shares.value = value === 'named'
          }}
        />
      )}
      {view.value === 'hessian' && (
        <Menu
          label="Order and products"
          value={second.value}
          options={SECOND_CHOICES}
          onChange={(value) => {
            second.value = value
          }}
        />
      )}
      {view.value === 'derivative' && (
        <Menu
          label="Products"
          value={first.value}
          options={FIRSTS}
          onChange={(value) => {
            first.value = value
          }}
        />
      )}
      {view.value === 'derivative' && first.value === 'whole' && (
        <Menu
          label="Layout"
          value={layout.value}
          options={LAYOUTS}
          onChange={(value) => {
            layout.value = value
          }}
        />
      )}
    </div>
  )
}

/** The least size a formula shrinks to before it breaks, in pixels. */
const LEAST_SIZE = 20

/** A formula at full size if it fits, smaller down to 20 px, then broken at its outermost operators, then scrolled. */
export function Fitted({ formula }: { readonly formula: FormulaData }) {
  const box = useRef<HTMLDivElement>(null)
  const shrink = () => {
    const element = box.current
    if (!element) return
    element.style.removeProperty('font-size')
    element.classList.add('whole')
    const full = Number.parseFloat(getComputedStyle(element).fontSize)
    const needed = element.scrollWidth
    const available = element.clientWidth
    element.classList.remove('whole')
    if (needed <= available || available === 0) return
    element.style.fontSize = `${Math.max(Math.min(LEAST_SIZE, full), (full * available) / needed - 0.5)}px`
  }
  useLayoutEffect(shrink)
  useEffect(() => {
    const element = box.current
    if (!element) return
    let width = element.clientWidth
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === width) return
      width = element.clientWidth
      shrink()
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return (
    // Scrolls where nothing else helps, so the keyboard must reach it; its arrows walk through the formula.
    <div
      class="fitted"
      ref={box}
      tabIndex={0}
      role="group"
      aria-label="Formula"
      onKeyDown={(event) => walkParts(event, formula)}
      onBlur={() => point(undefined)}
    >
      <Formula formula={formula} display />
    </div>
  )
}

function CheckBadge() {
  const found = check.value
  const state = found === 'checking' ? 'checking' : (found?.state ?? 'none')
  return (
    <>
      <div class={`check ${state} ${isStale.value ? 'stale' : ''}`} role="status" aria-label="Check">
        {found === 'checking' && 'checking…'}
        {found !== undefined && found !== 'checking' && found.text !== '' && (
          <>
            {found.state === 'ok' ? <CheckIcon /> : found.state === 'outside' ? <WarnIcon /> : <CrossIcon />}
            {found.text}
            {found.witness !== undefined && found.state === 'ok' && `, ${found.witness}`}
          </>
        )}
      </div>
      {found !== undefined && found !== 'checking' && found.state === 'failed' && found.witness !== undefined && (
        <details class="note red">
          <summary>Show point</summary>
          {found.witness}
        </details>
      )}
    </>
  )
}
