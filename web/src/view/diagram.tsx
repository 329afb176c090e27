export function Diagram() {
  return null
}
