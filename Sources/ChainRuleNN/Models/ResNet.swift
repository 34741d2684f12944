public import ChainRule

/// Two 3x3 convolutions, added to what came in (He et al. 2016, figure 2).
public final class BasicBlock: Layer {
  let conv1: Conv2d
  let bn1: BatchNorm2d
  let relu = ReLU()
  let conv2: Conv2d
  let bn2: BatchNorm2d
  /// What brings the input to the result's shape, where that differs.
  let downsample: Sequential?

  /// A block from `inputs` channels to `outputs`, with every `stride`-th pixel.
  public init(_ inputs: Int, _ outputs: Int, stride: Int = 1, dtype: DType? = nil, generator: Generator? = nil) {
    downsample =
      stride == 1 && inputs == outputs
      ? nil
      : Sequential(
        Conv2d(inputs, outputs, kernel: 1, stride: stride, bias: false, dtype: dtype, generator: generator),
        BatchNorm2d(outputs, dtype: dtype))
    conv1 = Conv2d(inputs, outputs, kernel: 3, stride: stride, padding: 1, bias: false, dtype: dtype, generator: generator)
    bn1 = BatchNorm2d(outputs, dtype: dtype)
    conv2 = Conv2d(outputs, outputs, kernel: 3, padding: 1, bias: false, dtype: dtype, generator: generator)
    bn2 = BatchNorm2d(outputs, dtype: dtype)
  }

  /// Returns [n, outputs, height / stride, width / stride] for x of [n, inputs, height, width].
  public func forward(_ x: Tensor) -> Tensor {
    relu(bn2(conv2(relu(bn1(conv1(x))))) + (downsample?(x) ?? x))
  }
}

/// A residual network for images (He et al. 2016), with torchvision's names, so that its states load.
///
///     ResNet.resNet18(classes: 10, stem: .cifar)
public final class ResNet: Layer {
  /// What stands before the first block.
  public enum Stem: Sendable {
    /// 7x7 with stride 2 and a max pool, for images of 224x224.
    case imageNet
    /// 3x3 and no pool, for images of 32x32 (section 4.2 of the paper).
    case cifar
  }

  let conv1: Conv2d
  let bn1: BatchNorm2d
  let relu = ReLU()
  let maxpool: any Layer
  let layer1: Sequential
  let layer2: Sequential
  let layer3: Sequential
  let layer4: Sequential
  let avgpool = AdaptiveAvgPool2d(1)
  let fc: Linear

  /// A network of basic blocks: 64, 128, 256 and 512 channels, `depths` blocks of each.
  ///
  /// Weights of convolutions start normal with variance 2 / (outputs x kernel), as torchvision's, with its numbers for the same seed.
  public init(
    _ depths: (Int, Int, Int, Int), classes: Int = 1000, channels: Int = 3, stem: Stem = .imageNet, dtype: DType? = nil,
    generator: Generator? = nil
  ) {
    func stage(_ inputs: Int, _ outputs: Int, _ depth: Int, stride: Int) -> Sequential {
      Sequential(
        (0..<layerSize(depth, "depths", "ResNet", atMost: 10_000)).map { i in
          BasicBlock(i == 0 ? inputs : outputs, outputs, stride: i == 0 ? stride : 1, dtype: dtype, generator: generator)
        })
    }
    switch stem {
    case .imageNet:
      conv1 = Conv2d(channels, 64, kernel: 7, stride: 2, padding: 3, bias: false, dtype: dtype, generator: generator)
      maxpool = MaxPool2d(3, stride: 2, padding: 1)
    case .cifar:
      conv1 = Conv2d(channels, 64, kernel: 3, padding: 1, bias: false, dtype: dtype, generator: generator)
      maxpool = Identity()
    }
    bn1 = BatchNorm2d(64, dtype: dtype)
    layer1 = stage(64, 64, depths.0, stride: 1)
    layer2 = stage(64, 128, depths.1, stride: 2)
    layer3 = stage(128, 256, depths.2, stride: 2)
    layer4 = stage(256, 512, depths.3, stride: 2)
    fc = Linear(512, classes, dtype: dtype, generator: generator)
    for case let (_, convolution as Conv2d) in namedModules() {
      Initialize.kaimingNormal(convolution.weight, fan: .output, generator: generator)
    }
  }

  /// 18 layers: two blocks a stage.
  public static func resNet18(
    classes: Int = 1000, channels: Int = 3, stem: Stem = .imageNet, dtype: DType? = nil, generator: Generator? = nil
  ) -> ResNet {
    ResNet((2, 2, 2, 2), classes: classes, channels: channels, stem: stem, dtype: dtype, generator: generator)
  }

  /// 34 layers.
  public static func resNet34(
    classes: Int = 1000, channels: Int = 3, stem: Stem = .imageNet, dtype: DType? = nil, generator: Generator? = nil
  ) -> ResNet {
    ResNet((3, 4, 6, 3), classes: classes, channels: channels, stem: stem, dtype: dtype, generator: generator)
  }

  /// Returns the scores of the classes, [n, classes], for x of [n, channels, height, width].
  public func forward(_ x: Tensor) -> Tensor {
    let stem = maxpool(relu(bn1(conv1(x))))
    return fc(avgpool(layer4(layer3(layer2(layer1(stem))))).flattened(from: 1))
  }
}
