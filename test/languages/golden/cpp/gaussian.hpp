#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <Eigen/Dense>
#include <unsupported/Eigen/MatrixFunctions>

/// log(det(x)) without overflow, NaN where det(x) <= 0.
inline double log_determinant(const Eigen::MatrixXd& x) {
  const auto lu = x.partialPivLu();
  const Eigen::ArrayXd pivots = lu.matrixLU().diagonal();
  const double sign = lu.permutationP().determinant() * pivots.sign().prod();
  return sign > 0 ? pivots.abs().log().sum() : std::nan("");
}

/// (log(det(S)) + (x-mu)'*inv(S)*(x-mu))/2
///
/// @param S n x n, symmetric positive definite
/// @param x n
/// @param mu n
/// @return value: a number: 0.5*(log(det(S)) + (x - mu)'*inv(S)*(x - mu))
///   gradient_mu: n: inv(S)*(mu - x)
///   gradient_S: n x n: 0.5*(inv(S) - inv(S)*(x - mu)*(x - mu)'*inv(S))
///   hessian_mu: n x n: inv(S)
inline std::tuple<double, Eigen::VectorXd, Eigen::MatrixXd, Eigen::MatrixXd> evaluate(
    const Eigen::MatrixXd& S,
    const Eigen::VectorXd& x,
    const Eigen::VectorXd& mu) {
  const Eigen::Index n = S.rows();
  if (S.cols() != n) {
    throw std::invalid_argument("S must be of size n x n, not " + std::to_string(S.rows()) + " x " + std::to_string(S.cols()));
  }
  if (x.size() != n) {
    throw std::invalid_argument("x must be of size n, not " + std::to_string(x.size()));
  }
  if (mu.size() != n) {
    throw std::invalid_argument("mu must be of size n, not " + std::to_string(mu.size()));
  }
  const Eigen::MatrixXd hessian_mu = S.inverse();
  Eigen::VectorXd t1(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    t1(i) = mu(i) - x(i);
  }
  const Eigen::VectorXd t2 = hessian_mu.transpose() * t1;
  const double t3 = t2.dot(t1);
  const double t4 = log_determinant(S);
  const Eigen::VectorXd gradient_mu = hessian_mu * t1;
  const double value = 0.5 * (t3 + t4);
  Eigen::MatrixXd gradient_S(n, n);
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = 0; i < n; ++i) {
      gradient_S(i, j) =
          -0.5
          * (gradient_mu(i) * gradient_mu(j) - hessian_mu(i, j));
    }
  }
  return {value, gradient_mu, gradient_S, hessian_mu};
}

#ifdef EINCALC_SELF_CHECK
// Compile as a program to compare the derivatives with central differences:
// g++ -std=c++17 -I /usr/include/eigen3 -DEINCALC_SELF_CHECK -x c++ FILE -o check

using Numbers = Eigen::VectorXd;

inline Numbers flattened(double x) { return Numbers::Constant(1, x); }

template <typename T>
Numbers flattened(const T& x) {
  return Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, 1>>(x.data(), x.size()).template cast<double>();
}

int main() {
  const Eigen::Index n = 3;
  struct Parameter {
    Eigen::Index size, rows;
    std::string kind;
  };
  const std::vector<Parameter> parameters = {
      {n * n, n, "psd"},
      {n, n, "any"},
      {n, n, "any"},
  };
  // What is differentiated, the derivative, and the parameters differentiated by.
  struct Case {
    int of, at;
    std::vector<int> by;
  };
  const std::vector<Case> cases = {
      {0, 1, {2}},
      {0, 2, {0}},
      {1, 3, {2}},
  };
  const auto evaluated = [&](const std::vector<Numbers>& inputs) {
    const Eigen::MatrixXd S = Eigen::Map<const Eigen::MatrixXd>(inputs[0].data(), n, n).cast<double>();
    const Eigen::VectorXd x = inputs[1].cast<double>();
    const Eigen::VectorXd mu = inputs[2].cast<double>();
    const auto [value, gradient_mu, gradient_S, hessian_mu] = evaluate(S, x, mu);
    return std::vector<Numbers>{flattened(value), flattened(gradient_mu), flattened(gradient_S), flattened(hessian_mu)};
  };

  long long state = 1;
  const auto sampled = [&](const Parameter& parameter, std::string kind, double low, double high) {
    if (kind == "positive") low = 0.5, high = 1.5;
    Numbers x(parameter.size);
    for (double& entry : x) {
      state = state * 16807 % 2147483647;
      entry = low + (high - low) * state / 2147483647;
    }
    const Eigen::Index n = parameter.rows;
    if (kind != "symmetric" && kind != "psd" && kind != "diagonal") return x;
    Eigen::MatrixXd matrix = Eigen::Map<Eigen::MatrixXd>(x.data(), n, n);
    if (kind == "symmetric") matrix = (matrix + matrix.transpose()).eval() / 2;
    if (kind == "psd") matrix = (matrix * matrix.transpose()).eval() + Eigen::MatrixXd::Identity(n, n);
    if (kind == "diagonal") matrix = Eigen::MatrixXd(matrix.diagonal().asDiagonal());
    return Numbers(Eigen::Map<Numbers>(matrix.data(), matrix.size()));
  };
  // The last axes of x summed with the direction.
  const auto contracted = [](const Numbers& x, const Numbers& direction) {
    const Eigen::Index columns = direction.size();
    return Numbers(Eigen::Map<const Eigen::MatrixXd>(x.data(), x.size() / columns, columns) * direction);
  };
  const auto largest = [](const Numbers& x) {
    if (!x.allFinite()) return std::numeric_limits<double>::infinity();
    return x.size() == 0 ? 0.0 : x.cwiseAbs().maxCoeff();
  };

  double worst = 0;
  bool right = true;
  int points = 0;
  // Positive entries serve where the function is not defined for others.
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{{-2, 2}, {0.5, 1.5}, {0.1, 0.4}}) {
    std::vector<Numbers> inputs;
    for (const Parameter& parameter : parameters) inputs.push_back(sampled(parameter, parameter.kind, low, high));
    const std::vector<Numbers> values = evaluated(inputs);
    bool finite = true;
    for (const Numbers& value : values) finite = finite && value.allFinite();
    if (!finite) continue;
    ++points;
    for (const Case& one_case : cases) {
      const int order = static_cast<int>(one_case.by.size());
      // The step that balances rounding with the curvature left out.
      const double step = std::pow(2.2e-16, 1.0 / (order + 2));
      const double tolerance = std::pow(10.0, std::min(order - 6, -1));
      const double rounding =
          100 * 2.2e-16 * std::max<double>(1.0, largest(values[one_case.of])) / std::pow(step, order);
      // A step may cross a kink; a wrong derivative is wrong in every direction.
      double least = std::numeric_limits<double>::infinity();
      for (int attempt = 0; attempt < 3; ++attempt) {
        std::vector<Numbers> directions;
        for (int index : one_case.by) {
          const std::string& kind = parameters[index].kind;
          const std::string like = kind == "psd" ? "symmetric" : kind == "positive" ? "any" : kind;
          const Numbers direction = sampled(parameters[index], like, -1, 1);
          directions.push_back(direction / std::max<double>(1.0, direction.norm()));
        }
        // Central differences along all directions: the signs of the steps are the bits of a number.
        Numbers expected = Numbers::Zero(values[one_case.of].size());
        for (int bits = 0; bits < (1 << order); ++bits) {
          std::vector<Numbers> moved = inputs;
          double sign = 1;
          for (int k = 0; k < order; ++k) {
            const double side = (bits >> k) & 1 ? -1 : 1;
            sign *= side;
            moved[one_case.by[k]] += side * step * directions[k];
          }
          expected += sign * evaluated(moved)[one_case.of] / std::pow(2 * step, order);
        }
        Numbers found = values[one_case.at];
        for (int k = order - 1; k >= 0; --k) found = contracted(found, directions[k]);
        double gap = largest(found - expected);
        const double scale = std::max<double>(largest(expected), rounding / tolerance);
        least = std::min<double>(least, gap / scale);
      }
      worst = std::max<double>(worst, least);
      right = right && least < tolerance;
    }
  }
  std::printf("largest relative error against central differences: %.1e\n", worst);
  return right && points > 0 ? 0 : 1;
}
#endif
