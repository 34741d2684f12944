import ChainRule

/// Every public function that takes numbers, by family.
enum Table {
  static let calls: [Call] =
    elementwise + reductions + shaping + indexing + products + network + creation + autograd + transforms + layers + losses + training
    + symbolic + explaining + protocols

  static let cases: [(call: Call, index: Int)] = calls.flatMap { call in call.cases.indices.map { (call, $0) } }

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
