import ChainRule
import ChainRuleNN
import Testing

/// The layers of images: PyTorch's first values, statistics and printed text.
struct ConvolutionLayerTests {
  @Test func firstValuesArePyTorchs() throws {
    let fixture = try Fixture("random")
    for (seed, rows) in fixture.root {
      let rows = try #require(rows as? [String: Any])
      let layer = Conv2d(1, 2, kernel: 3, generator: Generator(seed: try #require(Int(seed))))
      let expected = try #require(rows["Conv2d(1,2,3)"] as? [String: Any])
      for (name, tensor) in layer.namedParameters() {
        let values = try Fixture.tensor(expected[name], dtype: .float32)
        #expect(tensor.shape == values.shape)
        #expect(difference(tensor.array(of: Double.self), values.array(of: Double.self)) < 2e-7, "seed \(seed), \(name)")
      }
    }
  }

  @Test func textIsPyTorchs() {
    let texts: [(any Module, String)] = [
      (Conv2d(1, 32, kernel: 3, padding: 1), "Conv2d(1, 32, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))"),
      (
        Conv2d(4, 8, kernel: [3, 5], stride: [2, 1], padding: [1, 2], dilation: 2, groups: 2, bias: false),
        "Conv2d(4, 8, kernel_size=(3, 5), stride=(2, 1), padding=(1, 2), dilation=(2, 2), groups=2, bias=False)"
      ),
      (Conv2d(4, 8, kernel: 3, padding: .same), "Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=same)"),
      (Conv1d(1, 2, kernel: 3), "Conv1d(1, 2, kernel_size=(3,), stride=(1,))"),
      (
        ConvTranspose2d(2, 3, kernel: 3, stride: 2, padding: 1, outputPadding: 1),
        "ConvTranspose2d(2, 3, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1))"
      ),
      (
        ConvTranspose1d(2, 3, kernel: 3, bias: false, dilation: 2),
        "ConvTranspose1d(2, 3, kernel_size=(3,), stride=(1,), dilation=(2,), bias=False)"
      ),
      (MaxPool2d(2), "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"),
      (
        MaxPool2d([3, 2], stride: [2, 1], padding: 1, ceilMode: true),
        "MaxPool2d(kernel_size=(3, 2), stride=(2, 1), padding=1, dilation=1, ceil_mode=True)"
      ),
      (AvgPool2d(3, stride: 2, padding: 1), "AvgPool2d(kernel_size=3, stride=2, padding=1)"),
      (AvgPool1d(2), "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))"),
      (AdaptiveAvgPool2d([5, 7]), "AdaptiveAvgPool2d(output_size=(5, 7))"),
      (AdaptiveAvgPool2d([nil, 7]), "AdaptiveAvgPool2d(output_size=(None, 7))"),
      (AdaptiveAvgPool2d(1), "AdaptiveAvgPool2d(output_size=1)"),
      (BatchNorm1d(5), "BatchNorm1d(5, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"),
      (
        BatchNorm2d(5, momentum: nil, affine: false),
        "BatchNorm2d(5, eps=1e-05, momentum=None, affine=False, bias=False, track_running_stats=True)"
      ),
      (GroupNorm(2, 4), "GroupNorm(2, 4, eps=1e-05, affine=True, bias=True)"),
      (RMSNorm(4), "RMSNorm((4,), eps=None, elementwise_affine=True)"),
      (
        InstanceNorm2d(3), "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)"
      ),
      (Upsample(scaleFactor: 2), "Upsample(scale_factor=2.0, mode='nearest')"),
      (Upsample(size: [3, 4], mode: .bilinear, alignCorners: true), "Upsample(size=(3, 4), mode='bilinear')"),
    ]
    for (module, text) in texts { #expect("\(module)" == text) }
  }

  @Test func runningStatisticsFollowTheBatches() throws {
    let layer = BatchNorm2d(2, momentum: 0.5)
    #expect(layer.stateDict().names == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"])
    let x = Tensor([1.0, 2, 3, 4, 10, 20, 30, 40], shape: [2, 2, 1, 2])
    _ = layer(x)
    let mean = try #require(layer.runningMean).value.array(of: Double.self)
    let variance = try #require(layer.runningVar).value.array(of: Double.self)
    // Channel 0 holds 1, 2, 10, 20, channel 1 the others; the variance is corrected for bias.
    #expect(difference(mean, [4.125, 9.625]) < 1e-6)
    #expect(difference(variance, [39.291667, 174.291667]) < 1e-4)
    #expect(layer.batchesTracked?.value.item(as: Int.self) == 1)
    layer.eval()
    let y = layer(x)
    #expect(layer.batchesTracked?.value.item(as: Int.self) == 1)
    #expect(abs(y[0, 0, 0, 0].item() - (1 - 4.125) / (39.291667 + 1e-5).squareRoot()) < 1e-5)
  }

  @Test func momentumNilKeepsPlainMeans() throws {
    let layer = BatchNorm1d(1, momentum: nil, dtype: .float64)
    for batch in [[1.0, 3], [5.0, 7], [0.0, 2]] { _ = layer(Tensor(batch, shape: [2, 1], dtype: .float64)) }
    #expect(abs(try #require(layer.runningMean).value.item() - 3) < 1e-12)
    #expect(abs(try #require(layer.runningVar).value.item() - 2) < 1e-12)
  }

  @Test func mistakesAreNamed() {
    func message(_ body: () -> Tensor) -> String {
      do {
        _ = try catching(body)
        return ""
      } catch { return (error as? TensorError)?.message ?? "" }
    }
    #expect(
      message { conv2d(Tensor.zeros(1, 2, 8, 8), Tensor.zeros(4, 3, 3, 3)) }
        == "Given groups=1, weight of size [4, 3, 3, 3], expected input[1, 2, 8, 8] to have 3 channels, but got 2 channels instead")
    #expect(
      message { BatchNorm1d(3)(Tensor.zeros(1, 3)) }
        == "Expected more than 1 value per channel when training, got input size torch.Size([1, 3])")
    #expect(message { BatchNorm2d(3)(Tensor.zeros(2, 3)) } == "expected 4D input (got 2D input)")
    #expect(
      message { maxPool2d(Tensor.zeros(1, 1, 4, 4), kernel: 2, padding: 2) }
        == "pad should be at most half of effective kernel size, but got pad=2, kernel_size=2 and dilation=1")
    #expect(
      message { conv2d(Tensor.zeros(1, 1, 2, 2), Tensor.zeros(1, 1, 3, 3)) }
        == "Calculated padded input size per channel: (2 x 2). Kernel size: (3 x 3). Kernel size can't be greater than actual input size")
  }
}
