import ChainRule
import ChainRuleNN

extension ModuleTable {
  static let activations: Family = [
    "ReLU": layer { ReLU(inplace: try $0.bool(0, "inplace", default: false)) },
    "ReLU6": layer { ReLU6(inplace: try $0.bool(0, "inplace", default: false)) },
    "SELU": layer { SELU(inplace: try $0.bool(0, "inplace", default: false)) },
    "SiLU": layer { SiLU(inplace: try $0.bool(0, "inplace", default: false)) },
    "Mish": layer { Mish(inplace: try $0.bool(0, "inplace", default: false)) },
    "Hardswish": layer { Hardswish(inplace: try $0.bool(0, "inplace", default: false)) },
    "Hardsigmoid": layer { Hardsigmoid(inplace: try $0.bool(0, "inplace", default: false)) },
    "Tanh": layer { _ in Tanh() },
    "Sigmoid": layer { _ in Sigmoid() },
    "LogSigmoid": layer { _ in LogSigmoid() },
    "Softsign": layer { _ in Softsign() },
    "Tanhshrink": layer { _ in Tanhshrink() },
    "Softmax2d": layer { _ in Softmax2d() },
    "Softmax": layer { Softmax(dim: try $0.int(0, "dim")) },
    "Softmin": layer { Softmin(dim: try $0.int(0, "dim")) },
    "LogSoftmax": layer { LogSoftmax(dim: try $0.int(0, "dim")) },
    "GLU": layer { GLU(dim: try $0.int(0, "dim", default: -1)) },
    "GELU": layer { GELU(approximate: $0.string(0, "approximate") == "tanh" ? .tanh : .none) },
    "PReLU": layer { PReLU(try $0.int(0, "num_parameters", default: 1), initial: try $0.double(1, "init", default: 0.25)) },
    "RReLU": layer { RReLU(lower: try $0.double(0, "lower", default: 1.0 / 8), upper: try $0.double(1, "upper", default: 1.0 / 3)) },
    "ELU": layer { call in
      func make(_ alpha: some TensorScalar) throws -> ELU { ELU(alpha: alpha, inplace: try call.bool(1, "inplace", default: false)) }
      return try make(call.number(0, "alpha", default: 1.0))
    },
    "CELU": layer { call in
      func make(_ alpha: some TensorScalar) throws -> CELU { CELU(alpha: alpha, inplace: try call.bool(1, "inplace", default: false)) }
      return try make(call.number(0, "alpha", default: 1.0))
    },
    "LeakyReLU": layer { call in
      func make(_ slope: some TensorScalar) throws -> LeakyReLU { LeakyReLU(slope, inplace: try call.bool(1, "inplace", default: false)) }
      return try make(call.number(0, "negative_slope", default: 0.01))
    },
    "Hardtanh": layer { call in
      func make(_ least: some TensorScalar, _ most: some TensorScalar) throws -> Hardtanh {
        Hardtanh(minVal: least, maxVal: most, inplace: try call.bool(2, "inplace", default: false))
      }
      return try make(call.number(0, "min_val", default: -1.0), call.number(1, "max_val", default: 1.0))
    },
    "Threshold": layer { call in
      func make(_ threshold: some TensorScalar, _ value: some TensorScalar) throws -> Threshold {
        Threshold(threshold, value, inplace: try call.bool(2, "inplace", default: false))
      }
      return try make(call.number(0, "threshold", default: 0), call.number(1, "value", default: 0))
    },
    "Softplus": layer { call in
      func make(_ beta: some TensorScalar, _ threshold: some TensorScalar) -> Softplus { Softplus(beta: beta, threshold: threshold) }
      return make(try call.number(0, "beta", default: 1.0), try call.number(1, "threshold", default: 20.0))
    },
    "Hardshrink": layer { call in
      func make(_ lambd: some TensorScalar) -> Hardshrink { Hardshrink(lambd) }
      return make(try call.number(0, "lambd", default: 0.5))
    },
    "Softshrink": layer { call in
      func make(_ lambd: some TensorScalar) -> Softshrink { Softshrink(lambd) }
      return make(try call.number(0, "lambd", default: 0.5))
    },
  ]

  static let paddings: Family = [
    "ConstantPad1d": constantPad { ConstantPad1d($0, $1) },
    "ConstantPad2d": constantPad { ConstantPad2d($0, $1) },
    "ConstantPad3d": constantPad { ConstantPad3d($0, $1) },
    "ZeroPad1d": layer { ZeroPad1d(try $0.sizes(0, "padding")) },
    "ZeroPad2d": layer { ZeroPad2d(try $0.sizes(0, "padding")) },
    "ZeroPad3d": layer { ZeroPad3d(try $0.sizes(0, "padding")) },
    "ReflectionPad1d": layer { ReflectionPad1d(try $0.sizes(0, "padding")) },
    "ReflectionPad2d": layer { ReflectionPad2d(try $0.sizes(0, "padding")) },
    "ReflectionPad3d": layer { ReflectionPad3d(try $0.sizes(0, "padding")) },
    "ReplicationPad1d": layer { ReplicationPad1d(try $0.sizes(0, "padding")) },
    "ReplicationPad2d": layer { ReplicationPad2d(try $0.sizes(0, "padding")) },
    "ReplicationPad3d": layer { ReplicationPad3d(try $0.sizes(0, "padding")) },
    "CircularPad1d": layer { CircularPad1d(try $0.sizes(0, "padding")) },
    "CircularPad2d": layer { CircularPad2d(try $0.sizes(0, "padding")) },
    "CircularPad3d": layer { CircularPad3d(try $0.sizes(0, "padding")) },
  ]

  private static func constantPad(_ make: @escaping @Sendable ([Int], Int) -> any Layer) -> Constructor {
    layer { make(try $0.sizes(0, "padding"), try $0.int(1, "value")) }
  }
}
