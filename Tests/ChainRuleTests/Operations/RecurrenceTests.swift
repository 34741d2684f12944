import CKernels
import ChainRule
import ChainRuleNN
import Testing

struct RecurrenceTests {
  @Test func threadsChangeNothing() {
    let layer = LSTM(40, 70, bidirectional: true), x = Tensor.randn(3, 20, 40), threads = cr_thread_count()
    defer { cr_set_thread_count(threads) }
    let runs = [1, 2, 3].map { count in
      cr_set_thread_count(Int32(count))
      layer.zeroGrad()
      layer(x).output.sum().backward()
      return layer.parameters().map { $0.grad!.array(of: Float.self) }
    }
    #expect(runs[0] == runs[1] && runs[1] == runs[2])
  }
}
