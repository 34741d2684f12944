/// The limit of a difference quotient as its step goes to 0, found from below.
///
/// The smallest steps see nothing but the point's neighbourhood, through much rounding; larger ones see more sharply, and further. So the
/// quotient is followed from the smallest step up, as long as each agrees with all below it; then extrapolated to step 0 (C. Ridders,
/// "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4, 1982) from steps that grow while the estimate of
/// the error falls. A limit that no smaller step contradicts is not the coincidence of two large ones.
struct StepLimit {
  /// The limit, an estimate of its absolute error, and the finest step in it.
  struct Estimate {
    var value: Double
    var error: Double
    var step: Double
    /// The largest step in it.
    var reach: Double
  }

  let side: Sampler.Side
  private let x: Double
  /// Rounding of a sample that the quotients show, beyond what the size of the samples explains.
  private(set) var grain = 0.0
  /// The quotients at coarse steps, from the smallest: those that agree, then up to four more.
  private(set) var coarse: [Sampler.Quotient] = []
  /// How many of them agree.
  private(set) var agreeing = 0
  /// The quotients at the fine steps tried.
  private(set) var fine: [Sampler.Quotient] = []
  /// The first step at which a sample was not finite.
  private(set) var endsAt: Double?
  private(set) var estimate: Estimate?

  /// - Parameters:
  ///   - largest: No step is larger; as far as the function is smooth unless given.
  ///   - smallest: No step is smaller.
  ///   - grain: What a sample is known to be rounded to.
  init(_ sampler: inout Sampler, side: Sampler.Side, largest: Double?, smallest: Double = 0, grain: Double = 0) {
    self.side = side
    x = sampler.x
    self.grain = grain
    let steps = Self.steps(at: sampler.x, largest: largest)
    scan(&sampler, steps.filter { $0 >= smallest })
    climb(&sampler, steps.last ?? 0)
  }

  /// A quotient's error by rounding.
  func noise(_ quotient: Sampler.Quotient) -> Double {
    // What was seen close to the point is larger where the arguments are.
    let scale = x == 0 ? 1 : max(1, quotient.step / x.magnitude)
    return max(quotient.rounding, grain * scale) * quotient.gain
  }

  /// Steps from a few units in the last place of the point up, by 16 where the point has a size and faster beyond.
  private static func steps(at x: Double, largest: Double?) -> [Double] {
    let size = x == 0 ? -30 : max(Int(x.exponent), -900)
    let top = largest.map { Int($0.exponent) } ?? (x == 0 ? 10 : max(size, 0) + 2)
    let unit = largest?.significand ?? 1
    var exponents = x == 0 ? [-240, -180, -140, -110] : []
    var exponent = min(size - 50, top - 24)
    while exponent <= top {
      exponents.append(exponent)
      exponent += exponent > size + 8 && exponent < -60 ? 16 : 4
    }
    if let last = exponents.last, last < top { exponents.append(top) }
    return exponents.filter { $0 <= top }.map { Double(sign: .plus, exponent: $0, significand: unit) }
  }

  // MARK: Agreement

  private mutating func scan(_ sampler: inout Sampler, _ steps: [Double]) {
    var low = -Double.infinity, high = Double.infinity
    for step in steps {
      guard let quotient = sampler.quotient(step, side) else {
        // A step that is too small for the order leaves nothing to divide by; a larger one will.
        if coarse.isEmpty, sampler.isFinite(around: step, side) { continue }
        endsAt = step
        break
      }
      coarse.append(quotient)
      if coarse.count == 4, grain == 0 { findGrain() }
      let error = 4 * noise(quotient)
      let agrees = agreeing == coarse.count - 1 && quotient.value - error <= high && quotient.value + error >= low
      if agrees {
        agreeing += 1
        low = max(low, quotient.value - error)
        high = min(high, quotient.value + error)
        if isSharp { break }
      } else if coarse.count - agreeing == 4 {
        break
      }
    }
  }

  /// Whether larger steps have no less rounding.
  private var isSharp: Bool {
    guard agreeing > 4, let last = coarse.last else { return false }
    return noise(last) <= 0x1p-48 * last.value.magnitude && noise(last) > noise(coarse[agreeing - 2]) / 2
  }

  /// What the smallest steps scatter by, where they scatter by more than rounding explains.
  ///
  /// Scatter is a sample's error over the step: the same for all steps once multiplied by it.
  private mutating func findGrain() {
    let scatter = zip(coarse.dropFirst(), coarse).map { ($0.value - $1.value).magnitude / $1.gain }.sorted()
    // A jump at the point itself does the same, but by exactly the same each time.
    let sizes = coarse.map { $0.value / $0.gain }
    let isJump = zip(sizes.dropFirst(), sizes).allSatisfy { ($0 - $1).magnitude <= 0.05 * $1.magnitude }
    if !isJump, scatter[1] > coarse[1].rounding { grain = scatter[1] }
  }

  // MARK: Extrapolation

  private mutating func climb(_ sampler: inout Sampler, _ largest: Double) {
    guard agreeing > 0 else { return }
    var low = -Double.infinity, high = Double.infinity
    // The last may be off by more than its rounding: it agrees with what the others know less well.
    for quotient in coarse[..<max(1, agreeing - 1)] {
      low = max(low, quotient.value - 4 * noise(quotient))
      high = min(high, quotient.value + 4 * noise(quotient))
    }
    let last = coarse[agreeing - 1]
    let isBroken = agreeing < coarse.count || endsAt != nil
    var step = isBroken ? last.step : last.step / 64
    let limit = isBroken ? largest : last.step
    // Two steps that agree are an answer already: the larger is off by as much as they differ, give or take the smaller's rounding.
    var best = Estimate(value: last.value, error: .infinity, step: last.step, reach: last.step)
    if agreeing > 1 {
      let smaller = coarse[agreeing - 2]
      best.error = (last.value - smaller.value).magnitude + noise(smaller)
    }
    // Central differences have even powers of the step only.
    let power = side == .both ? 4.0 : 2.0
    var row: [(value: Double, noise: Double)] = []
    // Patience until the table is wide enough to show what it can.
    var failures = -4
    while step <= limit, failures < 4 {
      guard let quotient = sampler.quotient(step, side) else {
        if endsAt == nil || step < endsAt ?? 0 { endsAt = step }
        break
      }
      fine.append(quotient)
      var next = [(value: quotient.value, noise: noise(quotient))]
      var improved = false
      var factor = power
      for (column, previous) in row.enumerated() where column < 8 {
        let current = next[column]
        // The smaller step's entry is the previous row's.
        let value = previous.value + (previous.value - current.value) / (factor - 1)
        let noise = (factor * previous.noise + current.noise) / (factor - 1)
        next.append((value, noise))
        factor *= power
        let error = max((value - previous.value).magnitude, (value - current.value).magnitude) + noise
        guard error < best.error, value + error >= low, value - error <= high, (value - best.value).magnitude <= error + best.error else {
          continue
        }
        var finest = step
        for _ in 0...column { finest /= 2 }
        best = Estimate(value: value, error: error, step: finest, reach: step)
        improved = true
      }
      failures = improved ? 0 : failures + 1
      row = next
      step *= 2
    }
    guard best.error.isFinite else { return }
    // The least of many estimates is too low more often than any one of them.
    best.error *= 2
    estimate = best
  }
}
