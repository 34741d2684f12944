/// The base rate times a function of the epoch.
public final class LambdaLR: LearningRateSchedule {
  private let factors: [(Int) -> Double]

  /// Rates of base times `factor(epoch)`.
  ///
  ///     LambdaLR(optimizer) { epoch in 1 / Double(1 + epoch) }
  public convenience init(_ optimizer: Optimizer, lastEpoch: Int = -1, _ factor: @escaping (Int) -> Double) {
    self.init(optimizer, lrLambda: Array(repeating: factor, count: optimizer.groups.count), lastEpoch: lastEpoch)
  }

  /// Rates of base times `lrLambda[i](epoch)` for group `i`.
  public init(_ optimizer: Optimizer, lrLambda: [(Int) -> Double], lastEpoch: Int = -1) {
    factors = optimizer.functions(lrLambda)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    return baseRates[i] * factors[i](epoch)
  }
  override var fields: [ScheduleField] { [.constant("lr_lambdas", .list(factors.map { _ in .null }))] }
}

/// The rate times a function of the epoch, every epoch.
public final class MultiplicativeLR: LearningRateSchedule {
  private let factors: [(Int) -> Double]

  /// Multiplies the rates by `factor(epoch)` in each epoch but the first.
  public convenience init(_ optimizer: Optimizer, lastEpoch: Int = -1, _ factor: @escaping (Int) -> Double) {
    self.init(optimizer, lrLambda: Array(repeating: factor, count: optimizer.groups.count), lastEpoch: lastEpoch)
  }

  /// Multiplies the rate of group `i` by `lrLambda[i](epoch)` in each epoch but the first.
  public init(_ optimizer: Optimizer, lrLambda: [(Int) -> Double], lastEpoch: Int = -1) {
    factors = optimizer.functions(lrLambda)
    super.init(optimizer, lastEpoch: lastEpoch)
  }

  public override func rate(of i: Int, current: Double) -> Double {
    guard has(group: i) else { return current }
    return isInitial ? current : current * factors[i](epoch)
  }
  override var fields: [ScheduleField] { [.constant("lr_lambdas", .list(factors.map { _ in .null }))] }
}

extension Optimizer {
  /// A function for each group.
  fileprivate func functions(_ given: [(Int) -> Double]) -> [(Int) -> Double] {
    if given.count == groups.count { return given }
    refuseOption("Expected \(groups.count) lr_lambdas, but got \(given.count)")
    return Array(repeating: { _ in 1 }, count: groups.count)
  }
}
