/// The numerical side of drawing a curve: smoothing, and thinning to what the resolution can show.
enum Curve {
  /// The exponential moving average m_t = (w m_{t-1} + (1-w) y_t), divided by 1 - w^t so that it does not start at zero (the bias
  /// correction of Kingma and Ba, "Adam", ICLR 2015, section 3). Values that are not finite pass through and are not averaged.
  static func smoothed(_ points: [(x: Double, y: Double)], weight: Double) -> [(x: Double, y: Double)] {
    let weight = max(0, min(weight, 0.9999))
    var (mean, decay) = (0.0, 1.0)
    return points.map { point in
      guard point.y.isFinite else { return point }
      mean = weight * mean + (1 - weight) * point.y
      decay *= weight
      return (point.x, mean / (1 - decay))
    }
  }

  /// The connected runs of the curve in unit coordinates, each thinned to first, lowest, highest and last point per column.
  ///
  /// Joined by lines these four draw the same pixels as all the points (U. Jugel et al., "M4: A visualization-oriented time series data
  /// aggregation", VLDB 2014). A run whose x turns back is left whole, because the argument needs x in order.
  static func runs(_ points: [(x: Double, y: Double)], _ x: Axis, _ y: Axis, columns: Int) -> [[(x: Double, y: Double)]] {
    var runs: [[(x: Double, y: Double)]] = []
    var run: [(x: Double, y: Double)] = []
    for point in points {
      if let u = x.fraction(point.x), let v = y.fraction(point.y) {
        // Far outside the picture the exact place is of no account, but must stay a drawable number.
        run.append((max(-50, min(u, 50)), max(-50, min(v, 50))))
      } else if !run.isEmpty {
        runs.append(run)
        run = []
      }
    }
    if !run.isEmpty { runs.append(run) }
    return runs.map { thinned($0, columns: columns) }
  }

  private static func thinned(_ run: [(x: Double, y: Double)], columns: Int) -> [(x: Double, y: Double)] {
    guard run.count > 4 * columns, zip(run, run.dropFirst()).allSatisfy({ $0.x <= $1.x }) else { return run }
    var result: [(x: Double, y: Double)] = []
    var start = 0
    while start < run.count {
      let column = (run[start].x * Double(columns)).rounded(.down)
      var (end, low, high) = (start, start, start)
      while end < run.count, (run[end].x * Double(columns)).rounded(.down) == column {
        if run[end].y < run[low].y { low = end }
        if run[end].y > run[high].y { high = end }
        end += 1
      }
      var last = -1
      for index in [start, min(low, high), max(low, high), end - 1] where index != last {
        result.append(run[index])
        last = index
      }
      start = end
    }
    return result
  }
}
