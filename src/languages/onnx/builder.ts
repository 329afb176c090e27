/** Nodes and constants as they are asked for; equal ones are made once. */
import type { Identifiers } from '../shared/identifiers.ts'
import { type Attribute, type ElementType, elementTypes, type Initializer, type OnnxNode } from './model.ts'

/** The name of a value of the graph. */
export type Value = string

export class Builder {
  readonly nodes: OnnxNode[] = []
  readonly initializers: Initializer[] = []
  /** The type of all numbers but sizes. */
  readonly type: 'double' | 'float'
  readonly #identifiers: Identifiers
  readonly #made = new Map<string, Value>()
  readonly #numbers = new Map<Value, number>()
  readonly #counts = new Map<string, number>()

  constructor(identifiers: Identifiers, type: 'double' | 'float') {
    this.#identifiers = identifiers
    this.type = type
  }

  node(operator: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.#once(JSON.stringify([operator, inputs, attributes]), 't', (output) => {
      this.nodes.push({ name: output, operator, inputs, output, attributes })
    })
  }

  /** A node whose value has a name like this. */
  as(name: string, operator: string, inputs: readonly Value[], attributes: OnnxNode['attributes'] = {}): Value {
    const output = this.#identifiers.take(name)
    this.nodes.push({ name: output, operator, inputs, output, attributes })
    return output
  }

  /** A node whose name tells what is wrong where it fails. */
  check(
    name: string,
    operator: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
  ): Value {
    const output = this.#fresh('t')
    this.nodes.push({ name, operator, inputs, output, attributes })
    return output
  }

  /** A number. */
  float(value: number): Value {
    const name = this.#constant(this.type, [], [value])
    this.#numbers.set(name, value)
    return name
  }

  /** The number that a value is; undefined for all that is computed. */
  numberOf(value: Value): number | undefined {
    return this.#numbers.get(value)
  }

  floats(values: readonly number[]): Value {
    return this.#constant(this.type, [values.length], values)
  }

  int(value: number): Value {
    return this.#constant('int64', [], [value])
  }

  ints(values: readonly number[]): Value {
    return this.#constant('int64', [values.length], values)
  }

  cast(value: Value): Value {
    return this.node('Cast', [value], { to: elementTypes[this.type] })
  }

  #constant(type: ElementType, shape: readonly number[], values: readonly number[]): Value {
    const key = `${type} ${shape} ${values.map((value) => (Object.is(value, -0) ? '-0' : value))}`
    return this.#once(key, 'c', (name) => this.initializers.push({ name, type, shape, values }))
  }

  #once(key: string, letter: string, make: (name: Value) => void): Value {
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const name = this.#fresh(letter)
    this.#made.set(key, name)
    make(name)
    return name
  }

  #fresh(letter: string): Value {
    const count = (this.#counts.get(letter) ?? 0) + 1
    this.#counts.set(letter, count)
    return this.#identifiers.take(`${letter}${count}`)
  }
}
