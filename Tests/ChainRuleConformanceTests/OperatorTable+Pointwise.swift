import ChainRule

extension OperatorTable {
  /// Functions of one element, and of two.
  static let pointwise: Family = [
    "abs": unary { $0.abs() },
    "acos": unary { $0.acos() },
    "acosh": unary { $0.acosh() },
    "asinh": unary { $0.asinh() },
    "atanh": unary { $0.atanh() },
    "asin": unary { $0.asin() },
    "atan": unary { $0.atan() },
    "ceil": unary { $0.ceil() },
    "clone": unary { $0.clone() },
    "cos": unary { $0.cos() },
    "cosh": unary { $0.cosh() },
    "erf": unary { $0.erf() },
    "erfc": unary { $0.erfc() },
    "exp": unary { $0.exp() },
    "exp2": unary { $0.exp2() },
    "expm1": unary { $0.expm1() },
    "frac": unary { $0.frac() },
    "floor": unary { $0.floor() },
    "isfinite": unary { $0.isFinite() },
    "isinf": unary { $0.isInf() },
    "isneginf": unary { $0.isNegInf() },
    "isposinf": unary { $0.isPosInf() },
    "isnan": unary { $0.isNaN() },
    "log": unary { $0.log() },
    "log10": unary { $0.log10() },
    "log1p": unary { $0.log1p() },
    "log2": unary { $0.log2() },
    "logical_not": unary { $0.logicalNot() },
    "neg": unary { -$0 },
    "reciprocal": unary { $0.reciprocal() },
    "round": unary { $0.round() },
    "rsqrt": unary { $0.rsqrt() },
    "sigmoid": unary { $0.sigmoid() },
    "sign": unary { $0.sign() },
    "sin": unary { $0.sin() },
    "sinc": unary { $0.sinc() },
    "sinh": unary { $0.sinh() },
    "sqrt": unary { $0.sqrt() },
    "square": unary { $0.square() },
    "tan": unary { $0.tan() },
    "tanh": unary { $0.tanh() },
    "trunc": unary { $0.trunc() },

    "add": of { x, call in x + (try scaled(call)) },
    "sub": of { x, call in x - (try scaled(call)) },
    "mul": binary { $0 * $1 },
    "div.no_rounding_mode": binary { $0 / $1 },
    "true_divide": binary { $0 / $1 },
    "div.floor_rounding": binary { $0.div($1, rounding: .floor) },
    "div.trunc_rounding": binary { $0.div($1, rounding: .trunc) },
    "floor_divide": binary { $0.floorDivide($1) },
    "fmod": binary { $0.fmod($1) },
    "remainder": binary { $0.remainder($1) },
    "atan2": binary { $0.atan2($1) },
    "logaddexp": binary { $0.logaddexp($1) },
    "logaddexp2": binary { $0.logaddexp2($1) },
    "xlogy": binary { $0.xlogy($1) },
    "pow": binary { $0.pow($1) },
    "maximum": binary { $0.maximum($1) },
    "minimum": binary { $0.minimum($1) },
    "max.binary": binary { $0.maximum($1) },
    "min.binary": binary { $0.minimum($1) },

    "clamp": of { x, call in
      let lower = try call.optionalTensor(1, "min"), upper = try call.optionalTensor(2, "max")
      return switch (lower, upper) {
      case (let lower?, let upper?): x.clamp(min: lower, max: upper)
      case (let lower?, nil): x.clamp(min: lower)
      case (nil, let upper?): x.clamp(max: upper)
      case (nil, nil): throw CaseError("clamp without bounds")
      }
    },
    "clamp_max": of { x, call in x.clamp(max: try call.tensor(1, "max")) },
    "clamp_min": of { x, call in x.clamp(min: try call.tensor(1, "min")) },
    "isclose": of { x, call in
      x.isClose(
        try call.tensor(1, "other"), relative: try call.double(2, "rtol", default: 1e-5),
        absolute: try call.double(3, "atol", default: 1e-8), equalNaN: try call.bool(4, "equal_nan", default: false))
    },

    "eq": binary { $0 .== $1 },
    "ne": binary { $0 .!= $1 },
    "lt": binary { $0 .< $1 },
    "le": binary { $0 .<= $1 },
    "gt": binary { $0 .> $1 },
    "ge": binary { $0 .>= $1 },
    "logical_and": binary { $0.logicalAnd($1) },
    "logical_or": binary { $0.logicalOr($1) },
    "logical_xor": binary { $0.logicalXor($1) },
  ]

  /// alpha times the second operand of add or sub.
  private static func scaled(_ call: Call) throws -> Tensor {
    let other = try call.tensor(1, "other")
    return call.has(-1, "alpha") ? other * (try call.tensor(-1, "alpha")) : other
  }
}
