/** Functions that an emitted Julia file brings along where it uses them. Those of numbers are broadcast over arrays. */
const table = {
  sigmoid: `"""1 / (1 + exp(-t))"""
sigmoid(t) = 1 / (1 + exp(-t))`,
  softplus: `"""log(1 + exp(t)), without overflow."""
softplus(t) = max(t, 0) + log1p(exp(-abs(t)))`,
  logz: `"""log(t), but 0 at t = 0 and NaN below."""
logz(t) = iszero(t) ? zero(t) : log_or_nan(t)`,
  silu: `"""t / (1 + exp(-t)), 0 at -Inf."""
silu(t) = t < -800 ? zero(t) : t / (1 + exp(-t))`,
  gelu: `"""t times the distribution function of the standard normal distribution, 0 at -Inf."""
gelu(t) = t < -40 ? zero(t) : t * erfc(-t / sqrt(oftype(t, 2))) / 2`,
  erf: `"""The error function."""
function erf(t)
    abs(t) < 1.5 && return oftype(t, erf_series(Float64(t)))
    return t > 0 ? 1 - erfc(t) : erfc(-t) - 1
end`,
  erfc: `"""1 - erf(t), with all its digits for large t, by a continued fraction."""
function erfc(t)
    isnan(t) && return t
    t < -1.5 && return 2 - erfc(-t)
    s = Float64(t)
    s < 0.5 && return oftype(t, 1 - erf_series(s))
    s > 27.3 && return zero(t)
    fraction = s
    for k in ceil(Int, 20 + 420 / (s * s)):-1:1
        fraction = s + k / 2 / fraction
    end
    # The rounding of s * s alone would cost digits.
    head = trunc(s * 16) / 16
    power = exp(-head * head) * exp(-(s - head) * (s + head))
    return oftype(t, power / (sqrt(pi) * fraction))
end`,
  erf_series: `"""The error function near 0, by its series of positive terms."""
function erf_series(t)
    term = 1.0
    total = 0.0
    k = 1
    while term > total * 1e-18
        total += term
        term *= 2 * t * t / (2 * k + 1)
        k += 1
    end
    return 2 / sqrt(pi) * t * total * exp(-t * t)
end`,
  log_or_nan: `"""log(t), NaN where it is not defined."""
log_or_nan(t) = t < 0 ? oftype(t, NaN) : log(t)`,
  log1p_or_nan: `"""log1p(t), NaN where it is not defined."""
log1p_or_nan(t) = t < -1 ? oftype(t, NaN) : log1p(t)`,
  sqrt_or_nan: `"""sqrt(t), NaN where it is not defined."""
sqrt_or_nan(t) = t < 0 ? oftype(t, NaN) : sqrt(t)`,
  asin_or_nan: `"""asin(t), NaN where it is not defined."""
asin_or_nan(t) = abs(t) > 1 ? oftype(t, NaN) : asin(t)`,
  acos_or_nan: `"""acos(t), NaN where it is not defined."""
acos_or_nan(t) = abs(t) > 1 ? oftype(t, NaN) : acos(t)`,
  sin_or_nan: `"""sin(t), NaN where it is not defined."""
sin_or_nan(t) = isinf(t) ? oftype(t, NaN) : sin(t)`,
  cos_or_nan: `"""cos(t), NaN where it is not defined."""
cos_or_nan(t) = isinf(t) ? oftype(t, NaN) : cos(t)`,
  tan_or_nan: `"""tan(t), NaN where it is not defined."""
tan_or_nan(t) = isinf(t) ? oftype(t, NaN) : tan(t)`,
  power_or_nan: `"""t^p, NaN where it is not defined."""
power_or_nan(t, p) = t < 0 && !isinteger(p) ? oftype(t, NaN) : t^p`,
  spread: `"""The axes of x at these places, with axes of length 1 between."""
function spread(x, places...)
    shape = ones(Int, last(places))
    for (axis, place) in enumerate(places)
        shape[place] = size(x, axis)
    end
    return reshape(x, shape...)
end`,
  on_diagonal: `"""The entries of x at which axes of one letter have one index, with the axes of these letters."""
function on_diagonal(x, letters, kept)
    letters, kept = collect(letters), collect(kept)
    letters == kept && return x
    shape = Tuple([size(x, findfirst(==(letter), letters)) for letter in kept])
    places = [findfirst(==(letter), kept) for letter in letters]
    y = similar(x, shape)
    for index in CartesianIndices(shape)
        y[index] = x[[index[place] for place in places]...]
    end
    return y
end`,
  einsum: `"""A sum of products as its letters say: einsum("ij,jk->ik", a, b) is a * b."""
function einsum(spec, a, b)
    operands, result = split(spec, "->")
    first_operand, second_operand = split(operands, ",")
    out = collect(result)
    left = unique(first_operand)
    right = unique(second_operand)
    a = on_diagonal(a isa Number ? fill(a) : a, first_operand, left)
    b = on_diagonal(b isa Number ? fill(b) : b, second_operand, right)
    # What only one operand has and the result lacks is summed first.
    a, left = summed_out(a, left, setdiff(left, right, out))
    b, right = summed_out(b, right, setdiff(right, left, out))
    both = intersect(left, right)
    batch = intersect(both, out)
    inner = setdiff(both, out)
    rows = setdiff(left, both)
    columns = setdiff(right, both)
    sizes = Dict{Char,Int}()
    for (axis, letter) in enumerate(left)
        sizes[letter] = size(a, axis)
    end
    for (axis, letter) in enumerate(right)
        sizes[letter] = size(b, axis)
    end
    lengths(letters) = Int[sizes[letter] for letter in letters]
    p, q, r, s = map(letters -> prod(lengths(letters)), (rows, inner, columns, batch))
    a = reshape(in_order(a, left, [rows; inner; batch]), p, q, s)
    b = reshape(in_order(b, right, [inner; columns; batch]), q, r, s)
    y = zeros(eltype(a), p, r, s)
    for k in 1:s
        y[:, :, k] = a[:, :, k] * b[:, :, k]
    end
    isempty(out) && return y[1]
    found = [rows; columns; batch]
    return in_order(reshape(y, lengths(found)...), found, out)
end

function summed_out(x, letters, names)
    isempty(names) && return x, letters
    places = Tuple([findfirst(==(name), letters) for name in names])
    return dropdims(sum(x; dims = places); dims = places), setdiff(letters, names)
end

"""The axes of x in this order of their letters."""
function in_order(x, letters, wanted)
    letters == wanted && return x
    return permutedims(x, [findfirst(==(letter), letters) for letter in wanted])
end`,
  batched: `"""f of each slice; the first axes of all arguments, so many, count the slices."""
function batched(f, count, arguments...)
    shape = ntuple(axis -> maximum([size(x, axis) for x in arguments]), count)
    results = map(CartesianIndices(shape)) do index
        f([slice(x, index, count) for x in arguments]...)
    end
    first(results) isa Number && return results
    own = size(first(results))
    y = zeros(eltype(first(results)), shape..., own...)
    for index in CartesianIndices(shape)
        y[index, ntuple(axis -> Colon(), length(own))...] = results[index]
    end
    return y
end

"""One slice of x, whose axes of length 1 serve every index."""
function slice(x, index, count)
    place = ntuple(axis -> size(x, axis) == 1 ? 1 : index[axis], count)
    return x[place..., ntuple(axis -> Colon(), max(0, ndims(x) - count))...]
end`,
  log_abs_det: `"""log(abs(det(x))), without overflow."""
log_abs_det(x) = logabsdet(x)[1]`,
  log_det: `"""log(det(x)) without overflow, NaN where det(x) <= 0."""
function log_det(x)
    value, direction = logabsdet(x)
    return direction > 0 && value > -Inf ? value : oftype(value, NaN)
end`,
  adjugate: `"""The adjugate det(x) * inv(x), of a singular matrix too."""
function adjugate(x)
    u, s, v = svd(x)
    return det(u) * det(v) * (v * diagm(products_of_others(s)) * u')
end`,
  softmax: `"""exp(x) / sum(exp(x)), without overflow."""
function softmax(x)
    e = exp.(x .- maximum(x))
    return e / sum(e)
end`,
  log_softmax: `"""log(exp(x) / sum(exp(x))), without overflow."""
function log_softmax(x)
    y = x .- maximum(x)
    return y .- log(sum(exp.(y)))
end`,
  log_sum_exp: `"""log(sum(exp(x))) over all entries, without overflow."""
function log_sum_exp(x)
    peak = isfinite(maximum(x)) ? maximum(x) : zero(eltype(x))
    return peak + log(sum(exp.(x .- peak)))
end`,
  reciprocal_norm: `"""1 / norm(x), but 0 at 0."""
reciprocal_norm(x) = iszero(norm(x)) ? zero(norm(x)) : 1 / norm(x)`,
  products_of_others: `"""For each entry the product of all others."""
function products_of_others(x)
    before = cumprod([1; x[1:(end-1)]])
    after = reverse(cumprod([1; reverse(x[2:end])]))
    return before .* after
end`,
  cholesky_factor: `"""The lower triangular L with L * L' = (x + x') / 2."""
cholesky_factor(x) = Matrix(cholesky(Symmetric((x + x') / 2)).L)`,
  matrix_sqrt: `"""The principal square root, by the iteration of Denman and Beavers."""
function matrix_sqrt(x)
    y = x
    z = Matrix{eltype(x)}(I, size(x))
    for k in 1:60
        previous = y
        y, z = (y + inv(z)) / 2, (z + inv(y)) / 2
        maximum(abs.(y - previous)) <= 5 * eps(eltype(x)) * maximum(abs.(y)) && break
    end
    return y
end`,
  matrix_log: `"""The principal logarithm, by square roots and the series of the area tangent."""
function matrix_log(x)
    roots = 0
    while opnorm(x - I, 1) > 0.25 && roots < 60
        x = matrix_sqrt(x)
        roots += 1
    end
    z = (x + I) \\ (x - I)
    square = z * z
    term = z
    y = z
    for k in 1:12
        term = term * square
        y = y + term / (2 * k + 1)
    end
    return 2^(roots + 1) * y
end`,
  directional: `"""The derivative of f at x in these directions, from f at a block-triangular matrix."""
function directional(f, x, directions...)
    n = size(x, 1)
    block = x
    scale = one(eltype(x))
    for direction in directions
        iszero(direction) && return zeros(eltype(x), n, n)
        unit = (iszero(x) ? one(eltype(x)) : maximum(abs.(x))) / maximum(abs.(direction))
        scale *= unit
        copies = size(block, 1) ÷ n
        corner = kron(Matrix{eltype(x)}(I, copies, copies), unit * direction)
        block = [block corner; zeros(eltype(x), size(block)) block]
    end
    return f(block)[1:n, (end-n+1):end] / scale
end`,
} as const satisfies Readonly<Record<string, string>>

export type Helper = keyof typeof table

/** Names of all functions that helpers define. */
export const helperNames: readonly string[] = [...Object.keys(table), 'summed_out', 'in_order', 'slice']

/** The texts of the helpers that this code uses, and of those that they use. */
export function helperTexts(code: string): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const scan = (text: string): void => {
    const words = new Set(text.match(/\b[a-z]\w*\b/g))
    for (const [name, own] of Object.entries(table)) {
      if (done.has(name) || !words.has(name)) continue
      done.add(name)
      found.push(own)
      scan(own.replace(/"""[^\n]*"""/g, ''))
    }
  }
  scan(code)
  return found
}
