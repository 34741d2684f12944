public import ChainRule

/// What a file says of one of its arrays; the elements themselves have not been read.
public struct ArrayDescription: Sendable, Hashable {
  /// The name of the array.
  public let name: String
  /// The sizes of the dimensions; empty for a single number, and where the file's word cannot be read.
  public let shape: [Int]
  /// The type of the elements as the file names it: `F32`, `BF16`, `<f8`, `<U1`.
  public let elementType: String
  /// The type of the tensor that the array is read as; nil where there is none.
  public let dtype: DType?
  /// Why the array cannot be read as a tensor; nil where it can, as far as its description says.
  public let problem: String?
}

extension ArrayDescription {
  init(name: String, shape: [Int], elementType: String, type: ElementType?, problem: String?) {
    self.name = name
    self.shape = shape
    self.elementType = elementType
    dtype = problem == nil ? type?.dtype : nil
    self.problem = problem ?? (dtype == nil ? ElementType.noTensorType(type?.rawValue ?? elementType) : nil)
  }
}

extension ElementType {
  /// The sentence for elements that no tensor holds.
  static func noTensorType(_ name: String) -> String { "no tensor type holds the values of \(name)" }
}
