/// The Jacobian by differences and the one that was computed, for one output and one input.
struct JacobianPair: Sendable {
  /// Row-major: a row for each element of the output, a column for each element of the input.
  let numeric: [Double]
  let analytic: [Double]
  let outputShape: [Int]
  let inputShape: [Int]
  let rows: Int
  let columns: Int

  init(_ numeric: [Double], _ analytic: [Double], _ outputShape: [Int], _ inputShape: [Int]) {
    self.numeric = numeric
    self.analytic = analytic
    self.outputShape = outputShape
    self.inputShape = inputShape
    rows = outputShape.reduce(1, *)
    columns = inputShape.reduce(1, *)
  }

  /// The element that is furthest from what is accepted; nil where all are near enough.
  func worst(_ tolerance: GradcheckTolerance) -> (row: Int, column: Int)? {
    var result: Int?, largest = -1.0
    for i in numeric.indices where !tolerance.accepts(analytic[i], numeric[i]) {
      let gap = abs(analytic[i] - numeric[i])
      let size = gap.isNaN ? .infinity : gap
      if size > largest { (result, largest) = (i, size) }
    }
    return result.map { ($0 / columns, $0 % columns) }
  }

  /// What most likely went wrong, from the pattern of the differences: the first hypothesis that explains every element.
  func cause(_ tolerance: GradcheckTolerance) -> GradientMismatch.Cause {
    func agrees(_ hypothesis: (Int, Int) -> Double) -> Bool {
      (0..<rows).allSatisfy { r in (0..<columns).allSatisfy { c in tolerance.accepts(analytic[r * columns + c], hypothesis(r, c)) } }
    }
    func number(_ r: Int, _ c: Int) -> Double { numeric[r * columns + c] }
    if analytic.contains(where: { !$0.isFinite }) { return .notFinite }
    if agrees({ _, _ in 0 }) { return .cutOff }
    if agrees({ -number($0, $1) }) { return .sign }
    if let ratio, agrees({ ratio * number($0, $1) }) { return .factor(1 / ratio) }
    if let swapped = transposition, agrees({ number($0, swapped[$1]) }) { return .transposed }
    if rows == columns, rows > 1, agrees({ number($1, $0) }) { return .jacobianNotTransposed }
    if let dim = overSummed(agrees) { return .summedOver(dim: dim) }
    let onlySome = analytic.indices.allSatisfy { analytic[$0] == 0 || tolerance.accepts(analytic[$0], numeric[$0]) }
    if onlySome { return .incomplete }
    if columns > 1, rowTotalsAgree(tolerance) { return .wrongDimension }
    return .other
  }

  /// The one factor between the two, in the sense of least squares.
  private var ratio: Double? {
    let square = numeric.reduce(0) { $0 + $1 * $1 }
    guard square > 0 else { return nil }
    let ratio = zip(numeric, analytic).reduce(0) { $0 + $1.0 * $1.1 } / square
    return ratio == 0 ? nil : ratio
  }

  /// For each column the one whose place it has when the last two dimensions of the input are exchanged.
  private var transposition: [Int]? {
    guard inputShape.count > 1 else { return nil }
    let m = inputShape[inputShape.count - 2], n = inputShape[inputShape.count - 1]
    return (0..<columns).map { c in
      // Row-major in the exchanged shape [n, m]: the place of element (p, q) holds element (q, p).
      let within = c % (m * n), p = within / m, q = within % m
      return c - within + q * n + p
    }
  }

  /// The dimension of the input that the gradient was summed over and repeated along; -1 for all of them.
  private func overSummed(_ agrees: ((Int, Int) -> Double) -> Bool) -> Int? {
    guard columns > 1 else { return nil }
    if agrees({ r, _ in (0..<columns).reduce(0) { $0 + numeric[r * columns + $1] } }) { return -1 }
    for dim in inputShape.indices where inputShape.count > 1 && inputShape[dim] > 1 {
      let stride = inputShape[(dim + 1)...].reduce(1, *), size = inputShape[dim]
      let matches = agrees { r, c in
        let first = c - c / stride % size * stride
        return (0..<size).reduce(0) { $0 + numeric[r * columns + first + $1 * stride] }
      }
      if matches { return dim }
    }
    return nil
  }

  /// Whether what each output passes back is right in sum, and lies in the wrong places only.
  private func rowTotalsAgree(_ tolerance: GradcheckTolerance) -> Bool {
    (0..<rows).allSatisfy { r in
      let row = r * columns..<(r + 1) * columns
      return tolerance.accepts(analytic[row].reduce(0, +), numeric[row].reduce(0, +))
    }
  }

  /// The index of a flat place in a tensor of this shape: `[1, 0]`.
  static func index(_ flat: Int, _ shape: [Int]) -> [Int] {
    var rest = flat, result: [Int] = []
    for size in shape.reversed() {
      result.append(rest % size)
      rest /= size
    }
    return result.reversed()
  }
}

extension Tensor {
  /// A 1 at the flat place `e` and zeros elsewhere, in this tensor's shape and type.
  func unit(at e: Int) -> Tensor {
    var elements = [Double](repeating: 0, count: count)
    elements[e] = 1
    return Tensor(elements, shape: shape, dtype: dtype)
  }

  /// These elements with `step` added to them, in float64 and outside every graph.
  func moved(by step: [Double]) -> Tensor {
    Tensor(zip(array(of: Double.self), step).map { $0 + $1 }, shape: shape, dtype: .float64)
  }

  /// These elements with one of them moved.
  func moved(at e: Int, by step: Double) -> Tensor {
    // The others stay as they are: adding 0 would turn -0 into 0.
    var elements = array(of: Double.self)
    elements[e] += step
    return Tensor(elements, shape: shape, dtype: .float64)
  }

  /// The Jacobians of several results of `f` by central differences: (f(x + eps) - f(x - eps)) / (2 eps) at each element of this
  /// tensor, a row for each element of the result, a column for each of this tensor's.
  func centralDifferences(eps: Double, _ f: (Tensor) throws -> [[Double]], sizes: [Int]) rethrows -> [[Double]] {
    var result = sizes.map { [Double](repeating: 0, count: $0 * count) }
    for e in 0..<count {
      let plus = try f(moved(at: e, by: eps)), minus = try f(moved(at: e, by: -eps))
      for (k, size) in sizes.enumerated() {
        for r in 0..<size where plus[k][r] != minus[k][r] { result[k][r * count + e] = (plus[k][r] - minus[k][r]) / (2 * eps) }
      }
    }
    return result
  }
}
