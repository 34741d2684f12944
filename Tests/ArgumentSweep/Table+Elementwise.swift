import ChainRule

extension Table {
  private static func unary(_ name: String, _ f: @escaping (Tensor) -> Tensor) -> Call { call("Tensor.\(name)()", x) { f($0) } }

  static let elementwise: [Call] =
    [
      unary("relu") { $0.relu() }, unary("sigmoid") { $0.sigmoid() }, unary("exp") { $0.exp() }, unary("log") { $0.log() },
      unary("square") { $0.square() }, unary("sqrt") { $0.sqrt() }, unary("tanh") { $0.tanh() }, unary("sinc") { $0.sinc() },
      unary("abs") { $0.abs() }, unary("round") { $0.round() }, unary("angle") { $0.angle() }, unary("isNaN") { $0.isNaN() },
      unary("logicalNot") { $0.logicalNot() }, unary("clone") { $0.clone() }, unary("contiguous") { $0.contiguous() },
      unary("mish") { $0.mish() }, unary("hardswish") { $0.hardswish() }, unary("erf") { $0.erf() }, unary("-") { -$0 },
      unary("sign") { $0.sign() }, unary("frac") { $0.frac() }, unary("item") { Tensor($0.sum().item()) },

      call("Tensor.leakyRelu(negativeSlope:)", x, 0.1) { $0.leakyRelu(negativeSlope: $1) },
      call("Tensor.hardtanh(min:max:)", x, -1.0, 1.0) { $0.hardtanh(min: $1, max: $2) },
      call("Tensor.elu(alpha:)", x, 1.0) { $0.elu(alpha: $1) },
      call("Tensor.softplus(beta:threshold:)", x, 1.0, 20.0) { $0.softplus(beta: $1, threshold: $2) },
      call("Tensor.glu(dim:)", t(2, 4), 1) { $0.glu(dim: $1) },
      call("Tensor.prelu(_:)", x, t(3)) { $0.prelu($1) },
      call("Tensor.clamp(min:max:)", x, 0.0, 1.0) { $0.clamp(min: $1, max: $2) },
      call("Tensor.clamp(min:max:)", x, x, x) { $0.clamp(min: $1, max: $2) },
      call("Tensor.clamp(min:max:)", x, 0, 1) { $0.clamp(min: $1, max: $2) },
      call("Tensor.clamp(min:)", x, 0.0) { $0.clamp(min: $1) },
      call("Tensor.clamp(max:)", x, 0.0) { $0.clamp(max: $1) },
      call("Tensor.isClose(_:relative:absolute:equalNaN:)", x, x, 0.1, 0.1) { $0.isClose($1, relative: $2, absolute: $3) },
      call("Tensor.allClose(_:relative:absolute:equalNaN:)", x, x, 0.1, 0.1) { $0.allClose($1, relative: $2, absolute: $3) },
      call("Tensor.equal(_:)", x, x) { $0.equal($1) },
      call("Tensor.maximum(_:)", x, x) { $0.maximum($1) },
      call("Tensor.maximum(_:)", x, 0) { $0.maximum($1) },
      call("Tensor.minimum(_:)", x, x) { $0.minimum($1) },
      call("Tensor.minimum(_:)", x, 0.5) { $0.minimum($1) },
      call("Tensor.maskedFill(_:_:)", x, mask(2, 3), 0.5) { $0.maskedFill($1, $2) },
      call("Tensor.maskedFill(_:_:)", x, mask(2, 3), t()) { $0.maskedFill($1, $2) },
      call("Tensor.maskedFill(_:_:)", index(2, 3), mask(2, 3), 1) { $0.maskedFill($1, $2) },
      call("Tensor.where(_:_:_:)", mask(2, 3), x, x) { Tensor.where($0, $1, $2) },
      call("Tensor.where(_:_:_:)", mask(2, 3), 0.5, 1) { Tensor.where($0, $1, $2) },
      call("Tensor.logicalAnd(_:)", x, x) { $0.logicalAnd($1) },
      call("Tensor.logicalOr(_:)", x, x) { $0.logicalOr($1) },
      call("Tensor.logicalXor(_:)", x, x) { $0.logicalXor($1) },
      call("Tensor.div(_:rounding:)", x, x) { $0.div($1, rounding: .floor) },
      call("Tensor.div(_:rounding:)", index(2, 3), 1) { $0.div($1, rounding: .floor) },
      call("Tensor.floorDivide(_:)", x, 2.0) { $0.floorDivide($1) },
      call("Tensor.floorDivide(_:)", index(2, 3), 2) { $0.floorDivide($1) },
      call("Tensor.remainder(_:)", index(2, 3), 2) { $0.remainder($1) },
      call("Tensor.remainder(_:)", x, 2.0) { $0.remainder($1) },
      call("Tensor.remainder(_:)", index(2, 3) + 1, index(2, 3) + 1) { $0.remainder($1) },
      call("Tensor.fmod(_:)", index(2, 3), 2) { $0.fmod($1) },
      call("Tensor.fmod(_:)", x, 2.0) { $0.fmod($1) },
      call("Tensor.fmod(_:)", index(2, 3) + 1, index(2, 3) + 1) { $0.fmod($1) },
      call("Tensor.logaddexp(_:)", x, x) { $0.logaddexp($1) },
      call("Tensor.logaddexp2(_:)", x, x) { $0.logaddexp2($1) },
      call("Tensor.pow(_:)", x, 2.0) { $0.pow($1) },
      call("Tensor.pow(_:)", index(2, 3), 2) { $0.pow($1) },
      call("Tensor.pow(_:)", x, x) { $0.pow($1) },
      call("Tensor.pow(_:_:)", 2.0, x) { Tensor.pow($0, $1) },
      call("Tensor.pow(_:_:)", 2, index(2, 3)) { Tensor.pow($0, $1) },
      call("Tensor.xlogy(_:)", x, x) { $0.xlogy($1) },
      call("Tensor.xlogy(_:)", x, 2.0) { $0.xlogy($1) },
      call("Tensor.atan2(_:)", x, x) { $0.atan2($1) },
      call("Tensor.atan2(_:)", x, 2.0) { $0.atan2($1) },
    ] + operators

  private static let operators: [Call] = [
    call("Tensor.+(_:_:)", x, x) { $0 + $1 }, call("Tensor.+(_:_:)", x, 2.0) { $0 + $1 },
    call("Tensor.+(_:_:)", 2, index(2, 3)) { $0 + $1 },
    call("Tensor.-(_:_:)", x, x) { $0 - $1 }, call("Tensor.-(_:_:)", x, 2.0) { $0 - $1 },
    call("Tensor.-(_:_:)", 2, index(2, 3)) { $0 - $1 },
    call("Tensor.*(_:_:)", x, x) { $0 * $1 }, call("Tensor.*(_:_:)", x, 2.0) { $0 * $1 },
    call("Tensor.*(_:_:)", 2, index(2, 3)) { $0 * $1 },
    call("Tensor./(_:_:)", x, x) { $0 / $1 }, call("Tensor./(_:_:)", x, 2.0) { $0 / $1 },
    call("Tensor./(_:_:)", 2, index(2, 3)) { $0 / $1 },
    call("Tensor.-(_:)", x) { -$0 },
    call("Tensor..==(_:_:)", x, x) { $0 .== $1 }, call("Tensor..==(_:_:)", x, 2.0) { $0 .== $1 },
    call("Tensor..!=(_:_:)", x, x) { $0 .!= $1 }, call("Tensor..!=(_:_:)", x, 2) { $0 .!= $1 },
    call("Tensor..<(_:_:)", x, x) { $0 .< $1 }, call("Tensor..<(_:_:)", x, 2.0) { $0 .< $1 },
    call("Tensor..<=(_:_:)", x, x) { $0 .<= $1 }, call("Tensor..<=(_:_:)", index(2, 3), 2) { $0 .<= $1 },
    call("Tensor..>(_:_:)", x, x) { $0 .> $1 }, call("Tensor..>(_:_:)", x, 2.0) { $0 .> $1 },
    call("Tensor..>=(_:_:)", x, x) { $0 .>= $1 }, call("Tensor..>=(_:_:)", x, 2) { $0 .>= $1 },
    inPlace("+=") { $0 += $1 }, inPlace("-=") { $0 -= $1 }, inPlace("*=") { $0 *= $1 }, inPlace("/=") { $0 /= $1 },
    scalarInPlace("+=") { $0 += $1 }, scalarInPlace("-=") { $0 -= $1 }, scalarInPlace("*=") { $0 *= $1 },
    call("Tensor./=(_:_:)", x, 2.0) { a, b in
      var y = a
      y /= b
      return y
    },
  ]

  private static func inPlace(_ name: String, _ f: @escaping (inout Tensor, Tensor) -> Void) -> Call {
    call("Tensor.\(name)(_:_:)", x, x) { a, b in
      var y = a
      f(&y, b)
      return y
    }
  }

  private static func scalarInPlace(_ name: String, _ f: @escaping (inout Tensor, Int) -> Void) -> Call {
    call("Tensor.\(name)(_:_:)", index(2, 3), 2) { a, b in
      var y = a
      f(&y, b)
      return y
    }
  }
}
