#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A formula flattened to a list of steps over numbered slots: what one evaluation needs, computed once for many points.
struct Program: Sendable {
  private enum Step: Sendable {
    case constant(Double)
    case variable(Int)
    case sum([Int])
    case product([Factor])
    case power(Int, Int)
    case reciprocal(Int)
    case root(Int)
    case integerPower(Int, Int)
    case call(Function, [Int])
  }

  /// Division is a step of its own, so that x / 3 rounds once.
  private enum Factor: Sendable {
    case times(Int)
    case over(Int)
    case ratio(Double, Double)
  }

  private var steps: [Step] = []
  private var results: [Int] = []
  /// The variables, in the order in which `run` takes their values.
  let variables: [String]

  /// - Throws: `EvaluationError.unboundVariable` for a variable of a formula that the list lacks, `.unsupported` for a function of which only
  ///   the name is known.
  init(_ formulas: [Formula], variables: [String]) throws(EvaluationError) {
    self.variables = variables
    var number: [String: Int] = [:]
    for (index, name) in variables.enumerated() { number[name] = index }
    var slot: [ObjectIdentifier: Int] = [:]
    for node in Node.postorder(formulas.map(\.node)) {
      let operands = node.operands.compactMap { slot[$0.id] }
      slot[node.id] = steps.count
      switch node.head {
      case .constant(let constant): steps.append(.constant(constant.value))
      case .variable(let name):
        guard let index = number[name] else { throw .unboundVariable(name: name, given: variables) }
        steps.append(.variable(index))
      case .sum: steps.append(.sum(operands))
      case .product: steps.append(.product(zip(node.operands, operands).map { Self.factor($0, $1, slot) }))
      case .power: steps.append(Self.power(node, operands))
      case .call(let function):
        if function.isUnknown { throw .unsupported(function: function.name, need: "value: only its name is known") }
        steps.append(.call(function, operands))
      }
    }
    results = formulas.compactMap { slot[$0.node.id] }
  }

  private static func factor(_ node: Node, _ index: Int, _ slot: [ObjectIdentifier: Int]) -> Factor {
    if case .rational(let fraction)? = node.number, !fraction.isInteger {
      return .ratio(Double(fraction.numerator), Double(fraction.denominator))
    }
    if node.head == .power, node.operands[1].number == .minusOne, let base = slot[node.operands[0].id] { return .over(base) }
    return .times(index)
  }

  private static func power(_ node: Node, _ operands: [Int]) -> Step {
    guard let exponent = node.operands[1].number else { return .power(operands[0], operands[1]) }
    if exponent == .minusOne { return .reciprocal(operands[0]) }
    if exponent == .rational(.half) { return .root(operands[0]) }
    if let integer = exponent.integer { return .integerPower(operands[0], integer) }
    return .power(operands[0], operands[1])
  }

  // MARK: Real values

  /// The values of the formulas at a point.
  ///
  /// - Throws: `EvaluationError.outsideDomain`.
  func run(_ point: [Double]) throws(EvaluationError) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(steps.count)
    for step in steps { values.append(try Self.value(of: step, values, point)) }
    return results.map { values[$0] }
  }

  private static func value(of step: Step, _ values: [Double], _ point: [Double]) throws(EvaluationError) -> Double {
    switch step {
    case .constant(let value): return value
    case .variable(let index): return point[index]
    case .sum(let terms): return terms.reduce(0) { $0 + values[$1] }
    case .product(let factors):
      var result = 1.0
      for factor in factors {
        switch factor {
        case .times(let index): result *= values[index]
        case .over(let index):
          try checkDivisor(values[index])
          result /= values[index]
        case .ratio(let numerator, let denominator): result = result * numerator / denominator
        }
      }
      return result
    case .reciprocal(let base):
      try checkDivisor(values[base])
      return 1 / values[base]
    case .root(let base):
      try checkRoot(values[base])
      return values[base].squareRoot()
    case .integerPower(let base, let exponent):
      if exponent < 0 { try checkDivisor(values[base]) }
      return exponent == 2 ? values[base] * values[base] : pow(values[base], Double(exponent))
    case .power(let base, let exponent):
      try checkPower(values[base], values[exponent])
      return pow(values[base], values[exponent])
    case .call(let function, let operands):
      let arguments = operands.map { values[$0] }
      try check(function, arguments)
      return function.value(arguments)
    }
  }

  /// The value of one node of a formula from those of its operands.
  static func value(of head: Head, _ operands: [Double]) throws(EvaluationError) -> Double {
    switch head {
    case .constant(let constant): return constant.value
    case .variable: return .nan
    case .sum: return operands.reduce(0, +)
    case .product: return operands.reduce(1, *)
    case .power: return try value(of: .power(0, 1), operands, [])
    case .call(let function): return try value(of: .call(function, Array(operands.indices)), operands, [])
    }
  }

  private static func checkDivisor(_ value: Double) throws(EvaluationError) {
    if value == 0 { throw .outsideDomain(name: "division", condition: "a divisor other than 0", argument: value) }
  }

  private static func checkRoot(_ value: Double) throws(EvaluationError) {
    if value < 0 { throw .outsideDomain(name: "sqrt", condition: "x >= 0", argument: value) }
  }

  private static func checkPower(_ base: Double, _ exponent: Double) throws(EvaluationError) {
    if base == 0, exponent < 0 { try checkDivisor(base) }
    if base < 0, exponent != exponent.rounded() {
      throw .outsideDomain(name: "a power with the exponent \(exponent)", condition: "a base >= 0", argument: base)
    }
  }

  private static func check(_ function: Function, _ arguments: [Double]) throws(EvaluationError) {
    guard let domain = function.domain, !domain.contains(arguments), !arguments[0].isNaN else { return }
    throw .outsideDomain(name: function.name, condition: domain.condition, argument: arguments[0])
  }

  /// Whether a function of the formula climbs in steps.
  var hasSteps: Bool {
    steps.contains { if case .call(let function, _) = $0 { [.floor, .ceil, .round, .step, .sign].contains(function) } else { false } }
  }

  // MARK: Complex values

  /// The name of a function that has no complex continuation here, if there is one.
  var functionWithoutContinuation: String? {
    for case .call(let function, _) in steps where function.complex == nil { return function.name }
    return nil
  }

  /// The values at a complex point near the real axis. Domains are those of the real parts.
  func run(_ point: [Complex]) throws(EvaluationError) -> [Complex] {
    var values: [Complex] = []
    values.reserveCapacity(steps.count)
    for step in steps { values.append(try Self.value(of: step, values, point)) }
    return results.map { values[$0] }
  }

  private static func value(of step: Step, _ values: [Complex], _ point: [Complex]) throws(EvaluationError) -> Complex {
    switch step {
    case .constant(let value): return Complex(value)
    case .variable(let index): return point[index]
    case .sum(let terms): return terms.reduce(Complex(0)) { $0 + values[$1] }
    case .product(let factors):
      var result = Complex.one
      for factor in factors {
        switch factor {
        case .times(let index): result = result * values[index]
        case .over(let index):
          try checkDivisor(values[index].re)
          result = result / values[index]
        case .ratio(let numerator, let denominator): result = (numerator / denominator) * result
        }
      }
      return result
    case .reciprocal(let base):
      try checkDivisor(values[base].re)
      return Complex.one / values[base]
    case .root(let base):
      try checkRoot(values[base].re)
      return values[base].squareRoot
    case .integerPower(let base, let exponent):
      if exponent < 0 { try checkDivisor(values[base].re) }
      return values[base].raised(to: exponent)
    case .power(let base, let exponent):
      try checkPower(values[base].re, values[exponent].re)
      if values[base].re == 0 { return Complex(pow(0, values[exponent].re)) }
      return (values[exponent] * values[base].logarithm).exponential
    case .call(let function, let operands):
      let arguments = operands.map { values[$0] }
      try check(function, arguments.map(\.re))
      guard let complex = function.complex else { throw .unsupported(function: function.name, need: "complex continuation") }
      return complex(arguments)
    }
  }
}

extension Formula {
  /// The value at a point.
  ///
  /// ```swift
  /// try Formula("x^2 + y").evaluate(["x": 3, "y": 1])   // 10
  /// ```
  /// - Throws: `EvaluationError` for a variable without a value and for a value outside a function's domain.
  public func evaluate(_ values: [String: Double] = [:]) throws(EvaluationError) -> Double {
    let names = values.keys.sorted()
    return try Program([self], variables: names).run(names.map { values[$0] ?? .nan })[0]
  }

  /// A function of the variables' values in the order given, for many evaluations.
  ///
  /// - Throws: `EvaluationError.unboundVariable` for a variable missing from the list; the function throws `EvaluationError.outsideDomain`.
  public func compiled(_ variables: [String]) throws(EvaluationError) -> @Sendable ([Double]) throws -> Double {
    let program = try Program([self], variables: variables)
    return { point in
      guard point.count == variables.count else { refuse("\(variables.count) values are needed, got \(point.count)") }
      return try program.run(point)[0]
    }
  }
}
