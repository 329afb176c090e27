/** Names that a C++ program cannot give to variables: keywords, and the names that the program itself uses. */
export const reserved: ReadonlySet<string> = new Set([
  ...'alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class'.split(
    ' ',
  ),
  ...'compl concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype'.split(
    ' ',
  ),
  ...'default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline'.split(
    ' ',
  ),
  ...'int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register'.split(
    ' ',
  ),
  ...'reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch template'.split(
    ' ',
  ),
  ...'this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t'.split(
    ' ',
  ),
  ...'while xor xor_eq std Eigen main errno assert NULL EIGEN_PI EINCALC_SELF_CHECK INFINITY NAN unix linux'.split(' '),
  ...'cores entries entry slice slice2 slice3 one at0 at1 at2 at3 self_check flattened evaluated difference sampled'.split(
    ' ',
  ),
  ...'Numbers largest i386 signbit isnan isinf'.split(' '),
])
