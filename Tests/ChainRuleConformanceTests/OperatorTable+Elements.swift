import ChainRule

extension OperatorTable {
  /// Functions of elements beside the arithmetic ones, and special functions.
  static let elements: Family = [
    "lerp": of { x, call in
      call.isTensor(2, "weight")
        ? x.lerp(try call.tensor(1, "end"), try call.tensor(2, "weight"))
        : x.lerp(try call.tensor(1, "end"), try call.double(2, "weight", default: 0))
    },
    "addcmul": scaled {
      $0.addcmul($1, $2)
    } real: {
      $0.addcmul($1, $2, value: $3)
    } integer: {
      $0.addcmul($1, $2, value: $3)
    },
    "addcdiv": scaled {
      $0.addcdiv($1, $2)
    } real: {
      $0.addcdiv($1, $2, value: $3)
    } integer: {
      $0.addcdiv($1, $2, value: $3)
    },
    "nan_to_num": of { x, call in
      x.nanToNum(
        nan: try call.double(1, "nan", default: 0), posinf: call.has(2, "posinf") ? try call.double(2, "posinf", default: 0) : nil,
        neginf: call.has(3, "neginf") ? try call.double(3, "neginf", default: 0) : nil)
    },
    "fmax": binary { $0.fmax($1) },
    "fmin": binary { $0.fmin($1) },
    "hypot": binary { $0.hypot($1) },
    "copysign": binary { $0.copysign($1) },
    "nextafter": binary { $0.nextafter($1) },
    "heaviside": of { x, call in x.heaviside(try call.tensor(1, "values")) },
    "ldexp": binary { $0.ldexp($1) },
    "float_power": of { x, call in x.floatPower(try call.tensor(1, "exponent")) },
    "frexp": { call in
      let parts = try call.tensor(0).frexp()
      return [parts.mantissa, parts.exponent]
    },
    "signbit": unary { $0.signbit() },
    "deg2rad": unary { $0.deg2rad() },
    "rad2deg": unary { $0.rad2deg() },
    "round.decimals_0": rounded,
    "round.decimals_3": rounded,
    "round.decimals_neg_3": rounded,
    "lgamma": unary { $0.lgamma() },
    "digamma": unary { $0.digamma() },
    "erfinv": unary { $0.erfinv() },
    "logit": of { x, call in x.logit(eps: call.has(1, "eps") ? try call.double(1, "eps", default: 0) : nil) },
    "i0": unary { $0.i0() },
    "special.i0e": unary { $0.i0e() },
    "special.i1": unary { $0.i1() },
    "special.i1e": unary { $0.i1e() },
    "special.entr": unary { $0.entr() },
    "special.erfcx": unary { $0.erfcx() },
    "special.log_ndtr": unary { $0.logNdtr() },
    "special.ndtr": unary { $0.ndtr() },
    "special.ndtri": unary { $0.ndtri() },
    "special.xlog1py": binary { $0.xlog1py($1) },
    "fill": of { x, call in
      let all = Tensor.ones([], dtype: .bool)
      return call.isTensor(1, "value")
        ? x.maskedFill(all, try call.tensor(1, "value")) : x.maskedFill(all, try call.double(1, "value", default: 0))
    },
    "zero_": unary { $0.maskedFill(Tensor.ones([], dtype: .bool), 0) },
  ]

  private static let rounded = of { x, call in x.round(decimals: try call.int(-1, "decimals", default: 0)) }

  private static func scaled(
    _ plain: @escaping @Sendable (Tensor, Tensor, Tensor) -> Tensor, real: @escaping @Sendable (Tensor, Tensor, Tensor, Double) -> Tensor,
    integer: @escaping @Sendable (Tensor, Tensor, Tensor, Int) -> Tensor
  ) -> Implementation {
    of { x, call in
      let a = try call.tensor(1, "tensor1"), b = try call.tensor(2, "tensor2")
      switch call[-1, "value"] {
      case .none: return plain(x, a, b)
      case .integer(let c): return integer(x, a, b, c)
      case let c: return real(x, a, b, c.number ?? 1)
      }
    }
  }
}
