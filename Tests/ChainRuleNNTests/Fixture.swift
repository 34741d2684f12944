import ChainRule
import Foundation
import Testing

/// The numbers PyTorch gives; see Fixtures/make_reference.py.
struct Fixture {
  let root: [String: Any]

  init(_ name: String) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(name).json")
    root = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  }

  /// A list of numbers; null is NaN.
  static func numbers(_ value: Any?) throws -> [Double] {
    try #require(value as? [Any]).map { $0 is NSNull ? .nan : try #require($0 as? NSNumber).doubleValue }
  }

  static func tensor(_ value: Any?, dtype: DType) throws -> Tensor {
    let entry = try #require(value as? [String: Any])
    let shape = try #require(entry["shape"] as? [Int])
    return Tensor(try numbers(entry["values"]), shape: shape, dtype: dtype)
  }
}

/// The largest |a - b| / max(1, |b|); NaN equals NaN.
func difference(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).map { a, b in a.isNaN && b.isNaN ? 0 : abs(a - b) / max(1, abs(b)) }.reduce(0) {
    $0 >= $1 ? $0 : $1.isNaN ? .infinity : $1
  }
}
