/// Values as PyTorch's printed modules write them.
package enum PythonText {
  /// `True` or `False`.
  package static func text(_ value: Bool) -> String { value ? "True" : "False" }
  /// `(3, 4)`, and `(3,)` for one.
  package static func tuple(_ values: [Int]) -> String {
    values.count == 1 ? "(\(values[0]),)" : "(" + values.map(String.init).joined(separator: ", ") + ")"
  }
}
