// Compiles C++ programs, many in one file, runs them, and holds their results to the reference evaluator.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { findLanguage } from '../../src/languages/index.ts'
import { type Answer, conformance, type Run } from './conformance.ts'
import { find, runMain } from './toolchain.ts'

const eigen = process.env.EINCALC_EIGEN ?? '/usr/include/eigen3'
const compiler = find({
  name: 'cpp',
  variable: 'EINCALC_CXX',
  candidates: ['g++', 'clang++'],
  probe: ['-std=c++17', '-I', eigen, '-fsyntax-only', '-include', 'Eigen/Dense', '-x', 'c++', '/dev/null'],
})
const folder = mkdtempSync(join(tmpdir(), 'eincalc-cpp-'))
let files = 0

afterAll(() => rmSync(folder, { recursive: true }))

/** Compiles a text and returns the path of the program. */
function compiled(code: string, ...flags: readonly string[]): string {
  const path = join(folder, `f${++files}`)
  mkdirSync(path)
  writeFileSync(join(path, 'all.cpp'), code)
  const args = ['-std=c++17', '-O0', '-w', '-I', eigen, ...flags, join(path, 'all.cpp'), '-o', join(path, 'all')]
  const { status, stderr } = spawnSync(compiler as string, args, { encoding: 'utf8', maxBuffer: 2 ** 28 })
  if (status !== 0) {
    const first = stderr.split('\n').filter((line) => /error/.test(line))
    throw new Error(`${first.slice(0, 8).join('\n')}\n${code.slice(0, 0)}`)
  }
  return join(path, 'all')
}

/** How many programs one file holds: the compiler takes memory for each. */
const TOGETHER = 30

const support = `
template <typename T>
void show(const T& x) {
  if constexpr (std::is_arithmetic_v<T>) {
    std::printf("output -\\n%.17g\\n", static_cast<double>(x));
  } else if constexpr (std::is_base_of_v<Eigen::DenseBase<T>, T>) {
    if constexpr (T::ColsAtCompileTime == 1) {
      std::printf("output %ld\\n", long(x.size()));
      for (long i = 0; i < x.size(); ++i) std::printf("%.17g\\n", double(x(i)));
    } else {
      std::printf("output %ld,%ld\\n", long(x.rows()), long(x.cols()));
      for (long i = 0; i < x.rows(); ++i) for (long j = 0; j < x.cols(); ++j) std::printf("%.17g\\n", double(x(i, j)));
    }
  } else {
    constexpr int rank = T::NumDimensions;
    std::printf("output ");
    for (int k = 0; k < rank; ++k) std::printf(k ? ",%ld" : "%ld", long(x.dimension(k)));
    std::printf("\\n");
    std::vector<long> at(rank, 0);
    for (long flat = 0; flat < x.size(); ++flat) {
      long rest = flat, offset = 0, stride = 1;
      for (int k = rank - 1; k >= 0; --k) { at[k] = rest % x.dimension(k); rest /= x.dimension(k); }
      for (int k = 0; k < rank; ++k) { offset += at[k] * stride; stride *= x.dimension(k); }
      std::printf("%.17g\\n", double(x.data()[offset]));
    }
  }
}
template <typename... T>
void show(const std::tuple<T...>& all) { std::apply([](const auto&... one) { (show(one), ...); }, all); }
`

function argument({ shape, data }: Run['arguments'][number], name: string): string {
  const numbers = data.map((t) =>
    Number.isNaN(t) ? 'NAN' : Number.isFinite(t) ? String(t) : t > 0 ? 'INFINITY' : '-INFINITY',
  )
  if (shape.length === 0) return `const double ${name} = ${numbers[0]};`
  const list = `const double ${name}_[] = {${numbers.join(', ')}};`
  if (shape.length === 1)
    return `${list} Eigen::VectorXd ${name} = Eigen::Map<const Eigen::VectorXd>(${name}_, ${shape[0]});`
  const row = 'Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>'
  if (shape.length === 2)
    return `${list} Eigen::MatrixXd ${name} = Eigen::Map<const ${row}>(${name}_, ${shape.join(', ')});`
  const back = `Eigen::array<int, ${shape.length}>{${shape.map((_, k) => shape.length - 1 - k).join(', ')}}`
  return `${list} Eigen::Tensor<double, ${shape.length}> ${name} = Eigen::TensorMap<const Eigen::Tensor<double, ${shape.length}>>(${name}_, ${[...shape].reverse().join(', ')}).shuffle(${back});`
}

function runTogether(list: readonly Run[]): Answer[] {
  const includes = new Set(list.flatMap(({ code }) => code.split('\n').filter((line) => line.startsWith('#include'))))
  const text = [
    ...includes,
    '#include <unsupported/Eigen/CXX11/Tensor>',
    '#include <cmath>\n#include <cstdio>\n#include <stdexcept>\n#include <string>\n#include <tuple>\n#include <type_traits>\n#include <vector>',
    support,
    ...list.map(({ code }, k) => `namespace p${k} {\n${code.replace(/^#(?:include|pragma).*$/gm, '')}\n}`),
    ...list.map((run, k) => {
      const names = run.arguments.map((_, at) => `a${at}`)
      const lines = run.arguments.map((one, at) => argument(one, names[at] as string))
      const call = `p${k}::evaluate(${[...names, ...run.sizes.map(({ value }) => value)].join(', ')})`
      return `void run${k}() {\n${lines.join('\n')}\ntry { show(${call}); } catch (const std::exception& problem) { std::printf("error %s\\n", problem.what()); }\nstd::printf("end\\n"); }`
    }),
    `int main() { ${list.map((_, k) => `run${k}();`).join(' ')} }`,
  ].join('\n')
  const { stdout } = spawnSync(compiled(text), { encoding: 'utf8', maxBuffer: 2 ** 28 })
  const answers: Answer[] = []
  let outputs: { shape: number[]; data: string[] }[] = []
  let error: string | undefined
  for (const line of stdout.split('\n')) {
    if (line === 'end') {
      answers.push(error === undefined ? { outputs } : { error })
      outputs = []
      error = undefined
    } else if (line.startsWith('error ')) error = line.slice(6)
    else if (line.startsWith('output ')) {
      outputs.push({ shape: line === 'output -' ? [] : line.slice(7).split(',').map(Number), data: [] })
    } else if (line !== '') outputs.at(-1)?.data.push(line)
  }
  return answers
}

describe.skipIf(compiler === null)('cpp', () => {
  conformance(findLanguage('cpp')!, {
    run: (list) => {
      const answers: Answer[] = []
      for (let at = 0; at < list.length; at += TOGETHER) answers.push(...runTogether(list.slice(at, at + TOGETHER)))
      return answers
    },
    main: (code) => runMain(compiled(code, '-DEINCALC_SELF_CHECK', '-x', 'c++'), []),
  })
})
