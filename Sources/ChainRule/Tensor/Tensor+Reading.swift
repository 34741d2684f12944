import CKernels

extension Tensor {
  /// The elements in row-major order, contiguous and outside every graph; refused inside transforms.
  func readable(_ operation: String) -> Tensor? {
    let value = detach()
    if value.box.flags.contains(.poison) { return nil }
    if value.box.flags.contains(.wrapped) {
      fail(Rules.transformedRead(operation))
      return nil
    }
    return value.box.isContiguous ? value : Tensor.copied(value)
  }

  /// The one element of this tensor as a `Double`.
  public func item() -> Double { item(as: Double.self) }

  /// The one element of this tensor, exactly, as `type`; a real number read as an integer is truncated.
  public func item<E: TensorElement>(as type: E.Type) -> E {
    guard count == 1 else {
      fail(
        TensorError(
          .shape, "a Tensor with \(count) elements cannot be converted to Scalar",
          mend: "Reduce it first (sum(), mean()), pick one element (x[0]), or read them all with array(of:).", operation: "item"
        ).describing([self]))
      return E.zeroElement
    }
    guard detach().box.flags.contains(.wrapped) else { return array(of: type).first ?? E.zeroElement }
    fail(E.self == Bool.self ? Rules.transformedControlFlow : Rules.transformedRead("item()"))
    return E.zeroElement
  }

  /// The elements in row-major order, converted to `type`.
  public func array<E: TensorElement>(of type: E.Type) -> [E] {
    guard let value = readable("array(of:)") else { return [] }
    let converted = value.converted(to: E.dtype)
    // An array without room is the one that all empty arrays share: to set its count would be a write that threads race for.
    if converted.count == 0 { return [] }
    return [E](unsafeUninitializedCapacity: converted.count) { buffer, initialized in
      let data = converted.box.c.pointee.data!
      UnsafeMutableRawPointer(buffer.baseAddress!).copyMemory(from: data, byteCount: converted.count * MemoryLayout<E>.stride)
      initialized = converted.count
    }
  }

  /// Gives `body` the elements' bytes, row-major, as the tensor's own type lays them out.
  package func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    guard let value = readable("withBytes") else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    defer { withExtendedLifetime(value) {} }
    return try body(UnsafeRawBufferPointer(start: value.box.c.pointee.data, count: value.count * value.dtype.size))
  }
}

extension Rules {
  /// Inside a transform there is no one value to read.
  static func transformedRead(_ operation: String) -> TensorError {
    TensorError(
      .transform,
      "vmap: It looks like you're calling .\(operation) on a Tensor. We don't support vmap over calling .\(operation) on a Tensor, please "
        + "try to rewrite what you're doing with other operations.",
      mend: "Inside a transform a tensor stands for many values: keep computing with tensors and read the result outside.",
      operation: operation)
  }

  /// A truth value is read to branch on.
  static var transformedControlFlow: TensorError {
    TensorError(
      .transform,
      "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet.",
      mend: "Inside a transform both branches are computed: choose with Tensor.where(condition, x, w).", operation: "item")
  }
}

extension TensorElement {
  /// What a refused read gives back inside `catching`; never seen outside.
  static var zeroElement: Self {
    [Self](unsafeUninitializedCapacity: 1) { buffer, n in
      UnsafeMutableRawPointer(buffer.baseAddress!).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<Self>.stride)
      n = 1
    }[0]
  }
}
