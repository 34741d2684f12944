/// What is asked of the model.
struct Prediction: Decodable { let points: [[Double]] }

/// What it learns.
struct Lesson: Decodable {
  let points: [[Double]]
  let labels: [Int]
}

/// A request that is refused, and why.
struct BadRequest: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  /// What JSON lacks, with the place.
  init(_ error: DecodingError) {
    let context =
      switch error {
      case .keyNotFound(_, let context), .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
      @unknown default: DecodingError.Context(codingPath: [], debugDescription: "not what was asked for")
      }
    let place = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    description = (place.isEmpty ? "" : "\(place): ") + context.debugDescription
  }
}

/// What comes with points.
protocol WithPoints { var points: [[Double]] { get } }
extension Prediction: WithPoints {}
extension Lesson: WithPoints {}

extension WithPoints {
  /// The points, where there are some and all have as many numbers: a ragged list is no tensor.
  func rows() throws -> [[Double]] {
    guard let width = points.first?.count else { throw BadRequest("points: at least one is needed") }
    if let row = points.firstIndex(where: { $0.count != width }) {
      throw BadRequest("points: row \(row) has \(points[row].count) numbers, row 0 has \(width)")
    }
    return points
  }
}
