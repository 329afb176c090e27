/** `--var`: the types of variables. */
import { EincalcError } from '../errors.ts'
import { parseDeclarations } from '../syntax/declaration.ts'
import type { Arguments } from './arguments.ts'
import { reading } from './problem.ts'

/** The declared types by name. Throws `EincalcError` with the place in the option's text. */
export function declaredTypes({ given }: Arguments): Map<string, string> {
  const types = new Map<string, string>()
  for (const text of given.get('var') ?? []) {
    reading(text, () => {
      const { declarations, problems } = parseDeclarations(text)
      const [problem] = problems
      if (problem) throw new EincalcError(problem)
      for (const { name, type } of declarations) {
        if (types.has(name.name)) {
          throw new EincalcError({ code: 'BadRequest', message: `${name.name} is declared twice`, span: name.span })
        }
        types.set(name.name, text.slice(...type.span))
      }
    })
  }
  return types
}
