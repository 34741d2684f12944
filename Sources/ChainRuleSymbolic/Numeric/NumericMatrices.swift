extension NumericDifferentiation {
  /// Several derivatives found by evaluating.
  public struct Gradient: Sendable, Hashable {
    /// The partial derivatives one by one: value, error, and what the function is at the point along that variable.
    public let partials: [Result]
    /// How often the function was evaluated in all.
    public let evaluations: Int

    /// The partial derivatives.
    public var values: [Double] { partials.map(\.value) }
    /// An estimate of the largest absolute error, from methods that make one.
    public var errorEstimate: Double? { partials.compactMap(\.errorEstimate).max() }
    /// What there is to say about the first partial derivative that is not an ordinary one; nil where all are.
    public var remark: String? {
      for (index, partial) in partials.enumerated() {
        if let remark = partial.remark { return "for variable \(index): \(remark)" }
      }
      return nil
    }
  }

  /// A matrix of derivatives found by evaluating.
  public struct Matrix: Sendable, Hashable {
    /// The entries by row: value, error, and what the function is at the point along that entry's variables.
    public let entries: [[Result]]
    /// How often the function was evaluated in all.
    public let evaluations: Int

    /// The entries' values by row.
    public var values: [[Double]] { entries.map { $0.map(\.value) } }
    /// An estimate of the largest absolute error, from methods that make one.
    public var errorEstimate: Double? { entries.joined().compactMap(\.errorEstimate).max() }
    /// What there is to say about the first entry that is not an ordinary one; nil where all are.
    public var remark: String? {
      for (row, entries) in entries.enumerated() {
        for (column, entry) in entries.enumerated() {
          if let remark = entry.remark { return "in row \(row), column \(column): \(remark)" }
        }
      }
      return nil
    }
  }
}

/// The gradient of a function of several variables by evaluating it along each.
///
/// - Throws: what the function throws; `NumericDifferentiation.UnsupportedMethod` for `complexStep`.
public func numericGradient(
  of f: ([Double]) throws -> Double, at point: [Double], method: NumericDifferentiation.Method = .richardson, step: Double? = nil
) throws -> NumericDifferentiation.Gradient {
  let partials = try point.indices.map { index in
    var moved = point
    return try numericDerivative(
      of: {
        moved[index] = $0
        return try f(moved)
      }, at: point[index], method: method, step: step)
  }
  return .init(partials: partials, evaluations: partials.reduce(0) { $0 + $1.evaluations })
}

/// The matrix of first derivatives: a row per component of the function, a column per variable.
///
/// Each evaluation serves all components at once; a component alone is differentiated from the values kept.
/// - Throws: what the function throws; `NumericDifferentiation.UnsupportedMethod` for `complexStep`.
public func numericJacobian(
  of f: ([Double]) throws -> [Double], at point: [Double], method: NumericDifferentiation.Method = .richardson, step: Double? = nil
) throws -> NumericDifferentiation.Matrix {
  var evaluations = 1
  var rows = [[NumericDifferentiation.Result]](repeating: [], count: try f(point).count)
  for index in point.indices {
    var kept: [Double: [Double]] = [:]
    for row in rows.indices {
      rows[row].append(
        try numericDerivative(
          of: { x in
            if let values = kept[x] { return values[row] }
            var moved = point
            moved[index] = x
            let values = try f(moved)
            evaluations += 1
            guard values.count == rows.count else {
              throw NumericDifferentiation.UnsupportedMethod(
                description: "the function returned \(rows.count) components at one point and \(values.count) at another")
            }
            kept[x] = values
            return values[row]
          }, at: point[index], method: method, step: step))
    }
  }
  return .init(entries: rows, evaluations: evaluations)
}

/// The symmetric matrix of second derivatives by evaluating along lines.
///
/// With `richardson` an entry of the diagonal is the second derivative along its variable. One beside it is a quarter of the difference of
/// those along the two diagonals, x + t (u, v) and x + t (u, -v), over u v, where u and v are the steps that fit each variable: an estimate
/// of its error is those of both together. Of n variables it takes n^2 such second derivatives, a hundred evaluations or so each.
///
/// With `central` it takes 1 + 2 n^2 evaluations: (f(x + h) - 2 f(x) + f(x - h)) / h^2 on the diagonal, the four corners over 4 h k
/// beside it, with an error of O(h^2) that nothing estimates.
///
/// - Parameters:
///   - f: the function.
///   - point: where.
///   - method: `richardson` or `central`.
///   - step: The steps h and k of `central` as they are given, 2^-13 max(1, |x|) for each variable otherwise; the largest step along a
///     variable that `richardson` takes.
/// - Throws: what the function throws; `NumericDifferentiation.UnsupportedMethod` for other methods, a step of 0 or one that is not finite.
public func numericHessian(
  of f: ([Double]) throws -> Double, at point: [Double], method: NumericDifferentiation.Method = .richardson, step: Double? = nil
) throws -> NumericDifferentiation.Matrix {
  try withoutActuallyEscaping(f) { f in
    var hessian = try NumericHessian(f, point, step)
    switch method {
    case .richardson: return try hessian.extrapolated()
    case .central: return try hessian.central()
    case .forward, .fivePoint, .complexStep:
      throw NumericDifferentiation.UnsupportedMethod(
        description: "\(method.rawValue) gives no matrix of second derivatives: richardson or central")
    }
  }
}

/// A Hessian in the making.
private struct NumericHessian {
  typealias Result = NumericDifferentiation.Result

  private let f: ([Double]) throws -> Double
  private let point: [Double]
  private let step: Double?
  private var evaluations = 0

  init(_ f: @escaping ([Double]) throws -> Double, _ point: [Double], _ step: Double?) throws {
    if let step, step == 0 || !step.isFinite {
      throw NumericDifferentiation.UnsupportedMethod(description: "the step \(step): a finite number other than 0")
    }
    if let x = point.first(where: { !$0.isFinite }) {
      throw NumericDifferentiation.UnsupportedMethod(description: "the point \(x): a finite number")
    }
    self.f = f
    self.point = point
    self.step = step
  }

  // MARK: Along lines

  mutating func extrapolated() throws -> NumericDifferentiation.Matrix {
    let diagonal = try point.indices.map { i in try along([(i, 1)], parameter: i, largest: step?.magnitude) }
    var entries = diagonal.map { entry in point.indices.map { _ in entry } }
    for i in point.indices {
      for j in 0..<i {
        let entry = try mixed(i, j, diagonal)
        entries[i][j] = entry
        entries[j][i] = entry
      }
    }
    return .init(entries: entries, evaluations: evaluations)
  }

  private mutating func mixed(_ i: Int, _ j: Int, _ diagonal: [Result]) throws -> Result {
    let u = scale(i, diagonal[i]), v = scale(j, diagonal[j])
    // The variable whose place rounds the most, beside its step, is what the line is measured by: so that rounding shows as such.
    let isFirst = point[i].magnitude / u >= point[j].magnitude / v
    let (k, other, exponent) = isFirst ? (i, j, v.exponent - u.exponent) : (j, i, u.exponent - v.exponent)
    let rate = Double(sign: .plus, exponent: exponent, significand: 1), largest = step.map { $0.magnitude / max(1, rate) }
    let up = try along([(k, 1), (other, rate)], parameter: k, largest: largest)
    let down = try along([(k, 1), (other, -rate)], parameter: k, largest: largest)
    let value = (up.value - down.value) / (4 * rate), size = (up.value.magnitude + down.value.magnitude) / (4 * rate)
    let apart = ((up.errorEstimate ?? .infinity) + (down.errorEstimate ?? .infinity)) / (4 * rate) + 4 * .ulpOfOne * size
    let error = apart.isNaN ? .infinity : apart
    // Of an entry near 0 the error is small beside what the two are, or both are next to nothing beside what the function does.
    let areNothing = [up, down].allSatisfy { $0.value == 0 || $0.errorEstimate ?? 0 > 0.05 * $0.value.magnitude }
    let isSettled = error <= 0.05 * value.magnitude || error <= 1e-4 * size || areNothing
    let diagnosis = Self.worse(up.diagnosis, down.diagnosis, isSettled: isSettled)
    return Result(
      value: value, errorEstimate: diagnosis == .notConverged ? error + value.magnitude : error,
      evaluations: up.evaluations + down.evaluations, step: up.step, method: .richardson, order: 2, diagnosis: diagnosis,
      nearby: up.nearby ?? down.nearby)
  }

  /// What the two lines through the point say together.
  private static func worse(
    _ up: NumericDifferentiation.Diagnosis?, _ down: NumericDifferentiation.Diagnosis?, isSettled: Bool
  ) -> NumericDifferentiation.Diagnosis {
    let both = [up, down].compactMap { $0 }
    func first(_ isMeant: (NumericDifferentiation.Diagnosis) -> Bool) -> NumericDifferentiation.Diagnosis? { both.first(where: isMeant) }
    let absent = first { if case .jump = $0 { true } else { $0 == .pole || $0 == .unbounded } }
    if let absent { return absent }
    // Two second derivatives along a line, at a kink of the slope, are no two values of the mixed one.
    let unclear = first { if case .kink = $0 { true } else { $0 == .notConverged || $0 == .lostStep } }
    if unclear != nil || !isSettled { return .notConverged }
    return first { $0 != .converged } ?? .converged
  }

  /// The step that fits variable `i`.
  private func scale(_ i: Int, _ entry: Result) -> Double {
    entry.step.isNormal ? entry.step : 0x1p-13 * max(1, point[i].magnitude)
  }

  /// The second derivative along a line through the point, on which the variables move at these rates beside that of `parameter`.
  private mutating func along(_ moving: [(index: Int, rate: Double)], parameter: Int, largest: Double?) throws -> Result {
    let (f, point) = (f, point)
    var moved = point
    let result = try numericDerivative(
      of: { t in
        for (index, rate) in moving {
          moved[index] = index == parameter ? t : point[index] + rate * (t - point[parameter])
        }
        return try f(moved)
      }, at: point[parameter], order: 2, step: largest)
    evaluations += result.evaluations
    return result
  }

  // MARK: By central differences

  mutating func central() throws -> NumericDifferentiation.Matrix {
    let steps = point.map { step ?? 0x1p-13 * max(1, $0.magnitude) }
    let center = try value()
    var entries = point.map { _ in [Result?](repeating: nil, count: point.count) }
    for i in point.indices {
      let h = steps[i]
      entries[i][i] = result((try value((i, h)) - 2 * center + value((i, -h))) / (h * h), 3, h, i)
      for j in 0..<i {
        let k = steps[j]
        let corners = try value((i, h), (j, k)) - value((i, h), (j, -k)) - value((i, -h), (j, k)) + value((i, -h), (j, -k))
        let entry = result(corners / (4 * h * k), 4, h, i, j)
        entries[i][j] = entry
        entries[j][i] = entry
      }
    }
    return .init(entries: entries.map { $0.compactMap { $0 } }, evaluations: evaluations)
  }

  private func result(_ value: Double, _ evaluations: Int, _ h: Double, _ variables: Int...) -> Result {
    let isLost = variables.contains { point[$0] + (step ?? 0x1p-13 * max(1, point[$0].magnitude)) == point[$0] }
    return Result(
      value: value, errorEstimate: nil, evaluations: evaluations, step: h, method: .central, order: 2, diagnosis: isLost ? .lostStep : nil)
  }

  private mutating func value(_ moves: (index: Int, by: Double)...) throws -> Double {
    var moved = point
    for move in moves { moved[move.index] += move.by }
    evaluations += 1
    return try f(moved)
  }
}
