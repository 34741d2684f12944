import ChainRule
import ChainRuleNN

/// PyTorch's modules in our words: for each name, what makes it of the constructor's arguments, and how it is called.
///
/// One file a family. To add a module add its line; the suite then tries it with every sample there is.
enum ModuleTable {
  typealias Constructor = @Sendable (Call) throws -> ModuleUnderTest
  typealias Family = [String: Constructor]

  static let constructors: Family = [
    activations, paddings, losses, dropouts, rearrangements, norms, linears, convolutions, pools, recurrent, attention,
  ].reduce(into: [:]) { table, family in
    table.merge(family) { first, _ in first }
  }

  /// Modules of which PyTorch's own answers are only approximate, with the relative error to allow in float64.
  static let approximations: [String: Double] = [
    // The backward kernel multiplies by 1/6 rounded to float32.
    "Hardsigmoid": 1e-6
  ]

  // MARK: How lines are written

  /// A module of one tensor in and one out.
  static func layer(_ make: @escaping @Sendable (Call) throws -> any Layer) -> Constructor {
    { call in
      let module = try make(call)
      return ModuleUnderTest(module: module) { [module(try $0.tensor(0, "input"))] }
    }
  }

  /// A loss of a result and a target.
  static func loss(_ make: @escaping @Sendable (Call) throws -> any Loss) -> Constructor {
    { call in
      let module = try make(call)
      return ModuleUnderTest(module: module) { [module(try $0.tensor(0, "input"), try $0.tensor(1, "target"))] }
    }
  }

  /// A module that is called in its own way.
  static func module<M: Module & SendableMetatype>(
    _ make: @escaping @Sendable (Call) throws -> M, _ forward: @escaping @Sendable (M, Call) throws -> [Tensor]
  ) -> Constructor {
    { call in
      let module = try make(call)
      return ModuleUnderTest(module: module) { try forward(module, $0) }
    }
  }
}

extension Call {
  /// A number as Python has it, an integer or a real one.
  func number(_ place: Int, _ name: String, default value: any TensorScalar) throws -> any TensorScalar {
    switch self[place, name] {
    case .none: return value
    case .integer(let number): return number
    case .real(let number): return number
    default: throw CaseError("expected a number at \(place) \(name)")
    }
  }

  /// One size, or one for each dimension.
  func sizes(_ place: Int, _ name: String = "") throws -> [Int] { try ints(place, name) }

  /// What becomes of a loss's terms.
  func reduction() throws -> Reduction {
    switch string(-1, "reduction") {
    case nil, "mean": return .mean
    case "sum": return .sum
    case "none": return .none
    case let other?: throw CaseError("unknown reduction \(other)")
    }
  }
}
