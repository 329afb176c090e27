/** The check of an emitted Julia file by central differences at random inputs. */
import { dimensionText } from '../shared/dimensions.ts'
import type { EmittedProgram, PreparedProgram } from '../shared/program.ts'
import { checkCases, SIZES } from '../shared/self-check.ts'
import { juliaWhole } from './dialect.ts'
import { tuple } from './text.ts'

/** The functions and their call; empty for a program without derivatives that can be checked. */
export function checkLines(
  { functionName, parameters, outputs, dimensions, precision }: PreparedProgram,
  sizes: EmittedProgram['sizes'],
): string[] {
  const isOrthogonal = parameters.some(({ facts }) => facts.structure === 'orthogonal')
  const cases = isOrthogonal ? [] : checkCases(parameters, outputs)
  if (cases.length === 0 || sizes.length > 0) return []
  const told = new Set(parameters.flatMap(({ axes }) => axes.flatMap((axis) => axis.names)))
  const names = [...dimensions].filter(([name]) => told.has(name))
  const declared = parameters.map(({ axes, facts: { structure, sign } }) => {
    const shape = tuple(axes.map((axis) => dimensionText(axis, dimensions, juliaWhole).text))
    return `        (${shape}, "${structure ?? (sign ? 'positive' : 'any')}"),`
  })
  const list = cases.map(({ of, position, by }) => {
    return `        (${of + 1}, ${position + 1}, [${by.map((one) => parameters.indexOf(one) + 1).join(', ')}]),`
  })
  return [
    '"""Compares the derivatives with central differences at random inputs."""',
    'function self_check()',
    ...names.map(([, identifier], k) => `    ${identifier} = ${SIZES[k] ?? 2 * k + 1}`),
    '    parameters = [',
    ...declared,
    '    ]',
    '    # What is differentiated, the derivative, and the parameters differentiated by.',
    '    cases = [',
    ...list,
    '    ]',
    STATIC.replaceAll('EVALUATE', functionName)
      .replace('TYPE', precision === 'float32' ? 'Float32' : 'Float64')
      .replace('ORDER', precision === 'float32' ? '3' : '6'),
  ]
}

const STATIC = `    epsilon = eps(TYPE)
    state = 1
    function sampled(shape, kind, low, high)
        if kind == "positive"
            low, high = 0.5, 1.5
        end
        x = zeros(shape)
        for k in eachindex(x)
            state = mod(state * 16807, 2147483647)
            x[k] = low + (high - low) * state / 2147483647
        end
        kind == "symmetric" && return (x + x') / 2
        kind == "psd" && return x * x' + I
        kind == "diagonal" && return diagm(diag(x))
        return isempty(shape) ? x[1] : x
    end
    worst = 0.0
    right = true
    points = 0
    # Positive entries serve where the function is not defined for others.
    for (low, high) in [(-2.0, 2.0), (0.5, 1.5), (0.1, 0.4)]
        inputs = Any[sampled(shape, kind, low, high) for (shape, kind) in parameters]
        results = try
            evaluated(inputs)
        catch problem
            problem isa Union{DomainError,SingularException,PosDefException} || rethrow()
            continue
        end
        found = map(dense, results)
        all(x -> all(isfinite, entries(x)), found) || continue
        points += 1
        for (of, at, by) in cases
            order = length(by)
            # The step that balances rounding with the curvature left out.
            step = epsilon^(1 / (order + 2))
            tolerance = 10.0^min(order - ORDER, -1)
            rounding = 100 * epsilon * max(1, largest(found[of])) / step^order
            # A step may cross a kink; a wrong derivative is wrong in every direction.
            least = Inf
            for attempt in 1:3
                directions = map(by) do k
                    shape, kind = parameters[k]
                    kind = kind == "psd" ? "symmetric" : kind == "positive" ? "any" : kind
                    direction = sampled(shape, kind, -1.0, 1.0)
                    direction / max(1, norm(direction))
                end
                expected = difference(inputs, of, by, directions, step)
                scale = max(largest(expected), rounding / tolerance)
                slopes = Any[contracted_with(found[at], directions[end])]
                if results[at] isa NamedTuple && haskey(results[at], :apply)
                    push!(slopes, results[at].apply(directions[end]))
                end
                gap = 0.0
                for slope in slopes
                    for k in (order-1):-1:1
                        slope = contracted_with(slope, directions[k])
                    end
                    gap = max(gap, largest(entries(slope) - expected))
                end
                least = min(least, gap / scale)
            end
            worst = max(worst, least)
            right = right && least < tolerance
        end
    end
    println(
        "largest relative error against central differences: ",
        round(worst; sigdigits = 2),
    )
    right && points > 0 || exit(1)
end

evaluated(inputs) = values(EVALUATE(inputs...))

dense(result) = result isa NamedTuple ? result.expand() : result

entries(x) = x isa Number ? [x] : vec(x)

largest(x) = maximum(abs.(entries(x)))

"""The last axes of x summed with the direction."""
function contracted_with(x, direction)
    return reshape(entries(x), :, length(direction)) * entries(direction)
end

"""Central differences along directions, the first taken last."""
function difference(inputs, of, by, directions, step)
    isempty(by) && return entries(dense(evaluated(inputs)[of]))
    above = copy(inputs)
    above[by[1]] = above[by[1]] + step * directions[1]
    below = copy(inputs)
    below[by[1]] = below[by[1]] - step * directions[1]
    up = difference(above, of, by[2:end], directions[2:end], step)
    down = difference(below, of, by[2:end], directions[2:end], step)
    return (up - down) / (2 * step)
end

if abspath(PROGRAM_FILE) == @__FILE__
    self_check()
end`
