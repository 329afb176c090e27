// node examples/run.mjs NAME: an example's derivation and derivatives, with their numbers checked. Without a name: the list.
import { checkOf, derive, EincalcError, parse, stepsText } from 'eincalc'
import { examples } from './index.mjs'
import { inputsOf } from './inputs.mjs'

/** @typedef {import('./example.ts').Example} Example */
/** @typedef {import('eincalc').Derivative} Derivative */

const [name] = process.argv.slice(2)
const example = examples.find((each) => each.name === name)
if (example) show(example)
else {
  if (name !== undefined) console.error(`There is no example ${name}. These are there:`)
  list()
  process.exitCode = name === undefined ? 0 : 2
}

function list() {
  for (const group of new Set(examples.map((each) => each.group))) {
    console.log(group)
    for (const each of examples) if (each.group === group) console.log(`  ${each.name.padEnd(34)}${each.title}`)
  }
}

/** @param {Example} example */
function show(example) {
  const { title, about, source, text, variables, wrt, orders } = example
  print(title, '', ...wrapped(about), ...wrapped(source), '')
  const types = Object.entries(variables).map(([variable, type]) => `${variable}: ${type}`)
  print(...indented(text), ...wrapped(types.join(', '), 116).map((line) => `  # ${line}`))
  const expression = parse(text, { vars: variables })
  for (const variable of wrt) {
    for (const order of orders) {
      const d = derive(expression, { wrt: variable, order })
      print('', `By ${variable}${order === 1 ? '' : `, order ${order}`}: ${d.type}`)
      if (order === 1) print(...indented(stepsText(d)), '')
      print(...indented(d.toString()))
      const kronecker = d.toKronecker()
      if (kronecker !== null) print(`  # between column-major vecs: ${kronecker}`)
      print(...figures(example, d, variable))
    }
  }
}

/**
 * What numbers say of a derivative, as comment lines.
 *
 * @param {Example} example
 * @param {Derivative} d
 * @param {string} variable
 */
function figures(example, d, variable) {
  const { large, quadraticIn = [] } = example
  const inputs = inputsOf(example)
  const { ok, maxRelError } = checkOf(d, new Map(Object.entries(inputs)))
  if (!ok) process.exitCode = 1
  const lines = [`${ok ? 'agrees' : 'DISAGREES'} with differences, relative error ${maxRelError.toPrecision(1)}`]
  const { operations, largest } = d.cost(large)
  const sizes = Object.entries(large).map(([dimension, size]) => `${dimension} = ${size}`)
  lines.push(`${count(operations)} operations, largest intermediate ${count(largest)}, at ${sizes.join(', ')}`)
  if (d.order === 2) {
    const hessian = d.at(inputs)
    lines.push(hessian.toString())
    if (d.expression.shape.axes.length === 0) {
      if (quadraticIn.includes(variable))
        lines.push(`normal equations H∘P = -gradient at ${variable} = 0, with H∘P = ${d.toProduct()}`)
      lines.push(newtonStep(derive(d.expression, { wrt: variable }).at(inputs), hessian))
    }
  }
  return lines.map((line) => `  # ${line}`)
}

/**
 * @param {import('eincalc').CompressedTensor} gradient
 * @param {import('eincalc').CompressedTensor} hessian
 */
function newtonStep(gradient, hessian) {
  try {
    const { method, residual } = hessian.newtonStep(gradient.expand())
    return `Newton step by ${method}, residual ${residual.toPrecision(1)}`
  } catch (error) {
    if (error instanceof EincalcError) return `no Newton step: ${error.message}`
    throw error
  }
}

/** @param {...string} lines */
function print(...lines) {
  for (const line of lines) console.log(line)
}

/** @param {string} text */
function indented(text) {
  return text.split('\n').map((line) => `  ${line}`)
}

/** Lines of at most `width` characters, broken at spaces. @param {string} text */
function wrapped(text, width = 120) {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart()
    if (line.length <= width) lines[lines.length - 1] = line
    else lines.push(word)
  }
  return lines
}

/** A count to three digits: 250000, 1.23e+9. @param {number} value */
function count(value) {
  return value < 1e6 ? String(value) : value.toExponential(2)
}
