/** Functions that an emitted R script brings along where it uses them. */
const table = {
  softplus: `# log(1 + exp(t)), without overflow.
softplus <- function(t) larger(t, 0) + log1p(exp(-abs(t)))`,
  logz: `# log(t), but 0 at t = 0.
logz <- function(t) log(t + (t == 0))`,
  silu: `# t / (1 + exp(-t)), without overflow; below -800 the result is 0, also at -Inf.
silu <- function(t) {
  t <- larger(t, -800)
  t * plogis(t)
}`,
  gelu: `# t times the distribution function of the standard normal distribution.
gelu <- function(t) {
  t <- larger(t, -40) # below, the result is 0, also at -Inf
  t * pnorm(t)
}`,
  erf: `# The error function.
erf <- function(t) sign(t) * pgamma(t^2, 0.5)`,
  larger: `# The larger of each two entries.
larger <- function(a, b) where(a > b | is.nan(a), a, b)`,
  smaller: `# The smaller of each two entries.
smaller <- function(a, b) where(a < b | is.nan(a), a, b)`,
  where: `# a where the condition holds, elsewhere b; numbers stand for arrays of equal entries.
where <- function(condition, a, b) {
  size <- max(length(condition), length(a), length(b))
  y <- rep_len(b, size)
  chosen <- rep_len(condition, size)
  chosen[is.na(chosen)] <- FALSE
  y[chosen] <- rep_len(a, size)[chosen]
  for (x in list(condition, a, b)) if (length(x) == size && !is.null(dim(x))) dim(y) <- dim(x)
  y
}`,
  shape_of: `# The sizes of an array; a vector has one.
shape_of <- function(x) if (is.null(dim(x))) length(x) else dim(x)`,
  shaped: `# Entries as an array of this shape: a vector for one size.
shaped <- function(x, shape) if (length(shape) == 1) rep_len(c(x), shape) else array(x, shape)`,
  permuted: `# The axes of x in this order.
permuted <- function(x, order) if (length(order) < 2) x else aperm(x, order)`,
  spread: `# x with its axes at these places of an array of this shape; equal places are a diagonal.
spread <- function(x, places, shape) {
  if (length(places) == 1) {
    return(shaped(rep(x, each = prod(shape[seq_len(places - 1)])), shape))
  }
  index <- sapply(places, function(place) c(slice.index(array(0, shape), place)))
  shaped(x[matrix(index, ncol = length(places))], shape)
}`,
  placed: `# An array of zeros but for the entries of x, whose axes have the labels own: axes of one label have one index.
placed <- function(x, own, labels, shape) {
  distinct <- unique(labels)
  sizes <- shape[match(distinct, labels)]
  if (length(own) > 0) x <- spread(x, match(own, distinct), sizes)
  index <- as.matrix(expand.grid(lapply(sizes, seq_len)))[, match(labels, distinct), drop = FALSE]
  y <- array(0, shape)
  y[index] <- x
  y
}`,
  contracted: `# The sum of products of entries whose axes of one label have one index, to axes with the labels out.
contracted <- function(a, left, b, right, out) {
  sizes <- integer(0)
  sizes[left] <- shape_of(a)
  sizes[right] <- shape_of(b)
  if (anyDuplicated(left) || anyDuplicated(right)) {
    labels <- c(out, setdiff(c(left, right), out))
    y <- spread(a, match(left, labels), sizes[labels]) * spread(b, match(right, labels), sizes[labels])
    if (length(out) == 0) return(sum(y))
    return(if (length(out) < length(labels)) rowSums(y, dims = length(out)) else y)
  }
  both <- intersect(left, right)
  batch <- intersect(both, out)
  inner <- setdiff(both, out)
  rows <- setdiff(left, both)
  columns <- setdiff(right, both)
  of <- function(labels) prod(sizes[labels])
  a <- array(permuted(a, match(c(rows, inner, batch), left)), c(of(rows), of(inner), of(batch)))
  b <- array(permuted(b, match(c(inner, columns, batch), right)), c(of(inner), of(columns), of(batch)))
  y <- array(0, c(of(rows), of(columns), of(batch)))
  for (k in seq_len(of(batch))) {
    y[, , k] <- matrix(a[, , k], of(rows)) %*% matrix(b[, , k], of(inner))
  }
  found <- c(rows, columns, batch)
  if (length(out) == 0) return(c(y))
  permuted(shaped(y, sizes[found]), match(out, found))
}`,
  reshaped: `# The entries of x in row-major order of its axes taken as order, as an array of this shape.
reshaped <- function(x, order, shape) {
  flat <- c(permuted(x, rev(order)))
  if (length(shape) == 0) return(flat)
  permuted(shaped(flat, rev(shape)), rev(seq_along(shape)))
}`,
  solved: `# The solution of matrix %*% y = x along one axis.
solved <- function(matrix, x, axis) {
  order <- c(axis, setdiff(seq_along(dim(x)), axis))
  right <- permuted(x, order)
  y <- array(solve(matrix, array(right, c(nrow(matrix), length(x) / nrow(matrix)))), dim(right))
  permuted(y, order(order))
}`,
  batched: `# f of each slice, a value of so many axes; the first axes of all arguments, so many, count the slices.
batched <- function(f, count, rank, ...) {
  arguments <- list(...)
  shape <- shape_of(arguments[[1]])[seq_len(count)]
  total <- prod(shape)
  results <- lapply(seq_len(total), function(s) {
    do.call(f, lapply(arguments, function(x) {
      own <- shape_of(x)[-seq_len(count)]
      slice <- matrix(x, total)[s, ]
      if (length(own) > 1) array(slice, own) else slice
    }))
  })
  own <- if (rank > 0) shape_of(results[[1]])
  y <- t(matrix(unlist(results), ncol = total))
  shaped(y, c(shape, own))
}`,
  log_abs_determinant: `# log(abs(det(x))), without overflow.
log_abs_determinant <- function(x) c(determinant(x)$modulus)`,
  log_determinant: `# log(det(x)) without overflow, NaN where det(x) <= 0.
log_determinant <- function(x) {
  d <- determinant(x)
  if (d$sign > 0 && d$modulus > -Inf) c(d$modulus) else NaN
}`,
  adjugate: `# The adjugate det(x) * solve(x), of a singular matrix too.
adjugate <- function(x) {
  d <- svd(x)
  others <- products_of_others(d$d)
  det(d$u) * det(d$v) * (d$v %*% (others * t(d$u)))
}`,
  softmax: `# exp(x) / sum(exp(x)), without overflow.
softmax <- function(x) {
  e <- exp(x - max(x))
  e / sum(e)
}`,
  log_softmax: `# log(exp(x) / sum(exp(x))), without overflow.
log_softmax <- function(x) {
  x <- x - max(x)
  x - log(sum(exp(x)))
}`,
  log_sum_exp: `# log(sum(exp(x))), without overflow.
log_sum_exp <- function(x) {
  peak <- if (is.finite(max(x))) max(x) else 0
  peak + log(sum(exp(x - peak)))
}`,
  reciprocal_norm: `# 1 / norm(x), but 0 at 0.
reciprocal_norm <- function(x) {
  size <- norm(matrix(x), "F")
  if (size == 0) 0 else 1 / size
}`,
  products_of_others: `# For each entry the product of all others.
products_of_others <- function(x) {
  vapply(seq_along(x), function(k) prod(x[-k]), 0)
}`,
  cross: `# The vector product.
cross <- function(x, y) x[c(2, 3, 1)] * y[c(3, 1, 2)] - x[c(3, 1, 2)] * y[c(2, 3, 1)]`,
  pseudoinverse: `# The pseudoinverse of Moore and Penrose.
pseudoinverse <- function(x) {
  d <- svd(x)
  kept <- d$d > max(dim(x)) * .Machine$double.eps * max(d$d)
  d$v[, kept, drop = FALSE] %*% (t(d$u[, kept, drop = FALSE]) / d$d[kept])
}`,
  cholesky: `# The lower triangular L with L %*% t(L) = (x + t(x)) / 2.
cholesky <- function(x) t(chol((x + t(x)) / 2))`,
  sylvester: `# The solution x of a %*% x + x %*% b = c.
sylvester <- function(a, b, c) {
  n <- nrow(a)
  m <- nrow(b)
  matrix(solve(kronecker(diag(m), a) + kronecker(t(b), diag(n)), as.vector(c)), n)
}`,
  matrix_sqrt: `# The principal square root, by the iteration of Denman and Beavers.
matrix_sqrt <- function(x) {
  y <- x
  z <- diag(nrow(x))
  for (k in 1:60) {
    previous <- y
    next_y <- (y + solve(z)) / 2
    z <- (z + solve(y)) / 2
    y <- next_y
    if (max(abs(y - previous)) <= 1e-15 * max(abs(y))) break
  }
  y
}`,
  matrix_exp: `# The exponential, by its series at a small multiple.
matrix_exp <- function(x) {
  squarings <- max(0, ceiling(log2(max(norm(x, "1"), 1e-300))) + 2)
  x <- x / 2^squarings
  y <- term <- diag(nrow(x))
  for (k in 1:18) {
    term <- term %*% x / k
    y <- y + term
  }
  for (k in seq_len(squarings)) y <- y %*% y
  y
}`,
  matrix_log: `# The principal logarithm, by square roots and the series of the area tangent.
matrix_log <- function(x) {
  unit <- diag(nrow(x))
  roots <- 0
  while (norm(x - unit, "1") > 0.25 && roots < 60) {
    x <- matrix_sqrt(x)
    roots <- roots + 1
  }
  z <- solve(x + unit, x - unit)
  square <- z %*% z
  y <- term <- z
  for (k in 1:12) {
    term <- term %*% square
    y <- y + term / (2 * k + 1)
  }
  2^(roots + 1) * y
}`,
  directional: `# The derivative of a matrix function at x in these directions, from f at a block-triangular matrix.
directional <- function(f, x, ...) {
  n <- nrow(x)
  block <- x
  scale <- 1
  for (direction in list(...)) {
    if (!any(direction != 0)) return(matrix(0, n, n))
    size <- max(abs(x))
    unit <- (if (size == 0) 1 else size) / max(abs(direction))
    scale <- scale * unit
    corner <- kronecker(diag(nrow(block) / n), unit * direction)
    block <- rbind(cbind(block, corner), cbind(0 * block, block))
  }
  f(block)[1:n, ncol(block) - n + 1:n, drop = FALSE] / scale
}`,
} as const satisfies Readonly<Record<string, string>>

export type Helper = keyof typeof table

/** Names of all functions that helpers define. */
export const helperNames: readonly string[] = Object.keys(table)

/** The texts of the helpers that this code uses, and of those that they use. */
export function helperTexts(code: string): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const scan = (text: string): void => {
    const words = new Set(text.match(/(?<![$\w.])[A-Za-z]\w*/g))
    for (const [name, own] of Object.entries(table)) {
      if (done.has(name) || !words.has(name)) continue
      done.add(name)
      found.push(own)
      scan(own.replace(/^#.*\n/, ''))
    }
  }
  scan(code)
  return found
}
