import ChainRule
import ChainRuleNN
import Testing

/// Names in a state: what older states lack, and what two tensors cannot share.
struct StateNameTests {
  /// PyTorch 2.13 loads a state without `num_batches_tracked`, strictly, and the layer keeps its count.
  @Test func statesOfOldBatchNorms() throws {
    let layer = BatchNorm1d(3)
    _ = layer(Tensor.ones(4, 3))
    let old: NamedTensors = [
      "weight": Tensor.full([3], 2.0), "bias": Tensor.ones(3), "running_mean": Tensor.ones(3), "running_var": Tensor.full([3], 4.0),
    ]
    let report = try layer.load(old)
    #expect(report.missing.isEmpty && report.unexpected.isEmpty)
    #expect(layer.runningVar?.value.equal(Tensor.full([3], 4.0)) == true && layer.batchesTracked?.value.item() == 1)
    // Anything else that lacks is still missing.
    var short = old
    short["running_mean"] = nil
    let error = #expect(throws: StateDictError.self) { try layer.load(short) }
    #expect(error?.missing == ["running_mean"])
  }

  final class TwoWeights: Module {
    let weight = Tensor.ones(2, requiresGrad: true)
    let _weight = Tensor.zeros(3, requiresGrad: true)
  }

  final class BufferOfAName: Module {
    let scale = Tensor.ones(2, requiresGrad: true)
    let factor = Buffer(Tensor.zeros(2), name: "scale")
  }

  final class Inner: Module {
    let net = TwoWeights()
  }

  final class Dotted: Module {
    let layers: [String: [Tensor]] = ["a": [Tensor.ones(1, requiresGrad: true)], "a.0": [], "b": []]
    let tied: [Tensor]
    init() { tied = [layers["a"]?[0] ?? Tensor(0)] }
  }

  @Test func clashingNamesAreRefused() throws {
    func message(_ module: any Module) -> String {
      do {
        _ = try catching { module.stateDict() }
        return "no error"
      } catch { return (error as? TensorError)?.message ?? "\(error)" }
    }
    #expect(
      message(TwoWeights())
        == "two tensors have the name \"weight\" in the state: a parameter of shape [2] and a parameter of shape [3], stored as "
        + "\"TwoWeights.weight\" and \"TwoWeights._weight\"")
    #expect(
      message(BufferOfAName())
        == "two tensors have the name \"scale\" in the state: a parameter of shape [2] and a buffer of shape [2], stored as "
        + "\"BufferOfAName.scale\" and \"BufferOfAName.factor\"")
    #expect(message(Inner()).hasPrefix("two tensors have the name \"net.weight\" in the state"))
    #expect(message(Dotted()) == "no error")
  }
}
