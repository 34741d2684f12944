extension Formula {
  /// A named function and everything known about it: value, domain, derivative, antiderivative, identities, how it is printed.
  ///
  /// The definitions are in the tables `Function+Exponential.swift` and its neighbours; a new function is one entry there.
  public final class Function: Sendable {
    /// The name, as it is parsed and printed.
    public let name: String
    /// The number of arguments, 1 or 2.
    public let arity: Int
    /// Other names under which it is parsed.
    let aliases: [String]
    /// The value at a point of the domain.
    let value: @Sendable ([Double]) -> Double
    /// The analytic continuation, or, at a kink, the branch chosen by the real part (Martins, Sturdza, Alonso,
    /// "The complex-step derivative approximation", ACM TOMS 29, 2003, section 4). Precise in the imaginary part even where that is tiny.
    let complex: (@Sendable ([Complex]) -> Complex)?
    /// Where it is defined; everywhere if there is none.
    let domain: Domain?
    /// The partial derivatives; at a kink with PyTorch's value.
    let partials: @Sendable ([Formula]) -> [Formula]
    /// An antiderivative of a function of one argument.
    let antiderivative: (@Sendable (Formula) -> Formula)?
    /// An antiderivative of an integer power of the function.
    let powerAntiderivative: (@Sendable (Formula, Int) -> Formula?)?
    /// A simpler equal form at particular arguments: exact values, inverses.
    let identity: (@Sendable ([Formula]) -> Formula?)?
    /// Whether f(-x) is f(x) or -f(x).
    let symmetry: Symmetry
    let latex: LaTeXForm

    enum Symmetry { case none, even, odd }

    enum LaTeXForm: Sendable {
      /// A command such as `\sin`, before the argument in parentheses.
      case command(String)
      /// A name without a command of its own, set upright.
      case name
      /// Delimiters around the argument.
      case delimiters(String, String)
    }

    /// Where a function is defined, as a test and in words.
    struct Domain: Sendable {
      let contains: @Sendable ([Double]) -> Bool
      /// Completes "NAME is defined for ...".
      let condition: String
    }

    /// A function of one argument.
    init(
      _ name: String, aliases: [String] = [], value: @escaping @Sendable (Double) -> Double,
      complex: (@Sendable (Complex) -> Complex)?, domain: (contains: @Sendable (Double) -> Bool, condition: String)? = nil,
      derivative: @escaping @Sendable (Formula) -> Formula, antiderivative: (@Sendable (Formula) -> Formula)? = nil,
      powerAntiderivative: (@Sendable (Formula, Int) -> Formula?)? = nil, identity: (@Sendable (Formula) -> Formula?)? = nil,
      symmetry: Symmetry = .none, latex: LaTeXForm = .name
    ) {
      self.name = name
      self.aliases = aliases
      arity = 1
      self.value = { value($0[0]) }
      self.complex = complex.map { complex in { @Sendable in complex($0[0]) } }
      self.domain = domain.map { domain in Domain(contains: { domain.contains($0[0]) }, condition: domain.condition) }
      partials = { [derivative($0[0])] }
      self.antiderivative = antiderivative
      self.powerAntiderivative = powerAntiderivative
      self.identity = identity.map { identity in { @Sendable in identity($0[0]) } }
      self.symmetry = symmetry
      self.latex = latex
    }

    /// A function of two arguments.
    init(
      _ name: String, value: @escaping @Sendable (Double, Double) -> Double, complex: (@Sendable (Complex, Complex) -> Complex)?,
      partials: @escaping @Sendable (Formula, Formula) -> (Formula, Formula),
      identity: (@Sendable (Formula, Formula) -> Formula?)? = nil, latex: LaTeXForm = .name
    ) {
      self.name = name
      aliases = []
      arity = 2
      self.value = { value($0[0], $0[1]) }
      self.complex = complex.map { complex in { @Sendable in complex($0[0], $0[1]) } }
      domain = nil
      self.partials = {
        let (first, second) = partials($0[0], $0[1])
        return [first, second]
      }
      antiderivative = nil
      powerAntiderivative = nil
      self.identity = identity.map { identity in { @Sendable in identity($0[0], $0[1]) } }
      symmetry = .none
      self.latex = latex
    }

    /// The letters that stand for functions of which only the name is known.
    static let unknownLetters: Set<String> = ["f", "g", "h", "u", "v"]

    /// A function of which only the name is known, f, f' or f''; nil for other names. It has a derivative by its name, and no value.
    static func unknown(_ name: String) -> Function? {
      guard isUnknown(name) else { return nil }
      return unchecked(name)
    }

    /// Whether only the name is known.
    var isUnknown: Bool { Self.isUnknown(name) }

    private static func isUnknown(_ name: String) -> Bool {
      unknownLetters.contains(String(name.prefix(1))) && name.dropFirst().allSatisfy { $0 == "'" }
    }

    private static func unchecked(_ name: String) -> Function {
      Function(name, value: { _ in .nan }, complex: nil, derivative: { .call(unchecked(name + "'"), [$0]) }, latex: .command(name))
    }

    /// All functions, by family.
    static let all: [Function] = exponentialFamily + trigonometricFamily + hyperbolicFamily + piecewiseFamily

    /// All functions by name and alias.
    static let named: [String: Function] = {
      var table: [String: Function] = [:]
      for function in all { for name in [function.name] + function.aliases { table[name] = function } }
      return table
    }()
  }
}

/// The short name inside the module; outside, `Formula.Function` keeps clear of other modules.
typealias Function = Formula.Function

extension Function: Hashable {
  /// Whether both are the same function; names are unique.
  public static func == (left: Formula.Function, right: Formula.Function) -> Bool { left.name == right.name }
  /// Hashes the name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Function: CustomStringConvertible {
  /// The name.
  public var description: String { name }
}
