public import ChainRule

/// Two 3x3 convolutions, added to what came in (He et al. 2016, figure 2).
public final class BasicBlock: Layer, SelfCopying {
  /// The first convolution.
  public var conv1: Conv2d
  /// Its normalisation.
  public var bn1: BatchNorm2d
  /// The rectifier after each.
  public var relu: ReLU
  /// The second convolution.
  public var conv2: Conv2d
  /// Its normalisation.
  public var bn2: BatchNorm2d
  /// What brings the input to the result's shape, where that differs.
  public var downsample: Sequential?

  /// A block from `inputs` channels to `outputs`, with every `stride`-th pixel.
  public init(_ inputs: Int, _ outputs: Int, stride: Int = 1, dtype: DType? = nil, generator: Generator? = nil) {
    downsample = shortcut(inputs, outputs, stride, dtype, generator)
    conv1 = Conv2d(inputs, outputs, kernel: 3, stride: stride, padding: 1, bias: false, dtype: dtype, generator: generator)
    bn1 = BatchNorm2d(outputs, dtype: dtype)
    relu = ReLU(inplace: true)
    conv2 = Conv2d(outputs, outputs, kernel: 3, padding: 1, bias: false, dtype: dtype, generator: generator)
    bn2 = BatchNorm2d(outputs, dtype: dtype)
  }
  init(copying other: BasicBlock, _ copier: ModuleCopier) {
    conv1 = copier(other.conv1)
    bn1 = copier(other.bn1)
    relu = copier(other.relu)
    conv2 = copier(other.conv2)
    bn2 = copier(other.bn2)
    downsample = copier(other.downsample)
  }

  /// Returns [n, outputs, height / stride, width / stride] for x of [n, inputs, height, width].
  public func forward(_ x: Tensor) -> Tensor { relu(bn2(conv2(relu(bn1(conv1(x))))) + (downsample?(x) ?? x)) }
}

/// A 1x1 convolution to fewer channels, a 3x3 one, and a 1x1 one to four times as many, added to what came in (He et al. 2016, figure 5); the
/// stride is the middle one's, as torchvision has it.
public final class Bottleneck: Layer, SelfCopying {
  /// The convolution to fewer channels.
  public var conv1: Conv2d
  /// Its normalisation.
  public var bn1: BatchNorm2d
  /// The 3x3 convolution.
  public var conv2: Conv2d
  /// Its normalisation.
  public var bn2: BatchNorm2d
  /// The convolution to more channels.
  public var conv3: Conv2d
  /// Its normalisation.
  public var bn3: BatchNorm2d
  /// The rectifier after each.
  public var relu: ReLU
  /// What brings the input to the result's shape, where that differs.
  public var downsample: Sequential?

  /// A block from `inputs` channels to 4 `width`, with every `stride`-th pixel.
  public init(_ inputs: Int, _ width: Int, stride: Int = 1, dtype: DType? = nil, generator: Generator? = nil) {
    let width = layerSize(width, "width", "Bottleneck"), outputs = 4 * width
    downsample = shortcut(inputs, outputs, stride, dtype, generator)
    conv1 = Conv2d(inputs, width, kernel: 1, bias: false, dtype: dtype, generator: generator)
    bn1 = BatchNorm2d(width, dtype: dtype)
    conv2 = Conv2d(width, width, kernel: 3, stride: stride, padding: 1, bias: false, dtype: dtype, generator: generator)
    bn2 = BatchNorm2d(width, dtype: dtype)
    conv3 = Conv2d(width, outputs, kernel: 1, bias: false, dtype: dtype, generator: generator)
    bn3 = BatchNorm2d(outputs, dtype: dtype)
    relu = ReLU(inplace: true)
  }
  init(copying other: Bottleneck, _ copier: ModuleCopier) {
    conv1 = copier(other.conv1)
    bn1 = copier(other.bn1)
    conv2 = copier(other.conv2)
    bn2 = copier(other.bn2)
    conv3 = copier(other.conv3)
    bn3 = copier(other.bn3)
    relu = copier(other.relu)
    downsample = copier(other.downsample)
  }

  /// Returns [n, 4 width, height / stride, width / stride] for x of [n, inputs, height, width].
  public func forward(_ x: Tensor) -> Tensor {
    relu(bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x)))))))) + (downsample?(x) ?? x))
  }
}

/// What brings a block's input to the shape of its result; nil where it has it.
private func shortcut(_ inputs: Int, _ outputs: Int, _ stride: Int, _ dtype: DType?, _ generator: Generator?) -> Sequential? {
  if stride == 1 && inputs == outputs { return nil }
  return Sequential(
    Conv2d(inputs, outputs, kernel: 1, stride: stride, bias: false, dtype: dtype, generator: generator), BatchNorm2d(outputs, dtype: dtype))
}

/// A residual network for images (He et al. 2016), with torchvision's names, so that its states load.
///
///     ResNet.resNet18(classes: 10, stem: .cifar)
///
///     let model = ResNet.resNet50()
///     try model.load(loadSafetensors("resnet50.safetensors"))
///     model.fc = Linear(2048, 2)
public final class ResNet: Layer, SelfCopying {
  /// What stands before the first block.
  public enum Stem: Sendable {
    /// 7x7 with stride 2 and a max pool, for images of 224x224.
    case imageNet
    /// 3x3 and no pool, for images of 32x32 (section 4.2 of the paper).
    case cifar
  }
  /// What its stages are made of.
  public enum Block: Sendable {
    /// `BasicBlock`.
    case basic
    /// `Bottleneck`.
    case bottleneck
  }

  /// The convolution of the stem.
  public var conv1: Conv2d
  /// Its normalisation.
  public var bn1: BatchNorm2d
  /// The rectifier after it.
  public var relu: ReLU
  /// The pool of the stem.
  public var maxpool: any Layer
  /// The first stage, of 64 channels.
  public var layer1: Sequential
  /// The second stage, of 128 channels.
  public var layer2: Sequential
  /// The third stage, of 256 channels.
  public var layer3: Sequential
  /// The fourth stage, of 512 channels.
  public var layer4: Sequential
  /// The mean of each channel.
  public var avgpool: any Layer
  /// What makes scores.
  public var fc: Linear

  /// A network of `depths` blocks in stages of 64, 128, 256 and 512 channels, of four times as many where the blocks are bottlenecks.
  ///
  /// Weights of convolutions start normal with variance 2 / (outputs x kernel), as torchvision's, with its numbers for the same seed.
  public init(
    _ depths: (Int, Int, Int, Int), block: Block = .basic, classes: Int = 1000, channels: Int = 3, stem: Stem = .imageNet,
    dtype: DType? = nil, generator: Generator? = nil
  ) {
    let growth = block == .basic ? 1 : 4
    func stage(_ inputs: Int, _ width: Int, _ depth: Int, stride: Int) -> Sequential {
      Sequential(
        (0..<layerSize(depth, "depths", "ResNet", atMost: 10_000)).map { (i: Int) -> any Layer in
          let inputs = i == 0 ? inputs : growth * width, stride = i == 0 ? stride : 1
          return block == .basic
            ? BasicBlock(inputs, width, stride: stride, dtype: dtype, generator: generator)
            : Bottleneck(inputs, width, stride: stride, dtype: dtype, generator: generator)
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
    relu = ReLU(inplace: true)
    layer1 = stage(64, 64, depths.0, stride: 1)
    layer2 = stage(64 * growth, 128, depths.1, stride: 2)
    layer3 = stage(128 * growth, 256, depths.2, stride: 2)
    layer4 = stage(256 * growth, 512, depths.3, stride: 2)
    avgpool = AdaptiveAvgPool2d([1, 1])
    fc = Linear(512 * growth, classes, dtype: dtype, generator: generator)
    for case let (_, convolution as Conv2d) in namedModules() {
      Initialize.kaimingNormal(convolution.weight, fan: .output, generator: generator)
    }
  }
  init(copying other: ResNet, _ copier: ModuleCopier) {
    conv1 = copier(other.conv1)
    bn1 = copier(other.bn1)
    relu = copier(other.relu)
    maxpool = copier.any(other.maxpool)
    layer1 = copier(other.layer1)
    layer2 = copier(other.layer2)
    layer3 = copier(other.layer3)
    layer4 = copier(other.layer4)
    avgpool = copier.any(other.avgpool)
    fc = copier(other.fc)
  }

  /// 18 layers: two basic blocks a stage.
  public static func resNet18(
    classes: Int = 1000, channels: Int = 3, stem: Stem = .imageNet, dtype: DType? = nil, generator: Generator? = nil
  ) -> ResNet {
    ResNet((2, 2, 2, 2), classes: classes, channels: channels, stem: stem, dtype: dtype, generator: generator)
  }

  /// 34 layers: 3, 4, 6 and 3 basic blocks.
  public static func resNet34(
    classes: Int = 1000, channels: Int = 3, stem: Stem = .imageNet, dtype: DType? = nil, generator: Generator? = nil
  ) -> ResNet {
    ResNet((3, 4, 6, 3), classes: classes, channels: channels, stem: stem, dtype: dtype, generator: generator)
  }

  /// 50 layers: 3, 4, 6 and 3 bottlenecks.
  public static func resNet50(
    classes: Int = 1000, channels: Int = 3, stem: Stem = .imageNet, dtype: DType? = nil, generator: Generator? = nil
  ) -> ResNet {
    ResNet((3, 4, 6, 3), block: .bottleneck, classes: classes, channels: channels, stem: stem, dtype: dtype, generator: generator)
  }

  /// 101 layers: 3, 4, 23 and 3 bottlenecks.
  public static func resNet101(
    classes: Int = 1000, channels: Int = 3, stem: Stem = .imageNet, dtype: DType? = nil, generator: Generator? = nil
  ) -> ResNet {
    ResNet((3, 4, 23, 3), block: .bottleneck, classes: classes, channels: channels, stem: stem, dtype: dtype, generator: generator)
  }

  /// 152 layers: 3, 8, 36 and 3 bottlenecks.
  public static func resNet152(
    classes: Int = 1000, channels: Int = 3, stem: Stem = .imageNet, dtype: DType? = nil, generator: Generator? = nil
  ) -> ResNet {
    ResNet((3, 8, 36, 3), block: .bottleneck, classes: classes, channels: channels, stem: stem, dtype: dtype, generator: generator)
  }

  /// Returns the scores of the classes, [n, classes], for x of [n, channels, height, width].
  public func forward(_ x: Tensor) -> Tensor {
    let stem = maxpool(relu(bn1(conv1(x))))
    return fc(avgpool(layer4(layer3(layer2(layer1(stem))))).flattened(from: 1))
  }
}
