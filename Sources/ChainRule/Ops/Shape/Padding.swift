import CKernels

/// Borders around tensors.
enum Padding {
  static let catalog: [OperationInfo] = [ConstantPad.info]

  /// Widths as PyTorch lists them, the last dimension first, by dimension.
  static func byDimension(_ widths: [Int], _ rank: Int) throws(TensorError) -> (before: [Int], after: [Int]) {
    guard widths.count % 2 == 0, widths.count <= 2 * rank else {
      throw TensorError(
        .argument,
        widths.count % 2 == 0
          ? "Length of pad should be no more than twice the number of dimensions of the input. Pad length is \(widths.count) while the "
            + "input has \(rank) dimensions."
          : "Length of pad must be even but instead it equals \(widths.count)",
        hint: "Give two widths for each padded dimension, the last dimension first.", operation: "padded")
    }
    // So far apart that the sum of two widths and a size is an integer.
    if let far = widths.first(where: { $0.magnitude > 1 << 60 }) {
      throw TensorError(.argument, "Padding size \(far) is too large", hint: "Memory holds no such border.", operation: "padded")
    }
    var before = Array(repeating: 0, count: rank), after = before
    for i in 0..<(widths.count / 2) {
      before[rank - 1 - i] = widths[2 * i]
      after[rank - 1 - i] = widths[2 * i + 1]
    }
    return (before, after)
  }
}

/// What a border is filled with.
public enum PaddingMode: Sendable {
  /// The elements mirrored at the edge, which itself is not repeated: c b | a b c | b a.
  case reflect
  /// The edge: a a | a b c | c c.
  case replicate
  /// The elements from the other end: b c | a b c | a b.
  case circular

  /// The position in 0..<n that stands for position `i`, which may lie outside. What is cut off does not come round again.
  fileprivate func source(_ i: Int, _ n: Int, _ before: Int, _ after: Int) -> Int {
    switch self {
    case .reflect: return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i
    case .replicate: return min(max(i, 0), n - 1)
    case .circular:
      let first = max(-before, 0), period = n - first - max(-after, 0)
      return first + (((i - first) % period) + period) % period
    }
  }

  /// Refuses what PyTorch's kernels do: bools, and sizes of 0 but for the batch's.
  fileprivate func check(_ x: Tensor, dims: Int) throws(TensorError) {
    if x.dtype == .bool {
      throw Rules.notImplemented(self == .reflect ? "reflection_pad\(dims)d" : "replication_pad\(dims)d", .bool, "padded")
    }
    let isBatch = x.rank == dims + 2
    if x.shape.dropFirst(isBatch ? 1 : 0).contains(0) {
      throw TensorError(
        .shape,
        "Expected \(dims + 1)D or \(dims + 2)D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
          + "but got: \(x.shape)", hint: "There is nothing to take the border from.", operation: "padded")
    }
  }

  /// Refuses widths that need elements which are not there.
  fileprivate func check(_ before: Int, _ after: Int, _ dim: Int, _ shape: [Int]) throws(TensorError) {
    let n = shape[dim]
    let largest = max(before, after)
    let limit = self == .reflect ? n - 1 : self == .circular ? n : n > 0 ? Int.max : 0
    if largest > limit {
      throw TensorError(
        .shape,
        self == .circular
          ? "Padding value causes wrapping around more than once."
          : n == 0
            ? "Expected a non-zero size for the padded dimension \(dim), but got an input of size \(shape)"
            : "Padding size should be less than the corresponding input dimension, but got: padding (\(before), \(after)) at dimension "
              + "\(dim) of input \(shape)",
        hint: "Dimension \(dim) has \(n) elements to take the border from.", operation: "padded")
    }
    if before + n + after < 0 || (n > 0 && before + n + after == 0 && self != .replicate) {
      throw TensorError(
        .shape, "Negative padding value is resulting in an empty dimension", hint: "Cut off no more than there is.", operation: "padded")
    }
  }
}

/// A tensor within a border of one number; negative widths cut off instead.
struct ConstantPad: UnaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "padded", "A tensor within a border of one number.", call: "x.padded([1, 2], value: 0.5)", formula: "c, x, c",
    derivative: "dy without the border",
    shapes: "[a, b] -> [a, l + b + r]",
    samples: [
      OperationSample("last", [.init([2, 3])]) { $0[0].padded([1, 2], value: 0.5) },
      OperationSample("both", [.init([2, 3])]) { $0[0].padded([1, 0, 2, 1]) },
      OperationSample("cut", [.init([3, 4])]) { $0[0].padded([-1, 1, 1, -1]) },
    ])
  /// How much is added before and after, for each dimension.
  let before: [Int]
  let after: [Int]
  let value: Scalar
  var nodeName: String { "ConstantPadNdBackward0" }
  var attributes: [(name: String, value: String)] { [("pad", "\(zip(before, after).map { [$0, $1] })"), ("value", value.text)] }
  var saves: Saves { [] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let from = x.box.shape
    var shape = from, inner = from, start = 0
    for d in 0..<from.rank {
      shape[d] = from[d] + before[d] + after[d]
      guard shape[d] >= 0, from[d] + Swift.min(before[d], 0) + Swift.min(after[d], 0) >= 0 else {
        throw TensorError(
          .shape,
          "The input size \(from[d]), plus negative padding \(before[d]) and \(after[d]) resulted in a negative output size, which is "
            + "invalid. Check dimension \(d) of your input.",
          hint: "Cut off no more than there is.", operation: "padded")
      }
      inner[d] = from[d] + Swift.min(before[d], 0) + Swift.min(after[d], 0)
    }
    // PyTorch takes the number as a real one, of which no unsigned element is made below 0.
    let number = x.dtype == .uint8 ? Scalar(value.real) : value
    let out = try Tensor.filled(shape, number.fitting(x.dtype, "padded"), x.dtype)
    var source = x.box
    for d in 0..<from.rank where inner[d] < from[d] {
      source = source.view(
        source.shape.replacing(d, with: inner[d]), strides: source.strides,
        offset: inner[d] == 0 ? 0 : Swift.max(-before[d], 0) * source.strides[d])
    }
    for d in 0..<from.rank { start += Swift.max(before[d], 0) * out.box.strides[d] }
    if inner.elements > 0 { out.box.write(source, inner, strides: out.box.strides, offset: start) }
    return out
  }

  private func again(_ sign: Int) -> ConstantPad {
    ConstantPad(before: before.map { sign * $0 }, after: after.map { sign * $0 }, value: Scalar(0))
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { again(-1)(dy) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { again(1)(dx) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { ConstantPad(before: [0] + before, after: [0] + after, value: value)(x) }
}

extension Tensor {
  /// Returns the tensor within a border of `value`.
  ///
  /// - Parameters:
  ///   - widths: before and after the last dimension, then before and after the one in front of it, and so on;
  ///   negative ones cut off instead.
  ///   - value: the number that fills.
  public func padded(_ widths: [Int], value: some TensorScalar = 0) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let (before, after) = try Padding.byDimension(widths, rank)
      return ConstantPad(before: before, after: after, value: value.scalar)(self)
    }
  }

  /// Returns the tensor within a border made of its own elements, dimension by dimension.
  ///
  /// - Parameters:
  ///   - widths: before and after the last dimension, then before and after the one in front of it, and so on;
  ///   negative ones cut off instead.
  ///   - mode: what fills the border.
  public func padded(_ widths: [Int], mode: PaddingMode) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let (before, after) = try Padding.byDimension(widths, rank)
      if mode != .circular { try mode.check(self, dims: widths.count / 2) }
      var result = self
      for d in 0..<rank where before[d] != 0 || after[d] != 0 {
        try mode.check(before[d], after[d], d, shape)
        let n = size(d), first = -before[d], count = before[d] + n + after[d]
        try Rules.checkMemory(count, bytes: 16)
        let index = (first..<(first + Swift.max(count, 0))).map { mode.source($0, n, before[d], after[d]) }
        result = result.indexSelect(dim: d, index: Tensor(index, shape: [index.count], dtype: .int64))
      }
      return result
    }
  }
}
