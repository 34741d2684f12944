import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim

/// One training run of a classifier: data, network, optimizer, and what has been measured so far.
final class ClassifierRun {
  struct Samples {
    let inputs: Tensor
    let labels: Tensor
    var count: Int { inputs.shape[0] }
  }

  let model: Sequential
  let train: Samples
  let test: Samples
  let classNames: [String]
  private let optimizer: Adam
  private let epochs: Int
  private let batch: Int
  /// The loss of every step.
  private(set) var losses: [Double] = []

  init(
    train: Samples, test: Samples, classNames: [String], hidden: [Int], epochs: Int, batch: Int, lr: Double
  ) {
    self.train = train
    self.test = test
    self.classNames = classNames
    self.epochs = epochs
    self.batch = batch
    var layers: [any Layer] = []
    var width = train.inputs.shape[1]
    for next in hidden {
      layers.append(ChainRuleNN.Linear(width, next))
      layers.append(ReLU())
      width = next
    }
    layers.append(ChainRuleNN.Linear(width, classNames.count))
    model = Sequential(layers)
    optimizer = Adam(model.parameters(), lr: lr)
  }

  /// Trains for all epochs, telling how it goes.
  func run() {
    let loader = DataLoader(TensorDataset(train.inputs, train.labels), batchSize: batch, shuffle: true)
    let steps = epochs * loader.batchCount
    var progress = ProgressLine("training", total: epochs * train.count, unit: "samples")
    var seen = 0
    for epoch in 1...epochs {
      var correct = 0, total = 0.0, count = 0
      for (x, y) in loader {
        let logits = model(x)
        let loss = crossEntropy(logits, y)
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        let value = loss.item()
        losses.append(value)
        correct += noGrad { (logits.argmax(dim: 1) .== y).sum().item(as: Int.self) }
        total += value * Double(x.shape[0])
        count += x.shape[0]
        seen += x.shape[0]
        progress.update(
          seen,
          note: "epoch \(epoch)/\(epochs)  step \(losses.count)/\(steps)  loss \(NumberText.fixed(total / Double(count), decimals: 4))  "
            + "accuracy \(NumberText.percent(Double(correct) / Double(count), decimals: 1))")
      }
      if epoch == epochs {
        progress.finish(
          note: "loss \(NumberText.fixed(total / Double(count), decimals: 4))  accuracy "
            + NumberText.percent(Double(correct) / Double(count), decimals: 1))
      }
    }
  }

  /// The class of each row, by the network as it is.
  func predictions(_ inputs: Tensor) -> [Int] {
    noGrad {
      stride(from: 0, to: inputs.shape[0], by: 4096).flatMap { start in
        model(inputs[start..<Swift.min(start + 4096, inputs.shape[0])]).argmax(dim: 1).array(of: Int.self)
      }
    }
  }

  /// What the network says of the test samples.
  func testMatrix() -> ConfusionMatrix {
    ConfusionMatrix(labels: classNames, actual: test.labels.array(of: Int.self), predicted: predictions(test.inputs))
  }

  /// The loss of every step, with its running mean.
  func lossChart() -> LineChart {
    LineChart(
      title: "Training loss", xLabel: "step", yLabel: "cross entropy",
      series: [LineSeries("loss", values: losses, start: 1, smoothing: 0.9)])
  }
}
