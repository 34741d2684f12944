import ChainRule
import ChainRuleNN
import Testing

struct LossTests {
  @Test func fixtureOfPyTorch() throws {
    let fixture = try Fixture("losses")
    let tensors = try #require(fixture.root["tensors"] as? [String: Any])
    let cases = try #require(fixture.root["cases"] as? [[String: Any]])
    #expect(cases.count == 113)
    for (i, entry) in cases.enumerated() {
      let loss = try #require(entry["loss"] as? String)
      let options = try #require(entry["options"] as? [String: Any])
      let named = try #require(entry["tensorOptions"] as? [String: String])
      func tensor(_ name: Any?) throws -> Tensor {
        let name = try #require(name as? String)
        return try Fixture.tensor(
          tensors[name], dtype: name.hasSuffix("lasses") || name.hasSuffix("Class") || name == "allOnes" ? .int64 : .float64)
      }
      let gradients = try #require(entry["gradients"] as? [String: Any])
      let x = try tensor(entry["input"]).asLeaf()
      var target = try tensor(entry["target"])
      if gradients["target"] != nil { target = target.asLeaf() }
      let weight = try named["weight"].map { try tensor($0) }
      let posWeight = try named["pos_weight"].map { try tensor($0) }
      let name = try #require(options["reduction"] as? String)
      let reduction: Reduction = name == "none" ? .none : name == "sum" ? .sum : .mean
      let ignore = options["ignore_index"] as? Int ?? -100
      let result: Tensor
      switch loss {
      case "mse_loss": result = mseLoss(x, target, reduction: reduction)
      case "l1_loss": result = l1Loss(x, target, reduction: reduction)
      case "smooth_l1_loss": result = smoothL1Loss(x, target, beta: try #require(options["beta"] as? Double), reduction: reduction)
      case "huber_loss": result = huberLoss(x, target, delta: try #require(options["delta"] as? Double), reduction: reduction)
      case "nll_loss": result = nllLoss(x, target, weight: weight, ignoreIndex: ignore, reduction: reduction)
      case "cross_entropy":
        result = crossEntropy(
          x, target, weight: weight, ignoreIndex: ignore, labelSmoothing: options["label_smoothing"] as? Double ?? 0, reduction: reduction)
      case "binary_cross_entropy": result = binaryCrossEntropy(x, target, weight: weight, reduction: reduction)
      case "binary_cross_entropy_with_logits":
        result = binaryCrossEntropyWithLogits(x, target, weight: weight, posWeight: posWeight, reduction: reduction)
      case "kl_div":
        let divergence: DivergenceReduction = name == "none" ? .none : name == "sum" ? .sum : name == "mean" ? .mean : .batchMean
        result = klDiv(x, target, logTarget: options["log_target"] as? Bool ?? false, reduction: divergence)
      default:
        Issue.record("unknown loss \(loss)")
        continue
      }
      let expected = try Fixture.tensor(entry["result"], dtype: .float64)
      #expect(result.shape == expected.shape, "\(i) \(loss)")
      #expect(difference(result.array(of: Double.self), expected.array(of: Double.self)) < 1e-12, "\(i) \(loss) \(options) \(named)")
      let cotangent = Tensor((0..<result.count).map { Double($0 + 1) }, shape: result.shape, dtype: .float64)
      result.backward(gradient: cotangent)
      let dx = try #require(x.grad).array(of: Double.self)
      #expect(difference(dx, try Fixture.numbers(gradients["input"])) < 1e-12, "\(i) \(loss) \(options) \(named) input")
      if gradients["target"] != nil {
        let dt = try #require(target.grad).array(of: Double.self)
        #expect(difference(dt, try Fixture.numbers(gradients["target"])) < 1e-12, "\(i) \(loss) \(options) target")
      }
    }
  }

  @Test func namesOfNodes() {
    let x = Tensor([0.2, 0.7], requiresGrad: true), t = Tensor([0.0, 1.0])
    #expect(mseLoss(x, t).gradFn?.name == "MseLossBackward0")
    #expect(l1Loss(x, t).gradFn?.name == "MeanBackward0")
    #expect(huberLoss(x, t).gradFn?.name == "HuberLossBackward0")
    #expect(smoothL1Loss(x, t).gradFn?.name == "SmoothL1LossBackward0")
    #expect(binaryCrossEntropy(x, t).gradFn?.name == "BinaryCrossEntropyBackward0")
    #expect(binaryCrossEntropyWithLogits(x, t).gradFn?.name == "BinaryCrossEntropyWithLogitsBackward0")
    #expect(crossEntropy(x.unsqueezed(0), Tensor([0])).gradFn?.name == "NllLossBackward0")
    #expect(LayerNorm(2)(x).gradFn?.name == "NativeLayerNormBackward0")
  }

  private func message(_ body: () -> Tensor) -> String {
    do {
      _ = try catching(body)
      return "no error"
    } catch { return (error as? TensorError)?.message ?? "\(error)" }
  }

  @Test func refusals() {
    let x = Tensor.randn(2, 3)
    #expect(message { crossEntropy(x, Tensor([0, 3])) } == "Target 3 is out of bounds.")
    #expect(message { crossEntropy(x, Tensor([0.0, 1.0])) } == "expected target dtype to be Long or Byte, but got Float")
    #expect(message { binaryCrossEntropy(Tensor([2.0]), Tensor([1.0])) } == "all elements of input should be between 0 and 1")
    #expect(
      message { crossEntropy(x, Tensor([0, 1, 2])) } == "Expected input batch_size (2) to match target batch_size (3)")
    #expect(message { mseLoss(x, Tensor.randn(4)) }.hasPrefix("The size of tensor a (3) must match the size of tensor b (4)"))
  }

  /// Gradient against central differences, and tangent against gradient, for every sample of the families this module rests on.
  @Test func rulesOfTheCatalog() throws {
    let generator = Generator(seed: 7)
    for family in Catalog.families where family.name == "Losses" || family.name == "Normalization" {
      for operation in family.operations {
        for sample in operation.samples {
          let label = "\(operation.name) \(sample.label)"
          let inputs = sample.inputs.map { draw($0, generator) }
          let real = inputs.indices.filter { inputs[$0].dtype == .float64 }
          let direction = inputs.map { $0.dtype == .float64 ? Tensor.randn($0.shape, dtype: .float64, generator: generator) : $0 }
          func moved(_ step: Double) -> [Tensor] {
            inputs.indices.map { real.contains($0) ? inputs[$0] + direction[$0] * step : inputs[$0] }
          }
          let w = Tensor.randn(sample.call(inputs).shape, dtype: .float64, generator: generator)
          func value(_ x: [Tensor]) -> Tensor { (sample.call(x) * w).sum() }
          let numeric = (value(moved(1e-5)) - value(moved(-1e-5))).item() / 2e-5
          func full(_ leaves: [Tensor]) -> [Tensor] {
            var all = inputs
            for (i, leaf) in zip(real, leaves) { all[i] = leaf }
            return all
          }
          let g = grad { (x: [Tensor]) in value(full(x)) }
          let reverse = zip(g(real.map { inputs[$0] }), real).map { ($0 * direction[$1]).sum().item() }.reduce(0, +)
          let forward = jvp({ (x: [Tensor]) in value(full(x)) }, real.map { inputs[$0] }, real.map { direction[$0] }).tangent.item()
          #expect(abs(numeric - reverse) < 1e-6 * max(1, abs(numeric)), "\(label): \(numeric) \(reverse)")
          #expect(abs(forward - reverse) < 1e-10 * max(1, abs(forward)), "\(label): \(forward) \(reverse)")
          // Second order: the fused backward and the rule in tensor operations must agree.
          let leaves = real.map { inputs[$0].asLeaf() }
          let linked = gradients(of: value(full(leaves)), withRespectTo: leaves, createGraph: true)
          for (a, b) in zip(linked, g(real.map { inputs[$0] })) {
            let close = a.detach().allClose(b, relative: 1e-9, absolute: 1e-11)
            #expect(close, "\(label): \(a) \(b)")
          }
        }
      }
    }
  }

  private func draw(_ input: OperationSample.Input, _ generator: Generator) -> Tensor {
    switch input.domain {
    case .index(let bound): Tensor.randint(0, bound, input.shape, generator: generator)
    case .interval(let low, let high): Tensor.uniform(input.shape, from: low, to: high, dtype: .float64, generator: generator)
    default: Tensor.randn(input.shape, dtype: .float64, generator: generator)
    }
  }
}
