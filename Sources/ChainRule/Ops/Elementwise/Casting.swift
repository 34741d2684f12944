import CKernels

/// Copies that change type or layout, not values.
enum Casting {
  static let catalog: [OperationInfo] = [Convert.info, Contiguous.info, Clone.info]
}

struct Convert: UnaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "to", "The elements in another type.", call: "x.to(.float64)", formula: "x", derivative: "1, in the type of x",
    samples: OperationSample.elementwise(.real) { $0.clone().to(.float64) })
  let dtype: DType
  let from: DType
  var nodeName: String { "ToCopyBackward0" }
  var attributes: [(name: String, value: String)] { [("dtype", dtype.name)] }
  var saves: Saves { [] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    guard dtype.hasKernels else {
      throw TensorError(
        .dtype, "tensors of type \(dtype.name) cannot be made yet",
        hint: "Use one of bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64.", operation: "to")
    }
    return try x.converted(to: dtype)
  }
  func vjp(_ dy: Tensor, _ s: Saved) -> Tensor { dy.to(from) }
  func jvp(_ dx: Tensor, _ s: Saved) -> Tensor { dx.to(dtype) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

struct Contiguous: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "contiguous", "The same elements, row-major without gaps.", call: "x.contiguous()", formula: "x", derivative: "1",
    samples: [OperationSample("transposed", [.init([3, 4])]) { $0[0].transposed(0, 1).contiguous() }])
  var nodeName: String { "CloneBackward0" }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { try Tensor.copied(x) }
  func transpose(_ dy: Tensor) -> Tensor { dy }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

struct Clone: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "clone", "A copy that gradients flow through.", call: "x.clone()", formula: "x", derivative: "1",
    samples: OperationSample.elementwise(.real) { $0.clone() })
  var nodeName: String { "CloneBackward0" }
  func forward(_ x: Tensor) throws(TensorError) -> Tensor { try Tensor.copied(x) }
  func transpose(_ dy: Tensor) -> Tensor { dy }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

extension Tensor {
  /// Returns the elements in another type; itself where the type is the same.
  ///
  /// Real numbers are truncated to integers, and integers wrap around in a narrower type. NaN and what lies outside become the smallest
  /// int64 or int32, and in narrower types its low bytes, 0: the same on every machine, where PyTorch leaves it to the processor. Real
  /// numbers are rounded to the nearest of a narrower type, ties to even, and what is too large becomes infinite. Anything but 0 is
  /// true.
  public func to(_ dtype: DType) -> Tensor {
    let current = self.dtype
    return current == dtype ? self : Convert(dtype: dtype, from: current)(self)
  }

  /// Returns a copy of the tensor that gradients flow through.
  public func clone() -> Tensor { Clone()(self) }

  /// A fresh row-major copy, outside every graph.
  static func copied(_ x: Tensor) throws(TensorError) -> Tensor {
    let out = try TensorBox.uninitialized(x.box.shape, x.box.dtype)
    cr_copy(x.box.c, out.c)
    return Tensor(out)
  }
}
