/// A mathematical expression: a value that can be parsed, printed, evaluated, differentiated, simplified and integrated.
///
/// ```swift
/// let f = try Formula("x^2 * sin(x)")
/// f.derivative("x")                        // x^2*cos(x) + 2*x*sin(x)
/// let x = Formula.variable("x")
/// x.pow(2) * sin(x) == f                   // true
/// ```
///
/// A formula keeps the shape in which it was written (`x + x` stays `x + x`) until `simplified()` or another operation
/// that computes with it. Parts may be shared: one hundred iterations of `x = 4 * x * (1 - x)` take three hundred nodes, though the tree
/// they stand for would fill no memory. No operation recurses over the expression, so its depth is limited by memory alone.
public struct Formula: Sendable, Hashable {
  let node: Node

  init(_ node: Node) { self.node = node }

  /// A variable; any name may be given, the parser accepts letters, digits and underscores.
  public static func variable(_ name: String) -> Formula { Formula(Node(.variable(name))) }

  /// An exact integer (a double for `Int.min`).
  public init(_ value: Int) { self.init(Node.integer(value)) }

  /// A floating-point constant.
  public init(_ value: Double) { self.init(Node.number(.real(value))) }

  /// An exact fraction.
  public init(_ value: Rational) { self.init(Node.number(.rational(value))) }

  /// The circle constant, kept symbolic.
  public static let pi = Formula(Node(.constant(.pi)))

  /// The base of the natural logarithm, kept symbolic.
  public static let e = Formula(Node(.constant(.e)))

  /// The names of the variables, sorted.
  public var variables: [String] {
    var names: Set<String> = []
    for node in Node.postorder([node]) {
      if case .variable(let name) = node.head { names.insert(name) }
    }
    return names.sorted()
  }

  /// The names of the functions of which only the name is known, sorted: of `f(x)*g'(x)` f and g'. A formula with one has no value.
  public var unknownFunctions: [String] {
    var names: Set<String> = []
    for node in Node.postorder([node]) {
      if case .call(let function) = node.head, function.isUnknown { names.insert(function.name) }
    }
    return names.sorted()
  }

  /// The number of nodes of the expression written out as a tree, `Int.max` where it does not fit.
  public var nodeCount: Int { node.treeCount }

  /// The number of nodes held in memory: a shared part counts once.
  public var distinctNodeCount: Int { Node.postorder([node]).count }

  /// The value, where the formula is a constant and nothing else.
  public var constantValue: Double? { node.constant?.value }
}

extension Formula: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
  /// An exact integer.
  public init(integerLiteral value: Int) { self.init(value) }

  /// A floating-point constant.
  public init(floatLiteral value: Double) { self.init(value) }
}
