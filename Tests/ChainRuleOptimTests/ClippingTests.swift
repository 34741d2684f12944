import ChainRule
import ChainRuleOptim
import Foundation
import Testing

struct ClippingTests {
  private func values(_ leaf: Tensor) -> [Double] { leaf.grad!.array(of: Double.self) }

  /// pytorch/pytorch#46849: gradients whose squares overflow are scaled, not lost.
  @Test(arguments: [1, 1.5, 2, 3, Double.infinity]) func clippingOfLargeGradients(_ p: Double) throws {
    let leaf = Tensor([0.0, 0], requiresGrad: true)
    for unit in [2e22, 1, 2e38] {
      leaf.grad = Tensor([unit, unit])
      let norm = try catching { clipGradNorm([leaf], maxNorm: 1, normType: p, errorIfNonfinite: true) }
      let expected = 1 / Foundation.pow(2, 1 / p)
      #expect(values(leaf).allSatisfy { abs($0 - expected) < 1e-5 }, "\(p), \(unit): \(leaf.grad!)")
      if unit < 1e38 { #expect(abs(norm.item() * expected / unit - 1) < 1e-5) }
    }
    leaf.grad = Tensor([1e-30, 1e-30])
    #expect(clipGradNorm([leaf], maxNorm: 1, normType: p).item() > 0 && values(leaf).allSatisfy { abs($0 / 1e-30 - 1) < 1e-5 })
    leaf.grad = Tensor([Double.infinity, 1])
    #expect(throws: TensorError.self) { try catching { clipGradNorm([leaf], maxNorm: 1, normType: p, errorIfNonfinite: true) } }
  }
}
