/** The gallery: the examples of the repository, in their groups. */
import { examples } from '../../../examples/index.mjs'
import { dialog } from '../state/dialogs.ts'
import { DEFAULT_STATE } from '../state/link.ts'
import { dims, setState, untouched } from '../state/store.ts'

type Example = (typeof examples)[number]

export function Examples() {
  const groups = Map.groupBy(examples, (example) => example.group)
  return (
    <>
      {[...groups].map(([group, list]) => (
        <section key={group} aria-label={group}>
          <h3 class="group">{group}</h3>
          <ul class="gallery">
            {list.map((example) => (
              <li key={example.name}>
                <button type="button" class="example" onClick={() => open(example)}>
                  <b>{example.title}</b>
                  <span class="about">{example.about}</span>
                  <code>{example.text}</code>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  )
}

function open(example: Example): void {
  untouched.value = false
  dims.value = example.large
  setState({
    ...DEFAULT_STATE,
    text: example.text,
    vars: example.variables,
    by: example.wrt.slice(0, 1),
  })
  dialog.value = undefined
}
