import ChainRule
import Testing

/// The gradients PyTorch 2.13 gives where functions have no derivative.
struct KinkTests {
  private func slope(_ at: [Double], _ f: (Tensor) -> Tensor) -> [Double] {
    let x = Tensor(at, dtype: .float64, requiresGrad: true)
    f(x).sum().backward()
    return x.grad!.doubles
  }

  @Test func elementwise() {
    #expect(slope([0]) { $0.relu() } == [0] && slope([0]) { $0.leakyRelu() } == [0.01])
    #expect(slope([0, 1, -2]) { $0.abs() } == [0, 1, -1])
    #expect(slope([0, 1]) { $0.sign() } == [0, 0] && slope([1]) { $0.floor() } == [0] && slope([0.5]) { $0.round() } == [0])
    #expect(slope([0]) { $0.sqrt() } == [.infinity] && slope([0]) { $0.pow(0.5) } == [.infinity] && slope([0]) { $0.log() } == [.infinity])
    #expect(slope([0]) { $0.pow(0) } == [0] && slope([2]) { Tensor.pow(0, $0) } == [0])
    #expect(slope([0, 1, -1, 2]) { $0.clamp(min: 0, max: 1) } == [1, 1, 0, 0])
    #expect(slope([0]) { $0.gelu() } == [0.5])
    // Powers of a tensor at 0.
    let zero = Tensor([0.0], dtype: .float64)
    #expect(slope([0]) { $0.pow(zero) } == [0] && slope([2]) { zero.pow($0) } == [0])
    // Masking after the fact does not help: the NaN comes through.
    #expect(slope([-1]) { Tensor.where($0 .> 0, $0.sqrt(), 0) }[0].isNaN)
  }

  @Test func ties() {
    #expect(slope([1, 1, 0]) { $0.max() } == [0.5, 0.5, 0] && slope([1, 1, 0]) { $0.amax(dim: 0) } == [0.5, 0.5, 0])
    #expect(slope([1, 1, 0]) { $0.max(dim: 0).values } == [1, 0, 0] && slope([2, 0, 0]) { $0.min() } == [0, 0.5, 0.5])
    #expect(slope([1, 2]) { $0.maximum(Tensor([1.0, 2], dtype: .float64)) } == [0.5, 0.5])
    #expect(slope([1]) { $0.minimum(1) } == [0.5])
    let ninf = -Double.infinity
    let undefined = slope([ninf, ninf]) { $0.logsumexp(dim: 0) }
    #expect(undefined[0].isNaN && undefined[1].isNaN)
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
