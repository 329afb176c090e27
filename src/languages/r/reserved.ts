/** Names that an R program cannot give to variables: keywords, constants, and the names that the program itself uses. */
export const reserved: ReadonlySet<string> = new Set(
  `if else repeat while function for next break TRUE FALSE NULL Inf NaN NA NA_integer_ NA_real_ NA_character_ in
  T F cores self_check evaluated dense difference contracted_with largest sampled interactive`.split(/\s+/),
)
