/** The check of an emitted header by central differences, for when it is compiled as a program. */
import { type CompressedOutput, directionName, sizesIn } from '../shared/core-functions.ts'
import { dimensionText } from '../shared/dimensions.ts'
import type { EmittedProgram, NamedOutput, PreparedProgram } from '../shared/program.ts'
import { freeCases, kindOf, SIZES } from '../shared/self-check.ts'
import { cppWhole, scalarType, typeOf } from './dialect.ts'

/** The functions; empty for a program without derivatives that can be checked. */
export function checkText(
  prepared: PreparedProgram,
  sizes: EmittedProgram['sizes'],
  compressed: ReadonlyMap<NamedOutput, CompressedOutput<{ readonly sizes: EmittedProgram['sizes'] }>>,
): string[] {
  const { functionName, parameters, outputs, dimensions, identifiers, precision } = prepared
  const cases = freeCases(parameters, outputs)
  if (cases.length === 0) return []
  // Variables and sizes have the first choice of names; the check's own follow a `#`.
  const own = new Map('inputs at direction'.split(' ').map((name) => [name, identifiers.take(name)]))
  const used = new Set(
    [...parameters, ...outputs.map(({ planned }) => planned)].flatMap(({ axes }) => axes.flatMap((axis) => axis.names)),
  )
  for (const { name } of sizes) used.add(name)
  const names = [...dimensions].filter(([name]) => used.has(name))
  const spelt = (axes: (typeof parameters)[number]['axes']) =>
    axes.map((axis) => dimensionText(axis, dimensions, cppWhole).text)
  const count = (list: readonly string[]) =>
    list.length === 0 ? '1' : list.map((size) => (/^\w+$/.test(size) ? size : `(${size})`)).join(' * ')
  const declared = parameters.map((parameter) => {
    const list = spelt(parameter.axes)
    return `      {${count(list)}, ${list[0] ?? '1'}, "${kindOf(parameter)}"},`
  })
  const scalar = scalarType(precision)
  const unpackedText = (identifier: string, axes: (typeof parameters)[number]['axes'], data: string) => {
    const type = typeOf(axes.length, precision)
    if (axes.length === 0) return `    const double ${identifier} = ${data}(0);`
    if (axes.length === 1) return `    const ${type} ${identifier} = ${data}.cast<${scalar}>();`
    if (axes.length === 2) {
      return `    const ${type} ${identifier} = Eigen::Map<const Eigen::MatrixXd>(${data}.data(), ${spelt(axes).join(', ')}).cast<${scalar}>();`
    }
    return `    const ${type} ${identifier} = Eigen::TensorMap<const Eigen::Tensor<double, ${axes.length}>>(${data}.data(), ${spelt(axes).join(', ')}).cast<${scalar}>();`
  }
  const unpacked = parameters.map(({ identifier, axes }, k) => unpackedText(identifier, axes, `#inputs[${k}]`))
  const args = [...parameters, ...sizes].map(({ identifier }) => identifier).join(', ')
  const results = outputs.map((output) => {
    const { identifier } = output
    const functions = compressed.get(output)
    if (!functions) return `flattened(${identifier})`
    return `flattened(expand_${identifier}(${[identifier, ...sizesIn(prepared, functions.expand)].join(', ')}))`
  })
  const along = directionName(prepared, compressed)
  const applied = cases.flatMap(({ position, by }) => {
    const output = outputs[position]
    const functions = output && compressed.get(output)
    const direction = by.at(-1)
    if (!output || !functions?.apply || !direction) return []
    const unpacked = unpackedText(along, direction.axes, '#direction')
    const call = `apply_${output.identifier}(${[output.identifier, along, ...sizesIn(prepared, functions.apply)].join(', ')})`
    return [`    if (#at == ${position}) {`, `  ${unpacked}`, `      return flattened(${call});`, '    }']
  })
  const call = `const auto [${outputs.map(({ identifier }) => identifier).join(', ')}] = ${functionName}(${args});`
  const list = cases.map(
    ({ of, position, by }) => `      {${of}, ${position}, {${by.map((one) => parameters.indexOf(one)).join(', ')}}},`,
  )
  const isSingle = precision === 'float32'
  const sizeLines = names.map(([, identifier], k) => `  const Eigen::Index ${identifier} = ${SIZES[k] ?? 2 * k + 1};`)
  const parts: Readonly<Record<string, string>> = {
    SCALAR: scalar,
    EPSILON: isSingle ? '1.2e-7' : '2.2e-16',
    ORDER: isSingle ? '3' : '6',
    SIZES: sizeLines.join('\n'),
    DECLARED: declared.join('\n'),
    CASES: list.join('\n'),
    UNPACKED: unpacked.join('\n'),
    CALL: call,
    APPLIED: applied.length === 0 ? '' : appliedText(unpacked, call, applied),
    COMPARED: applied.length === 0 ? '' : COMPARED,
    RESULTS: results.join(', '),
  }
  // In one pass: names in the parts may read like theirs.
  const text = STATIC.replace(new RegExp(`\\b(?:${Object.keys(parts).join('|')})\\b`, 'g'), (part) => parts[part] ?? '')
  return [text.replace(/#(inputs|at|direction)\b/g, (_, name: string) => own.get(name) ?? name)]
}

function appliedText(unpacked: readonly string[], call: string, applied: readonly string[]): string {
  return [
    '  // A compressed derivative applied to a direction; empty for others.',
    '  const auto applied = [&](const std::vector<Numbers>& #inputs, int #at, const Numbers& #direction) {',
    ...unpacked,
    `    ${call}`,
    ...applied,
    '    return Numbers();',
    '  };',
    '',
  ].join('\n')
}

const COMPARED = `        Numbers product = applied(inputs, one_case.at, directions.back());
        if (product.size() > 0) {
          for (int k = order - 2; k >= 0; --k) product = contracted(product, directions[k]);
          gap = std::max<double>(gap, largest(product - expected));
        }
`

const STATIC = `#ifdef EINCALC_SELF_CHECK
// Compile as a program to compare the derivatives with central differences:
// g++ -std=c++17 -I /usr/include/eigen3 -DEINCALC_SELF_CHECK -x c++ FILE -o check

using Numbers = Eigen::VectorXd;

inline Numbers flattened(SCALAR x) { return Numbers::Constant(1, x); }

template <typename T>
Numbers flattened(const T& x) {
  return Eigen::Map<const Eigen::Matrix<SCALAR, Eigen::Dynamic, 1>>(x.data(), x.size()).template cast<double>();
}

int main() {
SIZES
  struct Parameter {
    Eigen::Index size, rows;
    std::string kind;
  };
  const std::vector<Parameter> parameters = {
DECLARED
  };
  // What is differentiated, the derivative, and the parameters differentiated by.
  struct Case {
    int of, at;
    std::vector<int> by;
  };
  const std::vector<Case> cases = {
CASES
  };
  const auto evaluated = [&](const std::vector<Numbers>& #inputs) {
UNPACKED
    CALL
    return std::vector<Numbers>{RESULTS};
  };
APPLIED
  long long state = 1;
  const auto sampled = [&](const Parameter& parameter, std::string kind, double low, double high) {
    if (kind == "positive") low = 0.5, high = 1.5;
    Numbers x(parameter.size);
    for (double& entry : x) {
      state = state * 16807 % 2147483647;
      entry = low + (high - low) * state / 2147483647;
    }
    const Eigen::Index n = parameter.rows;
    if (kind != "symmetric" && kind != "psd" && kind != "diagonal") return x;
    Eigen::MatrixXd matrix = Eigen::Map<Eigen::MatrixXd>(x.data(), n, n);
    if (kind == "symmetric") matrix = (matrix + matrix.transpose()).eval() / 2;
    if (kind == "psd") matrix = (matrix * matrix.transpose()).eval() + Eigen::MatrixXd::Identity(n, n);
    if (kind == "diagonal") matrix = Eigen::MatrixXd(matrix.diagonal().asDiagonal());
    return Numbers(Eigen::Map<Numbers>(matrix.data(), matrix.size()));
  };
  // The last axes of x summed with the direction.
  const auto contracted = [](const Numbers& x, const Numbers& direction) {
    const Eigen::Index columns = direction.size();
    return Numbers(Eigen::Map<const Eigen::MatrixXd>(x.data(), x.size() / columns, columns) * direction);
  };
  const auto largest = [](const Numbers& x) {
    if (!x.allFinite()) return std::numeric_limits<double>::infinity();
    return x.size() == 0 ? 0.0 : x.cwiseAbs().maxCoeff();
  };

  double worst = 0;
  bool right = true;
  int points = 0;
  // Positive entries serve where the function is not defined for others.
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{{-2, 2}, {0.5, 1.5}, {0.1, 0.4}}) {
    std::vector<Numbers> inputs;
    for (const Parameter& parameter : parameters) inputs.push_back(sampled(parameter, parameter.kind, low, high));
    const std::vector<Numbers> values = evaluated(inputs);
    bool finite = true;
    for (const Numbers& value : values) finite = finite && value.allFinite();
    if (!finite) continue;
    ++points;
    for (const Case& one_case : cases) {
      const int order = static_cast<int>(one_case.by.size());
      // The step that balances rounding with the curvature left out.
      const double step = std::pow(EPSILON, 1.0 / (order + 2));
      const double tolerance = std::pow(10.0, std::min(order - ORDER, -1));
      const double rounding =
          100 * EPSILON * std::max<double>(1.0, largest(values[one_case.of])) / std::pow(step, order);
      // A step may cross a kink; a wrong derivative is wrong in every direction.
      double least = std::numeric_limits<double>::infinity();
      for (int attempt = 0; attempt < 3; ++attempt) {
        std::vector<Numbers> directions;
        for (int index : one_case.by) {
          const std::string& kind = parameters[index].kind;
          const std::string like = kind == "psd" ? "symmetric" : kind == "positive" ? "any" : kind;
          const Numbers direction = sampled(parameters[index], like, -1, 1);
          directions.push_back(direction / std::max<double>(1.0, direction.norm()));
        }
        // Central differences along all directions: the signs of the steps are the bits of a number.
        Numbers expected = Numbers::Zero(values[one_case.of].size());
        for (int bits = 0; bits < (1 << order); ++bits) {
          std::vector<Numbers> moved = inputs;
          double sign = 1;
          for (int k = 0; k < order; ++k) {
            const double side = (bits >> k) & 1 ? -1 : 1;
            sign *= side;
            moved[one_case.by[k]] += side * step * directions[k];
          }
          expected += sign * evaluated(moved)[one_case.of] / std::pow(2 * step, order);
        }
        Numbers found = values[one_case.at];
        for (int k = order - 1; k >= 0; --k) found = contracted(found, directions[k]);
        double gap = largest(found - expected);
COMPARED        const double scale = std::max<double>(largest(expected), rounding / tolerance);
        least = std::min<double>(least, gap / scale);
      }
      worst = std::max<double>(worst, least);
      right = right && least < tolerance;
    }
  }
  std::printf("largest relative error against central differences: %.1e\\n", worst);
  return right && points > 0 ? 0 : 1;
}
#endif`
