import ChainRule
import ChainRuleNN
import Testing

/// What a summary says: numbers that PyTorch's tools give for the same networks.
struct SummaryTests {
  @Test func residualNetwork() {
    let model = ResNet.resNet18()
    model.layer1.isTraining = false
    let summary = model.summary([1, 3, 64, 64])
    // PyTorch's FlopCounterMode counts twice as many for torchvision's network.
    #expect(summary.parameterCount == 11_689_512 && summary.trainableCount == 11_689_512)
    #expect(summary.multiplyAdds == 148_557_824)
    #expect(summary.rows.count == model.namedModules().count && summary.rows[0].name == "" && summary.rows[0].depth == 0)
    let block = summary.rows.first { $0.name == "layer2.0.downsample.0" }
    #expect(block?.outputShapes == [[1, 128, 8, 8]] && block?.depth == 4 && block?.kind == "Conv2d" && block?.parameterCount == 8192)
    #expect(model.isTraining && !model.layer1.isTraining && model.bn1.isTraining, "modes are what they were")
    #expect(model.bn1.batchesTracked?.value.item() == 0)
  }

  @Test func tableOfASmallNetwork() {
    let fc = Linear(4, 4), model = Sequential(["fc": fc, "act": ReLU(), "again": fc, "norm": BatchNorm1d(4)])
    model.requiresGrad(false, at: "norm")
    #expect(
      model.summary([2, 4]).description == """
        layer                output shape  parameters  multiply-adds  memory
        --------------------------------------------------------------------
        Sequential           [2, 4]                 -              -       -
          fc: Linear x 2     [2, 4]                20             64    64 B
          act: ReLU          [2, 4]                 -              -    32 B
          norm: BatchNorm1d  [2, 4]                 8              -    32 B
        --------------------------------------------------------------------
        parameters: 28, of which 20 are trained
        multiply-adds: 64
        memory: 152 B of parameters and buffers, 128 B of results
        """)
  }

  @Test func modelsOfOtherCalls() {
    let lstm = LSTM(3, 4), summary = lstm.summary { _ = $0(Tensor.zeros(5, 2, 3)) }
    #expect(summary.rows[0].outputShapes == [[5, 2, 4], [1, 2, 4], [1, 2, 4]] && summary.parameterCount == 144)
    #expect(summary.multiplyAdds == 5 * 2 * 16 * Double(3 + 4))
    let unused = Sequential(Linear(2, 2)).summary { _ in }
    #expect(unused.rows[1].calls == 0 && unused.description.contains("not called"))
    #expect(throws: TensorError.self) { try catching { Linear(3, 2).summary([1, 4]) } }
  }
}
