import ChainRule
import Testing

@Suite struct AnomalyTests {
  private func message(_ body: () -> Void) -> String {
    do {
      try catching { withAnomalyDetection(body) }
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func namesTheOperationAndTheLine() {
    let x = Tensor([0.0, 1.0], requiresGrad: true)
    var line = 0
    let text = message {
      line = #line + 1
      let root = x.sqrt()
      (root * 0).sum().backward()
    }
    #expect(text.hasPrefix("Function 'SqrtBackward0' returned nan values in its 0th output."), "\(text)")
    #if os(Linux)
    #expect(text.contains("AnomalyTests.swift:\(line) in "), "\(text)")
    #endif
    #expect(x.grad == nil)
  }

  @Test func countsTheOutputs() {
    let x = Tensor([0.0], requiresGrad: true), w = Tensor([1.0], requiresGrad: true)
    let text = message { (x * w).backward(gradient: Tensor([Double.infinity])) }
    #expect(text.hasPrefix("Function 'MulBackward0' returned nan values in its 1th output."), "\(text)")
    let twice = message {
      let y = Tensor([0.0], requiresGrad: true)
      (y * y).backward(gradient: Tensor([Double.infinity]))
    }
    #expect(twice.hasPrefix("Function 'MulBackward0' returned nan values in its 0th output."), "\(twice)")
  }

  @Test func knowsNoPlaceOfAGraphFromOutside() {
    let x = Tensor([0.0], requiresGrad: true)
    let y = (x.sqrt() * 0).sum()
    let text = message { y.backward() }
    #expect(text.contains("No forward pass information available."), "\(text)")
  }

  @Test func letsGoodGradientsThrough() throws {
    let x = Tensor([4.0], requiresGrad: true)
    #expect(message { x.sqrt().sum().backward() } == "no error")
    #expect(x.grad?.item() == 0.25)
    // Without it a NaN travels on, as in PyTorch.
    let zero = Tensor([0.0], requiresGrad: true)
    (zero.sqrt() * 0).sum().backward()
    #expect(try #require(zero.grad).item().isNaN)
  }

  /// Without the search for NaN these go through, and what a rule refuses still names its call.
  @Test func withoutTheSearchForNaN() throws {
    let x = Tensor([0.0], requiresGrad: true)
    withAnomalyDetection(checkNaN: false) { (x.sqrt() * 0).sum().backward() }
    #expect(try #require(x.grad).item().isNaN)
    struct Wrong: DifferentiableFunction {
      func forward(_ x: [Tensor]) -> Tensor { x[0] * 2 }
      func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { [] }
    }
    var line = 0
    let text = message {
      withAnomalyDetection(checkNaN: false) {
        line = #line + 1
        let y = Wrong()(x)
        y.sum().backward()
      }
    }
    #expect(text.contains("returned an incorrect number of gradients") && text.contains("Error detected in WrongBackward."), "\(text)")
    #if os(Linux)
    #expect(text.contains("AnomalyTests.swift:\(line) in "), "\(text)")
    #endif
  }
}
