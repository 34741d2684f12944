/// The mean and the spread of columns of numbers, and what takes them away: afterwards each column has mean 0 and standard
/// deviation 1, as gradient descent likes it. Take it from the training data and apply it to everything.
///
///     z = (x - mean) / scale,   scale^2 = sum (x - mean)^2 / n
///
/// A column that is constant has scale 1: it becomes 0, not a division by zero.
///
/// ```
/// let standardization = Standardization(of: x, columnCount: 64)
/// standardization.apply(to: &x)
/// ```
public struct Standardization: Sendable, Hashable {
  /// The mean of each column.
  public let mean: [Double]
  /// The standard deviation of each column, or 1.
  public let scale: [Double]

  /// Measures `values`, which are stored row by row in `columnCount` columns.
  public init(of values: [Double], columnCount: Int) {
    precondition(columnCount > 0 && values.count % columnCount == 0, "the values are no whole number of rows of \(columnCount)")
    let rowCount = values.count / columnCount
    let n = Double(max(rowCount, 1))
    var mean = [Double](repeating: 0, count: columnCount)
    Self.forEach(values, columnCount) { mean[$1] += $0 }
    for column in 0..<columnCount { mean[column] /= n }
    // In two passes, since the difference of two large sums would leave few digits of a small variance.
    var variance = [Double](repeating: 0, count: columnCount)
    Self.forEach(values, columnCount) { value, column in
      let difference = value - mean[column]
      variance[column] += difference * difference
    }
    self.mean = mean
    scale = zip(mean, variance).map { mean, sum in
      let variance = sum / n
      // The rounding of the mean alone makes this much of a constant column (scikit-learn's StandardScaler draws the line
      // here too).
      let rounding = n * .ulpOfOne * variance + (n * mean * .ulpOfOne) * (n * mean * .ulpOfOne)
      return variance <= rounding ? 1 : variance.squareRoot()
    }
  }

  /// Standardises `values`, which are stored row by row in the same columns.
  public func apply(to values: inout [Double]) {
    let columnCount = mean.count
    precondition(values.count % columnCount == 0, "the values are no whole number of rows of \(columnCount)")
    var index = 0
    while index < values.count {
      for column in 0..<columnCount {
        values[index + column] = (values[index + column] - mean[column]) / scale[column]
      }
      index += columnCount
    }
  }

  private static func forEach(_ values: [Double], _ columnCount: Int, _ body: (_ value: Double, _ column: Int) -> Void) {
    var column = 0
    for value in values {
      body(value, column)
      column = column + 1 == columnCount ? 0 : column + 1
    }
  }
}
