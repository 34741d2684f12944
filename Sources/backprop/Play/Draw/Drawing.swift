import Foundation

/// Strokes of a pen as an image like those of the MNIST files: white ink, at most 20 of 28 pixels long, its centre of mass in the middle.
struct Drawing {
  /// What a drawing may consist of: more would keep the other tabs waiting.
  static let pointLimit = 5000

  /// A place in pixels.
  private struct Place {
    var x: Double
    var y: Double
  }

  let rows: Int
  let columns: Int
  /// How much ink each pixel has, from 0 to 1.
  private(set) var ink: [Double]

  /// - Parameter strokes: the places that the pen passed, x and y from 0 to 1, downwards.
  init(_ strokes: [[[Double]]], rows: Int, columns: Int) throws(PlayError) {
    let count = strokes.reduce(0) { $0 + $1.count }
    guard (1...Self.pointLimit).contains(count) else {
      throw PlayError(
        "a drawing has from 1 to \(Self.pointLimit) points, not \(count)", "그림은 점 1개부터 \(Self.pointLimit)개까지인데 \(count)개입니다",
        field: "strokes")
    }
    guard strokes.joined().allSatisfy({ $0.count == 2 && $0.allSatisfy { (-1...2).contains($0) } }) else {
      throw PlayError("a point of a drawing has two numbers from 0 to 1", "그림의 점은 0부터 1까지의 수 두 개입니다", field: "strokes")
    }
    (self.rows, self.columns) = (rows, columns)
    ink = []
    let size = Double(min(rows, columns)), places = strokes.joined().map { Place(x: $0[0], y: $0[1]) }
    let left = places.map(\.x).min() ?? 0, right = places.map(\.x).max() ?? 0
    let top = places.map(\.y).min() ?? 0, bottom = places.map(\.y).max() ?? 0
    // The pen adds to the length. A dot stays one: it is not made as large as a digit.
    let scale = size * 18 / 28 / max(right - left, bottom - top, 0.2)
    var lines = strokes.map { stroke in
      stroke.map { Place(x: ($0[0] - (left + right) / 2) * scale, y: ($0[1] - (top + bottom) / 2) * scale) }
    }
    let middle = Place(x: Double(columns) / 2, y: Double(rows) / 2)
    ink = Self.drawn(lines, at: middle, rows, columns, pen: size / 28)
    // Once more, moved so that the ink's own middle is the image's.
    let sum = ink.reduce(0, +)
    guard sum > 0 else { return }
    let x = ink.indices.reduce(0) { $0 + ink[$1] * (Double($1 % columns) + 0.5) } / sum
    let y = ink.indices.reduce(0) { $0 + ink[$1] * (Double($1 / columns) + 0.5) } / sum
    // No further than to the edge.
    let limit = size * 4 / 28, dx = min(limit, max(-limit, middle.x - x)), dy = min(limit, max(-limit, middle.y - y))
    lines = lines.map { line in line.map { Place(x: $0.x + dx, y: $0.y + dy) } }
    ink = Self.drawn(lines, at: middle, rows, columns, pen: size / 28)
  }

  /// The ink of lines: full within the pen, less over the pixel beside it.
  ///
  /// - Parameter pen: half the width of the pen.
  private static func drawn(_ lines: [[Place]], at middle: Place, _ rows: Int, _ columns: Int, pen: Double) -> [Double] {
    var ink = [Double](repeating: 0, count: rows * columns)
    for line in lines {
      for (from, to) in zip(line, line.dropFirst() + line.suffix(1)) {
        let (ax, ay) = (from.x + middle.x, from.y + middle.y), (dx, dy) = (to.x - from.x, to.y - from.y)
        let square = dx * dx + dy * dy, reach = pen + 1
        let top = max(0, Int((min(ay, ay + dy) - reach).rounded(.down))), bottom = min(rows - 1, Int(max(ay, ay + dy) + reach))
        let left = max(0, Int((min(ax, ax + dx) - reach).rounded(.down))), right = min(columns - 1, Int(max(ax, ax + dx) + reach))
        guard top <= bottom, left <= right else { continue }
        for row in top...bottom {
          for column in left...right {
            let (x, y) = (Double(column) + 0.5 - ax, Double(row) + 0.5 - ay)
            let along = square > 0 ? min(1, max(0, (x * dx + y * dy) / square)) : 0
            let distance = ((x - along * dx) * (x - along * dx) + (y - along * dy) * (y - along * dy)).squareRoot()
            ink[row * columns + column] = max(ink[row * columns + column], min(1, max(0, reach - distance)))
          }
        }
      }
    }
    return ink
  }
}
