/** A text of so many letters at most, cut between letters rather than in one. */
export function cut(text: string, most: number): string {
  const letters = [...text.slice(0, 2 * most + 2)]
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text
}
