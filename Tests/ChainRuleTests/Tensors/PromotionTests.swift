import ChainRule
import Testing

/// The types and values of mixed operations: line by line what PyTorch 2.13 printed.
struct PromotionTests {
  private func i(_ v: Int...) -> Tensor { Tensor(v) }
  private func f(_ v: Double...) -> Tensor { Tensor(v) }
  private func b(_ v: Bool...) -> Tensor { Tensor(v) }

  @Test func arithmetic() {
    #expect("\(i(1, 2) + 1.5)" == "tensor([2.5000, 3.5000])")
    #expect("\(Tensor([1, 2], dtype: .int32) + 1)" == "tensor([2, 3], dtype=torch.int32)")
    #expect("\(f(1, 2) + Tensor(1.0, dtype: .float64))" == "tensor([2., 3.])")
    #expect("\(i(1, 2) + Tensor(1.5))" == "tensor([2.5000, 3.5000])")
    #expect("\(i(1, 2) + f(1.5))" == "tensor([2.5000, 3.5000])")
    #expect("\(i(1, 2) / i(2, 2))" == "tensor([0.5000, 1.0000])")
    #expect("\(b(true) + b(true))" == "tensor([True])")
    #expect("\(b(true) * 2)" == "tensor([2])" && "\(b(true) * 1.5)" == "tensor([1.5000])")
    #expect("\(Tensor([250], dtype: .uint8) + 10)" == "tensor([4], dtype=torch.uint8)")
    #expect("\(i(2).pow(i(-1)))" == "tensor([0])" && "\(i(2).pow(2.0))" == "tensor([4.])" && "\(f(2).pow(2))" == "tensor([4.])")
    #expect("\(i(1, 2).exp())" == "tensor([2.7183, 7.3891])" && "\(Tensor(4).sqrt())" == "tensor(2.)")
    #expect("\(i(1, 2) .== f(1, 2))" == "tensor([True, True])")
    #expect("\(f(0).pow(0))" == "tensor([1.])")
  }

  @Test func selectionAndJoining() {
    #expect("\(Tensor.where(b(true), i(1), f(1.5)))" == "tensor([1.])")
    #expect("\(cat([i(1), f(1.5)]))" == "tensor([1.0000, 1.5000])")
    #expect("\(stack([i(1), f(1.5)]))" == "tensor([[1.0000],\n        [1.5000]])")
    #expect("\(i(1).maximum(f(1.5)))" == "tensor([1.5000])")
    #expect("\(i(3).clamp(min: 1.5))" == "tensor([3.])")
  }

  @Test func creation() {
    #expect("\(Tensor.arange(3))" == "tensor([0, 1, 2])" && "\(Tensor.arange(3.0))" == "tensor([0., 1., 2.])")
    #expect("\(Tensor.arange(0, 1, 0.25))" == "tensor([0.0000, 0.2500, 0.5000, 0.7500])")
    #expect("\(Tensor.linspace(0, 1, 3))" == "tensor([0.0000, 0.5000, 1.0000])")
    #expect("\(Tensor.full([2], 1))" == "tensor([1, 1])" && "\(Tensor.full([2], 1.0))" == "tensor([1., 1.])")
    #expect(Tensor.zeros(2).dtype == .float32 && Tensor.eye(2).dtype == .float32 && Tensor.randint(0, 2, [2]).dtype == .int64)
    #expect("\(Tensor(1e40))" == "tensor(inf)")
    #expect("\(f(1.9, -1.9).to(.int32))" == "tensor([ 1, -1], dtype=torch.int32)")
    #expect("\(f(300).to(.uint8))" == "tensor([44], dtype=torch.uint8)")
    withDefaultDType(.float64) {
      #expect(Tensor([0.1]).item() == 0.1 && Tensor.zeros(1).dtype == .float64 && (i(1) / 3).dtype == .float64)
    }
    #expect(Tensor([0.1]).dtype == .float32 && Tensor([Float(0.1)]).dtype == .float32)
  }

  @Test func reductions() {
    #expect(b(true).sum().dtype == .int64 && Tensor([1, 2], dtype: .int32).sum().dtype == .int64)
    #expect("\(Tensor([1, 2], dtype: .int32).sum())" == "tensor(3)" && i(1, 2).to(.float32).mean().item() == 1.5)
    #expect("\(f(1, 2).argmax())" == "tensor(1)")
    #expect("\(f(1, .nan).max())" == "tensor(nan)" && "\(f(1, .nan).argmax())" == "tensor(1)")
    #expect("\(f().sum())" == "tensor(0.)" && "\(f().mean())" == "tensor(nan)")
    #expect("\(Tensor.zeros(0, 3).sum(dim: 0))" == "tensor([0., 0., 0.])")
    #expect("\(f(-.infinity).logsumexp(dim: 0))" == "tensor(-inf)")
    #expect("\(f(-.infinity, -.infinity).softmax(dim: 0))" == "tensor([nan, nan])")
  }

  @Test func roundingAndNaN() {
    #expect("\(f(0.5, 1.5, 2.5).round())" == "tensor([0., 2., 2.])")
    #expect("\(f(.nan).sign())" == "tensor([0.])" && "\(f(.nan).relu())" == "tensor([nan])")
    #expect("\(f(.nan).clamp(min: 0, max: 1))" == "tensor([nan])")
  }

  @Test func refusals() {
    let cases: [(String, () -> Tensor)] = [
      (
        "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.",
        { b(true) - b(true) }
      ),
      (
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` "
          + "operator instead.",
        { -b(true) }
      ),
      (
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: Long",
        { i(1, 2).mean() }
      ),
      ("Integers to negative integer powers are not allowed.", { i(2).pow(-1) }),
      ("\"softmax_lastdim_kernel_impl\" not implemented for 'Long'", { i(1, 2).softmax(dim: 0) }),
      ("dot : expected both vectors to have same dtype, but found Float and Long", { f(1).matmul(i(1)) }),
      (
        "expected m1 and m2 to have the same dtype, but got: float != double",
        { Tensor.ones(2, 2).matmul(Tensor.ones([2, 2], dtype: .float64)) }
      ),
      (
        "max(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.",
        { f().max() }
      ),
      ("max(): Expected reduction dim 0 to have non-zero size.", { Tensor.zeros(0, 3).max(dim: 0).values }),
    ]
    for (expected, body) in cases { #expect(message { _ = body() } == expected) }
    var n = i(1, 2)
    #expect(message { n += 0.5 } == "result type Float can't be cast to the desired output type Long")
    #expect(message { n[0] = Tensor(1.5) } == "result type Float can't be cast to the desired output type Long")
    #expect(n.array(of: Int.self) == [1, 2])
  }

  /// A scalar converts at the tensor's own precision, whatever its host type.
  @Test func scalars() {
    let d = Tensor([1.0], dtype: .float64)
    #expect((d * 0.1).item() == 0.1 && (0.1 * d).item() == 0.1 && (d * 3).item() == 3 && (d + Float(0.5)).item() == 1.5)
    #expect((i(1) * Float(0.5)).dtype == .float32 && (Tensor([1], dtype: .int32) + 1).dtype == .int32)
    #expect((i(9_007_199_254_740_993) + 0).item(as: Int.self) == 9_007_199_254_740_993)
    #expect((2 - d).item() == 1 && (3 / i(2)).item() == 1.5 && (1 - i(3)).item(as: Int.self) == -2)
    let x = Tensor([2.0], dtype: .float64, requiresGrad: true)
    ((1 - 0.25) * x / 3).backward()
    #expect(x.grad!.item() == 0.25)
  }
}
