import ChainRule
import Testing

/// The texts are what PyTorch 2.13 prints.
struct TensorFormatterTests {
  typealias Gradient = TensorFormatter.Gradient

  static func floats(
    _ values: [Double], shape: [Int]? = nil, dtype: DType = .float32, gradient: Gradient = .none, options: PrintOptions = .default
  ) -> String {
    // What a float32 tensor holds is the rounded value.
    let stored = dtype == .float32 ? values.map { Double(Float($0)) } : values
    return TensorFormatter(shape: shape ?? [values.count], dtype: dtype, options: options)
      .text(.float { stored[$0] }, gradient: gradient)
  }

  static func integers(
    _ values: [Int64], shape: [Int]? = nil, dtype: DType = .int64, options: PrintOptions = .default
  ) -> String {
    TensorFormatter(shape: shape ?? [values.count], dtype: dtype, options: options).text(.integer { values[$0] })
  }

  static func bools(_ values: [Bool], shape: [Int]? = nil) -> String {
    TensorFormatter(shape: shape ?? [values.count], dtype: .bool).text(.bool { values[$0] })
  }

  @Test func scalars() {
    #expect(Self.floats([3.14159], shape: []) == "tensor(3.1416)")
    #expect(Self.integers([3], shape: []) == "tensor(3)")
    #expect(Self.bools([true], shape: []) == "tensor(True)")
    #expect(Self.floats([1], shape: []) == "tensor(1.)")
    #expect(Self.floats([0], shape: []) == "tensor(0.)")
    #expect(Self.floats([1e10], shape: []) == "tensor(1.0000e+10)")
    #expect(Self.floats([1e-5], shape: []) == "tensor(1.0000e-05)")
  }

  static let vectors: [([Double], String)] = [
    ([1, 2, 3], "tensor([1., 2., 3.])"),
    ([1, 2.5, 3], "tensor([1.0000, 2.5000, 3.0000])"),
    ([1, 1000], "tensor([   1., 1000.])"),
    ([1, 1001], "tensor([1.0000e+00, 1.0010e+03])"),
    ([0.1, 1000], "tensor([1.0000e-01, 1.0000e+03])"),
    ([0.001, 1.001], "tensor([1.0000e-03, 1.0010e+00])"),
    ([0.00001, 1], "tensor([1.0000e-05, 1.0000e+00])"),
    ([1e8, 1], "tensor([1.0000e+08, 1.0000e+00])"),
    ([1e8 + 10], "tensor([1.0000e+08])"),
    ([1.5e8, 2e8], "tensor([1.5000e+08, 2.0000e+08])"),
    ([0.0001, 0.05], "tensor([1.0000e-04, 5.0000e-02])"),
    ([0.00009, 0.05], "tensor([9.0000e-05, 5.0000e-02])"),
    ([.nan, 1], "tensor([nan, 1.])"),
    ([.infinity, -.infinity, 1.5], "tensor([   inf,   -inf, 1.5000])"),
    ([.infinity, .nan], "tensor([inf, nan])"),
    ([-0.0, 0], "tensor([-0., 0.])"),
    ([1, -1], "tensor([ 1., -1.])"),
    ([123456.789], "tensor([123456.7891])"),
    ([99999.99], "tensor([99999.9922])"),
    ([0.99999], "tensor([1.0000])"),
    ([1e-10], "tensor([1.0000e-10])"),
    ([1, .nan, 3], "tensor([1., nan, 3.])"),
    ([1e5], "tensor([100000.])"),
    ([1e9], "tensor([1.0000e+09])"),
    ([-.nan, 1.5], "tensor([   nan, 1.5000])"),
  ]

  @Test(arguments: vectors)
  func vector(values: [Double], text: String) {
    #expect(Self.floats(values) == text)
  }

  @Test func otherTypes() {
    #expect(Self.integers([1, 10, 100]) == "tensor([  1,  10, 100])")
    #expect(Self.integers([.min, .max]) == "tensor([-9223372036854775808,  9223372036854775807])")
    #expect(Self.bools([true, false]) == "tensor([ True, False])")
    #expect(Self.floats([1, 2], dtype: .float64) == "tensor([1., 2.], dtype=torch.float64)")
    #expect(Self.integers([1, 2], dtype: .int32) == "tensor([1, 2], dtype=torch.int32)")
    #expect(Self.integers([1, 2], dtype: .uint8) == "tensor([1, 2], dtype=torch.uint8)")
    #expect(Self.floats([1, 2], dtype: .float16) == "tensor([1., 2.], dtype=torch.float16)")
    #expect(Self.floats([1.5, 2], dtype: .bfloat16) == "tensor([1.5000, 2.0000], dtype=torch.bfloat16)")
    #expect(Self.floats([.leastNonzeroMagnitude], dtype: .float64) == "tensor([4.9407e-324], dtype=torch.float64)")
    #expect(
      Self.bools((0..<9).map { $0 % 4 == 0 }, shape: [3, 3]) == """
        tensor([[ True, False, False],
                [False,  True, False],
                [False, False,  True]])
        """)
    let formatter = TensorFormatter(shape: [1], dtype: .float64)
    #expect(formatter.text(.float { _ in 1 }, defaultDType: .float64) == "tensor([1.])")
    let narrow = TensorFormatter(shape: [1], dtype: .float32)
    #expect(narrow.text(.float { _ in 1 }, defaultDType: .float64) == "tensor([1.], dtype=torch.float32)")
  }

  @Test func emptyTensors() {
    #expect(Self.floats([], shape: [2, 0]) == "tensor([], size=(2, 0))")
    #expect(Self.floats([]) == "tensor([])")
    #expect(Self.integers([]) == "tensor([], dtype=torch.int64)")
    #expect(Self.bools([], shape: [0, 3]) == "tensor([], size=(0, 3), dtype=torch.bool)")
  }

  @Test func gradients() {
    #expect(Self.floats([1, 2], gradient: .required) == "tensor([1., 2.], requires_grad=True)")
    #expect(Self.floats([2, 4], gradient: .function("MulBackward0")) == "tensor([2., 4.], grad_fn=<MulBackward0>)")
    #expect(Self.floats([4], shape: [], gradient: .function("PowBackward0")) == "tensor(4., grad_fn=<PowBackward0>)")
    #expect(Self.floats([6], shape: [], gradient: .function("SumBackward0")) == "tensor(6., grad_fn=<SumBackward0>)")
    #expect(
      Self.floats([1, 2], shape: [2, 1], gradient: .function("ViewBackward0")) == """
        tensor([[1.],
                [2.]], grad_fn=<ViewBackward0>)
        """)
  }

  @Test func matrices() {
    #expect(
      Self.floats([1, 2, 3, 4], shape: [2, 2]) == """
        tensor([[1., 2.],
                [3., 4.]])
        """)
    #expect(
      Self.floats([1, -2.5, 3, 4], shape: [2, 2]) == """
        tensor([[ 1.0000, -2.5000],
                [ 3.0000,  4.0000]])
        """)
    #expect(
      Self.floats([0.1234567, 12.34567, 123.4567, -1], shape: [2, 2]) == """
        tensor([[ 1.2346e-01,  1.2346e+01],
                [ 1.2346e+02, -1.0000e+00]])
        """)
    #expect(
      Self.floats((0..<24).map(Double.init), shape: [2, 3, 4]) == """
        tensor([[[ 0.,  1.,  2.,  3.],
                 [ 4.,  5.,  6.,  7.],
                 [ 8.,  9., 10., 11.]],

                [[12., 13., 14., 15.],
                 [16., 17., 18., 19.],
                 [20., 21., 22., 23.]]])
        """)
    #expect(
      Self.floats([Double](repeating: 0, count: 8), shape: [2, 2, 2]) == """
        tensor([[[0., 0.],
                 [0., 0.]],

                [[0., 0.],
                 [0., 0.]]])
        """)
    #expect(
      Self.floats([1, 2], shape: [2, 1, 1, 1]) == """
        tensor([[[[1.]]],


                [[[2.]]]])
        """)
  }

  @Test func longRowsAreWrapped() {
    #expect(
      Self.integers((0..<30).map(Int64.init)) == """
        tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
                18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])
        """)
    #expect(
      Self.floats([Double](repeating: 1, count: 75), shape: [3, 25]) == """
        tensor([[1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.,
                 1., 1., 1., 1., 1., 1., 1.],
                [1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.,
                 1., 1., 1., 1., 1., 1., 1.],
                [1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.,
                 1., 1., 1., 1., 1., 1., 1.]])
        """)
    #expect(
      Self.floats((0..<50).map { Double(Float($0) / 7) }) == """
        tensor([0.0000, 0.1429, 0.2857, 0.4286, 0.5714, 0.7143, 0.8571, 1.0000, 1.1429,
                1.2857, 1.4286, 1.5714, 1.7143, 1.8571, 2.0000, 2.1429, 2.2857, 2.4286,
                2.5714, 2.7143, 2.8571, 3.0000, 3.1429, 3.2857, 3.4286, 3.5714, 3.7143,
                3.8571, 4.0000, 4.1429, 4.2857, 4.4286, 4.5714, 4.7143, 4.8571, 5.0000,
                5.1429, 5.2857, 5.4286, 5.5714, 5.7143, 5.8571, 6.0000, 6.1429, 6.2857,
                6.4286, 6.5714, 6.7143, 6.8571, 7.0000])
        """)
    #expect(
      Self.floats([Double](repeating: 1.5, count: 80), shape: [2, 40], gradient: .function("MulBackward0")) == """
        tensor([[1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000,
                 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000,
                 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000,
                 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000,
                 1.5000, 1.5000, 1.5000, 1.5000],
                [1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000,
                 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000,
                 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000,
                 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000,
                 1.5000, 1.5000, 1.5000, 1.5000]], grad_fn=<MulBackward0>)
        """)
  }

  @Test func suffixesThatDoNotFitGoToTheNextLine() {
    #expect(
      Self.floats([Double](repeating: 3, count: 9), dtype: .float64, gradient: .function("MulBackward0")) == """
        tensor([3., 3., 3., 3., 3., 3., 3., 3., 3.], dtype=torch.float64,
               grad_fn=<MulBackward0>)
        """)
    #expect(
      Self.floats([Double](repeating: 1.5, count: 8), gradient: .required) == """
        tensor([1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000, 1.5000],
               requires_grad=True)
        """)
    #expect(
      Self.floats([Double](repeating: -1.5, count: 6), dtype: .float64, gradient: .required) == """
        tensor([-1.5000, -1.5000, -1.5000, -1.5000, -1.5000, -1.5000],
               dtype=torch.float64, requires_grad=True)
        """)
  }

  @Test func prefixIndentsWhatFollows() {
    let formatter = TensorFormatter(shape: [2, 1], dtype: .int64)
    #expect(
      formatter.text(.integer { Int64($0) }, prefix: "Parameter(", extraSuffixes: ["tangent=tensor(1.)"]) == """
        Parameter([[0],
                   [1]], tangent=tensor(1.))
        """)
    #expect(formatter.values(.integer { Int64($0) }) == "[[0],\n [1]]")
  }
}
