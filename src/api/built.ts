/** A value that is being built: operators as methods. It is made by a builder and writes itself in the language. */
import { LEVEL, type Piece, programText, type Written } from './builder-text.ts'
import { numberText, requireName } from './builder-words.ts'
import { type Expression, parse } from './expression.ts'

/** A value, or a number, which reads as it is written. */
export type Operand = Built | number
/** A label, a position counted from 1, `end`, or `:` for a whole axis. */
export type BuiltSubscript = string | number

/** What a value asks of its builder. */
export interface BuilderContext {
  /** The operand as a value of this builder. */
  operand(value: Operand): Built
  /** The type of a value from those of its operands; undefined where sizes are still to be inferred. */
  typeOf(value: Built): string | undefined
  /** The types of the variables that a value uses, and of these others, in the order of declaration. */
  typesIn(value: Written, others: readonly string[]): ReadonlyMap<string, string>
  /** Names that a binding must not take. */
  takenNames(): ReadonlySet<string>
}

/** How a value is made. Its text is that of its pieces. */
interface Making {
  readonly level: number
  readonly pieces: readonly Piece[]
  /** Labels that are free in it; none unless given. */
  readonly free?: ReadonlySet<string>
  /** It stands as a statement of its own, `head = …`, and is written as this name. */
  readonly definition?: { readonly name: string; readonly labels: readonly string[] }
  /** The type, where it is known without reading. */
  readonly type?: string
  /** Whether sizes are still to be inferred from what stands beside it. */
  readonly isOpen?: boolean
}

const NONE: ReadonlySet<string> = new Set()

/** A value of the language that is being built. Immutable. */
export class Built implements Written {
  readonly core: BuilderContext
  readonly level: number
  readonly pieces: readonly Piece[]
  readonly free: ReadonlySet<string>
  readonly definition: Making['definition']
  /** The type as far as the operands told it; undefined with free labels, and where sizes are still to be inferred. */
  readonly knownType: string | undefined
  readonly isOpen: boolean
  #expression: Expression | undefined

  /** For builders. Throws what typing the operation throws. */
  constructor(core: BuilderContext, { level, pieces, free = NONE, definition, type, isOpen = false }: Making) {
    this.core = core
    this.level = level
    this.pieces = pieces
    this.free = free
    this.definition = definition
    this.isOpen = isOpen || pieces.some((piece) => typeof piece !== 'string' && (piece[0] as Built).isOpen)
    this.knownType = type ?? (free.size === 0 ? core.typeOf(this) : undefined)
    if (this.knownType !== undefined) this.isOpen = false
  }

  plus(other: Operand): Built {
    return this.#binary(' + ', other, LEVEL.sum)
  }
  minus(other: Operand): Built {
    return this.#binary(' - ', other, LEVEL.sum)
  }
  /** `*`: the matrix product; a scalar scales. */
  times(other: Operand): Built {
    return this.#binary('*', other, LEVEL.product)
  }
  /** `.*`: entry by entry. */
  dotTimes(other: Operand): Built {
    return this.#binary(' .* ', other, LEVEL.product)
  }
  /** `/`: by a scalar. */
  over(other: Operand): Built {
    return this.#binary('/', other, LEVEL.product)
  }
  /** `./`: entry by entry. */
  dotOver(other: Operand): Built {
    return this.#binary(' ./ ', other, LEVEL.product)
  }
  /** `^`: of scalars, and whole powers of square matrices. */
  power(exponent: Operand): Built {
    return this.#raised('^', exponent)
  }
  /** `.^`: entry by entry. */
  dotPower(exponent: Operand): Built {
    return this.#raised(' .^ ', exponent)
  }
  negate(): Built {
    return this.#made(LEVEL.unary, ['-', [this, LEVEL.unary]])
  }
  transpose(): Built {
    return this.#made(LEVEL.postfix, [[this, LEVEL.postfix], "'"])
  }
  /** `<`, 1 where it holds and 0 elsewhere; so the next three. */
  less(other: Operand): Built {
    return this.#compared(' < ', other)
  }
  lessOrEqual(other: Operand): Built {
    return this.#compared(' <= ', other)
  }
  greater(other: Operand): Built {
    return this.#compared(' > ', other)
  }
  greaterOrEqual(other: Operand): Built {
    return this.#compared(' >= ', other)
  }
  /** Brackets: labels, positions, `end` or `:`. */
  at(...subscripts: readonly BuiltSubscript[]): Built {
    const labels = subscripts.filter((subscript): subscript is string => typeof subscript === 'string')
    const own = labels.filter((label) => label !== ':' && label !== 'end')
    for (const label of own) requireName(label, 'label')
    for (const subscript of subscripts) if (typeof subscript === 'number') numberText(subscript)
    const free = union(this.free, new Set(own))
    return new Built(this.core, {
      level: LEVEL.primary,
      pieces: [[this, LEVEL.primary], `[${subscripts.join(',')}]`],
      free,
    })
  }

  /** The expression that it is, parsed and simplified. Throws what its text throws. */
  get expression(): Expression {
    this.#expression ??= this.read()
    return this.#expression
  }
  /** The text that it is read from. */
  get text(): string {
    return programText(this, this.core.takenNames())
  }
  get type(): string {
    return this.knownType ?? this.expression.type
  }
  /** The simplified expression, in matrix notation. */
  toString(): string {
    return this.expression.toString()
  }
  toLatex(): string {
    return this.expression.toLatex()
  }
  /** The types of the variables that it uses. */
  get types(): ReadonlyMap<string, string> {
    return this.core.typesIn(this, [])
  }
  /** The expression, with these variables of the builder also where it does not use them. */
  read(wrt: readonly string[] = []): Expression {
    const { text } = this
    const vars = this.core.typesIn(this, wrt)
    // Without variables nothing is declared, and no first letter may become one.
    return parse(text, { vars })
  }

  #made(level: number, pieces: readonly Piece[], ...others: readonly Built[]): Built {
    return new Built(this.core, { level, pieces, free: union(this.free, ...others.map(({ free }) => free)) })
  }
  #binary(operator: string, other: Operand, level: number): Built {
    const right = this.core.operand(other)
    return this.#made(level, [[this, level], operator, [right, level + 1]], right)
  }
  #raised(operator: string, other: Operand): Built {
    const exponent = this.core.operand(other)
    // An exponent is signs and then a primary.
    const isSigned = typeof other === 'number' && other < 0
    return this.#made(
      LEVEL.postfix,
      [[this, LEVEL.postfix], operator, [exponent, isSigned ? LEVEL.unary : LEVEL.primary]],
      exponent,
    )
  }
  #compared(operator: string, other: Operand): Built {
    const right = this.core.operand(other)
    return this.#made(LEVEL.comparison, [[this, LEVEL.sum], operator, [right, LEVEL.sum]], right)
  }
}

export function union(...sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const full = sets.filter((set) => set.size > 0)
  return full.length < 2 ? (full[0] ?? NONE) : new Set(full.flatMap((set) => [...set]))
}
