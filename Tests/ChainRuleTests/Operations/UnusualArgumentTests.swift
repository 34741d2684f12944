import ChainRule
import ChainRuleNN
import Testing

/// Calls that differed from PyTorch among those that make_calls.py draws; its answers.
struct UnusualArgumentTests {
  private func refuses(_ sentence: String, _ call: () -> Tensor) {
    #expect(message { _ = call() } == sentence)
  }

  @Test func integersWhoseDifferenceDoesNotFitAreNotClose() {
    let a = Tensor([0, -8, 5]), b = Tensor([Int.min, Int.max - 1, 5])
    #expect(a.isClose(b, relative: 0, absolute: 1e-7).array(of: Bool.self) == [false, false, true])
  }

  @Test func whatCountsForNothingMustFitToo() {
    let a = Tensor.ones([5, 10], dtype: .uint8), v = Tensor.ones([10], dtype: .uint8), empty = Tensor.zeros([0], dtype: .uint8)
    #expect(message { _ = empty.addmv(a, v, beta: 0.2) }?.contains("must match the existing size") ?? false)
    let m = Tensor.ones(2, 3, 3)
    #expect(message { _ = Tensor.zeros(2, 4, 3).baddbmm(m, m, beta: 0) }?.contains("must match the existing size") ?? false)
    #expect(Tensor.full([3], Double.nan).baddbmm(m, m, beta: 0).equal(m.bmm(m)))
  }

  @Test func integralsOfNothing() {
    let none = Tensor.zeros([2, 0], dtype: .int32)
    #expect("\(none.trapezoid())" == "tensor([0, 0], dtype=torch.int32)")
    #expect(none.trapezoid(Tensor.ones([2, 3], dtype: .int32), dim: 1).dtype == .int32)
    #expect(Tensor.zeros([0], dtype: .uint8).cumulativeTrapezoid(dx: 2).dtype == .float32)
    let y = Tensor.ones(3, 3, dtype: .float64)
    for points in [Tensor.zeros([3, 0], dtype: .int64), Tensor.zeros([1, 0], dtype: .int64)] {
      #expect(message { _ = y.trapezoid(points) }?.hasPrefix("The size of tensor a") ?? false)
      #expect(message { _ = y.cumulativeTrapezoid(points) }?.hasPrefix("The size of tensor a") ?? false)
    }
    #expect(y.trapezoid(Tensor([0.0, 1, 3])).array(of: Double.self) == [3, 3, 3])
  }

  @Test func integersBesideRealNumbers() {
    let a = Tensor([3, 4]), b = Tensor([4.0, 3])
    #expect(abs(cosineSimilarity(a, b, dim: 0).item() - 0.96) < 1e-6)
    refuses("expected common dtype to be floating point, yet common dtype is Long") { cosineSimilarity(a, a, dim: 0) }
    refuses("prelu: Type promoting not supported. Got Float and Int") { b.prelu(Tensor([1], dtype: .int32)) }
    refuses("\"trace\" not implemented for 'Bool'") { Tensor([[true]]).trace() }
  }

  @Test func tensorsWithoutDimensions() {
    let x = Tensor(7)
    refuses("index_select(): Index to scalar can have only 1 value, got 0 value(s)") {
      x.indexSelect(dim: 0, index: Tensor.zeros([0], dtype: .int64))
    }
    refuses("Dimension out of range (expected to be in range of [-1, 0], but got 1)") { x.repeatInterleave(2, dim: 1) }
    #expect(x.repeatInterleave(2, dim: 0).array(of: Int.self) == [7, 7])
  }

  @Test func bordersOfNothing() {
    refuses("\"reflection_pad1d\" not implemented for 'Bool'") { Tensor([[true, false]]).padded([1, 1], mode: .reflect) }
    refuses("Expected 2D or 3D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: [0, 3]") {
      Tensor.zeros(0, 3).padded([0, 1], mode: .replicate)
    }
    #expect(Tensor.zeros(0, 2, 3).padded([1, 1], mode: .reflect).shape == [0, 2, 5])
    #expect(Tensor.zeros(1, 0, 3).padded([1, 1], mode: .circular).shape == [1, 0, 5])
  }

  @Test func pointsThatAreNoNumbers() {
    let x = (Tensor.arange(25, dtype: .float64) + 1).reshaped(1, 1, 5, 5)
    func sampled(_ padding: GridSamplePadding, _ mode: GridSampleMode) -> [Double] {
      [Double.nan, .infinity, -.infinity, 1e300].map { v in
        gridSample(x, Tensor([v, 0.5], dtype: .float64).reshaped(1, 1, 1, 2), mode: mode, paddingMode: padding, alignCorners: true).item()
      }
    }
    #expect(sampled(.border, .bilinear) == [16, 20, 16, 20] && sampled(.border, .nearest) == [16, 20, 16, 20])
    #expect(sampled(.reflection, .bilinear) == [16, 16, 16, 16])
  }

  /// Weights of 16 bits, and a rounding after each dimension.
  @Test func bytesInOtherSizes() {
    let x = Tensor([0, 100, 255, 37, 200, 13, 250, 3, 90], dtype: .uint8).reshaped(1, 1, 3, 3)
    func bytes(_ y: Tensor) -> [Int] { y.dtype == .uint8 ? y.array(of: Int.self) : [] }
    #expect(
      bytes(interpolate(x, size: [5, 4], mode: .bilinear))
        == [0, 63, 158, 255, 15, 93, 147, 158, 37, 139, 130, 13, 165, 113, 74, 59, 250, 96, 36, 90])
    #expect(
      bytes(interpolate(x, size: [4, 7], mode: .bicubic))
        == [
          0, 6, 34, 93, 179, 252, 255, 0, 24, 118, 186, 166, 106, 81, 106, 122, 144, 140, 90, 30, 8, 255, 230, 94, 0, 5, 79, 107,
        ])
    #expect(
      bytes(interpolate(x, size: [5, 5], mode: .bilinear, alignCorners: true))
        == [0, 50, 100, 178, 255, 19, 85, 150, 143, 134, 37, 119, 200, 107, 13, 144, 123, 102, 77, 52, 250, 127, 3, 47, 90])
    #expect(bytes(interpolate(x, scaleFactor: 0.6, mode: .bilinear)) == [52])
    #expect(bytes(interpolate(x, size: [3, 3], mode: .bilinear)) == x.array(of: Int.self))
    #expect(bytes(interpolate(x, size: [1, 2])) == [0, 100])
    refuses("\"compute_indices_weights_linear\" not implemented for 'Byte'") { interpolate(x[0], size: 2, mode: .linear) }
    refuses("Non-empty 3D data tensor expected but got a tensor with sizes [2, 0, 4]") {
      interpolate(Tensor.zeros(2, 0, 4), size: 2, mode: .linear)
    }
    #expect(interpolate(Tensor.zeros(2, 0, 4, 4), size: [6, 6], mode: .area).shape == [2, 0, 6, 6])
  }
}
