/// Formulas that build on one another, each of which may name what it computes: `y = w*x; s = y - t; s^2`.
///
/// The last one is the result. Where a formula alone has nameless parts, a sequence calls them what they are called in a derivation.
public struct FormulaSequence: Sendable, Hashable {
  /// One formula of the sequence.
  public struct Step: Sendable, Hashable {
    /// What later formulas call its value; nil for a result without a name.
    public let name: String?
    /// The formula.
    public let formula: Formula

    /// A formula, and what it defines.
    public init(name: String?, formula: Formula) {
      self.name = name
      self.formula = formula
    }
  }

  /// The formulas in their order; at least one.
  public let steps: [Step]

  /// The names of the variables that must be given, sorted: those that no step defines.
  public let variables: [String]

  /// One formula without a name.
  public init(_ formula: Formula) {
    steps = [Step(name: nil, formula: formula)]
    variables = formula.variables
  }

  /// Reads formulas with `;` between them, each but the last behind its name and `=`.
  ///
  /// - Throws: `ParseError` with a caret under the place: of a formula, of a name that has a meaning already, or of one that was used
  ///   before.
  public init(_ text: String) throws(ParseError) {
    let scalars = Array(text.unicodeScalars)
    var steps: [Step] = [], used: Set<String> = [], defined: Set<String> = [], start = 0
    while start <= scalars.count {
      let end = scalars[start...].firstIndex(of: ";") ?? scalars.count
      var name: String?, first = start
      if let equals = scalars[start..<end].firstIndex(of: "=") {
        let (word, place) = try Self.name(scalars, in: start..<equals)
        if Parser.hasMeaning(word) { throw ParseError("'\(word)' has a meaning already; choose another name", in: scalars, at: place) }
        if defined.contains(word) { throw ParseError("'\(word)' is defined already", in: scalars, at: place) }
        if used.contains(word) { throw ParseError("'\(word)' was used before its definition", in: scalars, at: place) }
        name = word
        first = equals + 1
      }
      var parser = Parser(scalars, in: first..<end)
      let formula = Formula(try parser.parse())
      if name == nil, end < scalars.count { throw ParseError("a formula before ';' needs a name, as in y = w*x", in: scalars, at: start) }
      used.formUnion(formula.variables)
      if let name {
        if used.contains(name) { throw ParseError("'\(name)' is defined by itself", in: scalars, at: start) }
        defined.insert(name)
      }
      steps.append(Step(name: name, formula: formula))
      start = end + 1
    }
    self.steps = steps
    variables = used.subtracting(defined).sorted()
  }

  /// The result as one formula of the variables: every name is replaced by what it stands for, without being written out twice.
  public var formula: Formula {
    var known: [String: Formula] = [:], result = steps[0].formula
    for step in steps {
      result = step.formula.substituting(known)
      if let name = step.name { known[name] = result }
    }
    return result
  }

  /// The value of the result.
  ///
  /// - Throws: `EvaluationError` for a variable without a value, and outside a function's domain.
  public func evaluate(_ values: [String: Double]) throws(EvaluationError) -> Double {
    // Before any step, whose value nobody gave.
    if let missing = variables.first(where: { values[$0] == nil }) {
      throw .unboundVariable(name: missing, given: values.keys.sorted())
    }
    var values = values, result = Double.nan
    for step in steps {
      result = try step.formula.evaluate(values)
      if let name = step.name { values[name] = result }
    }
    return result
  }

  /// The one name in a part of the text.
  private static func name(_ text: [Unicode.Scalar], in range: Range<Int>) throws(ParseError) -> (String, place: Int) {
    var lexer = Lexer(text, in: range)
    let first = try lexer.next()
    guard case .name(let word) = first.kind, try lexer.next().kind == .end else {
      throw ParseError("one name is expected before '='", in: text, at: first.offset)
    }
    return (word, first.offset)
  }
}
