/** Names that a TypeScript program cannot give to variables: keywords, and the names that the program itself uses. */
export const reserved: ReadonlySet<string> = new Set([
  ...'abstract any as async await boolean break case catch class const continue debugger declare default delete'.split(
    ' ',
  ),
  ...'do else enum export extends false finally for function get if implements import in instanceof interface'.split(
    ' ',
  ),
  ...'is keyof let module namespace never new null number object of package private protected public readonly'.split(
    ' ',
  ),
  ...'return set static string super switch symbol this throw true try type typeof undefined unique unknown var'.split(
    ' ',
  ),
  ...'void while with yield arguments eval NaN Infinity Math Number Array Float64Array Float32Array RangeError'.split(
    ' ',
  ),
  ...'TypeError Tensor Cores check s selfCheck process erfSeries console URL __proto__ constructor prototype'.split(
    ' ',
  ),
])
