import CKernels

/// Places in sorted sequences.
enum Searching {
  static let catalog: [OperationInfo] = [SearchSorted.info] + composed

  private static let composed: [OperationInfo] = [
    OperationInfo(
      "isin", "Whether each element is among those of another tensor.", call: "isin(x, w)", formula: "x in w",
      derivative: "none: the result is bool", shapes: "[a, b], [...] -> [a, b]", isDifferentiable: false,
      samples: [.init("", [.init([3, 4], .index(9)), .init([4], .index(9))]) { isin($0[0], $0[1]) }]),
    OperationInfo(
      "uniqueConsecutive", "Each run of equal elements once.", call: "x.uniqueConsecutive()",
      formula: "x where it differs from the one before",
      derivative: "none: no gradient flows through it", shapes: "[...] -> [k]", isDifferentiable: false, isMappable: false,
      samples: [.init("", [.init([6], .index(2))]) { $0[0].uniqueConsecutive().values }]),
  ]
}

/// Where values stand in sorted rows.
struct SearchSorted: BinaryOperation {
  static let info = OperationInfo(
    "searchsorted, bucketize", "Where each value would be inserted in a sorted sequence, one for all or one for each row.",
    call: "searchsorted(x, w)", formula: "the number of x < w (or x <= w)", derivative: "none: the result is an index",
    shapes: "[n], [...] -> [...]; [a, n], [a, b] -> [a, b]", isDifferentiable: false,
    samples: [
      .init("one", [.init([3, 4])]) { searchsorted(Tensor([-1.0, 0, 1], dtype: .float64), $0[0]) },
      .init("rows", [.init([3, 2])]) { searchsorted($0[0].sort().values, $0[0], right: true) },
      .init("buckets", [.init([4])]) { $0[0].bucketize(Tensor([-1.0, 0, 1], dtype: .float64)) },
    ])
  let right: Bool
  let outInt32: Bool
  var name: String { "searchsorted" }
  var nodeName: String { "NotDifferentiable" }
  var attributes: [(name: String, value: String)] { [("right", "\(right)"), ("out_int32", "\(outInt32)")] }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let common = DType.promoted(x.dtype, w.dtype), isShared = x.rank == 1
    let sorted = try x.converted(to: common).packed, values = try w.converted(to: common).packed
    let length = x.size(x.rank - 1), columns = isShared ? values.count : w.rank == 0 ? 1 : w.size(w.rank - 1)
    let out = try TensorBox.uninitialized(w.box.shape, outInt32 ? .int32 : .int64)
    if values.count == 0 { return Tensor(out) }
    let rows = isShared ? 1 : values.count / columns
    let a = sorted.box.reshapedView([rows, length]), b = values.box.reshapedView([rows, columns])
    withExtendedLifetime((sorted, values, a, b)) { cr_search_sorted(a.c, b.c, right, out.c) }
    return Tensor(out)
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) { (nil, nil) }
  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor { s.y }
  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    // One sequence for all values serves all examples.
    if !xBatched, x.rank == 1 { return self(x, w) }
    let sorted = x.whole(xBatched, size), values = w.whole(wBatched, size)
    if sorted.rank > 2 || values.rank == 2 { return self(sorted, values) }
    return self(sorted, values.reshaped([size, -1])).reshaped(values.shape)
  }
}

/// Returns for each value where it would be inserted in a sorted sequence: before its equals, or with `right` after them.
///
/// - Parameters:
///   - sorted: [n], for all values, or [..., n], for the rows of values; rising. NaN counts as the greatest.
///   - values: any shape, or [..., m].
///   - right: whether a value comes after its equals.
///   - outInt32: whether the result is int32, else int64.
///   - sorter: the indices that sort `sorted`, where it is not.
public func searchsorted(_ sorted: Tensor, _ values: Tensor, right: Bool = false, outInt32: Bool = false, sorter: Tensor? = nil) -> Tensor {
  orFail([sorted, values]) { () throws(TensorError) in
    func refusal(_ message: String, _ hint: String) -> TensorError {
      TensorError(.shape, message, hint: hint, operation: "searchsorted")
    }
    guard sorted.rank > 0 else {
      throw refusal("torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1", "Give a sequence.")
    }
    guard sorted.rank == 1 || sorted.shape.dropLast() == values.shape.dropLast(), sorted.rank == 1 || values.rank > 0 else {
      throw refusal(
        "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value "
          + "tensor must match, but we got boundaries tensor \(sorted.shape) and input value tensor \(values.shape)",
        "Give one sequence for all values, or one for each row.")
    }
    if let sorter {
      guard sorter.shape == sorted.shape, sorter.dtype == .int64 else {
        throw refusal(
          "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor \(sorted.shape) and got sorter tensor "
            + "\(sorter.shape)", "The sorter is what argsort gives, int64.")
      }
      return SearchSorted(right: right, outInt32: outInt32)(sorted.detach().gather(dim: -1, index: sorter), values.detach())
    }
    return SearchSorted(right: right, outInt32: outInt32)(sorted.detach(), values.detach())
  }
}

/// Returns whether each element of `elements` is among those of `test`; with `invert` whether it is not.
public func isin(_ elements: Tensor, _ test: Tensor, invert: Bool = false) -> Tensor {
  if elements.dtype == .bool || test.dtype == .bool {
    return fail(
      TensorError(
        .dtype, "Unsupported input type encountered for isin(): Bool", hint: "Convert first: x.to(.uint8).", operation: "isin"
      ).describing([elements, test]))
  }
  let x = elements.detach(), n = test.count
  if n == 0 { return Tensor.full(x.shape, 0, dtype: .bool).logicalXor(Tensor.full([], invert ? 1 : 0, dtype: .bool)) }
  let sorted = test.detach().flattened().sort().values, flat = x.flattened()
  let place = searchsorted(sorted, flat).clamp(max: n - 1)
  let found = sorted.gather(dim: 0, index: place) .== flat
  return (invert ? found.logicalNot() : found).reshaped(x.shape)
}

extension Tensor {
  /// Returns for each element the number of the bucket between the rising `boundaries` it lies in; a boundary belongs to the bucket below
  /// it, or with `right` to the one above.
  public func bucketize(_ boundaries: Tensor, right: Bool = false, outInt32: Bool = false) -> Tensor {
    guard boundaries.rank == 1 else {
      return fail(
        TensorError(
          .shape, "boundaries tensor must be 1 dimension, but got dim(\(boundaries.rank))", hint: "Flatten it with flattened().",
          operation: "bucketize"
        ).describing([self, boundaries]))
    }
    return searchsorted(boundaries, self, right: right, outInt32: outInt32)
  }
}
