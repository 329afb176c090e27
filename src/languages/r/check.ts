/** The check of an emitted R script by central differences at random inputs. */
import { dimensionText } from '../shared/dimensions.ts'
import type { EmittedProgram, PreparedProgram } from '../shared/program.ts'
import { freeCases, kindOf, SIZES } from '../shared/self-check.ts'
import { rWhole } from './printer.ts'

/** The function and its call; empty for a program without derivatives that can be checked. */
export function checkLines(
  { functionName, parameters, outputs, dimensions }: PreparedProgram,
  sizes: EmittedProgram['sizes'],
): string[] {
  const cases = freeCases(parameters, outputs)
  if (cases.length === 0 || sizes.length > 0) return []
  const told = new Set(parameters.flatMap(({ axes }) => axes.flatMap((axis) => axis.names)))
  const names = [...dimensions].filter(([name]) => told.has(name))
  const declared = parameters.map((parameter) => {
    const shape = `c(${parameter.axes.map((axis) => dimensionText(axis, dimensions, rWhole).text).join(', ')})`
    return `    list(${shape}, "${kindOf(parameter)}")`
  })
  const list = cases.map(
    ({ of, position, by }) =>
      `    list(${of + 1}, ${position + 1}, c(${by.map((one) => parameters.indexOf(one) + 1).join(', ')}))`,
  )
  return [
    '# Compares the derivatives with central differences at random inputs.',
    'self_check <- function() {',
    ...names.map(([, identifier], k) => `  ${identifier} <- ${SIZES[k] ?? 2 * k + 1}`),
    '  parameters <- list(',
    declared.join(',\n'),
    '  )',
    '  # What is differentiated, the derivative, and the parameters differentiated by.',
    '  cases <- list(',
    list.join(',\n'),
    '  )',
    STATIC.replaceAll('EVALUATE', functionName),
  ]
}

const STATIC = `  dense <- function(result) if (is.list(result)) result$expand() else result
  evaluated <- function(inputs) do.call(EVALUATE, inputs)
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
  cat(sprintf("largest relative error against central differences: %.1e\\n", worst))
  if (!right || points == 0) quit(status = 1)
}

if (sys.nframe() == 0 && !interactive()) self_check()`
