import ChainRule
import ChainRuleNN
import Testing

/// The gradients PyTorch 2.13 gives where functions have no derivative, or more than one.
///
/// A row is one function at its kinks; its source is the row of PyTorch's measured subgradients it belongs to. Both modes must
/// give what the row says.
struct KinkTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let source: String
    let name: String
    let at: [Double]
    let expected: [Double]
    /// What forward mode gives, where it differs: it chooses a branch's tangent, and never meets the other's.
    let forward: [Double]
    let f: @Sendable (Tensor) -> Tensor
    var testDescription: String { "\(name) at \(at)" }

    init(
      _ source: String, _ name: String, _ at: [Double], _ expected: [Double], forward: [Double]? = nil,
      _ f: @escaping @Sendable (Tensor) -> Tensor
    ) {
      self.source = source
      self.name = name
      self.at = at
      self.expected = expected
      self.forward = forward ?? expected
      self.f = f
    }
  }

  private static func constant(_ values: Double...) -> Tensor { Tensor(values, dtype: .float64) }
  private static let inf = Double.infinity
  private static let flat = "relu(0), relu6(0 or 6), hardtanh(+-1), hardsigmoid(+-3)"
  private static let steps = "abs(0), sign, round, floor"
  private static let infinite = "sqrt(0), x^0.5 at 0, log(0)"
  private static let firstTie = "topk / sort / max_pool ties"
  private static let undefined = "logsumexp(all -inf), where(x>0, sqrt(x), 0) at -1"
  private static let zeroes = "atan2(0,0), sinc(0), xlogy(0,0), angle(0)"

  static let rows: [Row] = [
    Row(flat, "relu", [0], [0]) { $0.relu() },
    Row("relu(nan)", "relu", [.nan], [1]) { $0.relu() },
    Row(flat, "relu6", [0, 6], [0, 0]) { $0.relu6() },
    Row(flat, "hardtanh", [-1, 1], [0, 0]) { $0.hardtanh() },
    Row(flat, "hardsigmoid", [-3, 3], [0, 0]) { $0.hardsigmoid() },
    Row("leaky_relu(0)", "leakyRelu", [0], [0.01]) { $0.leakyRelu() },
    Row("elu(0)", "elu", [0], [1]) { $0.elu() },
    Row(steps, "abs", [0, 1, -2], [0, 1, -1]) { $0.abs() },
    Row(steps, "sign", [0, 1], [0, 0]) { $0.sign() },
    Row(steps, "round", [0.5, 1], [0, 0]) { $0.round() },
    Row(steps, "floor", [1], [0]) { $0.floor() },
    Row(infinite, "sqrt", [0], [inf]) { $0.sqrt() },
    Row(infinite, "pow 0.5", [0], [inf]) { $0.pow(0.5) },
    Row(infinite, "log", [0], [inf]) { $0.log() },
    Row("x^0 at 0", "pow 0", [0], [0]) { $0.pow(0) },
    Row("x^0 at 0", "pow of a tensor", [0], [0]) { $0.pow(constant(0)) },
    Row("0^x at 2", "0 to the power", [2], [0]) { Tensor.pow(0, $0) },
    Row("0^x at 2", "a tensor 0 to the power", [2], [0]) { constant(0).pow($0) },
    Row("norm / vector_norm at 0", "norm", [0, 0], [0, 0]) { $0.norm() },
    Row("norm / vector_norm at 0", "norm 1", [0, 0], [0, 0]) { $0.norm(1) },
    Row("norm / vector_norm at 0", "norm along a dimension", [0, 0], [0, 0]) { $0.norm(2, dim: 0) },
    Row("clamp(0,1) at 0 and 1 (inclusive)", "clamp", [0, 1, -1, 2], [1, 1, 0, 0]) { $0.clamp(min: 0, max: 1) },
    Row("l1_loss at 0", "l1Loss", [0], [0]) { l1Loss($0, constant(0)) },
    Row("huber at delta", "huberLoss", [1, -1], [1, -1]) { huberLoss($0, constant(0, 0), reduction: .sum) },
    Row("gelu(0)", "gelu", [0], [0.5]) { $0.gelu() },
    Row("hardswish(-3), (3)", "hardswish", [-3, 3], [0, 1]) { $0.hardswish() },
    Row("max() of ties [1,1,0]", "max", [1, 1, 0], [0.5, 0.5, 0]) { $0.max() },
    Row("max() of ties [1,1,0]", "min", [2, 0, 0], [0, 0.5, 0.5]) { $0.min() },
    Row("amax ties", "amax", [1, 1, 0], [0.5, 0.5, 0]) { $0.amax(dim: 0) },
    Row("max(dim) ties, first index only", "max along a dimension", [1, 1, 0], [1, 0, 0]) { $0.max(dim: 0).values },
    Row("maximum/minimum tie", "maximum", [1, 2], [0.5, 0.5]) { $0.maximum(constant(1, 2)) },
    Row("maximum/minimum tie", "minimum", [1], [0.5]) { $0.minimum(1) },
    Row("median tie [1,1,2]", "median", [1, 1, 2], [0.5, 0.5, 0]) { $0.median() },
    Row("cummax ties [1,1,0] (sum)", "cummax", [1, 1, 0], [1, 2, 0]) { $0.cummax(dim: 0).values },
    Row("cummax ties [1,1,0] (sum)", "cummin", [1, 1, 2], [1, 2, 0]) { $0.cummin(dim: 0).values },
    Row(firstTie, "topk", [1, 1, 0], [1, 0, 0]) { $0.topk(1).values },
    Row(firstTie, "the first of sort", [1, 1, 0], [1, 0, 0]) { $0.sort(descending: true).values[0] },
    Row(firstTie, "maxPool1d", [1, 1, 0], [1, 0, 0]) { maxPool1d($0.reshaped(1, 1, 3), kernel: 3) },
    Row("prod with one zero [0,2,3]", "prod", [0, 2, 3], [6, 0, 0]) { $0.prod() },
    Row("prod with two zeros", "prod", [0, 0, 3], [0, 0, 0]) { $0.prod() },
    Row("std of constants", "std", [1, 1, 1], [0, 0, 0]) { $0.std() },
    Row(undefined, "logsumexp", [-inf, -inf], [.nan, .nan]) { $0.logsumexp(dim: 0) },
    // Masking after the fact does not help: the NaN comes through.
    Row(undefined, "where", [-1], [.nan], forward: [0]) { Tensor.where($0 .> 0, $0.sqrt(), 0) },
    Row(zeroes, "atan2, ordinate", [0], [0]) { $0.atan2(constant(0)) },
    Row(zeroes, "atan2, abscissa", [0], [0]) { constant(0).atan2($0) },
    Row(zeroes, "sinc", [0], [0]) { $0.sinc() },
    Row(zeroes, "xlogy", [0], [0]) { $0.xlogy(0) },
    Row(zeroes, "angle", [0, -1], [0, 0]) { $0.angle() },
    Row("frac, fmod(x,1)", "frac", [0, 1.5], [1, 1]) { $0.frac() },
    Row("frac, fmod(x,1)", "fmod", [1, 2.5], [1, 1]) { $0.fmod(1) },
  ]

  private func agree(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }

  @Test(arguments: rows) func subgradient(_ row: Row) {
    let x = Tensor(row.at, dtype: .float64, requiresGrad: true)
    row.f(x).sum().backward()
    #expect(agree(x.grad!.doubles, row.expected), "\(row.source): \(x.grad!.doubles), expected \(row.expected)")
    let tangents = row.at.indices.map { i in
      jvp({ row.f($0).sum() }, x.detach(), Tensor(row.at.indices.map { $0 == i ? 1.0 : 0 }, dtype: .float64)).tangent.item()
    }
    #expect(agree(tangents, row.forward), "\(row.source), forward: \(tangents), expected \(row.forward)")
  }

  @Test func newcomersInValue() {
    let x = Tensor([0.0, -0.5, 2, .nan], dtype: .float64)
    #expect(distance(x.sinc(), Tensor([1, 2 / Double.pi, 0, .nan], dtype: .float64)) < 1e-15)
    #expect(distance(x.angle(), Tensor([0, Double.pi, 0, .nan], dtype: .float64)) == 0)
    #expect(Tensor([-1, 2]).angle().dtype == .float32 && Tensor([1.5, -1.75]).frac().doubles == [0.5, -0.75])
    #expect(message { _ = Tensor([1]).frac() } == "\"frac_cpu\" not implemented for 'Long'")
    #expect(Tensor([0.0, 0, 2]).xlogy(Tensor([0.0, .nan, 1])).doubles.map { $0.isNaN } == [false, true, false])
    #expect(Tensor([0, 2]).xlogy(Tensor([0, 1])).dtype == .float32 && Tensor([0.0]).xlogy(-1).doubles == [0])
    // The second derivative of sinc at 0 is -pi^2/3.
    let second = grad { grad { $0.sinc().sum() }($0).sum() }(Tensor([0.0], dtype: .float64)).item()
    #expect(abs(second + Double.pi * Double.pi / 3) < 1e-12)
    let up = Tensor([[1.0, 3, .nan, 5], [2, 2, 1, 2]]).cummax(dim: 1)
    #expect(up.indices.array(of: Int.self) == [0, 1, 2, 2, 0, 1, 1, 3] && up.values[1].doubles == [2, 2, 2, 2])
    #expect(Tensor(3.0).cummin(dim: 0).values.item() == 3)
  }

  @Test func argmaxTakesTheFirst() {
    #expect(Tensor([1.0, 3, 3]).argmax().item() == 1 && Tensor([3.0, .nan, .nan]).argmax().item() == 1)
    #expect(Tensor([[1, 2, 2], [5, 0, 5]]).argmax(dim: 1).array(of: Int.self) == [1, 0])
    #expect(Tensor([2, 2, 7]).argmin(dim: 0, keepDim: true).array(of: Int.self) == [0])
    let nan = Tensor([[1.0, .nan], [4, 3]]).max(dim: 1)
    #expect(nan.values[0].item().isNaN && nan.indices.array(of: Int.self) == [1, 0])
  }

  @Test func embeddingPaddingTakesNoGradient() {
    let table = Tensor.ones([3, 2], dtype: .float64, requiresGrad: true)
    embedding(Tensor([0, 2, 2, 1]), table, paddingIndex: -1).sum().backward()
    #expect(table.grad!.doubles == [1, 1, 1, 1, 0, 0])
    let tangent = jvp({ embedding(Tensor([0, 2]), $0, paddingIndex: 2) }, table.detach(), table.detach()).tangent
    #expect(tangent.doubles == [1, 1, 0, 0])
  }
}
