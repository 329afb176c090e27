export function Numbers() {
  return null
}
