/** What the rest of the page may ask of the editor, whichever of its two forms is there. */
export interface EditorHandle {
  focus(): void
  insert(text: string): void
  select(start: number, end: number): void
  selection(): readonly [number, number]
}

let current: EditorHandle | undefined

export function setEditor(handle: EditorHandle | undefined): void {
  current = handle
}

export function editor(): EditorHandle | undefined {
  return current
}
