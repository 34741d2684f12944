import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN

/// What a network says of samples: how likely it takes each class to be.
struct Answers {
  let labels: [Int]
  let classCount: Int
  /// The probability of each class, sample by sample.
  let probabilities: [Double]
  let predicted: [Int]
  /// The probability of the class predicted.
  let confidence: [Double]
  /// The cross entropy of each sample.
  let losses: [Double]

  init(of model: any Layer, _ samples: Samples, batch: Int) {
    var labels: [Int] = [], predicted: [Int] = [], confidence: [Double] = [], losses: [Double] = [], probabilities: [Double] = []
    var classCount = 0
    model.eval()
    defer { model.train() }
    noGrad {
      for (_, (x, y)) in samples.chunks(of: batch) {
        let logProbabilities = model(x).logSoftmax(dim: 1)
        let best = logProbabilities.max(dim: 1)
        classCount = logProbabilities.shape[1]
        labels += y.array(of: Int.self)
        predicted += best.indices.array(of: Int.self)
        confidence += best.values.exp().array(of: Double.self)
        probabilities += logProbabilities.exp().array(of: Double.self)
        losses += nllLoss(logProbabilities, y, reduction: .none).array(of: Double.self)
      }
    }
    self.labels = labels
    self.predicted = predicted
    self.confidence = confidence
    self.losses = losses
    self.probabilities = probabilities
    self.classCount = classCount
  }

  func matrix(_ classNames: [String]) -> ConfusionMatrix { ConfusionMatrix(labels: classNames, actual: labels, predicted: predicted) }

  /// The samples taken for another class, those with the largest loss first.
  var mistakes: [Int] {
    labels.indices.filter { labels[$0] != predicted[$0] }.sorted { (losses[$0], $1) > (losses[$1], $0) }
  }
}

/// What a network says of samples that are quantities, in the target's own units.
struct Estimates {
  let actual: [Double]
  let predicted: [Double]

  init(of model: any Layer, _ samples: Samples, batch: Int, target: Standardization) {
    var actual: [Double] = [], predicted: [Double] = []
    model.eval()
    defer { model.train() }
    noGrad {
      for (_, (x, y)) in samples.chunks(of: batch) {
        predicted += model(x).array(of: Double.self)
        actual += y.array(of: Double.self)
      }
    }
    self.actual = target.inverse(of: actual)
    self.predicted = target.inverse(of: predicted)
  }
}
