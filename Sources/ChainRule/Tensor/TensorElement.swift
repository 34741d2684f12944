import CKernels

/// A host type whose values a tensor is made of and read as.
public protocol TensorElement: NestedElements, Sendable where Leaf == Self {
  /// The element type with exactly these values.
  static var dtype: DType { get }
}

extension TensorElement {
  /// A number is an array of no dimensions.
  public static var nestingDepth: Int { 0 }
  /// A number has no sizes to tell.
  public func collectSizes(_ sizes: inout [Int], at depth: Int) {}
  /// Appends the number itself.
  public func append(to elements: inout [Self], sizes: [Int], path: [Int]) throws(RaggedArray) { elements.append(self) }
}

extension Float: TensorElement {
  /// `float32`.
  public static var dtype: DType { .float32 }
}
extension Double: TensorElement {
  /// `float64`; a tensor made of doubles takes the default type unless told otherwise.
  public static var dtype: DType { .float64 }
}
extension Int: TensorElement {
  /// `int64`.
  public static var dtype: DType { .int64 }
}
extension Int64: TensorElement {
  /// `int64`.
  public static var dtype: DType { .int64 }
}
extension Int32: TensorElement {
  /// `int32`.
  public static var dtype: DType { .int32 }
}
extension Int16: TensorElement {
  /// `int16`.
  public static var dtype: DType { .int16 }
}
extension Int8: TensorElement {
  /// `int8`.
  public static var dtype: DType { .int8 }
}
#if !(os(macOS) && arch(x86_64))
extension Float16: TensorElement {
  /// `float16`; Intel Macs have no such type.
  public static var dtype: DType { .float16 }
}
#endif
extension UInt8: TensorElement {
  /// `uint8`.
  public static var dtype: DType { .uint8 }
}
extension Bool: TensorElement {
  /// `bool`.
  public static var dtype: DType { .bool }
}

/// Arrays of any depth whose innermost elements are numbers: what a tensor can be written as.
public protocol NestedElements {
  /// The innermost type.
  associatedtype Leaf: TensorElement
  /// How many arrays deep the numbers lie.
  static var nestingDepth: Int { get }
  /// Notes the sizes along the first path down.
  func collectSizes(_ sizes: inout [Int], at depth: Int)
  /// Appends the numbers in row-major order.
  /// - Throws: where an array's length differs from its siblings'.
  func append(to elements: inout [Leaf], sizes: [Int], path: [Int]) throws(RaggedArray)
}

/// Where a nested array is not rectangular.
public struct RaggedArray: Error {
  /// The indices that lead to the array whose length is off.
  public let path: [Int]
  /// Its length.
  public let count: Int
  /// The length of its siblings.
  public let expected: Int
}

extension Array: NestedElements where Element: NestedElements {
  /// The innermost type.
  public typealias Leaf = Element.Leaf
  /// One more than its elements'.
  public static var nestingDepth: Int { Element.nestingDepth + 1 }

  /// Notes this array's length and its first element's sizes.
  public func collectSizes(_ sizes: inout [Int], at depth: Int) {
    guard sizes.indices.contains(depth) else { return }
    sizes[depth] = count
    first?.collectSizes(&sizes, at: depth + 1)
  }

  /// Appends the numbers of each element in turn.
  public func append(to elements: inout [Leaf], sizes: [Int], path: [Int]) throws(RaggedArray) {
    let expected = path.count < sizes.count ? sizes[path.count] : 0
    guard count == expected else { throw RaggedArray(path: path, count: count, expected: expected) }
    for (i, element) in enumerated() { try element.append(to: &elements, sizes: sizes, path: path + [i]) }
  }
}
