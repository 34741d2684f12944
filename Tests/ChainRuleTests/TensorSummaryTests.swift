import ChainRule
import Testing

/// Summaries and options; the texts are what PyTorch 2.13 prints.
struct TensorSummaryTests {
  static func range(_ shape: [Int], scale: Float = 1, options: PrintOptions = .default) -> String {
    TensorFormatter(shape: shape, dtype: .float32, options: options).text(.float { Double(Float($0) * scale) })
  }

  @Test func thresholdIsExclusive() {
    let formatter = TensorFormatter(shape: [1001], dtype: .int64)
    #expect(formatter.text(.integer { Int64($0) }) == "tensor([   0,    1,    2,  ...,  998,  999, 1000])")
    let full = TensorFormatter(shape: [1000], dtype: .int64).text(.integer { Int64($0) })
    #expect(!full.contains("...") && full.contains(" 500,"))
  }

  @Test func matrices() {
    #expect(
      Self.range([100, 100]) == """
        tensor([[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 9.7000e+01, 9.8000e+01,
                 9.9000e+01],
                [1.0000e+02, 1.0100e+02, 1.0200e+02,  ..., 1.9700e+02, 1.9800e+02,
                 1.9900e+02],
                [2.0000e+02, 2.0100e+02, 2.0200e+02,  ..., 2.9700e+02, 2.9800e+02,
                 2.9900e+02],
                ...,
                [9.7000e+03, 9.7010e+03, 9.7020e+03,  ..., 9.7970e+03, 9.7980e+03,
                 9.7990e+03],
                [9.8000e+03, 9.8010e+03, 9.8020e+03,  ..., 9.8970e+03, 9.8980e+03,
                 9.8990e+03],
                [9.9000e+03, 9.9010e+03, 9.9020e+03,  ..., 9.9970e+03, 9.9980e+03,
                 9.9990e+03]])
        """)
    #expect(
      Self.range([20, 60], scale: 0) == """
        tensor([[0., 0., 0.,  ..., 0., 0., 0.],
                [0., 0., 0.,  ..., 0., 0., 0.],
                [0., 0., 0.,  ..., 0., 0., 0.],
                ...,
                [0., 0., 0.,  ..., 0., 0., 0.],
                [0., 0., 0.,  ..., 0., 0., 0.],
                [0., 0., 0.,  ..., 0., 0., 0.]])
        """)
    #expect(
      Self.range([3, 4, 100], scale: 0) == """
        tensor([[[0., 0., 0.,  ..., 0., 0., 0.],
                 [0., 0., 0.,  ..., 0., 0., 0.],
                 [0., 0., 0.,  ..., 0., 0., 0.],
                 [0., 0., 0.,  ..., 0., 0., 0.]],

                [[0., 0., 0.,  ..., 0., 0., 0.],
                 [0., 0., 0.,  ..., 0., 0., 0.],
                 [0., 0., 0.,  ..., 0., 0., 0.],
                 [0., 0., 0.,  ..., 0., 0., 0.]],

                [[0., 0., 0.,  ..., 0., 0., 0.],
                 [0., 0., 0.,  ..., 0., 0., 0.],
                 [0., 0., 0.,  ..., 0., 0., 0.],
                 [0., 0., 0.,  ..., 0., 0., 0.]]])
        """)
  }

  @Test func onlyPrintedElementsDecideTheFormat() {
    let formatter = TensorFormatter(shape: [2000], dtype: .float32)
    #expect(formatter.text(.float { $0 == 1000 ? 1e9 : 1 }) == "tensor([1., 1., 1.,  ..., 1., 1., 1.])")
  }

  /// The text of a hundred million elements reads each printed element once and no other.
  @Test func summaryReadsOnlyWhatItPrints() {
    var read: [Int] = []
    let text = TensorFormatter(shape: [100, 1000, 1000], dtype: .float32).text(
      .float {
        read.append($0)
        return 1
      })
    #expect(read.count == 6 * 6 * 6)
    #expect(Set(read).count == read.count)
    #expect(read.first == 0 && read.last == 99_999_999)
    #expect(text.contains("..."))
  }

  @Test func profiles() {
    #expect(
      Self.range([20, 100], scale: 1 / 3, options: .short) == """
        tensor([[0.00e+00, 3.33e-01,  ..., 3.27e+01, 3.30e+01],
                [3.33e+01, 3.37e+01,  ..., 6.60e+01, 6.63e+01],
                ...,
                [6.00e+02, 6.00e+02,  ..., 6.33e+02, 6.33e+02],
                [6.33e+02, 6.34e+02,  ..., 6.66e+02, 6.66e+02]])
        """)
    #expect(!Self.range([1001], options: .full).contains("..."))
  }

  @Test func edgeItems() {
    let one = PrintOptions(threshold: 2, edgeItems: 1)
    #expect(TensorFormatterTests.floats([1, 2.5, 1000], options: one) == "tensor([   1.,  ..., 1000.])")
    #expect(
      TensorFormatterTests.integers([1, 2, 3, 4, 5, 6, 7, 8, 9], shape: [3, 3], options: one) == """
        tensor([[1,  ..., 3],
                ...,
                [7,  ..., 9]])
        """)
    for edgeItems in [0, -1] {
      let none = PrintOptions(threshold: 2, edgeItems: edgeItems)
      #expect(TensorFormatterTests.floats([1, 2.5, 1000], options: none) == "tensor([...], size=(3,))")
      #expect(TensorFormatterTests.integers([Int64](repeating: 1, count: 9), shape: [3, 3], options: none) == "tensor([...], size=(3, 3))")
      #expect(TensorFormatterTests.floats([1, 2], options: none) == "tensor([1., 2.], size=(2,))")
      #expect(TensorFormatterTests.floats([1.5], shape: [], options: none) == "tensor(1.5000, size=())")
      #expect(TensorFormatterTests.floats([], shape: [0, 2], options: none) == "tensor([], size=(0, 2))")
    }
    #expect(!Self.range([1001], options: PrintOptions(edgeItems: .max)).contains("..."))
  }

  @Test func lineWidth() {
    let narrow = PrintOptions(lineWidth: 20)
    #expect(
      TensorFormatterTests.floats([1, 2.5, 1000], options: narrow) == """
        tensor([   1.0000,
                   2.5000,
                1000.0000])
        """)
    #expect(TensorFormatterTests.floats([], shape: [0, 2], options: narrow) == "tensor([],\n       size=(0, 2))")
    for lineWidth in [1, 0, -1] {
      let text = TensorFormatterTests.integers([1, 2, 3, 4], shape: [2, 2], options: PrintOptions(lineWidth: lineWidth))
      #expect(
        text == """
          tensor([[1,
                   2],
                  [3,
                   4]])
          """)
    }
  }

  static let notations: [(Int, Bool?, [Double], String)] = [
    (0, nil, [1, 2.5, 1000], "tensor([   1,    2, 1000])"),
    (0, nil, [3, 1e9], "tensor([3e+00, 1e+09])"),
    (0, true, [1.5], "tensor([2e+00])"),
    (2, nil, [1e-9, 2], "tensor([1.00e-09, 2.00e+00])"),
    (8, nil, [1e-9, 2], "tensor([9.99999972e-10, 2.00000000e+00])"),
    (4, true, [1, 2], "tensor([1.0000e+00, 2.0000e+00])"),
    (4, true, [0, 0], "tensor([0., 0.])"),
    (4, false, [3, 1e9], "tensor([         3., 1000000000.])"),
    (4, false, [1e-9, 2], "tensor([0.0000, 2.0000])"),
    (-1, nil, [1, 2.5], "tensor([1, 2])"),
  ]

  @Test(arguments: notations)
  func precisionAndNotation(precision: Int, sciMode: Bool?, values: [Double], text: String) {
    #expect(TensorFormatterTests.floats(values, options: PrintOptions(precision: precision, sciMode: sciMode)) == text)
  }

  @Test func exponentsOfThreeDigitsWiden() {
    let double = { TensorFormatterTests.floats($0, dtype: .float64) }
    #expect(double([1e100, -1e-5, 0]) == "tensor([1.0000e+100, -1.0000e-05,  0.0000e+00], dtype=torch.float64)")
    #expect(double([-1e100, 9.99999e99]) == "tensor([-1.0000e+100,  1.0000e+100], dtype=torch.float64)")
  }
}
