import ChainRule
import ChainRuleNN
import ChainRuleOptim

/// The model that predictions are made with: a snapshot, which any number of requests call at once. Whoever learns puts another in its place.
actor Served {
  private(set) var model: Frozen<Sequential>

  init(_ model: Frozen<Sequential>) { self.model = model }

  func replace(by model: Frozen<Sequential>) { self.model = model }
}

/// The one who learns: its model is nobody else's, and what it has learned goes out as snapshots.
actor Learner {
  private let model: Sequential
  private let optimizer: SGD

  /// Goes on from this state.
  init(_ state: NamedTensors) throws {
    model = Self.network()
    try model.load(state)
    optimizer = SGD(model.parameters(), lr: 0.05, momentum: 0.9)
  }

  /// Two numbers to the scores of two classes.
  static func network() -> Sequential {
    Sequential {
      Linear(2, 32)
      ReLU()
      Linear(32, 32)
      ReLU()
      Linear(32, 2)
    }
  }

  /// One step on these points; the loss before it, and the model after it.
  ///
  /// - Throws: `TensorError` for points or labels that do not fit: nothing has been learned then.
  func learn(_ points: [[Double]], _ labels: [Int]) throws -> (loss: Double, model: Frozen<Sequential>) {
    let loss = try catching {
      let loss = crossEntropy(model(Tensor(points)), Tensor(labels))
      optimizer.zeroGrad()
      loss.backward()
      optimizer.step()
      return loss
    }
    return (loss.item(), model.frozen())
  }
}
