/**
 * The code editor, loaded when the page is idle. It stands in a shadow root: there CodeMirror puts its styles into adopted
 * sheets, which a policy of `style-src 'self'` allows.
 */
import { acceptCompletion, autocompletion, type CompletionContext, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { type Diagnostic, nextDiagnostic, setDiagnostics } from '@codemirror/lint'
import { EditorState, type Range, StateEffect, StateField } from '@codemirror/state'
import {
  Decoration,
  type DecorationSet,
  drawSelection,
  EditorView,
  hoverTooltip,
  keymap,
  tooltips,
} from '@codemirror/view'
import { effect, untracked } from '@preact/signals'
import type { EditorHandle } from '../state/editor.ts'
import { byName, functions } from '../state/functions.ts'
import { keyOf, point, tinted } from '../state/pointed.ts'
import { askFunctions, by, fixes, problem, problemText, read, text, untouched } from '../state/store.ts'
import { goToResult } from './editor.tsx'
import { placeOf } from './formula.tsx'
import { apply } from './problem.tsx'

/** A tap is no pointing: it places the cursor. */
const hovers = matchMedia('(hover: hover)')
const NAME = /[\p{L}_][\p{L}\p{M}\p{N}_]*/gu

export function mountEditor(host: HTMLElement, selection: readonly [number, number]): EditorHandle {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' })
  const initial = text.peek()
  const clamp = (at: number) => Math.min(at, initial.length)
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: initial,
      selection: { anchor: clamp(selection[0]), head: clamp(selection[1]) },
      extensions: [
        EditorState.lineSeparator.of('\n'),
        history(),
        drawSelection(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          'aria-label': 'Expression',
          spellcheck: 'false',
          autocapitalize: 'off',
          autocorrect: 'off',
        }),
        tones,
        tooltips({ parent: root as unknown as HTMLElement }),
        autocompletion({ override: [complete], icons: false }),
        hoverTooltip(documentation),
        keymap.of([
          { key: 'Mod-Enter', run: leaveToResult },
          { key: 'F8', run: nextDiagnostic },
          { key: 'Alt-Enter', run: firstFix },
          { key: 'Tab', run: acceptCompletion },
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
          { key: 'Escape', run: leave },
        ]),
        EditorView.domEventHandlers({
          beforeinput: replaceSelected,
          mousemove: (event, view) => {
            if (hovers.matches) point(...partAt(view, event))
          },
          mouseleave: () => point(undefined),
        }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return
          const now = update.state.doc.toString()
          if (now === text.peek()) return
          untouched.value = false
          text.value = now
        }),
        theme,
      ],
    }),
  })
  if (functions.peek().length === 0) askFunctions()
  // The text changes from outside by fixes, examples and links.
  effect(() => {
    const wanted = text.value
    const now = view.state.doc.toString()
    if (wanted === now) return
    view.dispatch({ changes: difference(now, wanted) })
  })
  effect(() => {
    view.dispatch({ effects: retone.of({ by: by.value, functions: functions.value.length, pointed: tintedInInput() }) })
  })
  effect(() => {
    const found = problem.value
    const isAbout = found !== undefined && untracked(() => problemText.value === view.state.doc.toString())
    view.dispatch(setDiagnostics(view.state, isAbout ? diagnosticsOf(view.state.doc.length) : []))
    if (found === undefined) view.contentDOM.removeAttribute('aria-invalid')
    else view.contentDOM.setAttribute('aria-invalid', 'true')
  })
  return {
    focus: () => view.focus(),
    insert: (added) => {
      view.dispatch(view.state.replaceSelection(added))
      view.focus()
    },
    select: (start, end) => view.dispatch({ selection: { anchor: start, head: end } }),
    selection: () => [view.state.selection.main.from, view.state.selection.main.to],
  }
}

/**
 * Text typed over a selection. Left to itself the browser would keep the colour of what is replaced in an inline style, which
 * the page's policy refuses with a complaint.
 */
function replaceSelected(event: InputEvent, view: EditorView): boolean {
  if (event.inputType !== 'insertText' || event.data === null || event.isComposing) return false
  // Chromium tells selections within a shadow root by the root, and no target ranges.
  const root = view.root as Document & { getSelection?: () => Selection | null }
  const selection = root.getSelection?.()
  const range = selection?.rangeCount ? selection.getRangeAt(0) : undefined
  if (!range || range.collapsed || !view.contentDOM.contains(range.commonAncestorContainer)) return false
  const from = view.posAtDOM(range.startContainer, range.startOffset)
  const to = view.posAtDOM(range.endContainer, range.endOffset)
  event.preventDefault()
  view.dispatch({
    changes: { from, to, insert: event.data },
    selection: { anchor: from + event.data.length },
    userEvent: 'input.type',
    scrollIntoView: true,
  })
  return true
}

/** The smallest change from one text to another, so that the cursor stays where it can. */
function difference(from: string, to: string): { from: number; to: number; insert: string } {
  const limit = Math.min(from.length, to.length)
  let start = 0
  while (start < limit && from[start] === to[start]) start++
  let end = 0
  while (end < limit - start && from[from.length - 1 - end] === to[to.length - 1 - end]) end++
  return { from: start, to: from.length - end, insert: to.slice(start, to.length - end) }
}

/** The problem, and the other places of a clash. */
function diagnosticsOf(length: number): Diagnostic[] {
  const found = problem.peek()
  if (!found) return []
  const { span = [0, length], message, places = [] } = found
  const actions = fixes.peek().map((fix) => ({ name: fix.title, apply: () => apply(fix) }))
  const others = places.filter((place) => place.span.join() !== span.join())
  const all: Diagnostic[] = [{ ...marked(span, length), severity: 'error', message, actions }]
  for (const place of others) all.push({ ...marked(place.span, length), severity: 'warning', message: place.message })
  return all.sort((a, b) => a.from - b.from)
}

/** A place of at least one letter within the text. */
function marked([start, end]: readonly [number, number], length: number): { from: number; to: number } {
  const from = Math.max(0, Math.min(start, length))
  const to = Math.max(from, Math.min(end, length))
  return {
    from: from === to && from > 0 ? from - 1 : from,
    to: from === to && from === 0 ? Math.min(1, length) : to,
  }
}

function leaveToResult(): boolean {
  goToResult()
  return true
}

function leave({ contentDOM }: EditorView): boolean {
  contentDOM.blur()
  return true
}

function firstFix(): boolean {
  const [fix] = fixes.peek()
  if (fix) apply(fix)
  return fix !== undefined
}

interface Tones {
  readonly by: readonly string[]
  readonly functions: number
  readonly pointed: string | undefined
}
const retone = StateEffect.define<Tones>()
const isFunction = Decoration.mark({ class: 'tone-function' })
const isBy = Decoration.mark({ class: 'tone-by' })
const isPointed = Decoration.mark({ class: 'tone-pointed' })

/** Functions muted, the variables differentiated by tinted, what is pointed at on a soft ground. */
const tones = StateField.define<{ tones: Tones; set: DecorationSet }>({
  create: (state) => {
    const initial = { by: by.peek(), functions: 0, pointed: undefined }
    return { tones: initial, set: decorate(state.doc.toString(), initial) }
  },
  update: (value, transaction) => {
    const changed = transaction.effects.find((one) => one.is(retone))
    if (!changed && !transaction.docChanged) return value
    const now = changed ? (changed.value as Tones) : value.tones
    return { tones: now, set: decorate(transaction.newDoc.toString(), now) }
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.set),
})

/** Longer texts are not coloured. */
const LONGEST_COLOURED = 20_000

function decorate(source: string, { by, pointed }: Tones): DecorationSet {
  if (source.length > LONGEST_COLOURED) return Decoration.none
  const ranges: Range<Decoration>[] = []
  for (const match of source.matchAll(NAME)) {
    const from = match.index
    const to = from + match[0].length
    if (by.includes(match[0])) ranges.push(isBy.range(from, to))
    else if (/^\s*[([]/.test(source.slice(to, to + 8)) && byName.has(match[0])) ranges.push(isFunction.range(from, to))
  }
  const shown = read.peek()?.readAs
  if (pointed !== undefined && shown?.text === source) {
    for (const { text: part, span } of shown.parts) {
      if (keyOf(part) === pointed) ranges.push(isPointed.range(span[0], span[1]))
    }
    if (keyOf(source) === pointed) ranges.push(isPointed.range(0, source.length))
  }
  return Decoration.set(ranges, true)
}

/** What of the input is tinted. */
function tintedInInput(): string | undefined {
  const shown = read.value?.readAs
  return shown && tinted(() => [...shown.parts.map((part) => part.text), shown.text].map(keyOf))
}

/** The smallest part under the mouse, and what it stands in. */
function partAt(view: EditorView, event: MouseEvent): [text?: string, around?: string[]] {
  const shown = read.peek()?.readAs
  const at = view.posAtCoords({ x: event.clientX, y: event.clientY })
  if (at === null || shown?.text !== view.state.doc.toString()) return []
  let found = -1
  for (const [number, { span }] of shown.parts.entries()) if (span[0] <= at && at < span[1]) found = number
  return placeOf(shown, found)
}

function complete(context: CompletionContext) {
  const word = context.matchBefore(/[\p{L}_][\p{L}\p{M}\p{N}_]*/u)
  if (!word && !context.explicit) return null
  if (word && word.to - word.from < 2 && !context.explicit) return null
  // The word that is being typed is itself read as a variable.
  const variables = (read.peek()?.variables ?? []).filter(({ name }) => name !== word?.text)
  return {
    from: word?.from ?? context.pos,
    options: [
      ...variables.map(({ name, type }) => ({ label: name, detail: type, boost: 1 })),
      ...functions.peek().map(({ name, usage, doc }) => ({ label: name, detail: usage, info: doc, apply: `${name}(` })),
    ],
    validFor: /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u,
  }
}

/** What a function under the mouse is. */
function documentation(view: EditorView, position: number) {
  const line = view.state.doc.lineAt(position)
  for (const match of line.text.matchAll(NAME)) {
    const from = line.from + match.index
    const to = from + match[0].length
    const entry = position >= from && position <= to ? byName.get(match[0]) : undefined
    if (!entry) continue
    return {
      pos: from,
      end: to,
      create: () => {
        const dom = document.createElement('div')
        dom.className = 'documentation'
        const usage = document.createElement('code')
        usage.textContent = entry.usage
        const doc = document.createElement('p')
        doc.textContent = [entry.doc, entry.convention].filter((part) => part !== undefined).join(' ')
        dom.append(usage, doc)
        return { dom }
      },
    }
  }
  return null
}

const theme = EditorView.theme({
  '&': { color: 'var(--text)', fontSize: '16px', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: 'var(--mono)',
    fontVariantLigatures: 'none',
    lineHeight: '26px',
    maxHeight: '40vh',
    overflow: 'auto',
  },
  '.cm-content': { padding: '12px 0', minHeight: '76px', caretColor: 'var(--accent)' },
  '.cm-line': { padding: '0 12px', overflowWrap: 'anywhere' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--soft)',
  },
  '.tone-function': { color: 'var(--muted)' },
  '.tone-by': { color: 'var(--accent)', fontWeight: '500' },
  '.tone-pointed': { background: 'var(--soft)', borderRadius: '3px' },
  '.cm-lintRange': { paddingBottom: '0' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--red) 1.5px',
    textUnderlineOffset: '5px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline dashed var(--red) 1.5px',
    textUnderlineOffset: '5px',
  },
  '.cm-tooltip': {
    background: 'var(--canvas)',
    color: 'var(--text)',
    border: '1px solid var(--line)',
    borderRadius: '8px',
    boxShadow: 'var(--shadow)',
    font: '13px/20px var(--sans)',
    overflow: 'hidden',
    maxWidth: 'min(420px, 90vw)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { font: '13px/20px var(--mono)', maxHeight: '240px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '4px 10px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { background: 'var(--soft)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)' },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal' },
  '.cm-tooltip.cm-completionInfo': { padding: '8px 12px', margin: '0 4px' },
  '.documentation': { padding: '8px 12px' },
  '.documentation code': { fontFamily: 'var(--mono)' },
  '.documentation p': { margin: '2px 0 0', color: 'var(--muted)' },
  '.cm-diagnostic': { borderLeft: 'none', padding: '8px 12px', font: '13px/20px var(--sans)' },
  '.cm-diagnosticAction': {
    background: 'var(--rail)',
    color: 'var(--text)',
    border: '1px solid var(--control)',
    borderRadius: '6px',
    font: '500 13px var(--sans)',
  },
  '@media (min-width: 1600px)': { '&': { fontSize: '17px' } },
})
