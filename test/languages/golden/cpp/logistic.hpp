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

/// log(1 + exp(t)), without overflow.
inline double softplus(double t) {
  return std::max<double>(t, 0.0) + std::log1p(std::exp(-std::abs(t)));
}

/// 1 / (1 + exp(-t)), without overflow.
inline double sigmoid(double t) {
  if (t >= 0) return 1 / (1 + std::exp(-t));
  const double e = std::exp(t);
  return e / (1 + e);
}

/// sum(log(exp(-y.*(X*w)) + vector(1)))
///
/// @param X m x n
/// @param y m
/// @param w n
/// @return value: a number: sum(softplus(-y.*(X*w)))
///   gradient_w: n: -X'*(y.*sigmoid(-y.*(X*w)))
///   hessian_w: n x n: X'*diag(y.^2.*sigmoid(-y.*(X*w)).*(1 - sigmoid(-y.*(X*w))))*X
inline std::tuple<double, Eigen::VectorXd, Eigen::MatrixXd> evaluate(
    const Eigen::MatrixXd& X,
    const Eigen::VectorXd& y,
    const Eigen::VectorXd& w) {
  const Eigen::Index m = X.rows();
  const Eigen::Index n = X.cols();
  if (y.size() != m) {
    throw std::invalid_argument("y must be of size m, not " + std::to_string(y.size()));
  }
  if (w.size() != n) {
    throw std::invalid_argument("w must be of size n, not " + std::to_string(w.size()));
  }
  const Eigen::VectorXd t1 = X * w;
  Eigen::VectorXd t2(m);
  for (Eigen::Index i = 0; i < m; ++i) {
    t2(i) = t1(i) * y(i);
  }
  double value = 0;
  for (Eigen::Index i = 0; i < m; ++i) {
    value += softplus(-t2(i));
  }
  Eigen::VectorXd t3(m);
  for (Eigen::Index i = 0; i < m; ++i) {
    t3(i) = sigmoid(-t2(i));
  }
  Eigen::VectorXd t4(m);
  for (Eigen::Index i = 0; i < m; ++i) {
    t4(i) = y(i) * t3(i);
  }
  const Eigen::VectorXd t5 = X.transpose() * t4;
  Eigen::VectorXd t6(m);
  for (Eigen::Index i = 0; i < m; ++i) {
    t6(i) = y(i) * y(i) * (1.0 - t3(i)) * t3(i);
  }
  Eigen::MatrixXd t7(n, m);
  for (Eigen::Index j = 0; j < m; ++j) {
    for (Eigen::Index i = 0; i < n; ++i) {
      t7(i, j) = t6(j) * X(j, i);
    }
  }
  const Eigen::MatrixXd hessian_w = t7 * X;
  Eigen::VectorXd gradient_w(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    gradient_w(i) = -t5(i);
  }
  return {value, gradient_w, hessian_w};
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
  const Eigen::Index m = 3;
  const Eigen::Index n = 2;
  struct Parameter {
    Eigen::Index size, rows;
    std::string kind;
  };
  const std::vector<Parameter> parameters = {
      {m * n, m, "any"},
      {m, m, "any"},
      {n, n, "any"},
  };
  // What is differentiated, the derivative, and the parameters differentiated by.
  struct Case {
    int of, at;
    std::vector<int> by;
  };
  const std::vector<Case> cases = {
      {0, 1, {2}},
      {1, 2, {2}},
  };
  const auto evaluated = [&](const std::vector<Numbers>& inputs) {
    const Eigen::MatrixXd X = Eigen::Map<const Eigen::MatrixXd>(inputs[0].data(), m, n).cast<double>();
    const Eigen::VectorXd y = inputs[1].cast<double>();
    const Eigen::VectorXd w = inputs[2].cast<double>();
    const auto [value, gradient_w, hessian_w] = evaluate(X, y, w);
    return std::vector<Numbers>{flattened(value), flattened(gradient_w), flattened(hessian_w)};
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
