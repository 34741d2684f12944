#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What the difference quotients around a point say: the derivative, or why there is none.
struct Examination {
  typealias Diagnosis = NumericDifferentiation.Diagnosis
  typealias Result = NumericDifferentiation.Result

  private var sampler: Sampler
  private let largest: Double?
  /// Whether the function has parts that climb in steps; nil where nobody knows.
  private let hasSteps: Bool?
  private let both: StepLimit

  /// - Throws: `NumericDifferentiation.UnsupportedMethod` where the function is not finite at the point, unless it throws there itself.
  static func result(
    order: Int, at x: Double, largest: Double?, hasSteps: Bool?, _ f: @escaping (Double) throws -> Double
  ) throws -> Result {
    if let largest, x + largest == x {
      throw NumericDifferentiation.UnsupportedMethod(
        description: "the step \(largest) at \(x) leaves no difference; give one larger than the rounding of the point")
    }
    var sampler = Sampler(order: order, x: x, f)
    guard sampler.value(x) != nil else {
      // What the function throws says more.
      let value = try f(x)
      throw NumericDifferentiation.UnsupportedMethod(description: "the function is not finite at \(x): it is \(value)")
    }
    let both = StepLimit(&sampler, side: .both, largest: largest)
    var examination = Examination(sampler: sampler, largest: largest, hasSteps: hasSteps, both: both)
    return try examination.result()
  }

  private mutating func result() throws -> Result {
    guard let estimate = both.estimate else { return try oneSided() }
    if Self.growsAsLogarithm(both.coarse) { return answer(.nan, .infinity, step: both.coarse[0].step, .unbounded) }
    if let power = Self.power(both.coarse.map { ($0.step, $0.value, $0.rounding * $0.gain) }), power < -0.2 {
      return diverging(power) ?? answer(estimate.value, estimate.error, step: estimate.step, .notConverged)
    }
    // A symmetric quotient does not see a kink of a lower derivative whose order is odd or even as its own.
    for order in stride(from: sampler.order - 2, through: 1, by: -2) {
      var lower = Sampler(order: order, x: sampler.x, sampler.f)
      let power = Self.power(gaps(&lower))
      sampler.evaluations += lower.evaluations
      if let power, power < 0.2 { return answer(.nan, .infinity, step: both.coarse[0].step, .unbounded) }
    }
    if let power = Self.power(gaps(&sampler)) {
      if power < -0.2, let result = diverging(power) { return result }
      if power < 0.2, let kink = kink() { return kink }
    }
    let edge = findBreak(estimate)
    if let edge, let stairs = stairs(estimate, edge) { return stairs }
    let near = nearby(edge)
    var best = estimate
    // What lies beyond a break is another function's derivative.
    if let edge, edge.isEarly, estimate.reach >= edge.step {
      best = StepLimit(&sampler, side: .both, largest: edge.step / 2).estimate ?? estimate
    }
    let diagnosis = isSettled(best) ? Diagnosis.converged : .notConverged
    return answer(best.value, best.error, step: best.step, diagnosis, near)
  }

  private func answer(
    _ value: Double, _ error: Double, step: Double, _ diagnosis: Diagnosis, _ nearby: NumericDifferentiation.Irregularity? = nil
  ) -> Result {
    // What did not converge may be as wrong as it is large.
    let error = diagnosis == .notConverged ? error + value.magnitude : error
    return Result(
      value: value, errorEstimate: error, evaluations: sampler.evaluations, step: step, method: .richardson, order: sampler.order,
      diagnosis: diagnosis, nearby: nearby)
  }

  private func settled(_ value: Double, _ error: Double) -> Diagnosis { error <= 0.05 * value.magnitude ? .converged : .notConverged }

  /// Whether the error is small beside the derivative, or, of a derivative near 0, beside what the function does around the point.
  private mutating func isSettled(_ estimate: StepLimit.Estimate) -> Bool {
    if estimate.error <= 0.05 * estimate.value.magnitude { return true }
    let size = max(1, sampler.x.magnitude)
    // A function that is 0 all around the point has no size to compare with.
    var isNothing = estimate.value == 0
    for step in [estimate.reach, size / 4, size / 64] where step <= largest ?? .infinity {
      guard let quotient = sampler.quotient(step, .both) else { continue }
      if quotient.magnitude > 0 { isNothing = false }
      let usual = max(quotient.change, 1e-9 * quotient.magnitude) * quotient.gain / pow(2, Double(sampler.order))
      if estimate.error <= 1e-4 * usual { return true }
    }
    return isNothing
  }

  // MARK: What the point itself is

  private typealias Measured = (step: Double, value: Double, noise: Double)

  /// p where the values grow as the p-th power of the step, from the smallest steps at which they rise above their noise; nil where they
  /// rise at once, which is the work of something away from the point, or by no power.
  private static func power(_ values: [Measured]) -> Double? {
    guard let first = values.firstIndex(where: { $0.value.magnitude > 6 * $0.noise }), first + 3 < values.count else { return nil }
    let powers = (first..<first + 3).map { index in
      let (a, b) = (values[index], values[index + 1])
      return (a.value < 0) == (b.value < 0) ? log(b.value / a.value) / log(b.step / a.step) : .nan
    }
    let power = powers[0]
    guard powers.allSatisfy({ ($0 - power).magnitude < 0.1 + 0.1 * power.magnitude }) else { return nil }
    if first > 0 {
      let before = values[first - 1]
      guard values[first].value.magnitude * pow(before.step / values[first].step, power) <= 12 * before.noise else { return nil }
    }
    return power
  }

  /// Whether the quotients at the smallest steps change by as much for each halving of the step.
  private static func growsAsLogarithm(_ all: [Sampler.Quotient]) -> Bool {
    let quotients = Array(all.drop { $0.value.magnitude <= 100 * $0.rounding * $0.gain })
    guard quotients.count >= 4 else { return false }
    let slopes = (0..<3).map { index in
      let (a, b) = (quotients[index], quotients[index + 1])
      let change = b.value - a.value
      return change.magnitude > 6 * (a.rounding * a.gain + b.rounding * b.gain) ? change / log(b.step / a.step) : .nan
    }
    return slopes.allSatisfy { ($0 - slopes[0]).magnitude < 0.1 * slopes[0].magnitude }
  }

  /// The difference of the quotients to the right and to the left, which vanishes with the step where there is a derivative.
  private func gaps(_ sampler: inout Sampler) -> [Measured] {
    var gaps: [Measured] = []
    var visible = 0
    for quotient in both.coarse where visible < 4 {
      guard let right = sampler.quotient(quotient.step, .right), let left = sampler.quotient(quotient.step, .left) else { continue }
      let noise = max(right.rounding, both.grain) * right.gain + max(left.rounding, both.grain) * left.gain
      let gap = right.value - left.value
      gaps.append((quotient.step, gap, noise))
      if gap.magnitude > 6 * noise || visible > 0 { visible += 1 }
    }
    return gaps
  }

  private mutating func kink() -> Result? {
    let right = StepLimit(&sampler, side: .right, largest: largest), left = StepLimit(&sampler, side: .left, largest: largest)
    guard let above = right.estimate, let below = left.estimate else { return nil }
    let gap = (above.value - below.value).magnitude, error = above.error + below.error
    guard gap > 4 * error else { return nil }
    return answer(
      (above.value + below.value) / 2, gap / 2 + error, step: max(above.step, below.step), .kink(left: below.value, right: above.value))
  }

  /// Quotients that grow as the step falls: a jump, a pole, a slope without bound.
  private mutating func diverging(_ power: Double) -> Result? {
    let x = sampler.x, step = both.coarse[0].step
    guard let left = sampler.value(x - step), let right = sampler.value(x + step), let here = sampler.value(x) else { return nil }
    // The function itself grows as the quotient times the step to its order.
    let own = power + Double(sampler.order)
    if own < -0.2 { return answer(.nan, .infinity, step: step, .pole) }
    if own > 0.2 { return answer(.nan, .infinity, step: step, .unbounded) }
    let height = max((right - left).magnitude, (right - here).magnitude, (left - here).magnitude)
    let size = max(left.magnitude, right.magnitude, here.magnitude)
    if height > 0x1p-21 * size, height > 0x1p-46 * x.magnitude {
      return answer(.nan, .infinity, step: step, .jump(left: left, right: right))
    }
    // So small a jump is the rounding of coarser arithmetic inside the function.
    guard let wide = StepLimit(&sampler, side: .both, largest: largest, smallest: step, grain: height).estimate else { return nil }
    return answer(wide.value, wide.error, step: wide.step, settled(wide.value, wide.error))
  }

  /// The derivative of a function with values on one side only.
  private mutating func oneSided() throws -> Result {
    let right = StepLimit(&sampler, side: .right, largest: largest), left = StepLimit(&sampler, side: .left, largest: largest)
    guard let side = right.agreeing > left.agreeing ? right : left.agreeing > 0 ? left : nil, let estimate = side.estimate else {
      throw NumericDifferentiation.UnsupportedMethod(description: "the function has no finite values around \(sampler.x)")
    }
    let power = Self.power(side.coarse.map { ($0.step, $0.value, $0.rounding * $0.gain) }) ?? 0
    if power < -0.2 || Self.growsAsLogarithm(side.coarse) {
      return answer(.nan, .infinity, step: side.coarse[0].step, .unbounded)
    }
    return answer(estimate.value, estimate.error, step: estimate.step, .edge(side.side == .right ? .right : .left))
  }

  // MARK: What is near

  /// Where the quotients leave the value that all smaller steps agree on: at once, not as smooth functions do.
  private struct Break {
    /// The first step that does.
    var step: Double
    /// The quotient there; nil where the function is not finite.
    var value: Double?
    /// By how much a sample would have to be wrong to explain it.
    var height: Double
    /// The size of the samples.
    var size: Double
    /// Whether it comes before truncation shows.
    var isEarly: Bool
  }

  /// How many steps away the farthest sample of a central quotient lies.
  private var widest: Double { Double(sampler.order % 2 == 1 ? sampler.order : sampler.order / 2) }

  private mutating func findBreak(_ estimate: StepLimit.Estimate) -> Break? {
    let start = both.coarse[max(0, both.agreeing - 2)]
    let early = both.agreeing < both.coarse.count ? both.coarse[both.agreeing].step : 0
    let near = 0.2 * max(1, sampler.x.magnitude) / widest
    var usual = 0.0, step = 2 * start.step, before = start.value
    while step <= min(max(early, min(16 * estimate.reach, near)), largest ?? .infinity) {
      if let end = both.endsAt, step >= end { return Break(step: step, value: nil, height: 0, size: 0, isEarly: false) }
      if let quotient = sampler.quotient(step, .both) {
        let change = (quotient.value - before).magnitude
        // A smooth function's quotient changes with the square of the step: by 4 times as much at the double step. Beyond a pole it comes
        // back from the other side.
        let turns = step > early && (quotient.value - start.value) * (before - start.value) < 0
        if change > max((turns ? 2 : 20) * usual, 12 * both.noise(quotient)) {
          return Break(
            step: step, value: quotient.value, height: change / quotient.gain, size: quotient.magnitude, isEarly: step <= early)
        }
        usual = max(usual, change)
        before = quotient.value
      }
      step *= 2
    }
    return nil
  }

  /// What made the quotients break, where it is near.
  private mutating func nearby(_ edge: Break?) -> NumericDifferentiation.Irregularity? {
    let x = sampler.x
    guard let edge else { return nil }
    let reach = edge.step * widest
    guard reach <= 0.2 * max(1, x.magnitude) else { return nil }
    let above = IrregularitySearch.find(&sampler, from: x, to: x + reach), below = IrregularitySearch.find(&sampler, from: x, to: x - reach)
    return [above, below].compactMap { $0 }.min { ($0.place - x).magnitude < ($1.place - x).magnitude }
  }

  // MARK: Values in steps

  /// The answer for a function that breaks not at one place but all around the point: values that coarser arithmetic inside it rounds, or
  /// stairs. The two cannot always be told from one another; where not, the error covers both.
  private mutating func stairs(_ first: StepLimit.Estimate, _ edge: Break) -> Result? {
    guard edge.isEarly, let value = edge.value else { return nil }
    let wide = StepLimit(&sampler, side: .both, largest: largest, smallest: edge.step, grain: 2 * edge.height)
    let other = wide.estimate ?? .init(value: value, error: .infinity, step: edge.step, reach: edge.step)
    let gap = (other.value - first.value).magnitude
    guard gap + other.error > first.error, isErratic(edge, first.value) || isBroken(around: edge) else { return nil }
    let isRounding = edge.height <= (hasSteps == false ? 0.5 : 0x1p-21) * edge.size
    if isRounding, gap > other.error + first.error, settled(other.value, other.error) == .converged {
      return answer(other.value, other.error, step: other.step, .converged)
    }
    if hasSteps == true, edge.height >= 0x1p-10 * edge.size, edge.step >= 0x1p-12 * sampler.x.magnitude { return nil }
    return answer(first.value, gap + other.error, step: edge.step, settled(first.value, gap + other.error))
  }

  /// Whether beyond the break the quotients stray now more, now less, as rounding has it: one jump strays by as much at every step, a kink by
  /// more at larger ones.
  private mutating func isErratic(_ edge: Break, _ value: Double) -> Bool {
    guard edge.height <= 0x1p-4 * edge.size else { return false }
    var before: Double?, step = edge.step
    for _ in 0..<6 {
      guard let quotient = sampler.quotient(step, .both) else { return false }
      let stray = (quotient.value - value) / quotient.gain
      if let before, stray / before < 0.3 { return true }
      before = stray
      step *= 2
    }
    return false
  }

  /// Whether at most places around the point the function's close quotient is another than its wide ones.
  private mutating func isBroken(around edge: Break) -> Bool {
    var broken = 0, asked = 0
    for distance in [-1021.0, -253, -61, 61, 253, 1021] {
      var near = Sampler(order: sampler.order, x: sampler.x + distance * edge.step, sampler.f)
      let quotients = [edge.step / 64, 0.2 * distance.magnitude * edge.step, 0.4 * distance.magnitude * edge.step]
        .compactMap { near.quotient($0, .both) }
      sampler.evaluations += near.evaluations
      guard quotients.count == 3 else { continue }
      asked += 1
      let close = quotients[0]
      // Of a function that is smooth at these distances the three are alike, and at one break the wide ones are no longer.
      let isApart = quotients.dropFirst().allSatisfy {
        let noise = 4 * (close.rounding * close.gain + $0.rounding * $0.gain)
        return ($0.value - close.value).magnitude > max(noise, 0.3 * max($0.value.magnitude, close.value.magnitude))
      }
      if isApart { broken += 1 }
    }
    return asked > 0 && broken * 2 >= asked
  }
}
