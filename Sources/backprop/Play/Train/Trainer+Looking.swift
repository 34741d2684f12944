import ChainRule
import ChainRuleData
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim

/// One weight, taken apart.
struct WeightState: Encodable {
  let name: String
  let value: Double
  let gradient: Double
  /// A central difference of the same loss.
  let numeric: Double
  let curve: [[Double]]
  let tangent: [[Double]]
  let here: [Double]
  /// How the last step moved it.
  let lines: [PlayText]
}

extension Trainer {
  /// Samples of the loss that is drawn along a weight.
  private static let curveSamples = 512

  /// The loss of the next batch as a graph, in full; the run is not touched.
  func nextGraph() throws -> GraphPicture {
    guard let (x, y) = nextBatch() else { throw PlayError("the run is over: there is no next step", "학습이 끝나 다음 단계가 없습니다") }
    let state = NamedTensors(model.stateDict().map { (name: $0.name, tensor: $0.tensor.detach()) })
    // Batch normalisation counts what it sees.
    defer { _ = try? model.load(state) }
    let types = Dictionary(uniqueKeysWithValues: zip(model.names, model.layers.map { "\(type(of: $0))" }))
    // A frame says what its layer is.
    let parameters = model.namedParameters().map { name, tensor in
      let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
      return (name: "\(types[parts[0]] ?? "") \(name)", tensor: tensor)
    }
    let graph = looking {
      GradientGraph(parameters: parameters) { plan.lossValue(model(x.named("x")), y.named("y")) }
    }
    return try graph.picture(direction: .down)
  }

  /// The loss along one weight, its tangent, and how the last step moved it.
  func weight(_ layer: Int, _ row: Int, _ column: Int) throws -> WeightState {
    let linears = zip(model.names, model.layers).compactMap { name, layer in (layer as? ChainRuleNN.Linear).map { (name, $0) } }
    guard linears.indices.contains(layer), (0..<linears[layer].1.outputs).contains(row), (0..<linears[layer].1.inputs).contains(column)
    else {
      throw PlayError("there is no such weight", "그런 가중치는 없습니다")
    }
    let (name, linear) = linears[layer], weight = linear.weight, kept = weight.data
    let count = min(data.train.count, Self.curveSamples)
    let x = data.train.inputs[0..<count], y = data.train.targets[0..<count]
    model.eval()
    defer {
      weight.data = kept
      model.train()
    }
    let value = kept[row, column].item()
    let gradient = gradients(of: plan.lossValue(model(x), y), withRespectTo: [weight])[0][row, column].item()
    func loss(_ value: Double) -> Double {
      var moved = kept
      moved[row, column] = Tensor(value).to(kept.dtype)
      weight.data = moved
      return noGrad { plan.lossValue(model(x), y).item() }
    }
    let here = loss(value), reach = max(1, value.magnitude), h = 1e-2
    let places = (0...60).map { value + reach * (Double($0) - 30) / 20 }
    let ends = [value - reach / 2, value + reach / 2]
    let lines = stepLines(of: weight, "\(name).weight", row, column)
    return WeightState(
      name: "\(name).weight[\(row), \(column)]", value: value, gradient: gradient, numeric: (loss(value + h) - loss(value - h)) / (2 * h),
      curve: places.map { [$0, loss($0)] }, tangent: ends.map { [$0, here + gradient * ($0 - value)] }, here: [value, here], lines: lines)
  }

  /// The optimizer's arithmetic for one weight, with the numbers of the last step.
  private func stepLines(of weight: Tensor, _ name: String, _ row: Int, _ column: Int) -> [PlayText] {
    guard place > 0, let index = parameters.firstIndex(where: { $0.leafIdentity == weight.leafIdentity }),
      let old = moments[place - 1].weights[name],
      let new = now.weights[name]
    else { return [PlayText("no step has been taken", "아직 밟은 단계가 없습니다")] }
    func text(_ value: Double) -> String { NumberText.significant(value, digits: 5) }
    func number(_ tensor: Tensor) -> Double { tensor[row, column].item() }
    func buffer(_ moment: Moment, _ kind: String) -> Double { moment.rule.tensors["state.\(index).\(kind)"].map(number) ?? 0 }
    func same(_ line: String) -> PlayText { PlayText(line, line) }
    let before = moments[place - 1], w = number(old), result = number(new), step = Double(now.step)
    let rate =
      before.rule.options["group.0.lr"].flatMap { if case .number(let rate) = $0 { rate } else { nil } } ?? before.rule.numbers[
        "group.0.lr"] ?? plan.lr
    var g = number(now.gradients[index]), lines = [same("g = dL/dw = \(text(g))")]
    if plan.weightDecay > 0 {
      if plan.optimizer == .adamw {
        lines.append(same("w * (1 - lr * decay) = \(text(w)) * (1 - \(text(rate)) * \(text(plan.weightDecay)))"))
      } else {
        g += plan.weightDecay * w
        lines.append(same("g + decay * w = \(text(g))"))
      }
    }
    switch plan.optimizer {
    case .sgd where plan.momentum == 0: lines.append(same("w - lr * g = \(text(w)) - \(text(rate)) * \(text(g)) = \(text(result))"))
    case .sgd:
      let v = buffer(now, "momentum_buffer")
      lines.append(
        same("v = momentum * v + g = \(text(plan.momentum)) * \(text(buffer(before, "momentum_buffer"))) + \(text(g)) = \(text(v))"))
      lines.append(same("w - lr * v = \(text(w)) - \(text(rate)) * \(text(v)) = \(text(result))"))
    case .adam, .adamw:
      let (m, v) = (buffer(now, "exp_avg"), buffer(now, "exp_avg_sq"))
      lines.append(same("m = 0.9 * m + 0.1 * g = 0.9 * \(text(buffer(before, "exp_avg"))) + 0.1 * \(text(g)) = \(text(m))"))
      lines.append(
        same("v = 0.999 * v + 0.001 * g^2 = 0.999 * \(text(buffer(before, "exp_avg_sq"))) + 0.001 * \(text(g * g)) = \(text(v))"))
      let (m1, v1) = (m / (1 - power(0.9, step)), v / (1 - power(0.999, step)))
      lines.append(same("m' = m / (1 - 0.9^\(now.step)) = \(text(m1)),  v' = v / (1 - 0.999^\(now.step)) = \(text(v1))"))
      lines.append(
        same(
          "w - lr * m' / (sqrt(v') + 1e-8) = \(text(w)) - \(text(rate)) * \(text(m1)) / \(text(v1.squareRoot() + 1e-8)) = \(text(result))"))
    case .rmsprop:
      let v = buffer(now, "square_avg")
      lines.append(same("v = 0.99 * v + 0.01 * g^2 = 0.99 * \(text(buffer(before, "square_avg"))) + 0.01 * \(text(g * g)) = \(text(v))"))
      lines.append(same("w - lr * g / (sqrt(v) + 1e-8)" + (plan.momentum > 0 ? " + momentum" : "") + ": \(text(w)) -> \(text(result))"))
    case .adagrad:
      let v = buffer(now, "sum")
      lines.append(same("v = v + g^2 = \(text(buffer(before, "sum"))) + \(text(g * g)) = \(text(v))"))
      lines.append(
        same("w - lr * g / (sqrt(v) + 1e-10) = \(text(w)) - \(text(rate)) * \(text(g)) / \(text(v.squareRoot())) = \(text(result))"))
    }
    lines.append(
      PlayText("So step \(now.step) moved it by \(text(result - w)).", "그래서 \(now.step)단계에서 \(text(result - w))만큼 움직였습니다."))
    return lines
  }

  private func power(_ base: Double, _ exponent: Double) -> Double {
    var (result, base, rest) = (1.0, base, Int(exponent))
    while rest > 0 {
      if rest & 1 == 1 { result *= base }
      base *= base
      rest >>= 1
    }
    return result
  }
}
