/// Prints a tensor exactly as PyTorch 2.13 does.
///
/// The formatter knows nothing of storage: it reads elements through a closure, and only those it prints, so that the text
/// of a summarised tensor costs the same however large the tensor is.
package struct TensorFormatter {
  /// How to read the element at a flat index, counted in row-major order.
  package enum Elements {
    /// Floating-point elements; narrower types are widened, which is exact.
    case float((Int) -> Double)
    /// Integers of any width.
    case integer((Int) -> Int64)
    /// Truth values.
    case bool((Int) -> Bool)
  }

  /// What the text says about gradients, after the type.
  package enum Gradient {
    /// Nothing.
    case none
    /// `requires_grad=True`: a leaf.
    case required
    /// `grad_fn=<AddBackward0>`: the result of a recorded operation.
    case function(String)
  }

  let shape: [Int]
  let dtype: DType
  let options: PrintOptions
  private let edgeItems: Int
  private let isSummarised: Bool

  /// A formatter for tensors of one shape and type.
  package init(shape: [Int], dtype: DType, options: PrintOptions = .default) {
    self.shape = shape
    self.dtype = dtype
    self.options = options
    edgeItems = max(options.edgeItems, 0)
    isSummarised = !shape.contains(0) && shape.reduce(1, *) > options.threshold
  }

  /// The whole text, such as `tensor([1., 2.], grad_fn=<MulBackward0>)`.
  ///
  /// - Parameters:
  ///   - prefix: What stands before the numbers; its length indents the lines that follow.
  ///   - extraSuffixes: Further `key=value` texts after PyTorch's own, such as a tangent.
  package func text(
    _ elements: Elements, gradient: Gradient = .none, prefix: String = "tensor(", defaultDType: DType = .float32,
    extraSuffixes: [String] = []
  ) -> String {
    var suffixes = shapeAndTypeSuffixes(defaultDType: defaultDType)
    switch gradient {
    case .none: break
    case .required: suffixes.append("requires_grad=True")
    case .function(let name): suffixes.append("grad_fn=<\(name)>")
    }
    suffixes += extraSuffixes

    let indent = prefix.unicodeScalars.count
    var out = prefix + values(elements, indent: indent)
    // PyTorch counts the last line two characters longer than it is, and ", " once more with each suffix.
    var lineLength = out.unicodeScalars.reversed().prefix { $0 != "\n" }.count + 2
    for suffix in suffixes {
      let length = suffix.unicodeScalars.count
      if lineLength + length + 2 > options.lineWidth {
        out += ",\n" + String(repeating: " ", count: indent) + suffix
        lineLength = indent + length
      } else {
        out += ", " + suffix
        lineLength += length + 2
      }
    }
    return out + ")"
  }

  private func shapeAndTypeSuffixes(defaultDType: DType) -> [String] {
    var suffixes: [String] = []
    let isEmpty = shape.contains(0)
    // Elements show the shape, and whether they are integers, truth values or of the default type; `[]` shows neither.
    if isEmpty ? shape.count != 1 : edgeItems == 0 {
      suffixes.append("size=(" + shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? ",)" : ")"))
    }
    let isEvident = dtype == defaultDType || (!isEmpty && (dtype == .int64 || dtype == .bool))
    if !isEvident { suffixes.append("dtype=\(dtype)") }
    return suffixes
  }

  /// The numbers in their brackets, without prefix and suffixes; `indent` is the column they start in.
  package func values(_ elements: Elements, indent: Int = 0) -> String {
    if shape.contains(0) { return "[]" }
    let (cells, width) = cells(elements)
    var layout = TensorLayout(cells: cells, width: width, lineWidth: options.lineWidth)
    layout.append(shape.map(parts)[...], indent: indent)
    return layout.text
  }

  /// Which positions of a dimension are printed.
  private func parts(_ size: Int) -> TensorLayout.Dimension {
    guard isSummarised, size - edgeItems > edgeItems else { return .init(head: size, tail: 0, isElided: false) }
    return .init(head: edgeItems, tail: edgeItems, isElided: true)
  }

  /// The texts of the printed elements in order, and the width they are padded to.
  private func cells(_ elements: Elements) -> (texts: [String], width: Int) {
    let indices = printedIndices()
    switch elements {
    case .float(let read):
      let values = indices.map(read)
      let format = FloatFormat(values, options: options)
      return (values.map(format.text), format.width)
    case .integer(let read): return Self.measured(indices.map { String(read($0)) })
    case .bool(let read): return Self.measured(indices.map { read($0) ? "True" : "False" })
    }
  }

  private static func measured(_ texts: [String]) -> (texts: [String], width: Int) {
    (texts, texts.reduce(1) { max($0, $1.utf8.count) })
  }

  /// The flat indices of the elements that are printed, ascending.
  private func printedIndices() -> [Int] {
    var indices = [0]
    for size in shape {
      let part = parts(size)
      var inner: [Int] = []
      inner.reserveCapacity(indices.count * (part.head + part.tail))
      for start in indices {
        let row = start * size
        inner.append(contentsOf: row..<row + part.head)
        inner.append(contentsOf: row + size - part.tail..<row + size)
      }
      indices = inner
    }
    return indices
  }
}
