import ChainRule
import Testing

/// The fast and the batched mode of gradcheck.
struct GradcheckModeTests {
  private struct Scaled: DifferentiableFunction {
    let factor: Double
    func forward(_ x: [Tensor]) -> Tensor { x[0].sin() * x[1] }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * x[0].cos() * x[1] * factor, dy * x[0].sin()] }
  }

  private let x = Tensor.randn(12, 11, dtype: .float64, generator: Generator(seed: 2)).asLeaf()
  private let w = Tensor.randn(12, 11, dtype: .float64, generator: Generator(seed: 3)).asLeaf()

  @Test func fastModeTakesAFewValues() throws {
    var calls = 0
    let f = { (x: Tensor, w: Tensor) -> Tensor in
      calls += 1
      return (x.sin() * w).cumsum(dim: 0)
    }
    try gradcheck(f, [x, w], checkForwardAD: true, fastMode: true)
    #expect(calls < 16, "\(calls)")
    try gradgradcheck({ (x: Tensor, w: Tensor) in x.sin() * w }, [x, w], fastMode: true)
  }

  @Test func fastModeFindsWhatSlowModeFinds() {
    let small = [Tensor([0.5, 1.2], dtype: .float64, requiresGrad: true), Tensor([2.0, -1], dtype: .float64, requiresGrad: true)]
    let error = #expect(throws: GradientMismatch.self) { try gradcheck({ Scaled(factor: 2)($0) }, small, fastMode: true) }
    guard case .factor(let factor) = error?.cause else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(abs(factor - 0.5) < 1e-4 && error?.input == 0)
    #expect(throws: Never.self) { try gradcheck({ Scaled(factor: 1)($0) }, small, fastMode: true) }
    // Two outputs, of which one depends on one input.
    #expect(throws: Never.self) { try gradcheck({ x in [x[0].exp(), x[0] * x[1]] }, small, fastMode: true) }
  }

  @Test func batchedGradients() throws {
    let inputs = [Tensor([0.5, 1.2], dtype: .float64, requiresGrad: true), Tensor([2.0, -1], dtype: .float64, requiresGrad: true)]
    try gradcheck({ x in [x[0].sin() * x[1], x[0].cumsum(dim: 0)] }, inputs, checkBatchedGrad: true)
    // A rule that mixes the examples of a batch: right for one gradient, wrong for several at once.
    struct Mixing: AutogradFunction {
      func forward(_ x: [Tensor?]) -> [Tensor] { [x[0]! * 2] }
      func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] { Twice()(dy[0]!) }
    }
    struct Twice: AutogradFunction {
      func forward(_ x: [Tensor?]) -> [Tensor] { [x[0]! * 2] }
      func vjp(_ dy: [Tensor?], _ context: FunctionContext) -> [Tensor?] { [dy[0]! * 2] }
      func batch(_ x: [Tensor?], batched: [Bool], size: Int) -> [Tensor]? { [x[0]! * 2 + x[0]!.sum()] }
    }
    try gradcheck({ Mixing()($0)[0] }, [inputs[0]])
    let error = #expect(throws: TensorError.self) { try gradcheck({ Mixing()($0)[0] }, [inputs[0]], checkBatchedGrad: true) }
    #expect(error?.message.hasPrefix("gradcheck or gradgradcheck failed while testing batched gradient computation") ?? false)
  }
}
