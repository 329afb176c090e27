#' norm2(T - U*V')^2
#'
#' @param T_ m x n
#' @param U m x k
#' @param V n x k
#' @return value: a number: norm2(T - U*V')^2
#'   gradient_U: m x k: 2*(U*V' - T)*V
#'   hessian_U: m x k x m x k, compressed: a list of cores, apply(p) and expand(): H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]
#'   hessian_U_V: m x k x n x k, compressed: a list of cores, apply(p) and expand(): H[i,j,l,p] = 2*(U[i,p]*V[l,j] + (sum[q](U[i,q]*V[l,q]) - T[i,l])*eye(k)[j,p])
evaluate <- function(T_, U, V) {
  if (length(dim(T_)) != 2) {
    stop("T_ must be of size m x n, not ", paste(dim(T_), collapse = " x "))
  }
  m <- nrow(T_)
  n <- ncol(T_)
  if (length(dim(U)) != 2 || nrow(U) != m) {
    stop("U must be of size m x k, not ", paste(dim(U), collapse = " x "))
  }
  k <- ncol(U)
  if (length(dim(V)) != 2 || nrow(V) != n || ncol(V) != k) {
    stop("V must be of size n x k, not ", paste(dim(V), collapse = " x "))
  }
  t1 <- tcrossprod(U, V)
  hessian_U_V_core <- t1 - T_
  value <- sum(hessian_U_V_core^2)
  t2 <- t(hessian_U_V_core %*% V)
  hessian_U_core <- crossprod(V)
  gradient_U <- 2 * t(t2)
  hessian_U_cores <- list(hessian_U_core)
  hessian_U <- list(
    cores = hessian_U_cores,
    apply = function(p) apply_hessian_U(hessian_U_cores, p),
    expand = function() expand_hessian_U(hessian_U_cores, m)
  )
  hessian_U_V_cores <- list(U, V, hessian_U_V_core)
  hessian_U_V <- list(
    cores = hessian_U_V_cores,
    apply = function(p) apply_hessian_U_V(hessian_U_V_cores, p),
    expand = function() expand_hessian_U_V(hessian_U_V_cores)
  )
  list(
    value = value,
    gradient_U = gradient_U,
    hessian_U = hessian_U,
    hessian_U_V = hessian_U_V
  )
}

#' hessian_U applied to p: its last axes, those of U, are summed with p.
#'
#' @param cores the cores of all terms, in order
#' @param p m x k
#' @return result: m x k
apply_hessian_U <- function(cores, p) {
  c1 <- cores[[1]]
  k <- nrow(c1)
  if (length(dim(p)) != 2 || ncol(p) != k) {
    stop("p must be of size m x k, not ", paste(dim(p), collapse = " x "))
  }
  t1 <- tcrossprod(p, c1)
  result <- 2 * t1
  result
}

#' hessian_U as a dense tensor.
#'
#' @param cores the cores of all terms, in order
#' @param m a size that no argument tells
#' @return result: m x k x m x k
expand_hessian_U <- function(cores, m) {
  c1 <- cores[[1]]
  k <- nrow(c1)
  result <- 2 * placed(c1, c(2, 4), c(1, 2, 1, 4), c(m, k, m, k))
  result
}

#' hessian_U_V applied to p: its last axes, those of V, are summed with p.
#'
#' @param cores the cores of all terms, in order
#' @param p n x k
#' @return result: m x k
apply_hessian_U_V <- function(cores, p) {
  c1 <- cores[[1]]
  c2 <- cores[[2]]
  c3 <- cores[[3]]
  m <- nrow(c1)
  k <- ncol(c1)
  n <- nrow(c2)
  if (length(dim(p)) != 2 || nrow(p) != n || ncol(p) != k) {
    stop("p must be of size n x k, not ", paste(dim(p), collapse = " x "))
  }
  t1 <- crossprod(c2, p)
  t2 <- tcrossprod(c1, t1)
  t3 <- c3 %*% p
  result <- 2 * (t2 + t3)
  result
}

#' hessian_U_V as a dense tensor.
#'
#' @param cores the cores of all terms, in order
#' @return result: m x k x n x k
expand_hessian_U_V <- function(cores) {
  c1 <- cores[[1]]
  c2 <- cores[[2]]
  c3 <- cores[[3]]
  m <- nrow(c1)
  k <- ncol(c1)
  n <- nrow(c2)
  t1 <- spread(c1, c(1, 4), c(m, k, n, k)) * spread(c2, c(3, 2), c(m, k, n, k))
  result <- 2 * t1 + 2 * placed(c3, c(1, 3), c(1, 2, 3, 2), c(m, k, n, k))
  result
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

# An array of zeros but for the entries of x, whose axes have the labels own: axes of one label have one index.
placed <- function(x, own, labels, shape) {
  distinct <- unique(labels)
  sizes <- shape[match(distinct, labels)]
  if (length(own) > 0) x <- spread(x, match(own, distinct), sizes)
  index <- as.matrix(expand.grid(lapply(sizes, seq_len)))[, match(labels, distinct), drop = FALSE]
  y <- array(0, shape)
  y[index] <- x
  y
}

# Compares the derivatives with central differences at random inputs.
self_check <- function() {
  m <- 3
  n <- 2
  k <- 5
  parameters <- list(
    list(c(m, n), "any"),
    list(c(m, k), "any"),
    list(c(n, k), "any")
  )
  # What is differentiated, the derivative, and the parameters differentiated by.
  cases <- list(
    list(1, 2, c(2)),
    list(2, 3, c(2)),
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
