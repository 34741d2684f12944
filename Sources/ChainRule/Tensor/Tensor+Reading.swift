import CKernels

extension Tensor {
  /// The elements in row-major order, contiguous and outside every graph; refused inside transforms.
  func readable(_ operation: String) -> Tensor? {
    if Tracer.refusesReading(self, operation) { return nil }
    let value = detach()
    if value.box.flags.contains(.poison) { return nil }
    if value.box.flags.contains(.wrapped) {
      fail(Rules.transformedRead(operation))
      return nil
    }
    return value.orFailPacked(operation)
  }

  /// The elements row-major without gaps, outside every graph; nil where a copy of them found no memory, which has been refused then.
  func orFailPacked(_ operation: String) -> Tensor? {
    do throws(TensorError) {
      return try packed
    } catch {
      fail(error.named(operation).describing([self]))
      return nil
    }
  }

  /// The one element of this tensor as a `Double`.
  public func item() -> Double { item(as: Double.self) }

  /// The one element of this tensor as `type`: an integer loses the fraction of a real number, a real number is the nearest that
  /// the type has, and a truth value is whether the element is not 0. An element that does not fit in an integer type, NaN among them,
  /// is refused.
  public func item<E: TensorElement>(as type: E.Type) -> E {
    guard count == 1 else {
      fail(
        TensorError(
          .shape, "a Tensor with \(count) elements cannot be converted to Scalar",
          hint: "Reduce it first (sum(), mean()), pick one element (x[0]), or read them all with array(of:).", operation: "item"
        ).describing([self]))
      return E.zeroElement
    }
    guard detach().box.flags.contains(.wrapped) else {
      let element = read(type, "item").first ?? E.zeroElement
      if isTracked, isGradEnabled, let number = element as? Double ?? (element as? Float).map(Double.init) {
        Warnings.noteRead(number, from: self)
      }
      return element
    }
    fail(E.self == Bool.self ? Rules.transformedControlFlow : Rules.transformedRead("item()"))
    return E.zeroElement
  }

  /// The elements in row-major order, converted to `type` as `item(as:)` converts one.
  public func array<E: TensorElement>(of type: E.Type) -> [E] { read(type, "array(of:)") }

  private func read<E: TensorElement>(_ type: E.Type, _ operation: String) -> [E] {
    guard let value = readable(operation) else { return [] }
    if let bad = value.box.firstUnfit(E.dtype, wrapping: false) {
      let element = value.flattened()[bad], number = element.dtype.isFloatingPoint ? "\(element.item())" : "\(element.item(as: Int.self))"
      fail(Rules.unreadable(number, E.dtype, operation, place: count == 1 ? "The element" : "Element \(bad)").describing([self]))
      return []
    }
    let converted = orFail([value]) { () throws(TensorError) in try value.converted(to: E.dtype) }
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

extension TensorBox {
  /// The position of the first element that has no place in `target`, an integer type; of a contiguous box.
  ///
  /// - Parameter wrapping: whether integers below 0 wrap around in a type without sign, as where PyTorch makes tensors.
  func firstUnfit(_ target: DType, wrapping: Bool = true) -> Int? {
    let isWider = dtype == .bool || DType.promoted(dtype, target) == target
    guard target.category == .integer, dtype != target, !isWider, let data = c.pointee.data else { return nil }
    func first<T>(_ type: T.Type, _ number: (T) -> Scalar) -> Int? {
      UnsafeBufferPointer(start: data.assumingMemoryBound(to: T.self), count: count).firstIndex {
        let n = number($0)
        return !n.fits(target) || (target == .uint8 && !wrapping && n.real < 0)
      }
    }
    switch dtype {
    case .uint8: return first(UInt8.self) { Scalar(Int($0)) }
    case .int8, .int16, .float16, .bfloat16:
      guard let wide = try? Tensor(self).converted(to: dtype.wide) else { return nil }
      return wide.box.firstUnfit(target, wrapping: wrapping)
    case .int32: return first(Int32.self) { Scalar(Int($0)) }
    case .int64: return first(Int64.self) { Scalar(Int($0)) }
    case .float32: return first(Float.self) { Scalar(Double($0)) }
    default: return first(Double.self) { Scalar($0) }
    }
  }
}

extension Rules {
  /// An element has no place in the type it is read as; Python's sentences, where Python has one.
  static func unreadable(_ number: String, _ target: DType, _ operation: String, place: String) -> TensorError {
    switch number {
    case "nan", "-nan":
      TensorError(
        .argument, "cannot convert float NaN to integer", hint: "\(place) is NaN: look for it with isNaN(), or read it as a Double.",
        operation: operation)
    case "inf", "-inf":
      TensorError(
        .argument, "cannot convert float infinity to integer",
        hint: "\(place) is \(number): look for it with isInf(), or read it as a Double.", operation: operation)
    default: overflow(number, target.name, target, operation, place: place)
    }
  }

  /// Inside a transform there is no one value to read.
  static func transformedRead(_ operation: String) -> TensorError {
    TensorError(
      .transform,
      "vmap: It looks like you're calling .\(operation) on a Tensor. We don't support vmap over calling .\(operation) on a Tensor, please "
        + "try to rewrite what you're doing with other operations.",
      hint: "Inside a transform a tensor stands for many values: keep computing with tensors and read the result outside.",
      operation: operation)
  }

  /// A truth value is read to branch on.
  static var transformedControlFlow: TensorError {
    TensorError(
      .transform,
      "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet.",
      hint: "Inside a transform both branches are computed: choose with Tensor.where(condition, x, w).", operation: "item")
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
