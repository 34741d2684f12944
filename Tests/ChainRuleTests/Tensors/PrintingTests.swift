import ChainRule
import ChainRuleNN
import Testing

/// What only a real tensor can print: views, types, graphs.
struct PrintingTests {
  @Test func views() {
    let a = Tensor.arange(6.0).reshaped(2, 3)
    #expect("\(a.T)" == "tensor([[0., 3.],\n        [1., 4.],\n        [2., 5.]])")
    #expect("\(a[.all, .slice(from: 0, by: 2)])" == "tensor([[0., 2.],\n        [3., 5.]])")
    #expect("\(Tensor(1.5).expanded(2, 2))" == "tensor([[1.5000, 1.5000],\n        [1.5000, 1.5000]])")
    #expect("\(a[1])" == "tensor([3., 4., 5.])" && "\(a[1, 2])" == "tensor(5.)")
    #expect("\(Tensor.arange(1001))" == "tensor([   0,    1,    2,  ...,  998,  999, 1000])")
    // Summarised through strides.
    let big = Tensor.arange(2000.0).reshaped(1000, 2).T
    #expect(
      "\(big)" == "tensor([[0.0000e+00, 2.0000e+00, 4.0000e+00,  ..., 1.9940e+03, 1.9960e+03,\n         1.9980e+03],\n"
        + "        [1.0000e+00, 3.0000e+00, 5.0000e+00,  ..., 1.9950e+03, 1.9970e+03,\n         1.9990e+03]])")
  }

  @Test func emptyAndTypes() {
    #expect("\(Tensor.zeros(2, 0))" == "tensor([], size=(2, 0))" && "\(Tensor.zeros(0))" == "tensor([])")
    #expect("\(Tensor.zeros(0, dtype: .int64))" == "tensor([], dtype=torch.int64)")
    #expect("\(Tensor([1.0, 2], dtype: .float64))" == "tensor([1., 2.], dtype=torch.float64)")
    #expect("\(Tensor([true, false]))" == "tensor([ True, False])" && "\(Tensor(3))" == "tensor(3)")
    withDefaultDType(.float64) {
      #expect("\(Tensor([1.0]))" == "tensor([1.])" && "\(Tensor([Float(1)]))" == "tensor([1.], dtype=torch.float32)")
    }
  }

  @Test func graphs() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    #expect("\(x)" == "tensor([1., 2.], requires_grad=True)")
    #expect("\(x * 2)" == "tensor([2., 4.], grad_fn=<MulBackward0>)")
    #expect("\((x * 2).sum())" == "tensor(6., grad_fn=<SumBackward0>)")
    #expect("\(Tensor(2.0, requiresGrad: true).pow(2))" == "tensor(4., grad_fn=<PowBackward0>)")
    #expect("\(x.reshaped(2, 1))" == "tensor([[1.],\n        [2.]], grad_fn=<ViewBackward0>)")
    #expect("\((x * 2).detach())" == "tensor([2., 4.])" && "\(x[0])" == "tensor(1., grad_fn=<SelectBackward0>)")
  }

  @Test func parameters() {
    let w = Tensor([1.0, 2]).asParameter()
    #expect("\(w)" == "Parameter containing:\ntensor([1., 2.], requires_grad=True)" && w.isParameter && w.isLeaf)
    // Every copy of the variable is the parameter; what is computed from it, or read out of it, is none.
    let copy = w
    w.data -= 1
    #expect("\(copy)" == "Parameter containing:\ntensor([0., 1.], requires_grad=True)")
    #expect("\(w * 2)" == "tensor([0., 2.], grad_fn=<MulBackward0>)" && "\(w.detach())" == "tensor([0., 1.])")
    let frozen = Tensor([1.0]).asParameter(requiresGrad: false)
    #expect("\(frozen)" == "Parameter containing:\ntensor([1.])")
    #expect(!Tensor([1.0], requiresGrad: true).isParameter && !Tensor(1).isParameter)
    #expect(message { _ = Tensor([1, 2]).asParameter() } == "Only Tensors of floating point and complex dtype can require gradients")
    let layer = Linear(2, 1)
    #expect("\(layer.weight)".hasPrefix("Parameter containing:\ntensor([["))
    let layers: [any Module] = [
      Linear(2, 3), Conv2d(1, 2, kernel: 3), BatchNorm2d(2), LayerNorm([3]), Embedding(3, 2), LSTM(2, 3),
      GPT(vocabulary: 5, context: 4, layers: 1, heads: 2, width: 4),
    ]
    for layer in layers { #expect(layer.parameters().allSatisfy { $0.isParameter }, "\(layer)") }
  }

  /// Printing inside a transform says so instead of inventing numbers.
  @Test func insideTransforms() {
    var seen = ""
    _ = vmap { (x: Tensor) -> Tensor in
      seen = "\(x)"
      return x
    }(Tensor.zeros(3, 2))
    #expect(seen == "tensor(<inside a transform>, shape=[2], dtype=torch.float32)")
  }
}
