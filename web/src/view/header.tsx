/** The top bar. */
import { copied, copy } from '../state/copy.ts'
import { dialog } from '../state/dialogs.ts'
import { linkNow } from '../state/store.ts'
import { nextTheme, theme } from '../state/theme.ts'
import { LinkIcon, MenuIcon, ThemeIcon } from './icons.tsx'

export function Header() {
  const isCopied = copied.value === 'link'
  return (
    <header class="header">
      {/* biome-ignore lint/a11y/useValidAnchor: a skip link moves the focus, and the fragment holds the state */}
      <a class="skip" href="#stage" onClick={toResult}>
        To the result
      </a>
      <span class="brand">
        <span class="mark" aria-hidden="true">
          ∂
        </span>
        <h1>eincalc</h1>
      </span>
      <nav class="nav" aria-label="Help">
        <button type="button" class="nav-button" onClick={() => open('examples')}>
          Examples
        </button>
        <button type="button" class="nav-button" onClick={() => open('reference')}>
          Reference
        </button>
      </nav>
      <span class="spacer" />
      <button
        type="button"
        class="control copy-link"
        aria-label="Copy link"
        onClick={async () => {
          await copy('link', await linkNow())
        }}
      >
        <LinkIcon /> <span class="copy-link-text">{isCopied ? 'Copied' : 'Copy link'}</span>
      </button>
      <button
        type="button"
        class="icon-button wide-only"
        aria-label={`Colours: ${theme.value}`}
        title={`Colours: ${theme.value}`}
        onClick={nextTheme}
      >
        <ThemeIcon />
      </button>
      <button
        type="button"
        class="icon-button wide-only"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => open('keys')}
      >
        ?
      </button>
      <details class="phone-menu">
        <summary class="icon-button" aria-label="Menu">
          <MenuIcon />
        </summary>
        <div class="popover">
          <button type="button" class="menu-item" onClick={(event) => openFromMenu(event, 'examples')}>
            Examples
          </button>
          <button type="button" class="menu-item" onClick={(event) => openFromMenu(event, 'reference')}>
            Reference
          </button>
          <button type="button" class="menu-item" onClick={(event) => openFromMenu(event, 'keys')}>
            Keys
          </button>
          <button type="button" class="menu-item" onClick={nextTheme}>
            Colours: {theme.value}
          </button>
        </div>
      </details>
    </header>
  )
}

function open(name: 'examples' | 'reference' | 'keys'): void {
  dialog.value = name
}

function openFromMenu(event: MouseEvent, name: 'examples' | 'reference' | 'keys'): void {
  const menu = event.target instanceof Element ? event.target.closest('details') : undefined
  menu?.removeAttribute('open')
  open(name)
}

/** The fragment holds the state, so the skip link moves the focus itself. */
function toResult(event: MouseEvent): void {
  event.preventDefault()
  document.getElementById('stage')?.focus()
}
