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
#include <unsupported/Eigen/CXX11/Tensor>

/// The cores of all terms of hessian_U, in order.
struct hessian_U_cores {
  Eigen::MatrixXd c1;
};

/// The cores of all terms of hessian_U_V, in order.
struct hessian_U_V_cores {
  Eigen::MatrixXd c1;
  Eigen::MatrixXd c2;
  Eigen::MatrixXd c3;
};

/// norm2(T - U*V')^2
///
/// @param T m x n
/// @param U m x k
/// @param V n x k
/// @return value: a number: norm2(T - U*V')^2
///   gradient_U: m x k: 2*(U*V' - T)*V
///   hessian_U: m x k x m x k, as cores: see apply_hessian_U and expand_hessian_U: H[i,j,l,p] = 2*sum[q](V[q,j]*V[q,p])*eye(m)[i,l]
///   hessian_U_V: m x k x n x k, as cores: see apply_hessian_U_V and expand_hessian_U_V: H[i,j,l,p] = 2*(U[i,p]*V[l,j] + (sum[q](U[i,q]*V[l,q]) - T[i,l])*eye(k)[j,p])
inline std::tuple<double, Eigen::MatrixXd, hessian_U_cores, hessian_U_V_cores> evaluate(
    const Eigen::MatrixXd& T,
    const Eigen::MatrixXd& U,
    const Eigen::MatrixXd& V) {
  const Eigen::Index m = T.rows();
  const Eigen::Index n = T.cols();
  if (U.rows() != m) {
    throw std::invalid_argument("U must be of size m x k, not " + std::to_string(U.rows()) + " x " + std::to_string(U.cols()));
  }
  const Eigen::Index k = U.cols();
  if (V.rows() != n || V.cols() != k) {
    throw std::invalid_argument("V must be of size n x k, not " + std::to_string(V.rows()) + " x " + std::to_string(V.cols()));
  }
  const Eigen::MatrixXd t1 = U * V.transpose();
  Eigen::MatrixXd hessian_U_V_core(m, n);
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = 0; i < m; ++i) {
      hessian_U_V_core(i, j) = t1(i, j) - T(i, j);
    }
  }
  double value = 0;
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = 0; i < m; ++i) {
      value += std::pow(hessian_U_V_core(i, j), 2.0);
    }
  }
  const Eigen::MatrixXd t2 = V.transpose() * hessian_U_V_core.transpose();
  const Eigen::MatrixXd hessian_U_core = V.transpose() * V;
  Eigen::MatrixXd gradient_U(m, k);
  for (Eigen::Index j = 0; j < k; ++j) {
    for (Eigen::Index i = 0; i < m; ++i) {
      gradient_U(i, j) = 2.0 * t2(j, i);
    }
  }
  return {
      value,
      gradient_U,
      hessian_U_cores{hessian_U_core},
      hessian_U_V_cores{U, V, hessian_U_V_core}};
}

/// hessian_U applied to p: its last axes, those of U, are summed with p.
///
/// @param cores the cores of all terms
/// @param p m x k
/// @return result: m x k
inline Eigen::MatrixXd apply_hessian_U(
    const hessian_U_cores& cores,
    const Eigen::MatrixXd& p) {
  const auto& c1 = cores.c1;
  const Eigen::Index k = c1.rows();
  if (p.cols() != k) {
    throw std::invalid_argument("p must be of size m x k, not " + std::to_string(p.rows()) + " x " + std::to_string(p.cols()));
  }
  const Eigen::Index m = p.rows();
  const Eigen::MatrixXd t1 = p * c1.transpose();
  Eigen::MatrixXd result(m, k);
  for (Eigen::Index j = 0; j < k; ++j) {
    for (Eigen::Index i = 0; i < m; ++i) {
      result(i, j) = 2.0 * t1(i, j);
    }
  }
  return result;
}

/// hessian_U as a dense tensor.
///
/// @param cores the cores of all terms
/// @param m a size that no argument tells
/// @return result: m x k x m x k
inline Eigen::Tensor<double, 4> expand_hessian_U(
    const hessian_U_cores& cores,
    Eigen::Index m) {
  const auto& c1 = cores.c1;
  const Eigen::Index k = c1.rows();
  Eigen::Tensor<double, 4> result(m, k, m, k);
  result.setZero();
  for (Eigen::Index j = 0; j < k; ++j) {
    for (Eigen::Index i = 0; i < k; ++i) {
      for (Eigen::Index l = 0; l < m; ++l) {
        result(l, i, l, j) = 2.0 * c1(i, j);
      }
    }
  }
  return result;
}

/// hessian_U_V applied to p: its last axes, those of V, are summed with p.
///
/// @param cores the cores of all terms
/// @param p n x k
/// @return result: m x k
inline Eigen::MatrixXd apply_hessian_U_V(
    const hessian_U_V_cores& cores,
    const Eigen::MatrixXd& p) {
  const auto& c1 = cores.c1;
  const auto& c2 = cores.c2;
  const auto& c3 = cores.c3;
  const Eigen::Index m = c1.rows();
  const Eigen::Index k = c1.cols();
  const Eigen::Index n = c2.rows();
  if (p.rows() != n || p.cols() != k) {
    throw std::invalid_argument("p must be of size n x k, not " + std::to_string(p.rows()) + " x " + std::to_string(p.cols()));
  }
  const Eigen::MatrixXd t1 = c2.transpose() * p;
  const Eigen::MatrixXd t2 = c1 * t1.transpose();
  const Eigen::MatrixXd t3 = c3 * p;
  Eigen::MatrixXd result(m, k);
  for (Eigen::Index j = 0; j < k; ++j) {
    for (Eigen::Index i = 0; i < m; ++i) {
      result(i, j) = 2.0 * (t2(i, j) + t3(i, j));
    }
  }
  return result;
}

/// hessian_U_V as a dense tensor.
///
/// @param cores the cores of all terms
/// @return result: m x k x n x k
inline Eigen::Tensor<double, 4> expand_hessian_U_V(
    const hessian_U_V_cores& cores) {
  const auto& c1 = cores.c1;
  const auto& c2 = cores.c2;
  const auto& c3 = cores.c3;
  const Eigen::Index m = c1.rows();
  const Eigen::Index k = c1.cols();
  const Eigen::Index n = c2.rows();
  Eigen::Tensor<double, 4> t1(m, k, n, k);
  for (Eigen::Index p = 0; p < k; ++p) {
    for (Eigen::Index l = 0; l < n; ++l) {
      for (Eigen::Index j = 0; j < k; ++j) {
        for (Eigen::Index i = 0; i < m; ++i) {
          t1(i, j, l, p) = c1(i, p) * c2(l, j);
        }
      }
    }
  }
  Eigen::Tensor<double, 4> result(m, k, n, k);
  result.setZero();
  for (Eigen::Index p = 0; p < k; ++p) {
    for (Eigen::Index l = 0; l < n; ++l) {
      for (Eigen::Index j = 0; j < k; ++j) {
        for (Eigen::Index i = 0; i < m; ++i) {
          result(i, j, l, p) += 2.0 * t1(i, j, l, p);
        }
      }
    }
  }
  for (Eigen::Index l = 0; l < n; ++l) {
    for (Eigen::Index j = 0; j < k; ++j) {
      for (Eigen::Index i = 0; i < m; ++i) {
        result(i, j, l, j) += 2.0 * c3(i, l);
      }
    }
  }
  return result;
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
  const Eigen::Index k = 5;
  struct Parameter {
    Eigen::Index size, rows;
    std::string kind;
  };
  const std::vector<Parameter> parameters = {
      {m * n, m, "any"},
      {m * k, m, "any"},
      {n * k, n, "any"},
  };
  // What is differentiated, the derivative, and the parameters differentiated by.
  struct Case {
    int of, at;
    std::vector<int> by;
  };
  const std::vector<Case> cases = {
      {0, 1, {1}},
      {1, 2, {1}},
      {1, 3, {2}},
  };
  const auto evaluated = [&](const std::vector<Numbers>& inputs) {
    const Eigen::MatrixXd T = Eigen::Map<const Eigen::MatrixXd>(inputs[0].data(), m, n).cast<double>();
    const Eigen::MatrixXd U = Eigen::Map<const Eigen::MatrixXd>(inputs[1].data(), m, k).cast<double>();
    const Eigen::MatrixXd V = Eigen::Map<const Eigen::MatrixXd>(inputs[2].data(), n, k).cast<double>();
    const auto [value, gradient_U, hessian_U, hessian_U_V] = evaluate(T, U, V);
    return std::vector<Numbers>{flattened(value), flattened(gradient_U), flattened(expand_hessian_U(hessian_U, m)), flattened(expand_hessian_U_V(hessian_U_V))};
  };
  // A compressed derivative applied to a direction; empty for others.
  const auto applied = [&](const std::vector<Numbers>& inputs, int at, const Numbers& direction) {
    const Eigen::MatrixXd T = Eigen::Map<const Eigen::MatrixXd>(inputs[0].data(), m, n).cast<double>();
    const Eigen::MatrixXd U = Eigen::Map<const Eigen::MatrixXd>(inputs[1].data(), m, k).cast<double>();
    const Eigen::MatrixXd V = Eigen::Map<const Eigen::MatrixXd>(inputs[2].data(), n, k).cast<double>();
    const auto [value, gradient_U, hessian_U, hessian_U_V] = evaluate(T, U, V);
    if (at == 2) {
      const Eigen::MatrixXd p = Eigen::Map<const Eigen::MatrixXd>(direction.data(), m, k).cast<double>();
      return flattened(apply_hessian_U(hessian_U, p));
    }
    if (at == 3) {
      const Eigen::MatrixXd p = Eigen::Map<const Eigen::MatrixXd>(direction.data(), n, k).cast<double>();
      return flattened(apply_hessian_U_V(hessian_U_V, p));
    }
    return Numbers();
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
        Numbers product = applied(inputs, one_case.at, directions.back());
        if (product.size() > 0) {
          for (int k = order - 2; k >= 0; --k) product = contracted(product, directions[k]);
          gap = std::max<double>(gap, largest(product - expected));
        }
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
