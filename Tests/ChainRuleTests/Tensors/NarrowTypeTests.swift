import ChainRule
import Testing

/// int8, int16, float16 and bfloat16; the texts are PyTorch 2.13's for the same calls.
@Suite struct NarrowTypeTests {
  private let h = Tensor([1.5, 2.0, 70000, Double.nan], dtype: .float16), c = Tensor([1, 50], dtype: .int8)

  @Test func conversionsRoundOrWrapAsPyTorchs() {
    #expect("\(h)" == "tensor([1.5000, 2.0000,    inf,    nan], dtype=torch.float16)")
    #expect("\(h.to(.bfloat16))" == "tensor([1.5000, 2.0000,    inf,    nan], dtype=torch.bfloat16)")
    #expect(
      "\(Tensor([70000.0, 1e-8, 6e-8, 65519, 65520]).to(.float16))"
        == "tensor([       inf, 0.0000e+00, 5.9605e-08, 6.5504e+04,        inf],\n       dtype=torch.float16)")
    #expect("\(h.to(.int8))" == "tensor([1, 2, 0, 0], dtype=torch.int8)")
    #expect("\(Tensor([300.7, 1e10, Double.nan, -1e10, -129.0]).to(.int8))" == "tensor([ 44,   0,   0,   0, 127], dtype=torch.int8)")
    #expect("\(Tensor([300.7, 1e10, Double.nan, -70000.0]).to(.int16))" == "tensor([  300,     0,     0, -4464], dtype=torch.int16)")
    // A tie goes to the even neighbour.
    #expect(Tensor([2049.0, 2051, 257, 259]).to(.float16).array(of: Double.self) == [2048, 2052, 257, 259])
    #expect(Tensor([257.0, 259]).to(.bfloat16).array(of: Double.self) == [256, 260])
  }

  /// Every float16 there is goes to float32 and back as it was, and so does every bfloat16.
  @Test func everyNumberComesBack() {
    for type in [DType.float16, .bfloat16] {
      let bytes = (0..<65536).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
      let all = Tensor(bytes: bytes, shape: [65536], dtype: type), numbers = all[all.isNaN().logicalNot()]
      let again = numbers.to(.float32).to(type)
      #expect(numbers.count > 63000 && numbers.withUnsafeBytes { Array($0) } == again.withUnsafeBytes { Array($0) })
    }
  }

  @Test func arithmeticIsDoneInTheWideTypeAndRoundedOnce() {
    #expect("\(c + 300)" == "tensor([45, 94], dtype=torch.int8)" && "\(c * c)" == "tensor([  1, -60], dtype=torch.int8)")
    #expect("\(c * 2.5)" == "tensor([  2.5000, 125.0000])" && "\(c / 2)" == "tensor([ 0.5000, 25.0000])" && "\(c.sum())" == "tensor(51)")
    #expect((c + Tensor([1, 2], dtype: .uint8)).dtype == .int16 && (h + h.to(.bfloat16)).dtype == .float32)
    #expect(
      "\(Tensor.arange(0, 1, 0.1, dtype: .float16))"
        == "tensor([0.0000, 0.1000, 0.2000, 0.3000, 0.3999, 0.5000, 0.6001, 0.7002, 0.7998,\n        0.8999], dtype=torch.float16)")
    // 4096 ones: no sum in float16 passes 2048.
    #expect(Tensor.ones([4096], dtype: .float16).sum().item() == 4096)
    let large = Tensor.randn(300, 700, generator: Generator(seed: 1)).to(.bfloat16)
    #expect(((large.T + large.T) .== (large.to(.float32) * 2).to(.bfloat16).T).all().item(as: Bool.self))
    let w = Tensor([[1.0, 2], [3, 4]], dtype: .float16)
    #expect("\(w.matmul(w))" == "tensor([[ 7., 10.],\n        [15., 22.]], dtype=torch.float16)")
    #expect(Tensor([3, 1, 2], dtype: .int16).sort().values.array(of: Int16.self) == [1, 2, 3])
  }

  @Test func gradientsAndStepsKeepTheType() {
    for type in [DType.float16, .bfloat16] {
      let w = Tensor([[1.0, 2], [3, 4]], dtype: type, requiresGrad: true)
      let loss = (w.matmul(w).softmax(dim: 1) * w).sum()
      loss.backward()
      #expect(loss.dtype == type && w.grad?.dtype == type)
    }
  }

  @Test func refusalsNameTheType() {
    func message(_ body: () -> Tensor) -> String {
      do { return "\(try catching(body))" } catch { return error.message }
    }
    #expect(message { c.mean() }.hasSuffix("Got: Char"))
    #expect(message { c.clamp(min: -300) } == "value cannot be converted to type int8_t without overflow")
    #expect(message { h.maskedFill(h .> 1, 1e6) } == "value cannot be converted to type c10::Half without overflow")
    #expect(Tensor.full([2], 1e6, dtype: .float16).array(of: Double.self) == [.infinity, .infinity])
    #expect(message { Tensor([300], dtype: .int8) } == "value cannot be converted to type int8 without overflow")
    #expect(message { h.reshaped(1, 4).matmul(Tensor.ones(4, 2)) } == "expected scalar type Half but found Float")
    #expect(message { Tensor.eye(2, dtype: .float16).cholesky() } == "linalg.cholesky: Low precision dtypes not supported. Got Half")
    #expect(message { h.bitwiseNot() }.hasSuffix("not implemented for 'Half'"))
  }

  /// Products ask whether an element is 0, for which no kernel of the narrow types stands: that ended the process.
  @Test(arguments: [DType.float16, .bfloat16]) func productsHaveGradients(dtype: DType) {
    let x = Tensor([2.0, 3, 4]).to(dtype).asLeaf()
    x.prod().backward()
    #expect(x.grad?.array(of: Double.self) == [12, 8, 6] && x.grad?.dtype == dtype)
    x.grad = nil
    x.cumprod(dim: 0).sum().backward()
    #expect(x.grad?.array(of: Double.self) == [16, 10, 6])
    let zero = Tensor([2.0, 0, 4]).to(dtype).asLeaf()
    zero.prod(dim: 0).backward()
    #expect(zero.grad?.array(of: Double.self) == [0, 8, 0])
  }
}
