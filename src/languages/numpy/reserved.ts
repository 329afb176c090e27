/** Names that a Python program cannot give to variables: keywords, and the names that the program itself uses. */
export const reserved: ReadonlySet<string> = new Set([
  ...'False None True and as assert async await break class continue def del elif else except finally for from'.split(
    ' ',
  ),
  ...'global if import in is lambda nonlocal not or pass raise return try while with yield'.split(' '),
  ...'np math sys float int bool zip range print abs max tuple len ValueError __name__ __debug__'.split(' '),
])
