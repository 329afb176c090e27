#' (log(det(S)) + (x-mu)'*inv(S)*(x-mu))/2
#'
#' @param S n x n, symmetric positive definite
#' @param x n
#' @param mu n
#' @return value: a number: 0.5*(log(det(S)) + (x - mu)'*inv(S)*(x - mu))
#'   gradient_mu: n: inv(S)*(mu - x)
#'   gradient_S: n x n: 0.5*(inv(S) - inv(S)*(x - mu)*(x - mu)'*inv(S))
#'   hessian_mu: n x n: inv(S)
evaluate <- function(S, x, mu) {
  if (length(dim(S)) != 2) {
    stop("S must be of size n x n, not ", paste(dim(S), collapse = " x "))
  }
  n <- nrow(S)
  if (ncol(S) != n) {
    stop("S must be of size n x n, not ", paste(dim(S), collapse = " x "))
  }
  if (length(dim(x)) > 1 || length(x) != n) {
    stop("x must be of size n, not ", length(x))
  }
  x <- c(x)
  if (length(dim(mu)) > 1 || length(mu) != n) {
    stop("mu must be of size n, not ", length(mu))
  }
  mu <- c(mu)
  hessian_mu <- solve(S)
  t1 <- mu - x
  t2 <- c(crossprod(hessian_mu, t1))
  t3 <- sum(t1 * t2)
  t4 <- log_determinant(S)
  gradient_mu <- c(hessian_mu %*% t1)
  value <- 0.5 * (t3 + t4)
  gradient_S <- -0.5 *
    (spread(gradient_mu, 1, c(n, n)) * spread(gradient_mu, 2, c(n, n)) - hessian_mu)
  list(
    value = value,
    gradient_mu = gradient_mu,
    gradient_S = gradient_S,
    hessian_mu = hessian_mu
  )
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

# log(det(x)) without overflow, NaN where det(x) <= 0.
log_determinant <- function(x) {
  d <- determinant(x)
  if (d$sign > 0 && d$modulus > -Inf) c(d$modulus) else NaN
}

# Compares the derivatives with central differences at random inputs.
self_check <- function() {
  n <- 3
  parameters <- list(
    list(c(n, n), "psd"),
    list(c(n), "any"),
    list(c(n), "any")
  )
  # What is differentiated, the derivative, and the parameters differentiated by.
  cases <- list(
    list(1, 2, c(3)),
    list(1, 3, c(1)),
    list(2, 4, c(3))
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
