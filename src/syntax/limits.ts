/** Limits on source text, checked before the work they bound. */

/** Bytes of a source text in UTF-8. */
export const maxTextBytes = 1_000_000

/** Characters of one name: messages show names whole. */
export const maxNameLength = 200

/** Brackets that may be open at one place. */
export const maxNesting = 10_000

/** Problems reported of one text; later ones only leave error nodes in the tree. */
export const maxProblems = 20
