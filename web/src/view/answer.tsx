export function Answer() {
  return null
}
