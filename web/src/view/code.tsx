/** The program in a language of choice. */
import { useMemo, useRef } from 'preact/hooks'
import { free, keyOf, pin, point, tinted } from '../state/pointed.ts'
import { code, language, text } from '../state/store.ts'
import type { CodeData } from '../worker/protocol.ts'
import { highlighted } from './highlight.tsx'
import { DownloadIcon } from './icons.tsx'
import { Select } from './menu.tsx'
import { CopyButton } from './rows.tsx'
import { say } from './spoken.tsx'

export function Code() {
  const shown = code.value
  if (!shown) return null
  const known = shown.languages.find((candidate) => candidate.name === shown.language)
  return (
    <div class="code-tab">
      <div class="code-head">
        <label class="inline-label">
          Language
          <Select>
            <select
              class="control"
              value={language.value}
              onChange={(event) => {
                language.value = event.currentTarget.value
              }}
            >
              {shown.languages.map(({ name, title }) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
          </Select>
        </label>
        <span class="spacer" />
        <CopyButton name="Copy program" text={() => shown.code} />
        <button
          type="button"
          class="icon-button"
          aria-label="Download program"
          title="Download program"
          onClick={() =>
            download(
              `derivative.${known?.extension ?? 'txt'}`,
              shown.bytes ? new Uint8Array(shown.bytes) : shown.code,
              shown.bytes ? 'application/octet-stream' : 'text/plain',
            )
          }
        >
          <DownloadIcon />
        </button>
      </div>
      <Program shown={shown} />
      <span class="hidden">Program for {text.value}</span>
    </div>
  )
}

/** The program; pointing at a line points at what it computes, and the lines of what is pointed at are tinted. */
function Program({ shown }: { readonly shown: CodeData }) {
  const box = useRef<HTMLPreElement>(null)
  const at = new Map(shown.lines.map((line) => [line.line, line]))
  const keys = useMemo(
    () => new Map(shown.lines.map(({ line, computes, reads }) => [line, [...computes, ...reads].map(keyOf)])),
    [shown.lines],
  )
  const key = tinted(() => [...keys.values()].flat())
  const isTinted = (line: number) => key !== undefined && keys.get(line)?.includes(key) === true
  /** What a line computes: the whole, then what is within. */
  const placeOf = (line: number): [string | undefined, string[]] => {
    const [whole, ...within] = [...(at.get(line)?.computes ?? [])].reverse()
    return [whole, within]
  }
  /** ↑ and ↓ go from line to line that computes something. */
  const walk = (event: KeyboardEvent) => {
    if (event.key === 'Escape') free()
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    const numbers = [...keys.keys()]
    const now = event.key === 'ArrowDown' ? numbers.findLastIndex(isTinted) : numbers.findIndex(isTinted)
    const next = event.key === 'ArrowDown' ? numbers[now + 1] : now < 0 ? numbers.at(-1) : numbers[now - 1]
    if (next === undefined) return
    event.preventDefault()
    free()
    const [whole, within] = placeOf(next)
    point(whole, within)
    say(whole ?? '')
    box.current?.querySelector(`[data-line="${next}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  return (
    // A long program scrolls, so the keyboard must reach it.
    <pre
      class="program"
      ref={box}
      tabIndex={0}
      aria-label="Program"
      role="region"
      onKeyDown={walk}
      onBlur={() => point(undefined)}
    >
      <code>
        {highlighted(shown.code, shown.language).map((pieces, line) =>
          at.has(line) ? (
            // biome-ignore lint/a11y/noStaticElementInteractions: pointing tints the same part elsewhere, and adds nothing
            // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys do the same
            <span
              key={`${line}`}
              class={isTinted(line) ? 'code-line pointed' : 'code-line'}
              data-line={line}
              onMouseEnter={() => point(...placeOf(line))}
              onMouseLeave={() => point(undefined)}
              onClick={() => pin(...placeOf(line))}
            >
              {pieces}
              {'\n'}
            </span>
          ) : (
            <span key={`${line}`}>
              {pieces}
              {'\n'}
            </span>
          ),
        )}
      </code>
    </pre>
  )
}

/** Hands a file to the user. */
export function download(name: string, content: string | Uint8Array<ArrayBuffer>, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = name
  anchor.click()
  URL.revokeObjectURL(url)
}
