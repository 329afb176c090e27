/** The page. */
import { Dialogs } from './view/dialogs.tsx'
import { Header } from './view/header.tsx'
import { Rail } from './view/rail.tsx'
import { Spoken } from './view/spoken.tsx'
import { Stage } from './view/stage.tsx'
import { Tabs } from './view/tabs.tsx'

export function App() {
  return (
    <>
      <Header />
      <div class="columns">
        <Rail />
        <main class="content">
          <Tabs />
          <Stage />
        </main>
      </div>
      <Spoken />
      <Dialogs />
    </>
  )
}
