/** Names that a Python program cannot give to variables: keywords, and the names that the program itself uses. */
export const reserved: ReadonlySet<string> = new Set([
  ...'False None True and as assert async await break class continue def del elif else except finally for from'.split(
    ' ',
  ),
  ...'global if import in is lambda nonlocal not or pass raise return try while with yield'.split(' '),
  ...'_check np jax jnp torch F partial math sys float int bool zip range print abs max tuple len ValueError __name__ __debug__'.split(
    ' ',
  ),
])

/** Local names of the functions beside the main one. */
export const locals: readonly string[] = [
  ...'cores p dense result rng sample inputs results inputs_from results_at position applied difference moves'.split(
    ' ',
  ),
  ...'base step name direction above below moved half one turned direction_of largest array size derivative'.split(' '),
  ...'names order tolerance rounding least low high directions expected scale found gap worst right points error _check'.split(
    ' ',
  ),
]
