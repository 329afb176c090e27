/** The statements that programs are made of, read back from their text, so that they can be laid out. */

export type Expr =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unary'; readonly operator: string; readonly of: Expr }
  | { readonly kind: 'paren'; readonly of: Expr }
  | { readonly kind: 'cast'; readonly of: Expr; readonly type: string }
  | { readonly kind: 'index'; readonly of: Expr; readonly at: Expr }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'if'; readonly condition: Expr; readonly yes: Expr; readonly no: Expr }
  /** Also macros; tuples and arrays have no callee. */
  | {
      readonly kind: 'call'
      readonly callee: string
      readonly open: string
      readonly items: readonly Expr[]
      readonly close: string
    }
  | {
      readonly kind: 'chain'
      readonly of: Expr
      readonly methods: readonly { readonly name: string; readonly items: readonly Expr[] }[]
    }

export interface ParsedStatement {
  /** What stands before the expression: `let x =`, `x[i] +=`, `return `, `if ` or nothing. */
  readonly head: string
  readonly expression: Expr
  /** What stands behind it. */
  readonly tail: ';' | ' {' | ''
}

/** The statement of a line; undefined for another. */
export function parseStatement(line: string): ParsedStatement | undefined {
  const tail = line.endsWith(';') ? ';' : line.startsWith('if ') && line.endsWith(' {') ? ' {' : ''
  const body = line.slice(0, line.length - tail.length)
  const [head = ''] =
    (tail === ' {' ? /^if / : /^(?:let (?:mut )?(?:\w+|\([\w, ]+\))(?:: \w+)? =(?= )|return )/).exec(body) ?? []
  const tokens = tokensOf(body.slice(head.length))
  if (!tokens || (tail === '' && !/^[\w(&]/.test(body))) return undefined
  try {
    const { place, expression } = new Parser(tokens).statement()
    const statement = { head: `${head}${place}`, expression, tail } as const
    const space = statement.head.endsWith('=') ? ' ' : ''
    // What is not read as it is written is left alone.
    return `${statement.head}${space}${textOf(expression)}${tail}` === line ? statement : undefined
  } catch (error) {
    if (error instanceof NoStatement) return undefined
    throw error
  }
}

/** The expression on one line. */
export function textOf(node: Expr): string {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'unary':
      return `${node.operator}${textOf(node.of)}`
    case 'paren':
      return `(${textOf(node.of)})`
    case 'cast':
      return `${textOf(node.of)} as ${node.type}`
    case 'index':
      return `${textOf(node.of)}[${textOf(node.at)}]`
    case 'binary':
      return `${textOf(node.left)} ${node.operator} ${textOf(node.right)}`
    case 'if':
      return `if ${textOf(node.condition)} { ${textOf(node.yes)} } else { ${textOf(node.no)} }`
    case 'call':
      return `${node.callee}${node.open}${node.items.map(textOf).join(', ')}${node.close}`
    case 'chain': {
      const methods = node.methods.map(({ name, items }) => `.${name}(${items.map(textOf).join(', ')})`)
      return `${textOf(node.of)}${methods.join('')}`
    }
  }
}

const TOKEN =
  /\s*("(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?(?:e[-+]?\d+)?(?:_?f(?:64|32))?|\w+(?:::<[\w<>]*>|::\w+)*!?|\.\.|\|\||&&|[-+*/]=|[<>=!]=|[-+*/<>=&.,()[\]{}])/y

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  let end = 0
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    tokens.push(match[1] as string)
    end = TOKEN.lastIndex
  }
  return end === text.length ? tokens : undefined
}

class NoStatement extends Error {}

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['<', '>', '<=', '>=', '==', '!='],
  ['+', '-'],
  ['*', '/'],
]

class Parser {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  /** An expression, or one that is assigned to a place. */
  statement(): { readonly place: string; readonly expression: Expr } {
    const expression = this.#binary(0)
    if (this.#at === this.#tokens.length) return { place: '', expression }
    const operator = this.#take()
    const value = this.#binary(0)
    if (this.#at < this.#tokens.length || !/^[-+*/]?=$/.test(operator)) throw new NoStatement()
    return { place: `${textOf(expression)} ${operator}`, expression: value }
  }

  #take(): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw new NoStatement()
    return token
  }

  #expect(token: string): void {
    if (this.#take() !== token) throw new NoStatement()
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at]
  }

  #binary(level: number): Expr {
    const operators = LEVELS[level]
    if (!operators) return this.#cast()
    let node = this.#binary(level + 1)
    while (operators.includes(this.#peek() ?? '')) {
      const operator = this.#take()
      node = { kind: 'binary', operator, left: node, right: this.#binary(level + 1) }
    }
    return node
  }

  #cast(): Expr {
    let node = this.#unary()
    while (this.#peek() === 'as') {
      this.#take()
      node = { kind: 'cast', of: node, type: this.#take() }
    }
    return node
  }

  #unary(): Expr {
    const operator = this.#peek()
    if (operator === '-' || operator === '&') {
      this.#take()
      return { kind: 'unary', operator, of: this.#unary() }
    }
    return this.#postfix()
  }

  #postfix(): Expr {
    let node = this.#primary()
    for (;;) {
      const next = this.#peek()
      if (next === '.') {
        this.#take()
        const name = this.#take()
        if (this.#peek() !== '(') throw new NoStatement()
        this.#take()
        const method = { name, items: this.#items(')') }
        node =
          node.kind === 'chain'
            ? { ...node, methods: [...node.methods, method] }
            : { kind: 'chain', of: node, methods: [method] }
      } else if (next === '[') {
        this.#take()
        const at = this.#binary(0)
        this.#expect(']')
        node = { kind: 'index', of: node, at }
      } else return node
    }
  }

  #primary(): Expr {
    const token = this.#take()
    if (token === 'if') {
      const condition = this.#binary(0)
      this.#expect('{')
      const yes = this.#binary(0)
      this.#expect('}')
      this.#expect('else')
      this.#expect('{')
      const no = this.#binary(0)
      this.#expect('}')
      return { kind: 'if', condition, yes, no }
    }
    if (token === '..') return { kind: 'text', text: token }
    if (token === '(') {
      const items = this.#items(')')
      const [only] = items
      if (only && items.length === 1) return { kind: 'paren', of: only }
      return { kind: 'call', callee: '', open: '(', items, close: ')' }
    }
    if (token === '[') return { kind: 'call', callee: '', open: '[', items: this.#items(']'), close: ']' }
    if (!/^["\w]/.test(token)) throw new NoStatement()
    const open = this.#peek()
    const isCall = open === '(' || (open === '[' && token.endsWith('!'))
    if (!isCall) return { kind: 'text', text: token }
    this.#take()
    const close = open === '(' ? ')' : ']'
    return { kind: 'call', callee: token, open, items: this.#items(close), close }
  }

  /** Up to the closing bracket. */
  #items(close: string): Expr[] {
    const items: Expr[] = []
    while (this.#peek() !== close) {
      items.push(this.#binary(0))
      if (this.#peek() !== close) this.#expect(',')
    }
    this.#take()
    return items
  }
}
