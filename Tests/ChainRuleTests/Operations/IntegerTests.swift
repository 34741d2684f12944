import ChainRule
import Testing

/// What operations make of integers and bools: PyTorch's results and PyTorch's refusals.
struct IntegerTests {
  private let image = Tensor((0..<16).map { $0 - 5 }).reshaped([1, 1, 4, 4])

  /// A layer of integers adds its bias.
  @Test func linear() {
    let y = ChainRule.linear(Tensor([[1, 2]]), Tensor([[3, 4], [5, 6]]), Tensor([-20, 30]))
    #expect(y.array(of: Int.self) == [-9, 47] && y.dtype == .int64)
  }

  @Test func windows() {
    #expect(maxPool2d(image, kernel: 2).array(of: Int.self) == [0, 2, 8, 10])
    // The mean of -5, -4, -1 and 0 is -2.5, of which the integer part stays.
    #expect(avgPool2d(image, kernel: 2).array(of: Int.self) == [-2, 0, 5, 7])
    let weight = Tensor([1, 0, 0, -1]).reshaped([1, 1, 2, 2])
    #expect(conv2d(image, weight).array(of: Int.self) == Array(repeating: -5, count: 9))
    #expect(conv2d(image, weight).dtype == .int64)
    for (name, call) in [
      ("adaptive_avg_pool2d", { adaptiveAvgPool2d($0, 2) }), ("adaptive_max_pool2d", { adaptiveMaxPool2d($0, [2]) }),
      ("max_pool1d_impl", { maxPool1d($0[0], kernel: 2) }),
    ] as [(String, (Tensor) -> Tensor)] {
      let error = #expect(throws: TensorError.self) { try catching { call(image) } }
      #expect("\(error!)".hasPrefix("\"\(name)\" not implemented for 'Long'"), "\(error!)")
    }
  }

  @Test func bounds() throws {
    #expect(Tensor([-3, 0, 9]).hardtanh().array(of: Int.self) == [-1, 0, 1])
    #expect(Tensor([-3, 0, 9]).relu6().dtype == .int64)
    let error = #expect(throws: TensorError.self) { try catching { Tensor([true]).relu6() } }
    #expect("\(error!)".hasPrefix("Bool inputs not supported for hardtanh"))
  }

  /// The whole parts of the factors count.
  @Test func scaledProducts() {
    let m = Tensor([[1, 1], [1, 1]]), v = Tensor([3, 3])
    #expect(v.addmv(m, v, beta: 0.7, alpha: 1.6).array(of: Int.self) == [6, 6])
    #expect(v.addmv(m, v).dtype == .int64)
  }

  @Test func ranges() {
    #expect(Tensor.arange(0.0, -8.000001, -4.0, dtype: .int64).array(of: Int.self) == [0, -4])
    #expect(Tensor.linspace(4.3, -3, 6, dtype: .int64).array(of: Int.self) == [4, 2, 1, 0, -1, -3])
  }

  @Test func bools() {
    let x = Tensor([true, false])
    #expect(x.isClose(Tensor([true, true])).array(of: Bool.self) == [true, false])
    let error = #expect(throws: TensorError.self) { try catching { x.abs() } }
    #expect("\(error!)".hasPrefix("\"abs_cpu\" not implemented for 'Bool'"))
  }
}
