/// Sums of products written as an equation of subscripts: the Einstein summation convention.
///
///     einsum("bij,bjk->bik", [a, b])    // a batch of matrix products
///     einsum("ii", [m])                 // the trace
///
/// Each letter names a dimension; those that do not stand after the arrow are summed over. Without an arrow the letters
/// that occur once are kept, in alphabetical order. `...` stands for dimensions that broadcast. Operands are contracted
/// from left to right, each pair as one batch of matrix products.
public func einsum(_ equation: String, _ operands: [Tensor]) -> Tensor {
  orFail(operands) { () throws(TensorError) in try Einsum(equation, operands).evaluate() }
}

/// One operand with a label for each dimension. Letters are their code, dimensions of an ellipsis negative, -1 the last.
private struct Labelled {
  var tensor: Tensor
  var labels: [Int]

  /// Sums over the labels that nobody needs any more.
  mutating func sum(exceptFor kept: Set<Int>) {
    let dims = labels.indices.filter { !kept.contains(labels[$0]) }
    if dims.isEmpty { return }
    tensor = tensor.sum(dim: dims)
    labels.removeAll { !kept.contains($0) }
  }

  /// The dimensions in this order of labels; those it lacks are added with size 1.
  func arranged(_ order: [Int]) -> Tensor {
    let present = order.filter(labels.contains)
    var result = tensor.permuted(present.map { label in labels.firstIndex(of: label) ?? 0 })
    for (i, label) in order.enumerated() where !labels.contains(label) { result = result.unsqueezed(i) }
    return result
  }

  func size(_ label: Int) -> Int { labels.firstIndex(of: label).map { tensor.size($0) } ?? 1 }
}

private struct Einsum {
  private var operands: [Labelled] = []
  private var output: [Int] = []

  init(_ equation: String, _ tensors: [Tensor]) throws(TensorError) {
    let sides = Self.split(equation.filter { $0 != " " }, "->")
    guard sides.count <= 2, let left = sides.first else { throw Self.error("found \"->\" more than once", "Write one arrow.") }
    let terms = Self.split(left, ",")
    guard terms.count == tensors.count else {
      throw Self.error(
        terms.count > tensors.count
          ? "fewer operands were provided than specified in the equation" : "more operands were provided than specified in the equation",
        "The equation names \(terms.count) operands, \(tensors.count) are given.")
    }
    for (i, (term, tensor)) in zip(terms, tensors).enumerated() {
      var labels = try Self.labels(term, ellipsis: tensor.rank - term.count(where: { $0 != "." }))
      guard labels.count == tensor.rank else {
        throw Self.error(
          "the number of subscripts in the equation (\(labels.count)) does not match the number of dimensions (\(tensor.rank)) for operand "
            + "\(i)" + (term.contains(".") ? "" : " and no ellipsis was given"),
          "Give one letter for each dimension.")
      }
      operands.append(Labelled(tensor: try Self.diagonals(tensor, &labels, i), labels: labels))
    }
    let ellipsis = operands.flatMap(\.labels).filter { $0 < 0 }.min().map { -$0 } ?? 0
    if sides.count == 2 {
      output = try Self.labels(sides[1], ellipsis: sides[1].contains(".") ? ellipsis : 0)
    } else {
      var count: [Int: Int] = [:]
      for term in terms { for label in try Self.labels(term, ellipsis: 0) { count[label, default: 0] += 1 } }
      output = (0..<ellipsis).map { $0 - ellipsis } + count.filter { $0.value == 1 }.keys.sorted()
    }
    try checkOutput()
    try checkSizes()
  }

  private static func error(_ message: String, _ hint: String) -> TensorError {
    TensorError(.argument, "einsum(): " + message, hint: hint, operation: "einsum")
  }

  private static func split(_ text: String, _ separator: String) -> [String] {
    var parts: [String] = [], current = "", rest = text[...]
    while let c = rest.first {
      if rest.hasPrefix(separator) {
        parts.append(current)
        current = ""
        rest = rest.dropFirst(separator.count)
      } else {
        current.append(c)
        rest = rest.dropFirst()
      }
    }
    return parts + [current]
  }

  /// The labels of a term, `...` standing for as many dimensions as given.
  private static func labels(_ term: String, ellipsis: Int) throws(TensorError) -> [Int] {
    var labels: [Int] = [], rest = term[...], isFound = false
    while let c = rest.first {
      if rest.hasPrefix("..."), !isFound {
        isFound = true
        if ellipsis > 0 { labels += (0..<ellipsis).map { $0 - ellipsis } }
        rest = rest.dropFirst(3)
      } else if c.isASCII, c.isLetter, let code = c.asciiValue {
        labels.append(Int(code))
        rest = rest.dropFirst()
      } else {
        throw error(
          "invalid subscript given at index \(term.count - rest.count) in the equation string, subscripts must be in [a-zA-Z]",
          "Letters, one ellipsis, commas and an arrow make an equation.")
      }
    }
    return labels
  }

  /// A label that stands twice in one operand names its diagonal.
  private static func diagonals(_ tensor: Tensor, _ labels: inout [Int], _ i: Int) throws(TensorError) -> Tensor {
    var result = tensor, a = 0
    while a < labels.count {
      guard let b = labels[(a + 1)...].firstIndex(of: labels[a]) else {
        a += 1
        continue
      }
      guard result.size(a) == result.size(b) else {
        throw error(
          "subscript \(name(labels[a])) is repeated for operand \(i) but the sizes don't match, \(result.size(b)) != \(result.size(a))",
          "A diagonal needs equal sizes.")
      }
      result = result.diagonal(dim1: a, dim2: b)
      let label = labels[a]
      labels.remove(at: b)
      labels.remove(at: a)
      labels.append(label)
    }
    return result
  }

  private static func name(_ label: Int) -> String { label < 0 ? "..." : String(UnicodeScalar(UInt8(label))) }

  private func checkOutput() throws(TensorError) {
    for (i, label) in output.enumerated() {
      if output[..<i].contains(label) {
        throw Self.error("output subscript \(Self.name(label)) appears more than once in the output", "Name each dimension once.")
      }
      if !operands.contains(where: { $0.labels.contains(label) }) {
        throw Self.error(
          "output subscript \(Self.name(label)) does not appear in the equation for any input operand", "Name dimensions that are there.")
      }
    }
  }

  private func checkSizes() throws(TensorError) {
    var sizes: [Int: Int] = [:]
    for (i, operand) in operands.enumerated() {
      for label in operand.labels {
        let size = operand.size(label), known = sizes[label] ?? 1
        guard known == size || known == 1 || size == 1 else {
          throw Self.error(
            "subscript \(Self.name(label)) has size \(size) for operand \(i) which does not broadcast with previously seen size \(known)",
            "A letter has one size everywhere, or 1.")
        }
        sizes[label] = known == 1 ? size : known
      }
    }
  }

  func evaluate() throws(TensorError) -> Tensor {
    guard var result = operands.first else {
      throw Self.error("must provide at least one operand", "Give the tensors after the equation.")
    }
    for i in 1..<max(operands.count, 1) {
      let later = Set(operands[(i + 1)...].flatMap(\.labels)).union(output)
      result = contract(result, operands[i], keeping: later)
    }
    result.sum(exceptFor: Set(output))
    return result.arranged(output)
  }

  /// The product of two operands, summed over the labels that both have and nobody needs any more.
  private func contract(_ a: Labelled, _ b: Labelled, keeping kept: Set<Int>) -> Labelled {
    var a = a, b = b
    a.sum(exceptFor: kept.union(b.labels))
    b.sum(exceptFor: kept.union(a.labels))
    let shared = a.labels.filter(b.labels.contains)
    let batch = shared.filter(kept.contains), summed = shared.filter { !kept.contains($0) }
    let rows = a.labels.filter { !b.labels.contains($0) }, columns = b.labels.filter { !a.labels.contains($0) }
    let labels = batch + rows + columns
    // Nothing to sum is no product of matrices, and promotes.
    if summed.isEmpty { return Labelled(tensor: a.arranged(labels) * b.arranged(labels), labels: labels) }
    func extent(_ list: [Int]) -> [Int] { list.map { max(a.size($0), b.size($0)) * (a.size($0) == 0 || b.size($0) == 0 ? 0 : 1) } }
    let sizes = (batch: extent(batch), rows: extent(rows), summed: extent(summed), columns: extent(columns))
    func total(_ list: [Int]) -> Int { list.reduce(1, *) }
    let left = a.arranged(batch + rows + summed).expanded(sizes.batch + sizes.rows + sizes.summed)
      .reshaped(total(sizes.batch), total(sizes.rows), total(sizes.summed))
    let right = b.arranged(batch + summed + columns).expanded(sizes.batch + sizes.summed + sizes.columns)
      .reshaped(total(sizes.batch), total(sizes.summed), total(sizes.columns))
    return Labelled(tensor: left.bmm(right).reshaped(sizes.batch + sizes.rows + sizes.columns), labels: labels)
  }
}
