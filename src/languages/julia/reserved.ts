/** Names that a Julia program cannot give to variables: keywords, and the names that the program or its reader uses. */
export const reserved: ReadonlySet<string> = new Set(
  `abstract baremodule begin break catch const continue do else elseif end export false finally for function global if
  import in isa let local macro module mutable outer primitive public quote return struct true try type using where while
  new ans Inf Inf32 NaN NaN32 pi π I im missing nothing undef eps one zero oftype float convert
  exp log log1p expm1 sin cos tan asin acos atan sinh cosh tanh abs sign max min sqrt cbrt pow erf erfc div mod rem cld fld
  sum prod maximum minimum cumprod cumsum extrema count all any map mapreduce reduce filter foldl first last only
  size length ndims axes eachindex eltype zeros ones fill similar copy collect reshape permutedims dropdims vec reverse
  vcat hcat cat ntuple values keys get haskey push! findfirst findall unique setdiff intersect union isempty iszero isone
  isfinite isnan isinf isinteger ifelse trunc round ceil floor enumerate zip in split string println print error throw
  rethrow exit abspath typeof identity range rand randn step sort
  dot tr det inv pinv logabsdet logdet diag diagm Diagonal tril triu kron norm opnorm normalize svd lu qr eigen cholesky
  Symmetric Hermitian adjoint transpose cross sylvester LinearAlgebra Base Core Main
  Any Bool Colon Char Dict Int Int64 Float32 Float64 Number Real String Tuple NamedTuple Array Vector Matrix CartesianIndices
  DimensionMismatch DomainError ArgumentError SingularException PosDefException PROGRAM_FILE
  block cores self_check evaluated dense entries largest contracted_with difference`.split(/\s+/),
)
