/// What the catalog says of one operation: its documentation, and what the gradient suite needs to check it.
package struct OperationInfo: Sendable {
  /// The name: PyTorch's, in Swift's grammar.
  package let name: String
  /// One line that says what it computes.
  package let summary: String
  /// How it is called, x being the first input, w the second, b the third.
  package let call: String
  /// The formula.
  package let formula: String
  /// The derivative.
  package let derivative: String
  /// The shapes of inputs and result.
  package let shapes: String
  /// Whether gradients flow through it.
  package let isDifferentiable: Bool
  /// Whether it takes integers, which some operations of PyTorch's have no kernel for.
  package let takesIntegers: Bool
  /// Whether `vmap` maps it; not where the shape of its result depends on values.
  package let isMappable: Bool
  /// Calls of the operation at points where it is smooth.
  package let samples: [OperationSample]

  package init(
    _ name: String, _ summary: String, call: String, formula: String, derivative: String, shapes: String = "elementwise",
    isDifferentiable: Bool = true, takesIntegers: Bool = true, isMappable: Bool = true, samples: [OperationSample]
  ) {
    self.name = name
    self.summary = summary
    self.call = call
    self.formula = formula
    self.derivative = derivative
    self.shapes = shapes
    self.isDifferentiable = isDifferentiable
    self.takesIntegers = takesIntegers
    self.isMappable = isMappable
    self.samples = samples
  }
}

/// Where the values of an input are drawn from, so that the operation is smooth there.
package enum Domain: Sendable {
  /// Between the bounds.
  case interval(Double, Double)
  /// Between the bounds, but at least `gap` away from each of the kinks.
  case avoiding([Double], gap: Double, Double, Double)
  /// All values at least 0.01 apart from each other, for maxima and sorting.
  case distinct
  /// Integers from 0 up to (not including) the bound: indices. Not differentiated.
  case index(Int)
  /// True or false. Not differentiated.
  case mask

  package static let real = Domain.interval(-2, 2)
  package static let positive = Domain.interval(0.3, 3)
  package static let nonzero = Domain.avoiding([0], gap: 0.3, -2, 2)
  package static let unit = Domain.interval(0.1, 0.9)

  package var isDifferentiable: Bool {
    switch self {
    case .index, .mask: false
    default: true
    }
  }
}

/// One call of an operation: the inputs it takes and how it is called.
package struct OperationSample: Sendable {
  package struct Input: Sendable {
    package let shape: [Int]
    package let domain: Domain
    package init(_ shape: [Int], _ domain: Domain = .real) {
      self.shape = shape
      self.domain = domain
    }
  }

  package let label: String
  package let inputs: [Input]
  package let call: @Sendable ([Tensor]) -> Tensor

  package init(_ label: String = "", _ inputs: [Input], _ call: @escaping @Sendable ([Tensor]) -> Tensor) {
    self.label = label
    self.inputs = inputs
    self.call = call
  }
}

extension OperationSample {
  /// Square, non-square, empty, 0-dimensional: what an elementwise operation of one input is tried with.
  static func elementwise(_ domain: Domain, _ call: @escaping @Sendable (Tensor) -> Tensor) -> [OperationSample] {
    [[3, 3], [2, 5], [0, 3], [], [4]].map { shape in
      OperationSample("\(shape)", [Input(shape, domain)]) { call($0[0]) }
    }
  }

  /// The same for two inputs, broadcasting included.
  static func binary(_ x: Domain, _ w: Domain, _ call: @escaping @Sendable (Tensor, Tensor) -> Tensor) -> [OperationSample] {
    let shapes: [([Int], [Int])] = [
      ([3, 3], [3, 3]), ([2, 5], [5]), ([4, 1], [1, 3]), ([], [2, 2]), ([3], []), ([0, 3], [3]), ([], []),
    ]
    return shapes.map { a, b in
      OperationSample("\(a) \(b)", [Input(a, x), Input(b, w)]) { call($0[0], $0[1]) }
    }
  }

  /// Operations that keep the shape and work along one dimension.
  static func alongDim(_ domain: Domain = .real, _ call: @escaping @Sendable (Tensor, Int) -> Tensor) -> [OperationSample] {
    [
      OperationSample("last", [Input([3, 4], domain)]) { call($0[0], -1) },
      OperationSample("first", [Input([3, 3], domain)]) { call($0[0], 0) },
      OperationSample("middle", [Input([2, 3, 2], domain)]) { call($0[0], 1) },
      OperationSample("0-dim", [Input([], domain)]) { call($0[0], 0) },
      OperationSample("empty", [Input([0, 3], domain)]) { call($0[0], 1) },
    ]
  }
}
