/** The program in a language of choice. */
import { code, language, text } from '../state/store.ts'
import { highlighted } from './highlight.tsx'
import { DownloadIcon } from './icons.tsx'
import { Select } from './menu.tsx'
import { CopyButton } from './rows.tsx'

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
          onClick={() => download(`derivative.${known?.extension ?? 'txt'}`, shown.code, 'text/plain')}
        >
          <DownloadIcon />
        </button>
      </div>
      {/* A long program scrolls sideways, so the keyboard must reach it. */}
      <pre class="program" tabIndex={0} aria-label="Program" role="region">
        <code>{highlighted(shown.code, shown.language)}</code>
      </pre>
      <span class="hidden">Program for {text.value}</span>
    </div>
  )
}

/** Hands a file to the user. */
export function download(name: string, content: string, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = name
  anchor.click()
  URL.revokeObjectURL(url)
}
