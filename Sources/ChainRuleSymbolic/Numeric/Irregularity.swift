#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension NumericDifferentiation {
  /// A place where a function is not smooth.
  public struct Irregularity: Sendable, Hashable {
    /// What a function does there.
    public enum Kind: String, Sendable, Hashable {
      /// Its slope changes at once.
      case kink
      /// Its value changes at once.
      case jump
      /// It grows without bound.
      case pole
      /// Its values end.
      case edge
    }

    /// What the function does there.
    public let kind: Kind
    /// Where, to a few digits.
    public let place: Double
  }
}

/// A search for the place between two points where a function is not smooth.
///
/// Of nine samples the one with the largest second difference is the place to look closer, at a quarter of the width. A smooth function's
/// second differences fall by 16 each time, those over a kink by 4, over a jump not at all, and over a pole they grow.
struct IrregularitySearch {
  typealias Irregularity = NumericDifferentiation.Irregularity

  private var sampler: Sampler

  /// - Returns: nil where the function is smooth as far as its rounding lets see.
  static func find(_ sampler: inout Sampler, from a: Double, to b: Double) -> Irregularity? {
    var search = IrregularitySearch(sampler: Sampler(order: 1, x: sampler.x, sampler.f))
    let found = search.find(a, b)
    sampler.evaluations += search.sampler.evaluations
    guard let found else { return nil }
    // What bisection leaves of 0 is 0.
    return found.place.magnitude < 1e-9 * (b - a).magnitude ? Irregularity(kind: found.kind, place: 0) : found
  }

  private mutating func find(_ first: Double, _ last: Double) -> Irregularity? {
    var (a, b) = (first, last)
    // The largest second difference and the largest value of each round.
    var rounds: [(difference: Double, size: Double)] = []
    for _ in 0..<24 {
      let places = (0...8).map { a + (b - a) * Double($0) / 8 }
      let values = places.map { sampler.value($0) }
      if let ending = values.firstIndex(where: { $0 == nil }) {
        guard ending > 0 else { return nil }
        return ended(places[ending - 1], places[ending])
      }
      let known = values.compactMap { $0 }
      let differences = (1..<8).map { Sampler.difference([known[$0 - 1], known[$0], known[$0 + 1]]).magnitude }
      guard let largest = differences.indices.max(by: { differences[$0] < differences[$1] }) else { return nil }
      let size = known.reduce(0) { max($0, $1.magnitude) }
      // Below this it is the values' rounding that differs.
      let slope = (known[8] - known[0]).magnitude / (b - a).magnitude
      let floor = 16 * Double.ulpOfOne * (size + max(a.magnitude, b.magnitude) * slope)
      if differences[largest] <= floor { break }
      rounds.append((differences[largest], size))
      (a, b) = (places[largest], places[largest + 2])
      if (b - a).magnitude <= 64 * max(a.magnitude, b.magnitude).ulp { break }
    }
    guard rounds.count >= 4 else { return nil }
    let power = log2(rounds[rounds.count - 1].difference / rounds[rounds.count - 3].difference) / 4
    let kind: Irregularity.Kind
    switch power {
    case _ where rounds[rounds.count - 1].size > 1000 * rounds[0].size: kind = .pole
    case -0.3..<0.3: kind = .jump
    case -1.5 ..< -0.3: kind = .kink
    default: return nil
    }
    return Irregularity(kind: kind, place: (a + b) / 2)
  }

  /// The end of the values between two neighbouring places.
  private mutating func ended(_ inside: Double, _ outside: Double) -> Irregularity {
    var (a, b) = (inside, outside)
    var sizes: [Double] = []
    for _ in 0..<48 {
      let middle = a + (b - a) / 2
      if middle == a || middle == b { break }
      if let value = sampler.value(middle) {
        a = middle
        sizes.append(value.magnitude)
      } else {
        b = middle
      }
    }
    let grows = sizes.count > 8 && sizes[sizes.count - 1] > 100 * sizes[sizes.count / 2] && sizes[sizes.count / 2] > sizes[0]
    return Irregularity(kind: grows ? .pole : .edge, place: b)
  }
}
