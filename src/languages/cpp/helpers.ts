/** Functions that an emitted header brings along where it uses them. */
const table = {
  sigmoid: `/// 1 / (1 + exp(-t)), without overflow.
inline double sigmoid(double t) {
  if (t >= 0) return 1 / (1 + std::exp(-t));
  const double e = std::exp(t);
  return e / (1 + e);
}`,
  softplus: `/// log(1 + exp(t)), without overflow.
inline double softplus(double t) {
  return std::max<double>(t, 0.0) + std::log1p(std::exp(-std::abs(t)));
}`,
  logz: `/// log(t), but 0 at t = 0.
inline double logz(double t) { return t == 0 ? 0.0 : std::log(t); }`,
  sign_of: `/// The sign of t: -1, 0 or 1.
inline double sign_of(double t) { return (t > 0) - (t < 0); }`,
  silu: `/// t / (1 + exp(-t)), without overflow; below -800 the result is 0, also at -infinity.
inline double silu(double t) {
  t = std::max<double>(t, -800.0);
  return t / (1 + std::exp(-t));
}`,
  gelu: `/// t times the distribution function of the standard normal distribution.
inline double gelu(double t) {
  t = std::max<double>(t, -40.0);  // below, the result is 0, also at -infinity
  return 0.5 * t * std::erfc(-t / std::sqrt(2.0));
}`,
  log_abs_determinant: `/// log(abs(det(x))), without overflow.
inline double log_abs_determinant(const Eigen::MatrixXd& x) {
  return x.partialPivLu().matrixLU().diagonal().array().abs().log().sum();
}`,
  log_determinant: `/// log(det(x)) without overflow, NaN where det(x) <= 0.
inline double log_determinant(const Eigen::MatrixXd& x) {
  const auto lu = x.partialPivLu();
  const Eigen::ArrayXd pivots = lu.matrixLU().diagonal();
  const double sign = lu.permutationP().determinant() * pivots.sign().prod();
  return sign > 0 ? pivots.abs().log().sum() : std::nan("");
}`,
  adjugate: `/// The adjugate det(x) * inverse(x), of a singular matrix too.
inline Eigen::MatrixXd adjugate(const Eigen::MatrixXd& x) {
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(x, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Eigen::VectorXd s = svd.singularValues();
  Eigen::VectorXd others = Eigen::VectorXd::Ones(s.size());
  for (Eigen::Index i = 0; i < s.size(); ++i) {
    for (Eigen::Index j = 0; j < s.size(); ++j) {
      if (j != i) others(i) *= s(j);
    }
  }
  const double sign = svd.matrixU().determinant() * svd.matrixV().determinant();
  return sign * svd.matrixV() * others.asDiagonal() * svd.matrixU().transpose();
}`,
  softmax: `/// exp(x) / sum(exp(x)), without overflow.
inline Eigen::VectorXd softmax(const Eigen::VectorXd& x) {
  const Eigen::VectorXd e = (x.array() - x.maxCoeff()).exp();
  return e / e.sum();
}`,
  log_softmax: `/// log(exp(x) / sum(exp(x))), without overflow.
inline Eigen::VectorXd log_softmax(const Eigen::VectorXd& x) {
  const Eigen::ArrayXd shifted = x.array() - x.maxCoeff();
  return shifted - std::log(shifted.exp().sum());
}`,
  log_sum_exp: `/// log(sum(exp(x))), without overflow.
inline double log_sum_exp(const Eigen::MatrixXd& x) {
  const double peak = std::isfinite(x.maxCoeff()) ? x.maxCoeff() : 0.0;
  return peak + std::log((x.array() - peak).exp().sum());
}`,
  reciprocal_norm: `/// 1 / norm(x), but 0 at 0.
inline double reciprocal_norm(const Eigen::MatrixXd& x) {
  const double norm = x.stableNorm();
  return norm == 0 ? 0.0 : 1 / norm;
}`,
  products_of_others: `/// For each entry the product of all others.
inline Eigen::VectorXd products_of_others(const Eigen::VectorXd& x) {
  Eigen::VectorXd result(x.size());
  double before = 1, after = 1;
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    result(i) = before;
    before *= x(i);
  }
  for (Eigen::Index i = x.size() - 1; i >= 0; --i) {
    result(i) *= after;
    after *= x(i);
  }
  return result;
}`,
  cross: `/// The vector product.
inline Eigen::VectorXd cross(const Eigen::VectorXd& x, const Eigen::VectorXd& y) {
  return Eigen::Vector3d(x).cross(Eigen::Vector3d(y));
}`,
  cholesky: `/// The lower triangular L with L L' = (x + x') / 2. Throws where there is none.
inline Eigen::MatrixXd cholesky(const Eigen::MatrixXd& x) {
  const Eigen::LLT<Eigen::MatrixXd> llt((x + x.transpose()) / 2);
  if (llt.info() != Eigen::Success) throw std::domain_error("the matrix is not positive definite");
  return llt.matrixL();
}`,
  sylvester: `/// The solution X of a X + X b = c.
inline Eigen::MatrixXd sylvester(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, const Eigen::MatrixXd& c) {
  const Eigen::Index n = a.rows(), m = b.rows();
  Eigen::MatrixXd all = Eigen::MatrixXd::Zero(n * m, n * m);
  for (Eigen::Index j = 0; j < m; ++j) {
    all.block(j * n, j * n, n, n) += a;
    for (Eigen::Index k = 0; k < m; ++k) {
      all.block(j * n, k * n, n, n).diagonal().array() += b(k, j);
    }
  }
  const Eigen::VectorXd flat = Eigen::Map<const Eigen::VectorXd>(c.data(), n * m);
  const Eigen::VectorXd solution = all.partialPivLu().solve(flat);
  return Eigen::Map<const Eigen::MatrixXd>(solution.data(), n, m);
}`,
  derivative: `/// The derivative of a matrix function at x in these directions, from f at a block-triangular matrix.
template <typename F>
Eigen::MatrixXd derivative(F f, const Eigen::MatrixXd& x, const std::vector<Eigen::MatrixXd>& directions) {
  const Eigen::Index n = x.rows();
  Eigen::MatrixXd block = x;
  double scale = 1;
  for (const Eigen::MatrixXd& direction : directions) {
    const double length = direction.cwiseAbs().maxCoeff();
    if (length == 0) return Eigen::MatrixXd::Zero(n, n);
    const double size_of_x = x.cwiseAbs().maxCoeff();
    const double unit = (size_of_x == 0 ? 1 : size_of_x) / length;
    scale *= unit;
    const Eigen::Index size = block.rows();
    Eigen::MatrixXd next = Eigen::MatrixXd::Zero(2 * size, 2 * size);
    next.topLeftCorner(size, size) = block;
    next.bottomRightCorner(size, size) = block;
    for (Eigen::Index k = 0; k < size; k += n) next.block(k, size + k, n, n) = unit * direction;
    block = next;
  }
  const Eigen::MatrixXd all = f(block);
  return all.topRightCorner(n, n) / scale;
}`,
} as const satisfies Readonly<Record<string, string>>

export type Helper = keyof typeof table

export const helperNames: readonly string[] = Object.keys(table)

export function helperTexts(names: Iterable<string>): string[] {
  return [...new Set(names)].flatMap((name) => (Object.hasOwn(table, name) ? [table[name as Helper]] : []))
}
