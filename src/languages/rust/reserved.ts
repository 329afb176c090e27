/** Names that a Rust program cannot give to variables: keywords, and the names that the program itself uses. */
export const reserved: ReadonlySet<string> = new Set(
  `abstract as async await become box break const continue crate do dyn else enum extern f32 f64 false final fn for gen if
  impl in let loop macro match mod move mut override priv pub ref return self Self static struct super trait true try type
  typeof union unsafe unsized use usize virtual where while yield slice slice2 slice3 Array Array1 Array2 Array3 Array4
  Array5 Array6 ArrayD IxDyn Ok Err Some None Vec String Result Option vec format std ndarray s main _`.split(/\s+/),
)
