import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN

/// What a network says of samples: the class it takes each for, and how sure it is.
struct Answers {
  let labels: [Int]
  let predicted: [Int]
  /// The probability of the class predicted.
  let confidence: [Double]
  /// The cross entropy of each sample.
  let losses: [Double]

  init<Samples: Dataset>(of model: Sequential, _ samples: Samples) where Samples.Batch == (Tensor, Tensor) {
    var labels: [Int] = [], predicted: [Int] = [], confidence: [Double] = [], losses: [Double] = []
    model.eval()
    defer { model.train() }
    noGrad {
      for start in stride(from: 0, to: samples.count, by: 1000) {
        let (x, y) = samples.batch(at: Array(start..<Swift.min(start + 1000, samples.count)))
        let logProbabilities = model(x).logSoftmax(dim: 1)
        let best = logProbabilities.max(dim: 1)
        labels += y.array(of: Int.self)
        predicted += best.indices.array(of: Int.self)
        confidence += best.values.exp().array(of: Double.self)
        losses += nllLoss(logProbabilities, y, reduction: .none).array(of: Double.self)
      }
    }
    self.labels = labels
    self.predicted = predicted
    self.confidence = confidence
    self.losses = losses
  }

  var accuracy: Double {
    labels.isEmpty ? 0 : Double(zip(labels, predicted).count { $0 == $1 }) / Double(labels.count)
  }

  var meanLoss: Double { losses.isEmpty ? 0 : losses.reduce(0, +) / Double(losses.count) }

  func matrix(_ classNames: [String]) -> ConfusionMatrix { ConfusionMatrix(labels: classNames, actual: labels, predicted: predicted) }

  /// The samples taken for another class, those with the largest loss first.
  var mistakes: [Int] {
    labels.indices.filter { labels[$0] != predicted[$0] }.sorted { (losses[$0], $1) > (losses[$1], $0) }
  }
}
