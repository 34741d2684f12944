import ChainRule
import Testing

/// The signs of zeros in Jacobians are PyTorch's, in either mode: a tangent of 0 times a negative number is -0 there too.
struct SignedZeroTests {
  /// Function, zeros of `torch.func.jacfwd`, zeros of `torch.func.jacrev`: `-` and `0` for the two zeros, `.` for the rest. PyTorch's own
  /// two ways backward differ for cumprod.
  private static let torch = """
    mul .00-.-00. .-00.00-.
    neg .---.---. .---.---.
    mul_scalar .---.---. .---.---.
    add_scalar .000.000. .000.000.
    sub_scalar .000.000. .000.000.
    rsub .---.---. .---.---.
    div_scalar .---.---. .---.---.
    sub .000.000. .000.000.
    sub2 .---.---. .---.---.
    mul_w .--0.000. .00-.0-0.
    div_w .--0.000. .00-.0-0.
    w_div .00-.---. .--0.-0-.
    reciprocal .---.---. .---.---.
    x_div_sum ......... .........
    sin .000.0--. .0-0.-00.
    cos .--0.0--. .0--.--0.
    tan .000.000. .000.000.
    exp .000.000. .000.000.
    exp_neg .---.---. .---.---.
    expm1 .000.000. .000.000.
    log .00-.-00. .-00.00-.
    log1p .00-.-00. .-00.00-.
    sqrt .00-.-00. .-00.00-.
    rsqrt .--0.0--. .0--.--0.
    pow2 .00-.-00. .-00.00-.
    pow3 .000.000. .000.000.
    powm1 .---.---. .---.---.
    pow_half .00-.-00. .-00.00-.
    pow_base .---.---. .---.---.
    pow_tensor .---.-00. .-0-.0--.
    tanh .000.000. .000.000.
    sigmoid .000.000. .000.000.
    relu .0000000. .0000000.
    abs .00-.-00. .-00.00-.
    sign 000000000 000000000
    gelu .00-.-00. .-00.00-.
    silu .000.000. .000.000.
    elu .000.000. .000.000.
    softplus .000.000. .000.000.
    leaky .000.000. .000.000.
    logsigmoid .000.000. .000.000.
    hardtanh .00000000 .00000000
    clamp .00000000 .00000000
    max_w .00000000 .00000000
    min_w 0000.000. 0000.000.
    where .00-.-00. .000.000.
    masked_fill 0000.0000 0000.0000
    sum ... ...
    mean ... ...
    prod ... ...
    cumsum .00..0... .00..0...
    cumprod .00..-... -
    amax 00. 00.
    norm ... ...
    var ... ...
    std ... ...
    logsumexp ... ...
    softmax ......... .........
    log_softmax ......... .........
    matmul ...... ......
    matmul_neg ...... ......
    outer .--.00.00-.-0.00.0--.00.00. .00.00.000.00.00.000.00.00.
    dot ... ...
    atan .000.000. .000.000.
    asin .000.000. .000.000.
    acos .---.---. .---.---.
    sinh .000.000. .000.000.
    cosh .00-.-00. .-00.00-.
    asinh .000.000. .000.000.
    acosh .00-.-00. .-00.00-.
    atanh .000.000. .000.000.
    atan2 .--0.000. .00-.0-0.
    atan2b .00-.---. .--0.-0-.
    erf .000.000. .000.000.
    erfc .---.---. .---.---.
    flip 00.0.0.00 00.0.0.00
    roll 00..000.0 00..000.0
    index 00..00 00..00
    select 0.0 0.0
    slice 0.000. 0.000.
    cat .000.000..---.---. .000.000..000.000.
    stack .000.000..--0.000. .000.000..000.000.
    sort 0.0.0000. 0.0.0000.
    floor 000000000 000000000
    diag .000000000000.000000000000. .000000000000.000000000000.
    triu .00..0.0.000-.-0..00000000. .00..0.0.0000.00..00000000.
    expand .000.000..000.000. .000.000..000.000.
    gather 0.00.0 0.00.0
    chain .--0.000. .00-.0-0.
    poly .00-.-00. .-00.00-.
    rosen ..- ..0
    vector ..0--...0 ..000...0
    vec2 ..0..0 ..0..0
    """

  @Test func signsAreTorchs() throws {
    let x = Tensor([0.5, -1.25, 2.0], dtype: .float64), w = Tensor([-1.5, 0.25, 3.0], dtype: .float64)
    let matrix = Tensor([[1.0, -2, 0.5], [-3, 0.25, 1.5]], dtype: .float64)
    let mask = Tensor([true, false, true])
    let functions: [(String, (Tensor) -> Tensor)] = [
      ("mul", { $0 * $0 }), ("neg", { -$0 }), ("mul_scalar", { $0 * -2 }), ("add_scalar", { $0 + 1 }), ("sub_scalar", { $0 - 1 }),
      ("rsub", { 1 - $0 }), ("div_scalar", { $0 / -2 }),
      ("sub", { $0 - w }), ("sub2", { w - $0 }), ("mul_w", { $0 * w }), ("div_w", { $0 / w }), ("w_div", { w / $0 }),
      ("reciprocal", { 1 / $0 }), ("x_div_sum", { $0 / $0.sum() }),
      ("sin", { $0.sin() }), ("cos", { $0.cos() }), ("tan", { $0.tan() }), ("exp", { $0.exp() }), ("exp_neg", { (-$0).exp() }),
      ("expm1", { $0.expm1() }), ("log", { ($0 * $0 + 1).log() }), ("log1p", { ($0 * $0).log1p() }),
      ("sqrt", { ($0 * $0 + 1).sqrt() }), ("rsqrt", { ($0 * $0 + 1).rsqrt() }), ("pow2", { $0.pow(2) }), ("pow3", { $0.pow(3) }),
      ("powm1", { $0.pow(-1) }), ("pow_half", { ($0 * $0).pow(0.5) }), ("pow_base", { Tensor.pow(0.5, $0) }),
      ("pow_tensor", { ($0 * $0 + 1).pow(w) }),
      ("tanh", { $0.tanh() }), ("sigmoid", { $0.sigmoid() }), ("relu", { $0.relu() }), ("abs", { $0.abs() }), ("sign", { $0.sign() }),
      ("gelu", { $0.gelu() }), ("silu", { $0.silu() }), ("elu", { $0.elu() }), ("softplus", { $0.softplus() }),
      ("leaky", { $0.leakyRelu() }), ("logsigmoid", { $0.logSigmoid() }), ("hardtanh", { $0.hardtanh() }),
      ("clamp", { $0.clamp(min: -1, max: 1) }), ("max_w", { $0.maximum(w) }), ("min_w", { $0.minimum(w) }),
      ("where", { Tensor.where(mask, $0, -$0) }), ("masked_fill", { $0.maskedFill(mask, 0.0) }),
      ("sum", { $0.sum() }), ("mean", { $0.mean() }), ("prod", { $0.prod() }), ("cumsum", { $0.cumsum(dim: 0) }),
      ("cumprod", { $0.cumprod(dim: 0) }), ("amax", { $0.amax() }), ("norm", { $0.norm() }), ("var", { $0.`var`() }), ("std", { $0.std() }),
      ("logsumexp", { $0.logsumexp(dim: 0) }),
      ("softmax", { $0.softmax(dim: 0) }), ("log_softmax", { $0.logSoftmax(dim: 0) }), ("matmul", { matrix.matmul($0) }),
      ("matmul_neg", { -matrix.matmul($0) }), ("outer", { $0.outer(w) }), ("dot", { $0.matmul(w) }),
      ("atan", { $0.atan() }), ("asin", { ($0 / 3).asin() }), ("acos", { ($0 / 3).acos() }), ("sinh", { $0.sinh() }),
      ("cosh", { $0.cosh() }), ("asinh", { $0.asinh() }), ("acosh", { ($0 * $0 + 2).acosh() }), ("atanh", { ($0 / 3).atanh() }),
      ("atan2", { $0.atan2(w) }), ("atan2b", { w.atan2($0) }), ("erf", { $0.erf() }), ("erfc", { $0.erfc() }),
      ("flip", { $0.flip(0) }), ("roll", { $0.roll(1) }), ("index", { $0.indexSelect(dim: 0, index: Tensor([2, 0])) }),
      ("select", { $0[1] }), ("slice", { $0[1...] }), ("cat", { cat([$0, -$0]) }), ("stack", { stack([$0, $0 * w]) }),
      ("sort", { $0.sort().values }), ("floor", { $0.floor() }),
      ("diag", { $0.diagEmbed() }), ("triu", { $0.outer($0).triu() }), ("expand", { $0.expanded([2, 3]) }),
      ("gather", { $0.gather(dim: 0, index: Tensor([1, 1])) }),
      ("chain", { (-$0).sin() * $0.exp() - $0 * 3 }), ("poly", { 3 * $0.pow(2) - 2 * $0 + 1 }),
      ("rosen", { 100 * ($0[1] - $0[0].pow(2)).pow(2) + (1 - $0[0]).pow(2) }),
      ("vector", { stack([$0[0] * $0[1], -$0[2], $0[0] - $0[1]]) }), ("vec2", { stack([$0[0].pow(2) * $0[1], 5 * $0[0] + $0[1].sin()]) }),
    ]
    func signs(_ t: Tensor) -> String { t.detach().array(of: Double.self).map { $0 == 0 ? ($0.sign == .minus ? "-" : "0") : "." }.joined() }
    let rows = Self.torch.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let known = Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0) })
    for (name, f) in functions {
      let row = try #require(known[name])
      #expect(signs(jacobian(f, x, mode: .forward)) == row[1], "\(name) forward")
      if row[2] != "-" { #expect(signs(jacobian(f, x, mode: .reverse)) == row[2], "\(name) reverse") }
    }
  }
}
