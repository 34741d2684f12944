import ChainRule

/// Every public function that takes numbers, by family.
enum Table {
  static let calls: [Call] =
    elementwise + reductions + shaping + indexing + products + longerList + factorizations + network + creation + autograd + transforms
    + passes
    + layers + losses + training + symbolic + explaining + protocols + spellings + imageTransforms

  /// A case, by where its function is in the table and where it is among that one's cases.
  struct Place {
    let row: Int
    let index: Int

    init(row: Int, index: Int) {
      self.row = row
      self.index = index
    }

    /// As a worker is given it: `12.3`.
    init?(_ text: String) {
      let numbers = text.split(separator: ".").compactMap { Int($0) }
      guard numbers.count == 2 else { return nil }
      self.init(row: numbers[0], index: numbers[1])
    }

    var text: String { "\(row).\(index)" }
    var call: Call { Table.calls[row] }
  }

  static var places: [Place] { calls.indices.flatMap { row in calls[row].cases.indices.map { Place(row: row, index: $0) } } }

  /// A tensor of small numbers that differ.
  static func t(_ sizes: Int...) -> Tensor {
    let count = sizes.reduce(1, *)
    return Tensor((0..<count).map { Double($0 % 7) * 0.25 + 0.1 }, shape: sizes, dtype: .float32)
  }

  /// Indices into a dimension of two.
  static func index(_ sizes: Int...) -> Tensor { Tensor((0..<sizes.reduce(1, *)).map { $0 % 2 }, shape: sizes) }

  static func mask(_ sizes: Int...) -> Tensor { Tensor((0..<sizes.reduce(1, *)).map { $0 % 2 == 0 }, shape: sizes) }

  static let x = t(2, 3)
}
