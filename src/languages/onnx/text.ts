/** A model in the textual form of ONNX, which `onnx.parser` reads. */
import { type Attribute, type Initializer, type OnnxModel, type OnnxNode, type OnnxValue, VERSIONS } from './model.ts'

/** The text; comments say what inputs and outputs are, for which the form has no place. */
export function modelText({ name, doc, inputs, outputs, initializers, nodes }: OnnxModel): string {
  const list = (values: readonly OnnxValue[]) => values.map(valueText).join(', ')
  const constants = initializers.map(initializerText)
  return [
    `# ${doc}`,
    ...[...inputs, ...outputs].map((one) => `# ${one.name}: ${one.doc}`),
    '<',
    `  ir_version: ${VERSIONS.ir},`,
    `  opset_import: ["" : ${VERSIONS.operators}],`,
    '  producer_name: "eincalc"',
    '>',
    `${name} (${list(inputs)}) => (${list(outputs)})`,
    ...constants.map((text, k) => `${k === 0 ? '<' : ' '}${text}${k === constants.length - 1 ? '>' : ','}`),
    '{',
    ...nodes.map((node) => `  ${nodeText(node)}`),
    '}',
  ].join('\n')
}

export function nodeText({ operator, inputs, output, attributes }: OnnxNode): string {
  const list = Object.entries(attributes).map(([key, value]) => `${key} = ${attributeText(value)}`)
  return `${output} = ${operator}${list.length > 0 ? ` <${list.join(', ')}>` : ''} (${inputs.join(', ')})`
}

function attributeText(value: Attribute): string {
  if (typeof value === 'string') return `"${value}"`
  return typeof value === 'number' ? `${value}` : `[${value.join(', ')}]`
}

function valueText({ name, type, shape }: OnnxValue): string {
  const sizes = shape.map((size) => size ?? '?').join(',')
  return `${type}${shape.length > 0 ? `[${sizes}]` : ''} ${name}`
}

function initializerText({ name, type, shape, values }: Initializer): string {
  const spelt = values.map((value) => numberText(value, type === 'int64'))
  return `${type}${shape.length > 0 ? `[${shape.join(',')}]` : ''} ${name} = {${spelt.join(', ')}}`
}

function numberText(value: number, isWhole: boolean): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const text = String(value)
  return isWhole || /[.e]/.test(text) ? text : `${text}.0`
}
