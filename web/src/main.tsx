import 'katex/dist/katex.css'
import './style/fonts.css'
import './style/tokens.css'
import './style/page.css'
import './style/rail.css'
import './style/stage.css'
import './style/dialogs.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { listenToKeys } from './state/keys.ts'
import { keepOffline } from './state/offline.ts'
import { openLink, start } from './state/store.ts'
import { applyTheme } from './state/theme.ts'
import { TABS } from './view/tabs.tsx'

applyTheme()
await openLink()
start()
const root = document.getElementById('app')
if (root) render(<App />, root)
listenToKeys(TABS.map((tab) => tab.view))
window.addEventListener('hashchange', () => void openLink())
window.addEventListener('load', () => void keepOffline())
