#' sum(log(exp(-y.*(X*w)) + vector(1)))
#'
#' @param X m x n
#' @param y m
#' @param w n
#' @return value: a number: sum(softplus(-y.*(X*w)))
#'   gradient_w: n: -X'*(y.*sigmoid(-y.*(X*w)))
#'   hessian_w: n x n: X'*diag(y.^2.*sigmoid(-y.*(X*w)).*(1 - sigmoid(-y.*(X*w))))*X
evaluate <- function(X, y, w) {
  if (length(dim(X)) != 2) {
    stop("X must be of size m x n, not ", paste(dim(X), collapse = " x "))
  }
  m <- nrow(X)
  n <- ncol(X)
  if (length(dim(y)) > 1 || length(y) != m) {
    stop("y must be of size m, not ", length(y))
  }
  y <- c(y)
  if (length(dim(w)) > 1 || length(w) != n) {
    stop("w must be of size n, not ", length(w))
  }
  w <- c(w)
  t1 <- c(X %*% w)
  t2 <- t1 * y
  value <- sum(softplus(-t2))
  t3 <- plogis(-t2)
  t4 <- y * t3
  t5 <- c(crossprod(X, t4))
  t6 <- y^2 * (1 - t3) * t3
  t7 <- spread(t6, 2, c(n, m)) * t(X)
  hessian_w <- t7 %*% X
  gradient_w <- -t5
  list(
    value = value,
    gradient_w = gradient_w,
    hessian_w = hessian_w
  )
}

# log(1 + exp(t)), without overflow.
softplus <- function(t) larger(t, 0) + log1p(exp(-abs(t)))

# The larger of each two entries.
larger <- function(a, b) where(a > b | is.nan(a), a, b)

# a where the condition holds, elsewhere b; numbers stand for arrays of equal entries.
where <- function(condition, a, b) {
  size <- max(length(condition), length(a), length(b))
  y <- rep_len(b, size)
  chosen <- rep_len(condition, size)
  chosen[is.na(chosen)] <- FALSE
  y[chosen] <- rep_len(a, size)[chosen]
  for (x in list(condition, a, b)) if (length(x) == size && !is.null(dim(x))) dim(y) <- dim(x)
  y
}

# x with its axes at these places of an array of this shape; equal places are a diagonal.
spread <- function(x, places, shape) {
  if (length(places) == 1) {
    return(shaped(rep(x, each = prod(shape[seq_len(places - 1)])), shape))
  }
  index <- sapply(places, function(place) c(slice.index(array(0, shape), place)))
  shaped(x[matrix(index, ncol = length(places))], shape)
}

# Entries as an array of this shape: a vector for one size.
shaped <- function(x, shape) if (length(shape) == 1) rep_len(c(x), shape) else array(x, shape)

# Compares the derivatives with central differences at random inputs.
self_check <- function() {
  m <- 3
  n <- 2
  parameters <- list(
    list(c(m, n), "any"),
    list(c(m), "any"),
    list(c(n), "any")
  )
  # What is differentiated, the derivative, and the parameters differentiated by.
  cases <- list(
    list(1, 2, c(3)),
    list(2, 3, c(3))
  )
  dense <- function(result) if (is.list(result)) result$expand() else result
  evaluated <- function(inputs) do.call(evaluate, inputs)
  largest <- function(x) max(0, abs(x))
  # The last axes of x summed with the direction.
  contracted_with <- function(x, direction) {
    matrix(x, ncol = length(direction)) %*% c(direction)
  }
  state <- 1
  sampled <- function(shape, kind, low, high) {
    if (kind == "positive") {
      low <- 0.5
      high <- 1.5
    }
    x <- numeric(prod(shape))
    for (k in seq_along(x)) {
      state <<- (state * 16807) %% 2147483647
      x[k] <- low + (high - low) * state / 2147483647
    }
    if (length(shape) < 2) return(x)
    x <- array(x, shape)
    switch(kind,
      symmetric = (x + t(x)) / 2,
      psd = tcrossprod(x) + diag(nrow(x)),
      diagonal = diag(diag(x), nrow(x)),
      x
    )
  }
  # Central differences along directions, the first taken last.
  difference <- function(inputs, of, by, directions, step) {
    if (length(by) == 0) return(c(dense(evaluated(inputs)[[of]])))
    above <- below <- inputs
    above[[by[1]]] <- above[[by[1]]] + step * directions[[1]]
    below[[by[1]]] <- below[[by[1]]] - step * directions[[1]]
    (difference(above, of, by[-1], directions[-1], step) -
      difference(below, of, by[-1], directions[-1], step)) / (2 * step)
  }
  epsilon <- .Machine$double.eps
  worst <- 0
  right <- TRUE
  points <- 0
  # Positive entries serve where the function is not defined for others.
  for (bounds in list(c(-2, 2), c(0.5, 1.5), c(0.1, 0.4))) {
    inputs <- lapply(parameters, function(one) sampled(one[[1]], one[[2]], bounds[1], bounds[2]))
    results <- suppressWarnings(evaluated(inputs))
    values <- lapply(results, dense)
    if (!all(is.finite(unlist(values)))) next
    points <- points + 1
    for (case in cases) {
      of <- case[[1]]
      at <- case[[2]]
      by <- case[[3]]
      order <- length(by)
      # The step that balances rounding with the curvature left out.
      step <- epsilon^(1 / (order + 2))
      tolerance <- 10^min(order - 6, -1)
      rounding <- 100 * epsilon * max(1, largest(values[[of]])) / step^order
      # A step may cross a kink; a wrong derivative is wrong in every direction.
      least <- Inf
      for (attempt in 1:3) {
        directions <- lapply(parameters[by], function(one) {
          kind <- switch(one[[2]], psd = "symmetric", positive = "any", one[[2]])
          direction <- sampled(one[[1]], kind, -1, 1)
          direction / max(1, sqrt(sum(direction^2)))
        })
        expected <- suppressWarnings(difference(inputs, of, by, directions, step))
        scale <- max(largest(expected), rounding / tolerance)
        found <- list(contracted_with(values[[at]], directions[[order]]))
        result <- results[[at]]
        if (is.list(result) && !is.null(result$apply)) found[[2]] <- result$apply(directions[[order]])
        gap <- 0
        for (one in found) {
          for (k in rev(seq_len(order - 1))) one <- contracted_with(one, directions[[k]])
          gap <- max(gap, largest(c(one) - expected))
        }
        least <- min(least, gap / scale)
      }
      worst <- max(worst, least)
      right <- right && least < tolerance
    }
  }
  cat(sprintf("largest relative error against central differences: %.1e\n", worst))
  if (!right || points == 0) quit(status = 1)
}

if (sys.nframe() == 0 && !interactive()) self_check()
