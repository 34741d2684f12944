public import ChainRule

extension Initialize {
  /// Normal with this mean and standard deviation, without what lies outside [low, high].
  ///
  /// Where the interval holds more than 0.3 of the distribution, numbers outside are drawn again; elsewhere numbers spread evenly over it
  /// are accepted with the probability of their density.
  public static func truncatedNormal(
    _ leaf: Tensor, mean: Double = 0, std: Double = 1, from low: Double = -2, to high: Double = 2, generator: Generator? = nil
  ) {
    guard std > 0, std.isFinite, mean.isFinite, low.isFinite, high.isFinite, low < high else {
      return problem(
        leaf, "trunc_normal_ expects finite numbers, std > 0 and a < b, got mean=\(mean), std=\(std), a=\(low), b=\(high)",
        "The interval is given in the units of the numbers, not of std.", "truncatedNormal")
    }
    let share = cumulative((high - mean) / std) - cumulative((low - mean) / std)
    let draw = Draw(shape: leaf.shape, dtype: leaf.dtype, mean: mean, std: std, low: low, high: high, generator: generator)
    guard let values = share > 0.3 ? draw.again() : draw.accepted() else {
      return problem(
        leaf, "trunc_normal_ found no numbers between a=\(low) and b=\(high)", "The interval lies too far from the mean \(mean).",
        "truncatedNormal")
    }
    leaf.data = values
  }

  /// The normal distribution's share below `x`.
  private static func cumulative(_ x: Double) -> Double { (1 + Tensor(x / 2.0.squareRoot(), dtype: .float64).erf().item()) / 2 }
}

/// Draws from a truncated normal distribution, in PyTorch's order.
private struct Draw {
  let shape: [Int]
  let dtype: DType
  let mean: Double
  let std: Double
  let low: Double
  let high: Double
  let generator: Generator?
  /// An interval where nothing is found in so many rounds is refused.
  private static let rounds = 10_000

  private func normal() -> Tensor { Tensor.normal(shape, mean: mean, std: std, dtype: dtype, generator: generator) }
  private func uniform(_ low: Double, _ high: Double) -> Tensor {
    Tensor.uniform(shape, from: low, to: high, dtype: dtype, generator: generator)
  }

  /// Normal numbers, those outside drawn again.
  func again() -> Tensor? {
    // As numbers of the type, so that one that is equal to a bound is inside.
    let from = Tensor(low, dtype: dtype), to = Tensor(high, dtype: dtype)
    var values = normal()
    for _ in 0..<Draw.rounds {
      let outside = (values .< from).logicalOr(values .> to)
      if isErrorPending || outside.any().item() == 0 { return values }
      values = Tensor.where(outside, normal(), values)
    }
    return nil
  }

  /// Numbers spread evenly, each kept with the probability of its density.
  func accepted() -> Tensor? {
    let peak = Swift.max(low, Swift.min(mean, high)), distance = (peak - mean) / std, logPeak = -0.5 * distance * distance
    func refused(_ x: Tensor) -> Tensor {
      let logDensity = ((x - mean) / std).square() * -0.5 - logPeak
      return uniform(0, 1).log() .> logDensity
    }
    var values = uniform(low, high), pending = refused(values)
    for _ in 0..<Draw.rounds {
      if isErrorPending || pending.any().item() == 0 { return values }
      let next = uniform(low, high)
      values = Tensor.where(pending, next, values)
      pending = pending.logicalAnd(refused(next))
    }
    return nil
  }
}
