import { describe, expect, test } from 'vitest'
import { parse } from './parser.ts'
import type { IndexEntry, Program, Statement, SyntaxNode } from './tree.ts'
import { foldTree } from './walk.ts'

/** The text has no problems and this tree. */
function check(text: string, tree: string): void {
  test(text.length > 0 ? text : '(empty)', () => {
    const { program, problems } = parse(text)
    expect(problems).toEqual([])
    expect(showProgram(program)).toBe(tree)
  })
}

describe('operators', () => {
  check('a+b*c', '(+ a (* b c))')
  check('(a+b)*c', '(* (+ a b) c)')
  check('a-b-c', '(- (- a b) c)')
  check('a/b*c', '(* (/ a b) c)')
  check('a*b./c.*d@e', '(* (.* (./ (* a b) c) d) e)')
  check('A⊗B*C', '(* (kron A B) C)')
  check('a+b<c-d', '(< (+ a b) (- c d))')
  check('a<=b', '(<= a b)')
  check('(a<b)<c', '(< (< a b) c)')
  check('(a<b).*(b>=c)', '(.* (< a b) (>= b c))')
})

describe('signs', () => {
  check('-x', '(- x)')
  check('--+x', '(- (- (+ x)))')
  check('-x^2', '(- (^ x 2))')
  check("-x'", "(- (' x))")
  check('-a*b', '(* (- a) b)')
  check('a*-b*c', '(* (* a (- b)) c)')
  check('a - -b', '(- a (- b))')
  check('a.*-b+c', '(+ (.* a (- b)) c)')
  check('a/-b^2', '(/ a (- (^ b 2)))')
  check('a<-b', '(< a (- b))')
  check('2*-3', '(* 2 (- 3))')
})

describe('powers and transposes', () => {
  check('a^b^c', '(^ (^ a b) c)')
  check("A^-1'", "(' (^ A (- 1)))")
  check("A'^-1", "(^ (' A) (- 1))")
  check('x.^-1', '(.^ x (- 1))')
  check('x.^-+-y', '(.^ x (- (+ (- y))))')
  check('2^-x^3', '(^ (^ 2 (- x)) 3)')
  check("x^y'", "(' (^ x y))")
  check("x^(y')", "(^ x (' y))")
  check('x^f(y)', '(^ x (f y))')
  check('x^y[i]', '(^ x (at y @i))')
  check('x[i]^2', '(^ (at x @i) 2)')
  check('A^2[i,j]', '(at (^ A 2) @i @j)')
  check('A^-1[i,j]', '(at (^ A (- 1)) @i @j)')
  check('A^(-1)[i,j]', '(at (^ A (- 1)) @i @j)')
  check('2*A^2[1,2]', '(* 2 (at (^ A 2) 1 2))')
  check("A'", "(' A)")
  check("A.'", "(' A)")
  check("A''", "(' (' A))")
  check("A'.'*x", "(* (' (' A)) x)")
  check("x'*y'", "(* (' x) (' y))")
  check("(a+b)'", "(' (+ a b))")
  check("X[i,j]'", "(' (at X @i @j))")
  check("X'[i,j]", "(at (' X) @i @j)")
  check("2'", "(' 2)")
  check("A '", "(' A)")
})

describe('unicode reads as ASCII', () => {
  check('a·b×c⋅d', '(* (* (* a b) c) d)')
  check('−x − y', '(- (- x) y)')
  check('a⊙b∘c⊘d', '(./ (.* (.* a b) c) d)')
  check('Aᵀ', "(' A)")
  check('xᵀ*A*x', "(* (* (' x) A) x)")
  check('A′*B', "(* (' A) B)")
  check('a≤b', '(<= a b)')
  check('a≥b', '(>= a b)')
  check('sum[i,j: i≠j](1)', '(sum[i j: (!= i j)] 1)')
  check('αβ + Жук*変数 + नाम', '(+ (+ αβ (* Жук 変数)) नाम)')
  check('𝐀*x', '(* 𝐀 x)')
})

describe('numbers', () => {
  check('2', '2')
  check('0.5', '0.5')
  check('.5', '.5')
  check('2.', '2.')
  check('1e-3', '1e-3')
  check('1.5E+10', '1.5E+10')
  check('2.e3', '2.e3')
  check('2.*x', '(.* 2 x)')
  check('1./x', '(./ 1 x)')
  check('2.^x', '(.^ 2 x)')
  check("2.'", "(' 2)")
  check('2. * x', '(* 2. x)')
  check('2.5.*x', '(.* 2.5 x)')
  check('2..*x', '(.* 2. x)')
  check('.5.*x', '(.* .5 x)')
  check('1e3./x', '(./ 1e3 x)')
  check('3-.5', '(- 3 .5)')
  check('5e-324', '5e-324')
  check('0e-9999', '0e-9999')
})

describe('calls and texts', () => {
  check('f()', '(f)')
  check('f (x)', '(f x)')
  check('max(a, b)', '(max a b)')
  check('sum(A, axis=1)', '(sum A axis=1)')
  check('sum(A,axis = -1+2)', '(sum A axis=(+ (- 1) 2))')
  check("einsum('ij,jk->ik', A, B)", '(einsum "ij,jk->ik" A B)')
  check('einsum("i,i->", x\', y)', `(einsum "i,i->" (' x) y)`)
  check("f('')", '(f "")')
  check("f('a', x', 'b')", `(f "a" (' x) "b")`)
  check('f("it\'s # no comment")', '(f "it\'s # no comment")')
  check("'x'", '"x"')
  check('f((x))', '(f x)')
  check('sum(log(exp(-y.*(X*w)) + vector(1)))', '(sum (log (+ (exp (.* (- y) (* X w))) (vector 1))))')
  check('norm2(A*x-y)^2', '(^ (norm2 (- (* A x) y)) 2)')
  check("x'*A*x", "(* (* (' x) A) x)")
})

describe('indices', () => {
  check('X[i,a]', '(at X @i @a)')
  check('inv(K)[i,j]', '(at (inv K) @i @j)')
  check('eye(n)[:,3]', '(at (eye n) : 3)')
  check('(A+B)[i,j]', '(at (+ A B) @i @j)')
  check('x[3]', '(at x 3)')
  check('x[end]', '(at x end)')
  check('A[:,2]', '(at A : 2)')
  check('A[2,:]', '(at A 2 :)')
  check('A[:,:]', '(at A : :)')
  check('A[i][j]', '(at (at A @i) @j)')
  check('sum[i]', '(at sum @i)')
  check('x[i+1]', '(at x (+ i 1))')
  check('x[-1]', '(at x (- 1))')
  check('x[end-1]', '(at x (- end 1))')
  check('x[1:3]', '(at x (range 1 3))')
  check('x[2:]', '(at x (range 2))')
  check('x[:n]', '(at x (range n))')
  check('x[1:2:9]', '(at x (range 1 2 9))')
  check('x[::2]', '(at x (range 2))')
  check('x[::]', '(at x (range ))')
  check("x[f(a)[1],j]'", "(' (at x (at (f a) 1) @j))")
})

describe('binders', () => {
  check('sum[k](A[i,k]*B[k,j])', '(sum[k] (* (at A @i @k) (at B @k @j)))')
  check('sum[i,j](X[i,j])', '(sum[i j] (at X @i @j))')
  check('sum [i] (x)', '(sum[i] x)')
  check('sum[i,j: i<j](x[i]*y[j])', '(sum[i j: (< i j)] (* (at x @i) (at y @j)))')
  check('sum[i,j: i<j and j<=3](1)', '(sum[i j: (< i j): (<= j 3)] 1)')
  check('sum[p: p == i + 2*(j-1)](x[p])', '(sum[p: (== p (+ i (* 2 (- j 1))))] (at x @p))')
  check('sum[i: (i<j and j!=k) and (i==2)](1)', '(sum[i: (< i j): (!= j k): (== i 2)] 1)')
  check('sum[i: (i<j and (j<k and k<m))](1)', '(sum[i: (< i j): (< j k): (< k m)] 1)')
  check('softmax[k](A[i,k])[i,k]', '(at (softmax[k] (at A @i @k)) @i @k)')
  check('max[k](x[k], axis=1)', '(max[k] (at x @k) axis=1)')
  check('sum[i](sum[i](x[i]))', '(sum[i] (sum[i] (at x @i)))')
  check('-sum[i](x[i])^2', '(- (^ (sum[i] (at x @i)) 2))')
})

describe('programs', () => {
  check('f = x', 'f = x')
  check("t = A*x\nt'*t", "t = (* A x); (* (' t) t)")
  check('a = 1; b = 2; a+b', 'a = 1; b = 2; (+ a b)')
  check(';;\n a = 1 ;\n\n;a;\n', 'a = 1; a')
  check('a = 1\r\na', 'a = 1; a')
  check('C[i,j] = A[i,k]', 'C[i,j] = (at A @i @k)')
  check('f = sum(x,\n  axis=1)\nf', 'f = (sum x axis=1); f')
  check('(a\n+ b\n)', '(+ a b)')
  check("(A\n')", "(' A)")
  check("a = 1\n'x'", 'a = 1; "x"')
  check('# all of it\nx # rest; y = "\n# end', 'x')
  check('(a # inside\n+ b)', '(+ a b)')
  check('x = y <= z', 'x = (<= y z)')
  check('end', 'end')
  check('android + band', '(+ android band)')
})

/** Every problem of the text: what its message begins with, and its place between ‹ and › in a copy of the text. */
function refuse(...expected: (readonly [marked: string, message: string, code?: string])[]): void {
  const text = plain(expected[0]![0])
  test(text.length > 0 ? text : '(empty)', () => {
    const { problems } = parse(text)
    expect(problems.map(({ span, message }) => [mark(text, span), message])).toEqual(
      expected.map(([marked, message]) => [marked, expect.stringContaining(message)]),
    )
    expect(problems.map(({ code }) => code)).toEqual(expected.map(([, , code]) => code ?? 'SyntaxError'))
  })
}

function plain(marked: string): string {
  return marked.replace(/[‹›]/g, '')
}

function mark(text: string, span: readonly [number, number] | undefined): string {
  return span === undefined ? text : `${text.slice(0, span[0])}‹${text.slice(...span)}›${text.slice(span[1])}`
}

describe('a product without its operator', () => {
  refuse(['2‹x›', 'An operator is missing between `2` and `x`'])
  refuse(['A ‹x›', 'An operator is missing between `A` and `x`'])
  refuse(["x'‹A› + b", "An operator is missing between `x'` and `A`"])
  refuse(['(a)‹(›b)', 'An operator is missing between `(a)` and `(`'])
  refuse(['2‹(›b)', 'An operator is missing'])
  refuse(['f(a ‹b›)', 'An operator is missing'])
  refuse(['2 ‹x› y', 'An operator is missing'], ['2 x ‹y›', 'An operator is missing'])
  refuse(['sum[k] ‹X›[i,k]', 'An operator is missing between `sum[k]` and `X`'])
  refuse(['f(A ‹"ij"›)', 'An operator is missing'])
  refuse(['‹1.2.3›', '`1.2.3` is not a number'])
})

describe('missing operands', () => {
  refuse(['‹›', 'The expression is empty'])
  refuse(['‹  # nothing›', 'The expression is empty'])
  refuse(['a ‹+›', 'Something is missing after `+`'])
  refuse(['(a ‹*›)', 'Something is missing after `*`'])
  refuse(['a ‹+› * b', 'Something is missing after `+`'])
  refuse(['‹*› b', 'Something is missing before `*`'])
  refuse(['‹()›', 'There is nothing between these brackets'])
  refuse(['f(a,‹)›', 'Something is missing before `)`'])
  refuse(['f(‹,›a)', 'Something is missing before `,`'])
  refuse(['x‹[]›', 'There is nothing between these brackets'])
  refuse(['x[i,‹,›j]', 'Something is missing before `,`'])
  refuse(['a = b ‹+›\nc', 'Something is missing after `+`'])
  refuse(['f ‹=›', 'Something is missing after `=`'])
  refuse(['sum[i:‹]›(x)', 'Something is missing before `]`'])
  refuse(['‹ᵀ›', 'There is nothing to transpose'])
})

describe('brackets', () => {
  refuse(['‹(›a + b', 'This `(` is never closed'])
  refuse(['f(a, ‹(›b', 'This `(` is never closed'])
  refuse(['‹(›a + ', 'This `(` is never closed'])
  refuse(['sum(X‹[›i,j)', 'This `[` is never closed'])
  refuse(['a = ‹(›b; a', 'This `(` is never closed'])
  refuse(['‹(›a]', 'This `(` is closed by a `]`'])
  refuse(['x‹[›i)', 'This `[` is closed by a `)`'])
  refuse(['a‹)›', 'This `)` closes no bracket'])
  refuse(['‹)›', 'This `)` closes no bracket'])
  refuse(['‹[1, 2; 3, 4]›*x', 'Square brackets stand after an operand'])
  refuse(['A[1‹;›2]', '`;` does not separate anything'])
  refuse(['f(‹"›a)', 'The text after this `"` has no end'])
  refuse(["‹'›a", "The text after this `'` has no end"])
})

describe('comparisons and conditions', () => {
  refuse(['a<b‹<›c', 'Comparisons do not chain'])
  refuse(['sum[i: i<j‹<=›k](1)', 'Comparisons do not chain'])
  refuse(['x ‹==› y', '`==` stands only in the conditions'])
  refuse(['f(x ‹!=› y)', '`!=` stands only in the conditions'])
  refuse(['a ‹and› b', '`and` stands only in the conditions'])
  refuse(['sum[i: f(i‹==›j)<2](1)', '`==` stands only in the conditions'])
  refuse(['sum[i: i<j‹,› j<k](1)', 'Conditions are joined by `and`'])
  refuse(['sum[i: i‹=›j](1)', 'Conditions compare with `==`'])
  refuse(['sum[i: ‹j›](1)', 'A condition is a comparison'])
  refuse(['sum[i: ‹(i<j and j<k)› < 2](1)', 'Conditions joined by `and` have no value'])
  refuse(['sum[i: i<j ‹&&› j<k](1)', '`&&` is not part of the language'])
})

describe('binders and bindings', () => {
  refuse(['sum‹[1]›(x)', 'The labels in `sum[1]` must be names'])
  refuse(['sum‹[]›(x)', 'The labels in `sum[]` must be names'])
  refuse(['sum‹[i,]›(x)', 'The labels in `sum[i,]` must be names'])
  refuse(['sum‹[i j]›(x)', 'The labels in `sum[i j]` must be names'])
  refuse(['sum‹[i+1: i<j]›(x)', 'The labels in'])
  refuse(['sum‹[end]›(x)', 'The labels in'])
  refuse(['‹x›\ny', 'Every statement but the last must bind a name'])
  refuse(['‹a+b› = c', 'Only a name can be bound'])
  refuse(['‹f(x)› = c', 'A function cannot be defined'])
  refuse(['‹C[1]› = c', 'The axes of a bound name are labels'])
  refuse(['‹2› = c', 'Only a name can be bound'])
  refuse(['a = b ‹=› c', 'A statement binds one name'])
  refuse(['(a ‹=› b)', 'A `=` binds a name at the beginning'])
  refuse(['f(a+b‹=›c)', 'Only a name stands before the `=` of an argument'])
  refuse(['‹=› c', 'A name is missing before `=`'])
  refuse(['A(‹:›,1)', 'A `:` has no meaning here'])
  refuse(['A(1‹:›2)', 'A `:` has no meaning here'])
  refuse(['a‹,› b', 'A `,` stands only in brackets'])
  refuse(['(a‹,› b)', 'A `,` separates arguments'])
})

describe('characters and numbers', () => {
  refuse(['x ‹$› y', 'Unknown character `$` (U+0024)'])
  refuse(['x‹\u200b›*y', 'Unknown character U+200B'])
  refuse(['x‹\ud800›', 'Unknown character U+D800'])
  refuse(['x‹😀👍🏽›', 'Unknown character `😀` (U+1F600)'])
  refuse(['x‹²›', '`²` (U+00B2) is not part of the language'])
  refuse(['A‹.T›*x', '`.T` is not part of the language'])
  refuse(['x‹**›2', '`**` is not part of the language'])
  refuse(['a ‹–› b', '`–` (U+2013) is not part of the language'])
  refuse(['A‹’›', '`’` (U+2019) is not part of the language'])
  refuse(['‹1e999›*x', 'The number `1e999` is too large', 'DomainError'])
  refuse(['x + ‹1e-400›', 'The number `1e-400` is too close to zero', 'DomainError'])
})

test('several problems, in order, and what stands between them', () => {
  const text = 'a = 2x\nb = (a ]\nc + $'
  const { program, problems } = parse(text)
  expect(problems.map((problem) => problem.message.slice(0, 20))).toEqual([
    'An operator is missi',
    'This `(` is closed b',
    'Unknown character `$',
  ])
  expect(showProgram(program)).toBe('a = (error 2 x); b = (error a); (+ c (error))')
})

describe('quick fixes mend the text', () => {
  for (const [text, fixed] of [
    ['2x', '2*x'],
    ["x'  A", "x'*A"],
    ['(a)(b)', '(a)*(b)'],
    ['sum(log(x', 'sum(log(x))'],
    ['X[i,j + 1', 'X[i,j + 1]'],
    ['(a]', '(a)'],
    ['a)', 'a'],
    ['x**2', 'x^2'],
    ['x²', 'x^2'],
    ['x⁻¹', 'x^-1'],
    ['A.T', "A'"],
    ['a – b', 'a - b'],
    ['sum[i,j,k: i<j<k](1)', 'sum[i,j,k: i<j and j<k](1)'],
    ['sum[i: i<j, j<k](1)', 'sum[i: i<j and  j<k](1)'],
    ['sum[i: i<j&&j<k](1)', 'sum[i: i<j and j<k](1)'],
    ['sum[i: i=j](1)', 'sum[i: i==j](1)'],
  ] as const) {
    test(`${text} → ${fixed}`, () => {
      const fix = parse(text).problems[0]?.fixes?.[0]
      const mended = text.slice(0, fix?.span[0]) + (fix?.replacement ?? '') + text.slice(fix?.span[1])
      expect(mended).toBe(fixed)
      expect(parse(mended).problems).toEqual([])
    })
  }
})

test('a node spans its text, its parents the brackets around it too', () => {
  const text = " (a + b) * c'"
  const value = parse(text).program.statements[0]!.value
  expect(value.kind === 'binary' && [value.span, value.operatorSpan, value.left.span, value.right.span]).toEqual([
    [1, 13],
    [9, 10],
    [2, 7],
    [11, 13],
  ])
})

describe('limits', () => {
  test('10000 nested brackets are read', () => {
    expect(parse(`${'('.repeat(10_000)}x${')'.repeat(10_000)}`).problems).toEqual([])
    expect(parse(`${'f('.repeat(10_000)}x${')'.repeat(10_000)}`).problems).toEqual([])
    expect(parse(`${'x['.repeat(10_000)}1${']'.repeat(10_000)}`).problems).toEqual([])
  })

  test('one more is not', () => {
    const [problem, ...others] = parse(`${'('.repeat(10_001)}x${')'.repeat(10_001)}`).problems
    expect([problem?.code, problem?.span, others]).toEqual(['LimitExceeded', [10_000, 10_001], []])
    expect(problem?.message).toContain('10000')
  })

  test('a text of 1 MB is read, a longer one is not', () => {
    expect(parse(`x${' '.repeat(999_999)}`).problems).toEqual([])
    expect(parse(`x${' '.repeat(1_000_000)}`).problems[0]?.code).toBe('LimitExceeded')
    expect(parse(`x#${'é'.repeat(499_999)}`).problems).toEqual([])
    expect(parse(`x# ${'é'.repeat(499_999)}`).problems[0]?.code).toBe('LimitExceeded')
  })

  test('long chains make deep trees', () => {
    expect(parse(`x${'+x'.repeat(100_000)}`).problems).toEqual([])
    expect(parse(`x${"'".repeat(100_000)}`).problems).toEqual([])
    expect(parse(`${'-'.repeat(100_000)}x`).problems).toEqual([])
    expect(parse(`x${'^2'.repeat(100_000)}`).problems).toEqual([])
  })
})

/** A tree on one line, `(+ x (* 2 y))`. */
function showProgram(program: Program): string {
  return program.statements.map(showStatement).join('; ')
}

function showStatement(statement: Statement): string {
  const value = show(statement.value)
  switch (statement.kind) {
    case 'expression':
      return value
    case 'bind':
      return `${statement.target.name} = ${value}`
    case 'bindIndexed':
      return `${statement.target.name}[${statement.labels.map((label) => label.name)}] = ${value}`
  }
}

function show(root: SyntaxNode): string {
  return foldTree<string>(root, (node, parts) => {
    switch (node.kind) {
      case 'number':
        return node.text
      case 'name':
        return node.name
      case 'string':
        return JSON.stringify(node.value)
      case 'unary':
      case 'binary':
        return `(${[node.operator, ...parts].join(' ')})`
      case 'transpose':
        return `(' ${parts[0]})`
      case 'call':
      case 'binder': {
        const conditions = node.kind === 'binder' ? parts.slice(0, node.conditions.length) : []
        const args = parts.slice(conditions.length).map((part, place) => {
          const named = node.named[place - node.args.length]
          return named === undefined ? part : `${named.name.name}=${part}`
        })
        const labels = node.kind === 'binder' ? node.labels.map((label) => label.name) : []
        const head = labels.length === 0 ? '' : `[${[labels.join(' '), ...conditions].join(': ')}]`
        return `(${[node.callee.name + head, ...args].join(' ')})`
      }
      case 'index':
        return `(at ${[parts[0], ...showEntries(node.entries, parts.slice(1))].join(' ')})`
      case 'error':
        return `(error${parts.map((part) => ` ${part}`).join('')})`
    }
  })
}

function showEntries(entries: readonly IndexEntry[], parts: readonly string[]): string[] {
  const shown: string[] = []
  let used = 0
  for (const entry of entries) {
    if (entry.kind === 'label') shown.push(`@${entry.name}`)
    else if (entry.kind === 'number') shown.push(entry.text)
    else if (entry.kind === 'end') shown.push('end')
    else if (entry.kind === 'all') shown.push(':')
    else if (entry.kind === 'other') shown.push(parts[used++]!)
    else {
      shown.push(`(range ${parts.slice(used, used + entry.parts.length).join(' ')})`)
      used += entry.parts.length
    }
  }
  return shown
}
