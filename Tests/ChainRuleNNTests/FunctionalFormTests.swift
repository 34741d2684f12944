import ChainRule
import ChainRuleNN
import Testing

/// Functional forms that no module's test reaches, against numbers of PyTorch 2.13 for the same seeds.
@Suite struct FunctionalFormTests {
  private func close(_ a: Tensor, _ b: [Double], _ tolerance: Double = 1e-6) -> Bool {
    a.flattened().to(.float64).allClose(Tensor(b, dtype: .float64), relative: 0, absolute: tolerance)
  }

  @Test func exponentialNumbersArePyTorchs() {
    #expect(
      close(
        Tensor.exponential([5], lambd: 2, generator: Generator(seed: 3)), [0.01735173, 0.16895479, 0.74121535, 0.09614173, 0.70400393]))
    #expect(throws: TensorError.self) { try catching { Tensor.exponential([2], lambd: 0) } }
  }

  @Test func gumbelSoftmaxIsPyTorchs() {
    let x = Tensor([[1, 2, 0.5], [0, -1, 3]], requiresGrad: true)
    let soft = x.gumbelSoftmax(tau: 0.5, generator: Generator(seed: 4))
    #expect(close(soft, [0.0213650744, 0.0383519568, 0.940283, 0.00019356914, 2.44396615e-05, 0.999782026]))
    let hard = x.gumbelSoftmax(tau: 0.5, hard: true, dim: 0, generator: Generator(seed: 4))
    #expect(close(hard, [1, 1, 1, 0, 0, 0]))
    (hard * Tensor.arange(6).reshaped(2, 3)).sum().backward()
    #expect(close(x.grad!, [-0.04094872, -0.0029173, -1.48386657, 0.04094873, 0.00291732, 1.48386657], 2e-6))
  }

  @Test func affineGridsArePyTorchs() throws {
    let plane = Tensor([[[1.0, 0.5, 0.1], [-0.5, 2, 0.2]]], dtype: .float64)
    #expect(
      close(
        affineGrid(plane, [1, 1, 2, 3]),
        [-0.81666667, -0.46666667, -0.15, -0.8, 0.51666667, -1.13333333, -0.31666667, 1.53333333, 0.35, 1.2, 1.01666667, 0.86666667], 1e-7))
    #expect(
      close(affineGrid(plane, [1, 1, 2, 3], alignCorners: true), [-1.4, -1.3, -0.4, -1.8, 0.6, -2.3, -0.4, 2.7, 0.6, 2.2, 1.6, 1.7], 1e-9))
    let volume = (Tensor.arange(12).to(.float64) / 10).reshaped(1, 3, 4)
    #expect(
      close(
        affineGrid(volume, [1, 1, 2, 1, 3]),
        [
          0.2, 0.13333333, 0.06666667, 0.2, 0.4, 0.6, 0.2, 0.66666667, 1.13333333, 0.4, 0.73333333, 1.06666667, 0.4, 1, 1.6, 0.4,
          1.26666667,
          2.13333333,
        ], 1e-7))
    // The identity leaves an image as it is.
    let image = Tensor.arange(12).to(.float64).reshaped(1, 1, 3, 4)
    #expect(gridSample(image, affineGrid(Tensor([[[1.0, 0, 0], [0, 1, 0]]], dtype: .float64), image.shape)).allClose(image))
    #expect(throws: TensorError.self) { try catching { affineGrid(plane, [2, 1, 2, 3]) } }
  }

  @Test func bagsAndPoolsOfAFunction() {
    let table = Tensor.arange(8).to(.float32).reshaped(4, 2)
    #expect(close(embeddingBag(Tensor([0, 2, 3, 1, 3]), table, offsets: [0, 2], mode: .max), [4, 5, 6, 7]))
    #expect(close(embeddingBag(Tensor([[0, 2], [3, 1]]), table, paddingIndex: 3), [2, 3, 2, 3]))
    #expect(
      close(
        embeddingBag(Tensor([0, 2, 3]), table, offsets: [0, 1], mode: .sum, perSampleWeights: Tensor([1.0, 2, 3])), [0, 1, 26, 31]))
    #expect(close(adaptiveMaxPool1d(Tensor([[3.0, 1, 4, 1, 5, 9, 2]]), 3), [4, 5, 9]))
  }
}
