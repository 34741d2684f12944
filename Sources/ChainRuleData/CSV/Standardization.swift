public import ChainRule

/// The mean and the spread of columns of numbers, and what takes them away: afterwards each column has mean 0 and standard
/// deviation 1, as gradient descent likes it. Take it from the training data and apply it to everything.
///
///     z = (x - mean) / scale,   scale^2 = sum (x - mean)^2 / n
///
/// A column that is constant has scale 1: it becomes 0, not a division by zero. Columns of any finite magnitude are measured, 1e308 and
/// 1e-308 too; values that are not finite are refused.
///
/// ```
/// let standardization = Standardization(of: x, columnCount: 64)
/// standardization.apply(to: &x)
/// let row = standardization.applied(to: [5.1, 3.5, 1.4])
/// ```
///
/// It is `Codable`, so it travels with a model; what is decoded is checked as `init(mean:scale:)` does.
public struct Standardization: Sendable, Hashable, Codable {
  /// The mean of each column.
  public let mean: [Double]
  /// The standard deviation of each column, or 1.
  public let scale: [Double]

  /// Measures `values`, which are stored row by row in `columnCount` columns.
  ///
  /// - Note: Traps, or inside `catching` throws, where the values are no whole number of rows, or one is NaN or infinite.
  public init(of values: [Double], columnCount: Int) {
    guard Self.isWhole(values.count, columnCount) else {
      (mean, scale) = ([], [])
      return
    }
    var largest = [Double](repeating: 0, count: columnCount)
    var isFinite = true
    Self.forEach(values, columnCount) { value, column in
      largest[column] = max(largest[column], value.magnitude)
      isFinite = isFinite && value.isFinite
    }
    if !isFinite, let index = values.firstIndex(where: { !$0.isFinite }) {
      refuse(
        TensorError(
          .argument, "row \(index / columnCount) of column \(index % columnCount) is \(values[index]), not a finite number",
          hint: "A column with NaN or infinity has no mean; leave its row out or put a number in its place.", operation: "Standardization"))
    }
    let n = Double(max(values.count / columnCount, 1))
    // Squares of very large or small numbers leave the range, so such columns are measured in units of a power of two, which is exact.
    let unit = largest.map { $0 > 0x1p300 || ($0 > 0 && $0 < 0x1p-300) ? $0.exponent : 0 }
    let isScaled = unit.contains { $0 != 0 }
    func measured(_ value: Double, _ column: Int) -> Double {
      isScaled ? Double(sign: .plus, exponent: -unit[column], significand: value) : value
    }
    var mean = [Double](repeating: 0, count: columnCount)
    Self.forEach(values, columnCount) { mean[$1] += measured($0, $1) }
    for column in 0..<columnCount { mean[column] /= n }
    // In two passes, since the difference of two large sums would leave few digits of a small variance.
    var variance = [Double](repeating: 0, count: columnCount)
    Self.forEach(values, columnCount) { value, column in
      let difference = measured(value, column) - mean[column]
      variance[column] += difference * difference
    }
    scale = (0..<columnCount).map { column in
      let variance = variance[column] / n
      // The rounding of the mean alone makes this much of a constant column (scikit-learn's StandardScaler draws the line
      // here too).
      let rounding = n * .ulpOfOne * variance + (n * mean[column] * .ulpOfOne) * (n * mean[column] * .ulpOfOne)
      return variance <= rounding ? 1 : Double(sign: .plus, exponent: unit[column], significand: variance.squareRoot())
    }
    self.mean = (0..<columnCount).map { Double(sign: .plus, exponent: unit[$0], significand: mean[$0]) }
  }

  /// A standardisation of known means and scales, one of each for each column, bit for bit.
  ///
  /// - Note: Traps, or inside `catching` throws, where their numbers differ, one is not finite, or a scale is not positive.
  public init(mean: [Double], scale: [Double]) {
    if let problem = Self.problem(mean, scale) {
      refuse(TensorError(.argument, problem, hint: "Give one mean and one scale for each column.", operation: "Standardization"))
    }
    self.mean = mean
    self.scale = scale
  }

  private static func problem(_ mean: [Double], _ scale: [Double]) -> String? {
    if mean.count != scale.count || mean.isEmpty { return "\(mean.count) means beside \(scale.count) scales" }
    if let column = mean.indices.first(where: { !mean[$0].isFinite }) { return "the mean of column \(column) is \(mean[column])" }
    if let column = scale.indices.first(where: { !(scale[$0] > 0) || !scale[$0].isFinite }) {
      return "the scale of column \(column) is \(scale[column]), not a positive number"
    }
    return nil
  }

  private enum CodingKeys: String, CodingKey { case mean, scale }

  /// Reads the means and scales.
  ///
  /// - Throws: `DecodingError` where they do not belong together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    mean = try container.decode([Double].self, forKey: .mean)
    scale = try container.decode([Double].self, forKey: .scale)
    if let problem = Self.problem(mean, scale) {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
    }
  }

  /// Returns `values`, stored row by row in the same columns, standardised; a single row too.
  ///
  /// - Note: Traps, or inside `catching` throws, where they are no whole number of rows.
  public func applied(to values: [Double]) -> [Double] {
    var result = values
    apply(to: &result)
    return result
  }

  /// Returns the standardised tensor, whose last dimension is the columns; its gradient is 1 / scale.
  public func applied(to x: Tensor) -> Tensor { (x - Tensor(mean, dtype: x.dtype)) / Tensor(scale, dtype: x.dtype) }

  /// Returns what was standardised: z scale + mean, for values stored row by row.
  ///
  /// - Note: Traps, or inside `catching` throws, where they are no whole number of rows.
  public func inverse(of values: [Double]) -> [Double] {
    guard Self.isWhole(values.count, mean.count) else { return [] }
    return values.indices.map { values[$0] * scale[$0 % mean.count] + mean[$0 % mean.count] }
  }

  /// Returns what was standardised, z scale + mean, for a tensor whose last dimension is the columns.
  public func inverse(of z: Tensor) -> Tensor { z * Tensor(scale, dtype: z.dtype) + Tensor(mean, dtype: z.dtype) }

  /// Standardises `values`, which are stored row by row in the same columns.
  ///
  /// - Note: Traps, or inside `catching` throws, where they are no whole number of rows.
  public func apply(to values: inout [Double]) {
    let columnCount = mean.count
    guard Self.isWhole(values.count, columnCount) else { return }
    var index = 0
    while index < values.count {
      for column in 0..<columnCount {
        let difference = values[index + column] - mean[column]
        // Two numbers of the largest magnitude may lie further apart than any number is large; half of them do not.
        values[index + column] =
          difference.isFinite
          ? difference / scale[column] : (values[index + column] / 2 - mean[column] / 2) / scale[column] * 2
      }
      index += columnCount
    }
  }

  private static func isWhole(_ count: Int, _ columnCount: Int) -> Bool {
    if columnCount > 0, count % columnCount == 0 { return true }
    refuse(
      TensorError(
        .argument, "\(count) values are no whole number of rows of \(columnCount) columns",
        hint: "Give the values row by row, and the number of values in a row.", operation: "Standardization"))
    return false
  }

  private static func forEach(_ values: [Double], _ columnCount: Int, _ body: (_ value: Double, _ column: Int) -> Void) {
    var column = 0
    for value in values {
      body(value, column)
      column = column + 1 == columnCount ? 0 : column + 1
    }
  }
}
