import ChainRule

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The tensor operation of every function that formulas know, by the function's name.
enum TensorRules {
  static let unary: [String: @Sendable (Tensor) -> Tensor] = [
    "exp": { $0.exp() }, "log": { $0.log() }, "log2": { $0.log2() }, "log10": { $0.log10() }, "log1p": { $0.log1p() },
    "expm1": { $0.expm1() }, "cbrt": { CubeRoot()($0) }, "sigmoid": { $0.sigmoid() },
    // Without PyTorch's threshold, above which the result is x to single precision only.
    "softplus": { $0.softplus(threshold: .infinity) },
    "erf": { $0.erf() },
    "sin": { $0.sin() }, "cos": { $0.cos() }, "tan": { $0.tan() }, "asin": { $0.asin() }, "acos": { $0.acos() },
    "atan": { $0.atan() },
    "sinh": { $0.sinh() }, "cosh": { $0.cosh() }, "tanh": { $0.tanh() }, "asinh": { $0.asinh() }, "acosh": { $0.acosh() },
    "atanh": { $0.atanh() },
    "abs": { $0.abs() }, "sign": { $0.sign() }, "relu": { $0.relu() }, "step": { HeavisideStep()($0) }, "floor": { $0.floor() },
    "ceil": { $0.ceil() }, "round": { $0.round() },
  ]

  static let binary: [String: @Sendable (Tensor, Tensor) -> Tensor] = [
    "max": { $0.maximum($1) }, "min": { $0.minimum($1) }, "atan2": { $0.atan2($1) },
  ]
}

// What the core has no operation for is a `DifferentiableFunction`: the C library's value, and the derivative in tensor operations, so that
// every order of derivative works.

/// A function of one argument given by its value and derivative.
protocol ScalarFunction: DifferentiableFunction {
  static func value(_ x: Double) -> Double
  /// f'(x), where y is f(x).
  static func derivative(_ x: Tensor, _ y: Tensor) -> Tensor
}

extension ScalarFunction {
  func forward(_ x: [Tensor]) -> Tensor {
    Tensor(x[0].array(of: Double.self).map(Self.value), shape: x[0].shape, dtype: x[0].dtype)
  }
  func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * Self.derivative(x[0], y)] }
  func jvp(_ dx: [Tensor?], _ x: [Tensor], _ y: Tensor) -> Tensor {
    dx[0].map { $0 * Self.derivative(x[0], y) } ?? Tensor.zeros(like: y)
  }
}

struct CubeRoot: ScalarFunction {
  static let name = "cbrt"
  static func value(_ x: Double) -> Double { cbrt(x) }
  static func derivative(_ x: Tensor, _ y: Tensor) -> Tensor { 1 / (3 * y * y) }
}

struct HeavisideStep: ScalarFunction {
  static let name = "step"
  static func value(_ x: Double) -> Double { x > 0 ? 1 : x.isNaN ? x : 0 }
  static func derivative(_ x: Tensor, _ y: Tensor) -> Tensor { Tensor.zeros(like: x) }
}
