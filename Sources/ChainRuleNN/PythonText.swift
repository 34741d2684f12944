package import ChainRule

/// Values as PyTorch's printed modules write them.
package enum PythonText {
  /// `True` or `False`.
  package static func text(_ value: Bool) -> String { value ? "True" : "False" }
  /// `(3, 4)`, and `(3,)` for one.
  package static func tuple(_ values: [Int]) -> String {
    values.count == 1 ? "(\(values[0]),)" : "(" + values.map(String.init).joined(separator: ", ") + ")"
  }
  /// One number as it was given, or a tuple of several.
  package static func sizes(_ sizes: [Int]) -> String { sizes.count == 1 ? "\(sizes[0])" : tuple(sizes) }
  /// `inplace=True` after what stands before it, or that alone.
  package static func inplace(_ inplace: Bool, after text: String = "") -> String {
    inplace ? (text.isEmpty ? "" : text + ", ") + "inplace=True" : text
  }
}

/// A number with the text it was given as: PyTorch prints `2` for 2 and `2.0` for 2.0.
package struct WrittenNumber: Sendable {
  package let value: Double
  package let text: String

  package init(_ number: some TensorScalar) {
    value = number.doubleValue
    text = "\(number)"
  }
}
