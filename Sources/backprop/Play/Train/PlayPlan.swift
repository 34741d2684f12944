import ChainRule
import ChainRuleNN
import ChainRuleOptim

/// What the page decides of a run: data, network, and how it is taught.
struct PlayPlan: Codable, Equatable {
  enum Source: String, Codable, CaseIterable { case spirals, moons, circles, xor, regression, csv }
  enum Activation: String, Codable, CaseIterable { case relu, tanh, sigmoid, gelu, leakyRelu, identity }
  enum Norm: String, Codable, CaseIterable { case none, batch, layer }
  /// What the weights are at first; `stored` are those that a run has left.
  enum Start: String, Codable, CaseIterable { case standard, xavier, kaiming, orthogonal, zeros, large, stored }
  enum Loss: String, Codable, CaseIterable { case crossEntropy, multiMargin, mse, l1, huber }
  enum Rule: String, Codable, CaseIterable {
    case sgd, adam, adamw, rmsprop, adagrad

    /// What `backprop train` takes, which is what the optimizer's own default is.
    var usualWeightDecay: Double { self == .adamw ? 0.01 : 0 }
  }

  struct Hidden: Codable, Equatable {
    var width: Int
    var activation: Activation
  }

  var data = Source.spirals
  /// How many samples to learn from, and as many to test on.
  var samples = 1000
  var noise = 0.02
  var hidden = [Hidden(width: 64, activation: .relu), Hidden(width: 64, activation: .relu)]
  var norm = Norm.none
  var dropout = 0.0
  var start = Start.standard
  var loss = Loss.crossEntropy
  var optimizer = Rule.adam
  var lr = 3e-3
  var momentum = 0.0
  var weightDecay = 0.0
  var schedule = ScheduleChoice.constant
  var epochs = 60
  var batch = 32
  var seed = 0

  /// Refuses what would be no run, or one too large to be watched.
  func check() throws(PlayError) {
    func inside<N: Comparable>(_ value: N, _ range: ClosedRange<N>, _ field: String) throws(PlayError) {
      if !range.contains(value) {
        throw PlayError(
          "\(field) is \(value); it goes from \(range.lowerBound) to \(range.upperBound)",
          "\(field)의 값이 \(value)입니다. \(range.lowerBound)부터 \(range.upperBound)까지 쓸 수 있습니다", field: field)
      }
    }
    try inside(samples, 10...4000, "samples")
    try inside(noise, 0...2, "noise")
    try inside(hidden.count, 0...6, "hidden")
    for layer in hidden { try inside(layer.width, 1...64, "hidden") }
    try inside(dropout, 0...0.9, "dropout")
    try inside(lr, 0...1000, "lr")
    try inside(momentum, 0...0.999, "momentum")
    try inside(weightDecay, 0...10, "weightDecay")
    try inside(epochs, 1...100_000, "epochs")
    try inside(batch, 1...4000, "batch")
    try inside(seed, 0...Int(UInt32.max), "seed")
    if schedule == .onecycle, lr == 0 { throw PlayError("onecycle needs a rate above 0", "onecycle에는 0보다 큰 학습률이 필요합니다", field: "lr") }
  }

  /// Whether the loss compares classes.
  var lossIsOfClasses: Bool { loss == .crossEntropy || loss == .multiMargin }

  // MARK: What it says

  func network(inputs: Int, outputs: Int) -> Sequential {
    var layers: [any Layer] = [], width = inputs
    for layer in hidden {
      layers.append(ChainRuleNN.Linear(width, layer.width))
      switch norm {
      case .none: break
      case .batch: layers.append(BatchNorm1d(layer.width))
      case .layer: layers.append(LayerNorm(layer.width))
      }
      switch layer.activation {
      case .relu: layers.append(ReLU())
      case .tanh: layers.append(Tanh())
      case .sigmoid: layers.append(Sigmoid())
      case .gelu: layers.append(GELU())
      case .leakyRelu: layers.append(LeakyReLU())
      case .identity: break
      }
      if dropout > 0 { layers.append(Dropout(dropout)) }
      width = layer.width
    }
    layers.append(ChainRuleNN.Linear(width, outputs))
    let network = Sequential(layers)
    for case let linear as ChainRuleNN.Linear in layers {
      switch start {
      // Those of a run come last, so that the random numbers are the same.
      case .standard, .stored: break
      case .xavier: Initialize.xavierUniform(linear.weight)
      case .kaiming: Initialize.kaimingNormal(linear.weight, nonlinearity: .relu)
      case .orthogonal: Initialize.orthogonal(linear.weight)
      case .zeros:
        Initialize.zeros(linear.weight)
        if let bias = linear.bias { Initialize.zeros(bias) }
      case .large: Initialize.normal(linear.weight, std: 3)
      }
    }
    return network
  }

  func lossValue(_ output: Tensor, _ target: Tensor) -> Tensor {
    switch loss {
    case .crossEntropy: ChainRuleNN.crossEntropy(output, target)
    case .multiMargin: multiMarginLoss(output, target)
    case .mse: mseLoss(output.flattened(), target)
    case .l1: l1Loss(output.flattened(), target)
    case .huber: huberLoss(output.flattened(), target)
    }
  }

  func rule(_ parameters: [Tensor]) -> Optimizer {
    switch optimizer {
    case .sgd: SGD(parameters, lr: lr, momentum: momentum, weightDecay: weightDecay)
    case .adam: Adam(parameters, lr: lr, weightDecay: weightDecay)
    case .adamw: AdamW(parameters, lr: lr, weightDecay: weightDecay)
    case .rmsprop: RMSprop(parameters, lr: lr, weightDecay: weightDecay, momentum: momentum)
    case .adagrad: Adagrad(parameters, lr: lr, weightDecay: weightDecay)
    }
  }
}

extension ScheduleChoice: Codable {}
