extension NumericDifferentiation {
  /// Several derivatives found by evaluating.
  public struct Gradient: Sendable, Hashable {
    /// The partial derivatives.
    public let values: [Double]
    /// An estimate of the largest absolute error, from methods that make one.
    public let errorEstimate: Double?
    /// How often the function was evaluated in all.
    public let evaluations: Int
  }

  /// A matrix of derivatives found by evaluating.
  public struct Matrix: Sendable, Hashable {
    /// The entries by row.
    public let values: [[Double]]
    /// An estimate of the largest absolute error, from methods that make one.
    public let errorEstimate: Double?
    /// How often the function was evaluated in all.
    public let evaluations: Int
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
  return .init(
    values: partials.map(\.value), errorEstimate: partials.compactMap(\.errorEstimate).max(),
    evaluations: partials.reduce(0) { $0 + $1.evaluations })
}

/// The matrix of first derivatives: a row per component of the function, a column per variable.
///
/// Each evaluation serves all components at once; a component alone is differentiated from the values kept.
/// - Throws: what the function throws; `NumericDifferentiation.UnsupportedMethod` for `complexStep`.
public func numericJacobian(
  of f: ([Double]) throws -> [Double], at point: [Double], method: NumericDifferentiation.Method = .richardson, step: Double? = nil
) throws -> NumericDifferentiation.Matrix {
  var evaluations = 1
  var rows = [[Double]](repeating: [], count: try f(point).count)
  var errors: [Double] = []
  for index in point.indices {
    var kept: [Double: [Double]] = [:]
    for row in rows.indices {
      let partial = try numericDerivative(
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
        }, at: point[index], method: method, step: step)
      rows[row].append(partial.value)
      if let error = partial.errorEstimate { errors.append(error) }
    }
  }
  return .init(values: rows, errorEstimate: errors.max(), evaluations: evaluations)
}

/// The symmetric matrix of second derivatives by central differences:
/// (f(x + h) - 2 f(x) + f(x - h)) / h^2 on the diagonal, the four corners over 4 h k beside it. Error O(h^2).
///
/// - Parameter step: Relative to max(1, |x|); the fourth root of the machine precision unless given.
/// - Throws: what the function throws.
public func numericHessian(
  of f: ([Double]) throws -> Double, at point: [Double], step: Double = 0x1p-13
) throws -> NumericDifferentiation.Matrix {
  let steps = point.map { ($0 + step * max(1, $0.magnitude)) - $0 }
  var evaluations = 0
  func value(_ moves: (index: Int, by: Double)...) throws -> Double {
    var moved = point
    for move in moves { moved[move.index] += move.by }
    evaluations += 1
    return try f(moved)
  }
  let center = try value()
  var matrix = [[Double]](repeating: [Double](repeating: 0, count: point.count), count: point.count)
  for i in point.indices {
    let h = steps[i]
    matrix[i][i] = (try value((i, h)) - 2 * center + value((i, -h))) / (h * h)
    for j in 0..<i {
      let k = steps[j]
      let corners = try value((i, h), (j, k)) - value((i, h), (j, -k)) - value((i, -h), (j, k)) + value((i, -h), (j, -k))
      matrix[i][j] = corners / (4 * h * k)
      matrix[j][i] = matrix[i][j]
    }
  }
  return .init(values: matrix, errorEstimate: nil, evaluations: evaluations)
}
