/** Prints lowered programs: for each instruction its step, kernel, shapes, operations and bytes. */
import type { Arena } from './arena.ts'
import {
  type BufferId,
  type Instruction,
  type Operand,
  type PassExpression,
  type Program,
  partsOf,
  readsOf,
  type Walk,
  writesOf,
} from './program.ts'

/** One line for each instruction, then the outputs and the memory at its peak. `width` is the bytes of a number. */
export function describeProgram(program: Program, arena: Arena, width: number): string {
  const { buffers, instructions, outputs } = program
  const name = (id: BufferId) => buffers[id]?.name ?? '?'
  const bytes = (id: BufferId) => width * (buffers[id]?.elements ?? 0)
  const line = (instruction: Exclude<Instruction, Walk>, walk = ''): string => {
    const moved = [...new Set([...readsOf(instruction), ...writesOf(instruction)])].reduce(
      (sum, id) => sum + bytes(id),
      0,
    )
    const figures = `${instruction.operations} operations, ${moved} bytes`
    return `${instruction.step}: ${walk}${body(instruction, name)}  (${figures})`
  }
  const lines = instructions.flatMap((instruction) => {
    if (instruction.kind !== 'walk') return [line(instruction)]
    const { passes, rows, block } = instruction
    return passes.map((pass) => line(pass, `by ${Math.min(rows, block)} of ${rows} rows, `))
  })
  for (const { buffer, shape } of outputs) lines.push(`output ${name(buffer)} (${shape.join('×')})`)
  const operations = instructions.reduce((sum, instruction) => sum + instruction.operations, 0)
  lines.push(`${operations} operations, ${arena.bytes} bytes at the peak`)
  return lines.join('\n')
}

type Name = (id: BufferId) => string

function body(instruction: Exclude<Instruction, Walk>, name: Name): string {
  switch (instruction.kind) {
    case 'pass': {
      const { sizes, reduced, reduction, out, operands, expression, accumulate } = instruction
      const sign = reduction === 'sum' ? 'Σ' : `${reduction} `
      const loops = sizes.map((size, loop) => `${loop >= reduced ? sign : ''}${size}`).join('×')
      const text = expressionText(expression, (operand) => walk(operands[operand] as Operand, name))
      return `pass ${loops}: ${walk(out, name)} ${accumulate ? '+=' : '='} ${text}`
    }
    case 'gemm': {
      const { m, n, k, a, b, c, scale, batch, symmetric, accumulate } = instruction
      const kernel = symmetric ? 'syrk' : 'gemm'
      const times = batch.length > 0 ? ` ×${batch.join('×')}` : ''
      const factors = [name(a.buffer), ...(scale ? [`diag(${name(scale.buffer)})`] : []), name(b.buffer)].join('·')
      return `${kernel} ${m}×${k}×${n}${times}: ${name(c.buffer)} ${accumulate ? '+=' : '='} ${factors}`
    }
    case 'roots':
      return `roots ${instruction.elements}: ${name(instruction.out.buffer)} = √${name(instruction.scale.buffer)}, if of one sign`
    case 'fill':
      return `fill ${instruction.elements}: ${name(instruction.out.buffer)} = 0`
    case 'call': {
      const { batches, out, args } = instruction
      const list = args.map((arg) => `${name(arg.buffer)}(${arg.sizes.join('×')})`).join(', ')
      return `call${batches > 1 ? ` ×${batches}` : ''}: ${name(out.buffer)} = ${instruction.name}(${list})`
    }
    case 'solve': {
      const { n, outer, inner, matrix, right } = instruction
      return `solve ${n}×${n}, ${outer * inner} right sides: ${name(right.buffer)} = ${name(matrix.buffer)}\\${name(right.buffer)}`
    }
  }
}

/** A tensor with its strides, where it is more than one number. */
function walk({ buffer, offset, strides }: Operand, name: Name): string {
  const start = offset === 0 ? '' : `+${offset}`
  return strides.every((stride) => stride === 0)
    ? `${name(buffer)}${start}`
    : `${name(buffer)}${start}[${strides.join()}]`
}

function expressionText(expression: PassExpression, operand: (at: number) => string): string {
  const parts = partsOf(expression).map((part) => expressionText(part, operand))
  switch (expression.kind) {
    case 'leaf':
      return operand(expression.operand)
    case 'number':
      return `${expression.value}`
    case 'parameter':
      return `size${expression.index}`
    case 'product':
      return expression.factors
        .map(({ exponent }, k) => `${parts[k]}${exponent.isOne ? '' : `^(${exponent.key})`}`)
        .join('*')
    case 'sum':
      return `(${expression.terms.map(({ coefficient }, k) => (coefficient === 1 ? '' : `${coefficient}*`) + parts[k]).join(' + ')})`
    case 'call':
      return `${expression.name}(${parts.join(', ')})`
    case 'mask':
      return `where(${expression.conditions.length} conditions, ${parts[0]}, 0)`
  }
}
