// Tensors to and from Swift's own values, in the spelling of Swift's conversions.

extension Double {
  /// The one element of `tensor`, as `item(as:)` reads it.
  public init(_ tensor: Tensor) { self = tensor.item(as: Double.self) }
}

extension Float {
  /// The one element of `tensor`, as `item(as:)` reads it.
  public init(_ tensor: Tensor) { self = tensor.item(as: Float.self) }
}

extension Int {
  /// The one element of `tensor`, as `item(as:)` reads it: a real number loses its fraction.
  public init(_ tensor: Tensor) { self = tensor.item(as: Int.self) }
}

extension Bool {
  /// Whether the one element of `tensor` is not 0, as `item(as:)` reads it.
  public init(_ tensor: Tensor) { self = tensor.item(as: Bool.self) }
}

/// Arrays that a tensor can be read into, for arrays of them.
private protocol ReadFromTensor {
  init(_ tensor: Tensor)
}

extension Array: ReadFromTensor where Element: NestedElements {
  /// The elements of `tensor`: `[Float](t)` has all of them, row-major; `[[Float]](t)` has the rows of a matrix, and so on.
  ///
  ///     [[Double]](Tensor([[1, 2], [3, 4]]))    // [[1.0, 2.0], [3.0, 4.0]]
  ///
  /// Traps, and throws inside `catching`, where arrays are nested to another depth than 1 or the number of dimensions.
  public init(_ tensor: Tensor) {
    if Element.nestingDepth == 0, let all = tensor.array(of: Leaf.self) as? [Element] {
      self = all
    } else if let inner = Element.self as? any ReadFromTensor.Type, Element.nestingDepth + 1 == tensor.rank {
      // Packed first: what repeats a number without end is refused there, before a row is made.
      self = tensor.readable("Array")?.unbind().compactMap { inner.init($0) as? Element } ?? []
    } else {
      fail(
        TensorError(
          .shape, "a Tensor of \(tensor.rank) dimensions cannot be read as \(Self.self)",
          hint: "[\(Element.Leaf.self)](t) reads all elements row-major; else nest as many arrays as there are dimensions.",
          operation: "Array"
        ).describing([tensor]))
      self = []
    }
  }
}

extension Tensor {
  /// The elements in row-major order, in the type that is asked for: `let values: [Float] = t.array()`.
  public func array<E: TensorElement>() -> [E] { array(of: E.self) }

  /// Gives `body` the elements' bytes: row-major without gaps, as `dtype` lays them out in this machine's memory. They live until `body`
  /// returns.
  ///
  ///     let data = t.withUnsafeBytes { Data($0) }
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { try withBytes(body) }

  /// A tensor of the elements that `bytes` hold, row-major, as `dtype` lays them out in this machine's memory: `Data`, `[UInt8]`, a buffer.
  ///
  ///     Tensor(bytes: data, shape: [2, 3], dtype: .float32)
  ///
  /// Traps, and throws inside `catching`, where there are not as many bytes as the shape takes.
  public init(bytes: some Collection<UInt8>, shape: [Int], dtype: DType) {
    guard shape.allSatisfy({ $0 >= 0 }) else {
      self = fail(
        TensorError(
          .shape, "shape '\(shape)' has a negative size", hint: "Sizes are 0 or more.", operation: "Tensor"))
      return
    }
    let copied = bytes.withContiguousStorageIfAvailable { Tensor(bytes: UnsafeRawBufferPointer($0), shape: shape, dtype: dtype) }
    self = copied ?? Array(bytes).withUnsafeBytes { Tensor(bytes: $0, shape: shape, dtype: dtype) }
  }
}

extension ArraySlice: NestedElements where Element: NestedElements {
  /// The innermost type.
  public typealias Leaf = Element.Leaf
  /// One more than its elements'.
  public static var nestingDepth: Int { Element.nestingDepth + 1 }
  /// Notes this slice's length and its first element's sizes.
  public func collectSizes(_ sizes: inout [Int], at depth: Int) { Array(self).collectSizes(&sizes, at: depth) }
  /// Appends the numbers of each element in turn.
  public func append(to elements: inout [Leaf], sizes: [Int], path: [Int]) throws(RaggedArray) {
    try Array(self).append(to: &elements, sizes: sizes, path: path)
  }
}

extension ContiguousArray: NestedElements where Element: NestedElements {
  /// The innermost type.
  public typealias Leaf = Element.Leaf
  /// One more than its elements'.
  public static var nestingDepth: Int { Element.nestingDepth + 1 }
  /// Notes this array's length and its first element's sizes.
  public func collectSizes(_ sizes: inout [Int], at depth: Int) { Array(self).collectSizes(&sizes, at: depth) }
  /// Appends the numbers of each element in turn.
  public func append(to elements: inout [Leaf], sizes: [Int], path: [Int]) throws(RaggedArray) {
    try Array(self).append(to: &elements, sizes: sizes, path: path)
  }
}
