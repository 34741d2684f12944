package import ChainRule

/// A small generator for tests: the seed is printed with every failure, and the same seed gives the same run.
struct TestRandom {
  private var state: UInt64

  init(_ seed: UInt64, _ salt: String = "") {
    // FNV-1a over the salt, so that each case draws numbers of its own.
    state = salt.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// SplitMix64 (Steele, Lea and Flood 2014).
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ n: Int) -> Int { Int(next() % UInt64(n)) }
  mutating func real(_ low: Double, _ high: Double) -> Double { low + (high - low) * Double(next() >> 11) / 9_007_199_254_740_992 }
  mutating func bool() -> Bool { next() & 1 == 1 }

  /// Numbers between -1 and 1.
  mutating func tensor(_ shape: [Int]) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { _ in real(-1, 1) }, shape: shape, dtype: .float64)
  }

  /// Values of a sample's input where the operation is smooth: float64, or int64 and bool where it asks for those.
  mutating func tensor(_ shape: [Int], _ domain: Domain) -> Tensor {
    let n = shape.reduce(1, *)
    switch domain {
    case .interval(let low, let high): return Tensor((0..<n).map { _ in real(low, high) }, shape: shape, dtype: .float64)
    case .avoiding(let kinks, let gap, let low, let high):
      let values = (0..<n).map { _ in
        var x = real(low, high)
        while kinks.contains(where: { abs(x - $0) < gap }) { x = real(low, high) }
        return x
      }
      return Tensor(values, shape: shape, dtype: .float64)
    case .distinct:
      var values = (0..<n).map { 0.03 * Double($0) - 0.015 * Double(n) + real(0, 0.01) }
      for i in values.indices.reversed() { values.swapAt(i, below(i + 1)) }
      return Tensor(values, shape: shape, dtype: .float64)
    case .index(let bound): return Tensor((0..<n).map { _ in below(bound) }, shape: shape)
    case .mask: return Tensor((0..<n).map { _ in bool() }, shape: shape)
    }
  }
}

extension Tensor {
  /// The elements as doubles, row-major.
  var doubles: [Double] { detach().array(of: Double.self) }
}

/// How far `a` is from `b`, relative to the larger of 1 and the largest |b|; infinite where the shapes differ, and NaN equals NaN.
func distance(_ a: Tensor, _ b: Tensor) -> Double {
  guard a.shape == b.shape else { return .infinity }
  let x = a.doubles, y = b.doubles
  let scale = y.reduce(1) { max($0, $1.isFinite ? abs($1) : 0) }
  return zip(x, y).reduce(0) { worst, pair in
    if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return worst }
    let gap = abs(pair.0 - pair.1)
    return gap.isNaN ? .infinity : max(worst, gap / scale)
  }
}

/// The derivative of `f` at `x` in direction `v` by central differences.
func centralDifference(_ f: ([Tensor]) -> Tensor, _ x: [Tensor], _ v: [Tensor], step: Double = 1e-5) -> Tensor {
  let plus = f(zip(x, v).map { $0.detach() + $1 * step }), minus = f(zip(x, v).map { $0.detach() - $1 * step })
  return (plus.detach() - minus.detach()) / (2 * step)
}

/// The sum of the products of two lists of tensors.
func inner(_ a: [Tensor], _ b: [Tensor]) -> Double {
  zip(a, b).reduce(0) { total, pair in zip(pair.0.doubles, pair.1.doubles).reduce(total) { $0 + $1.0 * $1.1 } }
}
