import ChainRule
import Foundation
import Testing

/// What a Swift programmer writes first: each line here is one.
struct SwiftSpellingsTests {
  private let t = Tensor([[1.5, -2], [3, 4]])

  @Test func numbersAndArraysAreReadByConversion() {
    #expect(Double(t.sum()) == 6.5 && Float(t[0, 0]) == 1.5 && Int(t[1, 1]) == 4 && Bool(t[0, 0]))
    #expect([Float](t) == [1.5, -2, 3, 4] && [[Double]](t) == [[1.5, -2], [3, 4]] && [Int](t) == [1, -2, 3, 4])
    let cube = Tensor.arange(8).reshaped(2, 2, 2)
    #expect([[[Int]]](cube) == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]])
    #expect([[Float]](Tensor.zeros([2, 0])) == [[], []] && [Float](Tensor.zeros([0])).isEmpty)
    let all: [Double] = t.array()
    #expect(all == [1.5, -2, 3, 4])
    if Bool((t .> 0).all()) { Issue.record("-2 is not above 0") }
    #expect(message { _ = [[Float]](cube) } == "a Tensor of 3 dimensions cannot be read as Array<Array<Float>>")
    #expect(message { _ = Float(t) } == "a Tensor with 4 elements cannot be converted to Scalar")
  }

  @Test func sequencesAndBytesMakeTensors() {
    #expect(Tensor([1.0, 2, 3][0..<2]).equal(Tensor([1.0, 2])) && Tensor(ContiguousArray([1, 2])).equal(Tensor([1, 2])))
    let data = t.withUnsafeBytes { Data($0) }
    #expect(data.count == 16 && Tensor(bytes: data, shape: [2, 2], dtype: .float32).equal(t))
    #expect(Tensor(bytes: [1, 0, 2], shape: [3], dtype: .uint8).array(of: Int.self) == [1, 0, 2])
    #expect(message { _ = Tensor(bytes: data, shape: [3], dtype: .float32) } != nil)
    #expect(message { _ = Tensor(bytes: data, shape: [-2, -2], dtype: .float32) } != nil)
  }

  @Test func mathematicsIsSpelledAsInMathematics() {
    let x = Tensor([0.25, 0.5], dtype: .float64)
    let pairs: [(Tensor, Tensor, Double)] = [
      (exp(x), x.exp(), exp(0.25)), (log(x), x.log(), log(0.25)), (sin(x), x.sin(), sin(0.25)), (tanh(x), x.tanh(), tanh(0.25)),
      (sqrt(x), x.sqrt(), 0.5), (abs(-x), x, 0.25), (pow(x, 2), x * x, 0.0625), (atan2(x, x + 1), x.atan2(x + 1), atan2(0.25, 1.25)),
      (softmax(x, dim: 0), x.softmax(dim: 0), 1 / (1 + exp(0.25))), (relu(-x), Tensor.zeros(like: x), 0),
    ]
    for (free, method, first) in pairs { #expect(free.equal(method) && Swift.abs(free[0].item() - first) < 1e-15) }
    #expect(x.size(0) == 2 && x.size(-1) == 2 && message { _ = x.size(1) } != nil)
  }

  @Test func anErrorIsSeenBeforeAResultIsRead() {
    let bad = Tensor([1.0, 2]), weight = Tensor.ones([3, 4])
    #expect(throws: TensorError.self) {
      try catching {
        let p = try bad.matmul(weight).softmax(dim: -1).checked().array(of: Float.self)
        return p.indices.max { p[$0] < p[$1] }!
      }
    }
    #expect(throws: TensorError.self) {
      try catching {
        let y = bad.matmul(weight)
        try checkErrors()
        return 100 / y.shape[0]
      }
    }
    #expect(throws: Never.self) { try catching { try bad.checked().sum().item() } }
    do {
      _ = try catching { bad.matmul(weight) }
    } catch {
      // The type is known: no cast.
      #expect(!error.hint.isEmpty)
    }
  }

  @Test func fewerThreadsGiveTheSameBits() {
    let g = Generator(seed: 3), a = Tensor.randn([300, 300], generator: g), b = Tensor.randn([300, 300], generator: g), all = a.matmul(b)
    for count in [1, 2, 300] {
      withThreadCount(count) { #expect(threadCount <= count && a.matmul(b).equal(all)) }
    }
    #expect(message { withThreadCount(0) {} } == "withThreadCount expects a positive integer, got 0")
  }

  private func message(_ body: () -> Void) -> String? {
    do {
      try catching { body() }
      return nil
    } catch {
      return error.message
    }
  }

  @Test func aTensorHasAnIdentity() {
    let leaf = Tensor([1.0, 2], requiresGrad: true), copy = leaf, before = leaf.id
    let other = Tensor([1.0, 2], requiresGrad: true), sum = leaf + 1
    #expect(leaf.id == copy.id && leaf.id != other.id && sum.id != leaf.id && sum.id == sum.id)
    leaf.data = Tensor([3.0, 4])
    #expect(leaf.id == before && Set([leaf, copy, other, sum].map(\.id)).count == 3)
  }

  @Test func aLongLineIsNotTooLongForTheCompiler() {
    let x = Tensor.arange(8).to(.float32).reshaped(2, 4), y = x + 1, w = x * 2, b = Tensor([[[1.0, 2, 3]], [[4, 5, 6]]]), lr = 0.1
    let line = x[0, 1...] * 2 + y[0, 1...] * 3 - w[1..<2, .all].sum() * (1 - lr) + b[.ellipsis, 0].sum() / 2
    let first = x[0, 1...] * 2, second = y[0, 1...] * 3, third = w[1..<2, .all].sum() * (1 - lr), last = b[.ellipsis, 0].sum() / 2
    #expect(line.equal(first + second - third + last))
  }
}
