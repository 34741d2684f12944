import ChainRule
import ChainRuleExplain
import ChainRuleNN

/// What a network is taught, and how well it does is measured by.
enum Objective {
  /// The class of each sample, by cross entropy; with a weight for each class, or all alike.
  case classes(weights: [Double]?)
  /// A standardised number for each sample, by squared error.
  case quantity
  /// The next token at each position, by cross entropy.
  case tokens

  /// What the share of right answers is called.
  var score: String { if case .quantity = self { "R2" } else { "accuracy" } }

  /// The same for the reader.
  var scoreName: String { if case .quantity = self { "R2" } else { spoken("accuracy", "정확도") } }

  /// What the loss is called on a chart.
  var lossName: String { if case .quantity = self { spoken("squared error", "제곱 오차") } else { spoken("cross entropy", "교차 엔트로피") } }

  func loss(_ output: Tensor, _ target: Tensor) -> Tensor {
    switch self {
    case .classes(let weights): crossEntropy(output, target, weight: weights.map { Tensor($0, dtype: output.dtype) })
    case .quantity: mseLoss(output.flattened(), target)
    case .tokens: crossEntropy(output.flattened(from: 0, through: 1), target.flattened())
    }
  }

  /// What the mean loss of some targets weighs among others: how many they are, or the sum of their classes' weights.
  func weight(_ target: Tensor) -> Double {
    guard case .classes(let weights?) = self else { return Double(target.count) }
    return target.array(of: Int.self).reduce(0) { $0 + weights[$1] }
  }

  /// How many answers are right; 0 for quantities, where none is.
  func hits(_ output: Tensor, _ target: Tensor) -> Int {
    if case .quantity = self { return 0 }
    return noGrad { (output.argmax(dim: -1) .== target).sum().item(as: Int.self) }
  }

  /// The score of answers of which `hits` are right, or whose mean loss is this where they are standardised quantities.
  func score(hits: Int, targets: Int, loss: Double) -> Double {
    if case .quantity = self { return 1 - loss }
    return targets == 0 ? 0 : Double(hits) / Double(targets)
  }

  /// A score as text.
  func text(_ score: Double, decimals: Int = 2) -> String {
    if case .quantity = self { return NumberText.fixed(score, decimals: 4) }
    return NumberText.percent(score, decimals: decimals)
  }
}

/// What is counted of answers to samples, batch after batch.
struct Tally {
  let objective: Objective
  private var lossSum = 0.0
  private var weight = 0.0
  private var hits = 0
  private var targets = 0
  private var sum = 0.0
  private var squares = 0.0

  init(_ objective: Objective) { self.objective = objective }

  /// What has been counted, to be added up with what others have counted.
  var numbers: [Double] { [lossSum, weight, Double(hits), Double(targets), sum, squares] }

  mutating func add(_ numbers: [Double]) {
    lossSum += numbers[0]
    weight += numbers[1]
    hits += Int(numbers[2])
    targets += Int(numbers[3])
    sum += numbers[4]
    squares += numbers[5]
  }

  mutating func add(_ output: Tensor, _ target: Tensor) {
    let share = objective.weight(target)
    lossSum += share == 0 ? 0 : objective.loss(output, target).item() * share
    weight += share
    hits += objective.hits(output, target)
    targets += target.count
    guard case .quantity = objective else { return }
    let values = target.array(of: Double.self)
    sum += values.reduce(0, +)
    squares += values.reduce(0) { $0 + $1 * $1 }
  }

  var loss: Double { weight == 0 ? 0 : lossSum / weight }

  /// The share of right answers; of quantities R2, 1 - (squared errors) / (squared distances from the mean).
  var score: Double {
    guard case .quantity = objective else { return objective.score(hits: hits, targets: targets, loss: loss) }
    let variation = squares - sum * sum / Double(Swift.max(targets, 1))
    return variation > 0 ? 1 - lossSum / variation : 0
  }
}
