public import ChainRule
public import ChainRuleSymbolic

/// Differentiates a formula in every way the library knows, at one point.
///
/// ```swift
/// let report = try compareDerivatives(of: Formula("x^2 * sin(x)"), at: ["x": 2])
/// print(report)                                            // a table: method, derivative, error, cost, time
/// ```
/// - Parameters:
///   - formula: the function.
///   - point: a value for each of its variables.
///   - order: the order of the derivative, 1 to 10: for each variable d^n f / dx^n.
///   - variables: those to differentiate for; all that have a value unless given.
///   - step: the step of the difference formulas, and the largest that Richardson takes; each method's own unless given.
///   - measuringTimes: whether each method is timed, which takes a few milliseconds each.
/// - Throws: `EvaluationError` where the function has no value at the point; `ComparisonError`. A method that fails alone says so in its row.
public func compareDerivatives(
  of formula: Formula, at point: [String: Double], order: Int = 1, withRespectTo variables: [String]? = nil, step: Double? = nil,
  measuringTimes: Bool = true
) throws -> DerivativeReport {
  try Comparison(formula, point, order, variables, step, measuringTimes).report()
}

/// Traces a function of scalar tensors to its formula, and differentiates that in every way.
///
/// ```swift
/// try compareDerivatives(tracing: ["x"], at: ["x": 2]) { $0[0].pow(2) * $0[0].sin() }
/// ```
/// - Throws: `TraceError` where the function is no formula; `EvaluationError`, `ComparisonError`.
public func compareDerivatives(
  tracing names: [String], at point: [String: Double], order: Int = 1, measuringTimes: Bool = true, _ f: ([Tensor]) throws -> Tensor
) throws -> DerivativeReport {
  let formula = try Formula(tracing: names, at: point, f)
  return try compareDerivatives(of: formula, at: point, order: order, withRespectTo: names, measuringTimes: measuringTimes)
}

/// The comparison at work.
private struct Comparison {
  private static let orders = 1...10
  /// Above this every method works, but not while somebody waits.
  private static let partLimit = 200_000
  /// The derivative of n nested functions is a product of n factors, each written out: n^2 parts.
  private static let depthLimit = 2000

  private let formula: Formula
  private let point: [String: Double]
  private let order: Int
  private let variables: [String]
  private let step: Double?
  private let measuresTimes: Bool
  private let names: [String]
  private let values: [Double]
  private let function: @Sendable ([Double]) throws -> Double
  private let tensorFunction: @Sendable ([Tensor]) -> Tensor
  private let value: Double

  init(
    _ formula: Formula, _ point: [String: Double], _ order: Int, _ variables: [String]?, _ step: Double?, _ measuresTimes: Bool
  ) throws {
    guard Self.orders.contains(order) else { throw ComparisonError.order(order, allowed: Self.orders) }
    let parts = formula.distinctNodeCount
    guard parts <= Self.partLimit else { throw ComparisonError.tooLarge(parts: parts, limit: Self.partLimit) }
    let depth = formula.fold(constant: { _ in 0 }, variable: { _ in 0 }, apply: { _, depths in 1 + (depths.max() ?? 0) })
    guard depth <= Self.depthLimit else { throw ComparisonError.tooDeep(levels: depth, limit: Self.depthLimit) }
    self.formula = formula
    self.point = point
    self.order = order
    self.step = step
    self.measuresTimes = measuresTimes
    names = point.keys.sorted()
    values = names.map { point[$0] ?? .nan }
    self.variables = variables ?? names
    if let missing = self.variables.first(where: { point[$0] == nil }) {
      throw ComparisonError.noValue(variable: missing, given: names)
    }
    function = try formula.compiled(names)
    tensorFunction = try formula.tensorFunction(names)
    value = try function(values)
  }

  func report() throws -> DerivativeReport {
    let clock = ContinuousClock()
    var derivatives: [Formula] = []
    let deriving = clock.measure { derivatives = variables.map { formula.derivative($0, order: order) } }
    var exact: [Double?] = []
    var rows: [DerivativeReport.Row] = []
    for (variable, derivative) in zip(variables, derivatives) {
      let compiled = try derivative.compiled(names)
      let answer = Result { try compiled(values) }
      exact.append(try? answer.get())
      rows += numericRows(variable, exact: try? answer.get())
      rows.append(
        row(.symbolic, variable, exact: try? answer.get(), value: value) {
          (try compiled(values), nil, .operations(derivative.operationCount), nil)
        })
      rows += automaticRows(variable, exact: try? answer.get())
    }
    return DerivativeReport(
      formula: formula, point: point, order: order, variables: variables, value: value, derivatives: derivatives, exact: exact,
      derivingSeconds: measuresTimes ? deriving.inSeconds : nil, rows: rows)
  }

  private typealias Answer = (
    derivative: Double, estimate: Double?, cost: DerivativeReport.Cost, examined: NumericDifferentiation.Result?
  )

  private func row(
    _ method: DerivativeReport.Method, _ variable: String, exact: Double?, value: Double, _ differentiate: () throws -> Answer
  ) -> DerivativeReport.Row {
    do {
      let (answer, estimate, cost, examined) = try differentiate()
      // An examination that ends in NaN says in its remark that there is no derivative.
      let derivative = examined?.remark != nil && answer.isNaN ? nil : answer
      let seconds = measuresTimes ? Stopwatch.leastSeconds { _ = try? differentiate() } : nil
      return .init(
        method: method, variable: variable, value: value, derivative: derivative,
        error: exact.flatMap { exact in derivative.map { $0 == exact ? 0 : ($0 - exact).magnitude } }, errorEstimate: estimate, cost: cost,
        seconds: seconds,
        failure: nil, diagnosis: examined?.diagnosis, remarks: examined?.remarks)
    } catch {
      return .init(
        method: method, variable: variable, value: value, derivative: nil, error: nil, errorEstimate: nil, cost: nil, seconds: nil,
        failure: "\(error)", diagnosis: nil, remarks: nil)
    }
  }

  // MARK: Numeric

  private func numericRows(_ variable: String, exact: Double?) -> [DerivativeReport.Row] {
    let pairs: [(DerivativeReport.Method, NumericDifferentiation.Method)] = [
      (.forwardDifference, .forward), (.centralDifference, .central), (.complexStep, .complexStep), (.richardson, .richardson),
    ]
    // The complex step gives first derivatives only.
    return pairs.filter { order == 1 || $0.1 != .complexStep }.map { method, difference in
      row(method, variable, exact: exact, value: value) {
        let result = try numeric(difference, variable)
        return (result.value, result.errorEstimate, .evaluations(result.evaluations), result)
      }
    }
  }

  private func numeric(_ method: NumericDifferentiation.Method, _ variable: String) throws -> NumericDifferentiation.Result {
    // These two look into the formula; the complex step loses nothing by being small.
    if method == .complexStep { return try formula.numericDerivative(variable, at: point, method: method) }
    if method == .richardson { return try formula.numericDerivative(variable, at: point, order: order, step: step) }
    guard let index = names.firstIndex(of: variable) else { throw ComparisonError.noValue(variable: variable, given: names) }
    var moved = values
    return try numericDerivative(
      of: { (x: Double) throws -> Double in
        moved[index] = x
        return try function(moved)
      }, at: values[index], order: order, method: method, step: step)
  }

  // MARK: Automatic

  private func automaticRows(_ variable: String, exact: Double?) -> [DerivativeReport.Row] {
    let inputs = values.map { Tensor($0, dtype: .float64) }
    let index = names.firstIndex(of: variable) ?? 0
    // The function of the one variable, the others held.
    let f = { (x: Tensor) -> Tensor in
      var moved = inputs
      moved[index] = x
      return tensorFunction(moved)
    }
    let value = noGrad { tensorFunction(inputs).item() }
    let reverse = (0..<order).reduce(f) { f, _ in grad(f) }
    let forward = (0..<order).reduce(f) { f, _ in { x in jvp(f, x, Tensor.ones(like: x)).tangent } }
    return [(DerivativeReport.Method.reverse, reverse), (.forward, forward)].map { method, derivative in
      let operations = Result { try catching { countingOperations { derivative(inputs[index]).item() }.operations } }
      return row(method, variable, exact: exact, value: value) {
        (try catching { derivative(inputs[index]).item() }, nil, .tensorOperations(try operations.get()), nil)
      }
    }
  }
}

/// Times short pieces of work.
enum Stopwatch {
  /// The least time of one call in seconds: batches of about a millisecond, repeated for a few.
  static func leastSeconds(_ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    let once = clock.measure(body).inSeconds
    // What takes long is not repeated.
    if once > 0.02 { return once }
    let count = max(1, Int(0.001 / max(once, 1e-8)))
    return (0..<5).reduce(once) { best, _ in min(best, clock.measure { for _ in 0..<count { body() } }.inSeconds / Double(count)) }
  }
}

extension Duration {
  /// The duration in seconds.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
