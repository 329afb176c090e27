using LinearAlgebra

"""
    evaluate(T, U, V)

norm2(T - U*V')^2

# Arguments
- `T`: matrix of size (m, n)
- `U`: matrix of size (m, k)
- `V`: matrix of size (n, k)

# Returns
- `value`: number: `norm2(T - U*V')^2`
- `gradient_U`: matrix of size (m, k): `2*(U*V' - T)*V`
- `hessian_U`: array of size (m, k, m, k), compressed: its `cores`, `apply(p)` and `expand()`: `H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]`
- `hessian_U_V`: array of size (m, k, n, k), compressed: its `cores`, `apply(p)` and `expand()`: `H[i,j,l,p] = 2*(U[i,p]*V[l,j] + (sum[q](U[i,q]*V[l,q]) - T[i,l])*eye(k)[j,p])`
"""
function evaluate(T, U, V)
    if ndims(T) != 2
        throw(DimensionMismatch("T must be of size (m, n), not $(size(T))"))
    end
    m, n = size(T)
    T = convert(Matrix{Float64}, T)
    if ndims(U) != 2 || size(U, 1) != m
        throw(DimensionMismatch("U must be of size (m, k), not $(size(U))"))
    end
    k = size(U, 2)
    U = convert(Matrix{Float64}, U)
    if size(V) != (n, k)
        throw(DimensionMismatch("V must be of size (n, k), not $(size(V))"))
    end
    V = convert(Matrix{Float64}, V)
    hessian_U_V_core = U * V' .- T
    value = sum(hessian_U_V_core .^ 2)
    hessian_U_core = V' * V
    gradient_U = 2 * (hessian_U_V_core * V)
    hessian_U_cores = (hessian_U_core,)
    hessian_U = (
        cores = hessian_U_cores,
        apply = p -> apply_hessian_U(hessian_U_cores, p),
        expand = () -> expand_hessian_U(hessian_U_cores; m = m),
    )
    hessian_U_V_cores = (U, V, hessian_U_V_core)
    hessian_U_V = (
        cores = hessian_U_V_cores,
        apply = p -> apply_hessian_U_V(hessian_U_V_cores, p),
        expand = () -> expand_hessian_U_V(hessian_U_V_cores),
    )
    return (; value, gradient_U, hessian_U, hessian_U_V)
end

"""
    apply_hessian_U(cores, p)

hessian_U applied to p: its last axes, those of U, are summed with p.

# Arguments
- `cores`: the cores of all terms, in order
- `p`: matrix of size (m, k)
"""
function apply_hessian_U(cores, p)
    c1 = cores[1]
    k = size(c1, 1)
    if ndims(p) != 2 || size(p, 2) != k
        throw(DimensionMismatch("p must be of size (m, k), not $(size(p))"))
    end
    p = convert(Matrix{Float64}, p)
    result = 2 * (p * c1')
    return result
end

"""
    expand_hessian_U(cores; m)

hessian_U as a dense tensor.

# Arguments
- `cores`: the cores of all terms, in order
- `m`: a size that no argument tells
"""
function expand_hessian_U(cores; m)
    c1 = cores[1]
    k = size(c1, 1)
    result = zeros(m, k, m, k)
    block = 2 * c1
    for i in 1:m
        result[i, :, i, :] .= block
    end
    return result
end

"""
    apply_hessian_U_V(cores, p)

hessian_U_V applied to p: its last axes, those of V, are summed with p.

# Arguments
- `cores`: the cores of all terms, in order
- `p`: matrix of size (n, k)
"""
function apply_hessian_U_V(cores, p)
    c1, c2, c3 = cores
    m, k = size(c1)
    n = size(c2, 1)
    if size(p) != (n, k)
        throw(DimensionMismatch("p must be of size (n, k), not $(size(p))"))
    end
    p = convert(Matrix{Float64}, p)
    result = 2 * (c1 * (p' * c2) .+ c3 * p)
    return result
end

"""
    expand_hessian_U_V(cores)

hessian_U_V as a dense tensor.

# Arguments
- `cores`: the cores of all terms, in order
"""
function expand_hessian_U_V(cores)
    c1, c2, c3 = cores
    m, k = size(c1)
    n = size(c2, 1)
    result = zeros(m, k, n, k)
    result .+= 2 * (spread(c1, 1, 4) .* spread(c2', 2, 3))
    block = 2 * c3
    for i in 1:k
        result[:, i, :, i] .+= block
    end
    return result
end

"""The axes of x at these places, with axes of length 1 between."""
function spread(x, places...)
    shape = ones(Int, last(places))
    for (axis, place) in enumerate(places)
        shape[place] = size(x, axis)
    end
    return reshape(x, shape...)
end

"""Compares the derivatives with central differences at random inputs."""
function self_check()
    m = 3
    n = 2
    k = 5
    parameters = [
        ((m, n), "any"),
        ((m, k), "any"),
        ((n, k), "any"),
    ]
    # What is differentiated, the derivative, and the parameters differentiated by.
    cases = [
        (1, 2, [2]),
        (2, 3, [2]),
        (2, 4, [3]),
    ]
    epsilon = eps(Float64)
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
            tolerance = 10.0^min(order - 6, -1)
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

evaluated(inputs) = values(evaluate(inputs...))

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
end
