import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim
import Foundation

/// What the page shows of a run: made anew for every update, with nothing in it that grows.
struct TrainerState: Encodable {
  struct Picture: Encodable {
    let rows: Int
    let columns: Int
    /// The number that full colour stands for.
    let scale: Double
    /// A byte an element, row by row: 128 is zero, 1 and 255 are the scale.
    let bytes: Data

    /// A tensor with a sign, as colours.
    init(_ tensor: Tensor) {
      let matrix = noGrad { (tensor.rank == 2 ? tensor : tensor.reshaped(1, -1)).detach() }
      (rows, columns) = (matrix.shape[0], matrix.shape[1])
      let largest = matrix.count == 0 ? 0 : matrix.abs().max().item()
      scale = largest
      bytes = TrainerState.bytes(largest > 0 ? matrix / largest * 127 + 128 : matrix * 0 + 128)
    }
  }

  struct Histogram: Encodable {
    let low: Double
    let high: Double
    let counts: [Int]

    init(_ tensor: Tensor) {
      let largest = tensor.count == 0 ? 0 : noGrad { tensor.detach().abs().max().item() }, reach = largest > 0 ? largest : 1
      (low, high) = (-reach, reach)
      counts = noGrad { tensor.detach().histc(21, min: -reach, max: reach).array(of: Double.self).map { Int($0) } }
    }
  }

  /// One linear layer.
  struct Layer: Encodable {
    let name: String
    let inputs: Int
    let outputs: Int
    let weight: Picture
    let gradient: Picture
    let weights: Histogram
    let gradients: Histogram
    let weightNorm: Double
    let gradientNorm: Double
    /// The root of the gradient's mean square, by which layers are compared.
    let gradientSize: Double
    /// The last update beside the weight, by their norms.
    let ratio: Double?
    /// What its units give for the sample that is looked at, after their activation.
    let activations: Picture?
    let units: Units?
  }

  /// The units of a layer over the samples to test on.
  struct Units: Encodable {
    let count: Int
    /// Those that gave 0 for every sample.
    let dead: Int
    /// Those that are near the end of their range for nearly every sample.
    let saturated: Int
  }

  struct Point: Encodable {
    let x: Double
    let y: Double
    let label: Double
    let test: Bool
  }

  /// What the network says of every place.
  struct Field: Encodable {
    let limit: Double
    let size: Int
    /// Of two classes the second's probability, row by row from the top.
    let bytes: Data
    /// Of more classes which, and `bytes` how sure.
    let winners: Data?
    /// Of a number its value along the one input.
    let curve: [Double]?
  }

  struct Last: Encodable {
    let loss: Double
    let gradient: Double
    let update: Double
    let change: Double
  }

  struct Sentence: Encodable {
    /// good, note or bad.
    let kind: String
    let text: PlayText
  }

  let step: Int
  let epoch: Int
  let epochs: Int
  let stepInEpoch: Int
  let batches: Int
  let lr: Double
  let trainLoss: Double
  let testLoss: Double
  let score: Double
  let parameters: Int
  let curve: [[Double]]
  let measured: [[Double?]]
  let layers: [Layer]
  let field: Field?
  let last: Last?
  let sentences: [Sentence]
  let oldest: Int
  let newest: Int
  let over: Bool

  static func bytes(_ tensor: Tensor) -> Data {
    Data(tensor.detach().round().clamp(min: 0, max: 255).to(.uint8).array(of: UInt8.self))
  }
}

extension Trainer {
  /// Points drawn of the losses: more cannot be told apart.
  private static let curvePoints = 300
  private static let fieldSize = 56

  func state(sample: Int) -> TrainerState {
    let (trainLoss, _) = tally(data.train), (testLoss, score) = tally(data.test)
    let outputs = layerOutputs()
    let layers = layerStates(outputs, sample: sample)
    return TrainerState(
      step: now.step, epoch: now.epoch, epochs: plan.epochs, stepInEpoch: now.stepInEpoch, batches: batchCount, lr: optimizer.lr,
      trainLoss: trainLoss, testLoss: testLoss, score: score, parameters: parameters.reduce(0) { $0 + $1.count }, curve: curve,
      measured: thinned(epochs.map { [Double($0.step), $0.train, $0.test, $0.score] }), layers: layers, field: field,
      last: now.last.map { .init(loss: $0.loss, gradient: $0.gradient, update: $0.update, change: $0.change) },
      sentences: sentences(layers, trainLoss: trainLoss, testLoss: testLoss), oldest: moments[0].step,
      newest: moments[moments.count - 1].step, over: isOver)
  }

  /// The loss of each step, or where there are many, the mean of several.
  private var curve: [[Double]] {
    let losses = losses, size = max(1, (losses.count + Self.curvePoints - 1) / Self.curvePoints)
    return stride(from: 0, to: losses.count, by: size).map { start in
      let part = losses[start..<min(start + size, losses.count)]
      return [Double(start + part.count), part.reduce(0, +) / Double(part.count)]
    }
  }

  private func thinned<T>(_ all: [T]) -> [T] {
    let size = max(1, (all.count + Self.curvePoints - 1) / Self.curvePoints)
    return all.indices.filter { $0 % size == 0 || $0 == all.count - 1 }.map { all[$0] }
  }

  /// What each linear layer hands on for the samples to test on, after its activation.
  private func layerOutputs() -> [(linear: ChainRuleNN.Linear, name: String, output: Tensor, activation: (any Module)?)] {
    var outputs: [(linear: ChainRuleNN.Linear, name: String, output: Tensor, activation: (any Module)?)] = []
    model.eval()
    defer { model.train() }
    noGrad {
      var x = data.test.inputs
      for (layer, name) in zip(model.layers, model.names) {
        x = layer(x)
        if let linear = layer as? ChainRuleNN.Linear {
          outputs.append((linear, name, x, nil))
        } else {
          outputs[outputs.count - 1].output = x
          if !(layer is DropoutLayer) { outputs[outputs.count - 1].activation = layer }
        }
      }
    }
    return outputs
  }

  private func layerStates(
    _ outputs: [(linear: ChainRuleNN.Linear, name: String, output: Tensor, activation: (any Module)?)], sample: Int
  ) -> [TrainerState.Layer] {
    let before = place > 0 ? moments[place - 1].weights : nil
    func norm(_ tensor: Tensor) -> Double { tensor.pow(2).sum().item().squareRoot() }
    return noGrad {
      outputs.enumerated().map { index, layer in
        let weight = layer.linear.weight.detach(), gradient = layer.linear.weight.grad ?? Tensor.zeros(weight.shape)
        let old = before?["\(layer.name).weight"], size = norm(weight)
        let isLast = index == outputs.count - 1
        return TrainerState.Layer(
          name: layer.name, inputs: layer.linear.inputs, outputs: layer.linear.outputs, weight: .init(weight), gradient: .init(gradient),
          weights: .init(weight), gradients: .init(gradient), weightNorm: size, gradientNorm: norm(gradient),
          gradientSize: norm(gradient) / Double(max(1, gradient.count)).squareRoot(),
          ratio: old.flatMap { size > 0 ? norm(weight - $0) / size : nil },
          activations: (0..<layer.output.shape[0]).contains(sample) ? .init(layer.output[sample].detach()) : nil,
          units: isLast ? nil : units(layer.output, layer.activation))
      }
    }
  }

  private func units(_ output: Tensor, _ activation: (any Module)?) -> TrainerState.Units {
    let dead = activation is ReLU ? (output.abs().max(dim: 0).values .== 0).sum().item(as: Int.self) : 0
    var saturated = 0
    if activation is Tanh || activation is Sigmoid {
      let ends = activation is Tanh ? output.abs() .> 0.98 : (output - 0.5).abs() .> 0.49
      saturated = (ends.to(.float32).mean(dim: 0) .> 0.95).sum().item(as: Int.self)
    }
    return .init(count: output.shape[1], dead: dead, saturated: saturated)
  }

  /// What the network says of every place of the square, or along the one input.
  private var field: TrainerState.Field? {
    guard data.limit > 0 else { return nil }
    let n = Self.fieldSize
    model.eval()
    defer { model.train() }
    return noGrad {
      guard data.inputs == 2 else {
        let x = Tensor.linspace(-data.limit, data.limit, 161).unsqueezed(1), y = model(x)
        let values = data.classes.isEmpty ? y.flattened() : y.softmax(dim: 1)[.all, -1]
        return .init(limit: data.limit, size: 161, bytes: Data(), winners: nil, curve: values.array(of: Double.self))
      }
      let output = model(Boundary.places(Tensor.linspace(-data.limit, data.limit, n), Tensor.linspace(data.limit, -data.limit, n)))
      guard !data.classes.isEmpty else {
        return .init(limit: data.limit, size: n, bytes: TrainerState.bytes(output.flattened() * 64 + 128), winners: nil, curve: nil)
      }
      let shares = output.softmax(dim: 1)
      if data.classes.count == 2 {
        return .init(limit: data.limit, size: n, bytes: TrainerState.bytes(shares[.all, 1] * 255), winners: nil, curve: nil)
      }
      return .init(
        limit: data.limit, size: n, bytes: TrainerState.bytes(shares.max(dim: 1).values * 255),
        winners: TrainerState.bytes(output.argmax(dim: 1).to(.float32)), curve: nil)
    }
  }

  /// The samples that the page draws; they stay the same as long as the run does.
  func points() -> [TrainerState.Point] {
    guard data.limit > 0 else { return [] }
    return [(data.train, false), (data.test, true)].flatMap { samples, isTest in
      let x = samples.inputs.array(of: Double.self), y = samples.targets.array(of: Double.self)
      // A few hundred show the form; more would hide the field.
      return stride(from: 0, to: samples.count, by: max(1, samples.count / 300)).map { i -> TrainerState.Point in
        if data.inputs == 1 { return .init(x: x[i], y: y[i], label: y[i], test: isTest) }
        return .init(x: x[2 * i], y: x[2 * i + 1], label: y[i], test: isTest)
      }
    }
  }

  // MARK: In words

  private func sentences(_ layers: [TrainerState.Layer], trainLoss: Double, testLoss: Double) -> [TrainerState.Sentence] {
    var all: [TrainerState.Sentence] = []
    func say(_ kind: String, _ english: String, _ korean: String) { all.append(.init(kind: kind, text: PlayText(english, korean))) }
    func text(_ value: Double) -> String { NumberText.significant(value, digits: 2) }
    if let failure { say("bad", failure.english, failure.korean) }
    for layer in layers {
      guard let units = layer.units else { continue }
      if units.dead > 0 {
        say(
          units.dead * 2 > units.count ? "bad" : "note",
          "Layer \(layer.name): \(units.dead) of \(units.count) units are dead: they give 0 for every sample, so no gradient passes through them.",
          "\(layer.name)번 층: 유닛 \(units.count)개 가운데 \(units.dead)개가 죽었습니다. 모든 샘플에 0을 내므로 기울기가 지나가지 못합니다.")
      }
      if units.saturated > 0 {
        say(
          "note",
          "Layer \(layer.name): \(units.saturated) of \(units.count) units are saturated: the slope there is nearly 0.",
          "\(layer.name)번 층: 유닛 \(units.count)개 가운데 \(units.saturated)개가 포화되었습니다. 그곳의 도함수는 거의 0입니다.")
      }
    }
    guard now.step > 0, let first = layers.first, let last = layers.last else { return all }
    if layers.count > 1, last.gradientSize > 0, first.gradientSize < last.gradientSize * 1e-3 {
      say(
        "bad",
        "The gradient vanishes: in layer \(first.name) it is \(text(first.gradientSize)), in layer \(last.name) \(text(last.gradientSize)). The first layers hardly learn.",
        "기울기가 소실됩니다. \(first.name)번 층에서는 \(text(first.gradientSize)), \(last.name)번 층에서는 \(text(last.gradientSize))입니다. 앞쪽 층은 거의 배우지 못합니다.")
    } else if layers.count > 1, first.gradientSize > last.gradientSize * 1e2, first.gradientNorm > 1 {
      say(
        "bad",
        "The gradient explodes on its way back: in layer \(last.name) it is \(text(last.gradientSize)), in layer \(first.name) \(text(first.gradientSize)).",
        "기울기가 거슬러 올라가며 폭발합니다. \(last.name)번 층에서는 \(text(last.gradientSize)), \(first.name)번 층에서는 \(text(first.gradientSize))입니다.")
    }
    if layers.allSatisfy({ $0.gradientNorm == 0 }) {
      say("bad", "Every gradient is 0: nothing is learned.", "모든 기울기가 0입니다. 아무것도 배우지 않습니다.")
    }
    if let large = layers.max(by: { $0.ratio ?? 0 < $1.ratio ?? 0 }), let ratio = large.ratio, ratio > 0.1 {
      say(
        "note",
        "Layer \(large.name): the last step moved the weights by \(text(ratio * 100)) % of their size; about 0.1 % is usual.",
        "\(large.name)번 층: 지난 단계에서 가중치가 자기 크기의 \(text(ratio * 100))%만큼 움직였습니다. 보통은 0.1%쯤입니다.")
    }
    if now.epoch >= 5, testLoss > 1.5 * trainLoss, testLoss - trainLoss > 0.1 {
      say(
        "note", "The loss on the test samples is much larger than on those it learns from: it memorises.",
        "테스트 샘플의 손실이 학습 샘플의 손실보다 훨씬 큽니다. 외우고 있습니다.")
    }
    if all.isEmpty {
      say(
        "good", "Nothing stands out: gradients reach every layer, and the steps have a usual size.",
        "특별한 문제가 없습니다. 기울기가 모든 층에 이르고 걸음의 크기도 적당합니다.")
    }
    return all
  }
}
