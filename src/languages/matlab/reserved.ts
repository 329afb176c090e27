/** Names that a MATLAB program cannot give to variables: keywords, and the functions that the program itself calls. */
export const reserved: ReadonlySet<string> = new Set([
  ...'break case catch classdef continue do else elseif end end_try_catch end_unwind_protect endfor endfunction'.split(
    ' ',
  ),
  ...'endif endparfor endswitch endwhile enumeration events for function global if methods otherwise parfor'.split(' '),
  ...'persistent properties return spmd switch try until unwind_protect unwind_protect_cleanup while'.split(' '),
  ...'exp log log1p expm1 sin cos tan asin acos atan sinh cosh tanh abs sign erf erfc max min pi sqrt double single'.split(
    ' ',
  ),
  ...'sum prod trace diag eye full zeros ones size numel ndims isequal isscalar error mat2str nargin reshape permute'.split(
    ' ',
  ),
  ...'tril triu inv det norm pinv chol sylvester sqrtm expm logm cross kron lu svd cumprod flipud struct cell deal'.split(
    ' ',
  ),
  ...'sampled evaluated dense difference contracted largest'.split(' '),
  ...'ans NaN Inf inf nan true false eps i_ block cores selfcheck part varargin varargout nargout any all fprintf'.split(
    ' ',
  ),
  ...'rand randn isfinite floor ceil strsplit ismember setdiff intersect unique find repmat qr exit quit disp'.split(
    ' ',
  ),
])
