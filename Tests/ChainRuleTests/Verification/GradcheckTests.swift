import ChainRule
import Testing

/// `gradcheck` accepts what is right, in all the forms that functions and inputs come in, and refuses what it cannot judge.
struct GradcheckTests {
  private let x = Tensor([0.3, -0.7, 1.2], dtype: .float64, requiresGrad: true)
  private let m = Tensor([[0.5, 1.5, -0.4], [0.2, -1.1, 0.9]], dtype: .float64, requiresGrad: true)

  @Test func acceptsRightGradients() throws {
    try gradcheck({ (x: Tensor) in x * x.sin() }, [x], checkForwardAD: true)
    try gradcheck({ (w: Tensor, x: Tensor) in w.matmul(x).tanh() }, [m, x], checkForwardAD: true)
    try gradcheck({ (t: [Tensor]) -> Tensor in (t[0] + t[1] * t[1]).exp() }, [x, m])
    // Several outputs, one of them a by-product without a gradient, one of integers.
    try gradcheck({ (t: [Tensor]) -> [Tensor] in [t[0].sum(), t[0].detach(), t[0].argmax(), t[0] * 2] }, [x], checkForwardAD: true)
    // Inputs that are not checked: integers, constants.
    try gradcheck({ (t: [Tensor]) -> Tensor in t[0].indexSelect(dim: 0, index: t[1]) * t[2] }, [m, Tensor([1, 0, 1]), x.detach()])
    try gradcheck(CustomFunctionTests.Cube().callAsFunction as ([Tensor]) -> Tensor, [x], checkForwardAD: true)
    try gradcheck({ (x: Tensor) in x.reshaped(0, 3).sum(dim: 0) }, [Tensor.zeros([0], dtype: .float64, requiresGrad: true)])
    try gradcheck({ (x: Tensor) in x.exp() }, [Tensor(0.5, dtype: .float64).asLeaf()])
    // Nothing differentiable comes out, and nothing depends on the input by differences either.
    try gradcheck({ (x: Tensor) in x.argmax() }, [x])
    #expect(x.grad == nil && m.grad == nil)
  }

  @Test func acceptsRightSecondOrder() throws {
    try gradgradcheck({ (x: Tensor) in x * x.sin() }, [x], checkForwardOverReverse: true)
    try gradgradcheck({ (w: Tensor, x: Tensor) in w.matmul(x).tanh() }, [m, x])
    try gradgradcheck({ (t: [Tensor]) -> [Tensor] in [t[0].exp(), (t[0] * t[1]).sum()] }, [m, x], checkForwardOverReverse: true)
    try gradgradcheck(CustomFunctionTests.Cube().callAsFunction as ([Tensor]) -> Tensor, [x])
    let before = Generator.default.seed
    try gradgradcheck({ (x: Tensor) in x.pow(3) }, [x], gradOutputs: [Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)])
    #expect(Generator.default.seed == before)
  }

  /// A rule whose result differs from pass to pass, each within the tolerance of the differences.
  private struct Drifting: DifferentiableFunction {
    final class Passes: @unchecked Sendable { var count = 0.0 }
    let passes = Passes()
    func forward(_ x: [Tensor]) -> Tensor { x[0] * 2 }
    func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] {
      passes.count += 1
      return [dy * (2 + passes.count * 1e-7)]
    }
  }

  /// One graph walked twice must give the same; how often the function itself is recorded has nothing to do with it.
  @Test func passesThatDiffer() throws {
    let drifting = Drifting()
    let one = Tensor(0.5, dtype: .float64).asLeaf()
    let found = #expect(throws: GradientMismatch.self) { try gradcheck({ (x: Tensor) in drifting(x) }, [one]) }
    #expect("\(found!)".contains("the backward pass is not deterministic, or it changes what it reads"), "\(found!)")
    try gradcheck({ (x: Tensor) in drifting(x) }, [one], nondetTol: 1e-5)
    // A function that is recorded anew with another rule each time has nothing wrong with one graph.
    final class Calls: @unchecked Sendable { var count = 0.0 }
    let calls = Calls()
    struct Fixed: DifferentiableFunction {
      let slope: Double
      func forward(_ x: [Tensor]) -> Tensor { x[0] * 2 }
      func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [dy * slope] }
    }
    try gradcheck(
      { (x: Tensor) in
        calls.count += 1
        return Fixed(slope: 2 + calls.count * 1e-8)(x)
      }, [one])
  }

  private func refusal(_ body: () throws -> Void) -> TensorError? {
    do {
      try body()
      return nil
    } catch { return error as? TensorError }
  }

  @Test func refusals() {
    let single = refusal { try gradcheck({ (x: Tensor) in x.sin() }, [Tensor([1.0], requiresGrad: true)]) }
    #expect(single?.message.hasPrefix("Input #0 requires gradient and is not a double precision floating point or complex.") == true)
    #expect(single?.kind == .dtype && single?.hint.contains("to(.float64)") == true)
    let none = refusal { try gradcheck({ (x: Tensor) in x.sin() }, [x.detach()]) }
    #expect(
      none?.message == "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True.")
    #expect(none?.hint.contains("requiresGrad: true") == true)
    #expect(refusal { try gradgradcheck({ (x: Tensor) in x.sin() }, [x.detach()]) }?.operation == "gradgradcheck")
    #expect(refusal { try gradcheck({ (x: Tensor) in x.sin() }, [x, m]) }?.message == "the function takes 1 input, and 2 are given")
    // What fails inside the function is thrown, not trapped.
    #expect(refusal { try gradcheck({ (x: Tensor) in x.reshaped(7) }, [x]) }?.message == "shape '[7]' is invalid for input of size 3")
  }

  /// A tensor inside vmap has no elements of its own to move.
  @Test func insideVmap() {
    for check in [
      { (x: Tensor) in try gradcheck({ (x: Tensor) in x.sin() }, [x.asLeaf()]) },
      { (x: Tensor) in try gradgradcheck({ (x: Tensor) in x.sin() }, [x.asLeaf()]) },
    ] {
      var inner: TensorError?
      let outer = refusal {
        try catching {
          _ = vmap { row in
            inner = refusal { try check(row) }
            return row
          }(Tensor([[1.0, 2.0], [3.0, 4.0]], dtype: .float64))
        }
      }
      #expect((outer ?? inner)?.kind == .transform)
    }
  }
}
