public import ChainRule

/// What is done to an image before a network sees it: [channels, height, width] of uint8, as `readImage` gives it, or of real numbers.
///
/// What is drawn at random comes from the generator given, or else from the default one; in a data loader's worker that is the worker's own.
public protocol ImageTransform: Sendable {
  /// The changed image.
  func callAsFunction(_ image: Tensor) -> Tensor
}

/// torchvision's transforms of images. Their random choices are torchvision's for the same seed.
///
///     let transform = Transforms.Compose([
///       Transforms.RandomResizedCrop(224), Transforms.RandomHorizontalFlip(), Transforms.ToTensor(),
///       Transforms.Normalize(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]),
///     ])
///     let images = try ImageFolder("train").map { image, label in (transform(image), label) }
public enum Transforms {
  /// One transform after the other.
  public struct Compose: ImageTransform {
    /// The transforms in their order.
    public let transforms: [any ImageTransform]

    /// All of `transforms` in their order.
    public init(_ transforms: [any ImageTransform]) { self.transforms = transforms }

    /// The image after all of them.
    public func callAsFunction(_ image: Tensor) -> Tensor { transforms.reduce(image) { $1($0) } }
  }

  /// A function of one's own.
  public struct Lambda: ImageTransform {
    private let body: @Sendable (Tensor) -> Tensor

    /// The transform that calls `body`.
    public init(_ body: @escaping @Sendable (Tensor) -> Tensor) { self.body = body }

    /// What the function gives.
    public func callAsFunction(_ image: Tensor) -> Tensor { body(image) }
  }

  /// Another transform, with probability `p`.
  public struct RandomApply: ImageTransform {
    private let transform: any ImageTransform
    private let p: Double
    private let generator: ChainRule.Generator?

    /// `transform` with probability `p`.
    public init(_ transform: any ImageTransform, p: Double = 0.5, generator: ChainRule.Generator? = nil) {
      self.transform = transform
      self.p = checkedProbability(p, "RandomApply")
      self.generator = generator
    }

    /// The image, changed or not.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      // PyTorch asks here whether the number is not less.
      p < Draw(generator).uniform(0, 1) ? image : transform(image)
    }
  }

  /// Bytes from 0 to 255 as float32 from 0 to 1: x / 255. Real numbers stay as they are.
  public struct ToTensor: ImageTransform {
    /// The transform.
    public init() {}

    /// The image in real numbers.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      image.dtype == .uint8 ? image.to(.float32) / 255 : image
    }
  }

  /// Every channel with its mean taken off and divided by its standard deviation: (x - mean) / std.
  public struct Normalize: ImageTransform {
    private let mean: Tensor
    private let std: Tensor

    /// - Parameters:
    ///   - mean: one for each channel.
    ///   - std: one for each channel, none of them 0.
    public init(mean: [Double], std: [Double]) {
      self.mean = Tensor(mean, shape: [mean.count, 1, 1], dtype: .float64)
      self.std = Tensor(std, shape: [std.count, 1, 1], dtype: .float64)
      if std.contains(where: { Float($0) == 0 }) {
        refuseTransform(
          "std evaluated to zero after conversion to torch.float32, leading to division by zero.", "A channel without spread has std 1.",
          "Normalize")
      }
    }

    /// The normalised image, of real numbers.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard image.dtype.isFloatingPoint else {
        refuseTransform(
          "Input tensor should be a float tensor. Got torch.\(image.dtype.name).", "Use ToTensor() before it.", "Normalize")
        return image
      }
      return (image - mean.to(image.dtype)) / std.to(image.dtype)
    }
  }

  /// Colours as one channel, l = 0.2989 r + 0.587 g + 0.114 b, or as three equal ones.
  public struct Grayscale: ImageTransform {
    private let channels: Int

    /// - Parameter outputChannels: 1 or 3.
    public init(outputChannels: Int = 1) {
      channels = outputChannels == 3 ? 3 : 1
      if outputChannels != 1, outputChannels != 3 {
        refuseTransform("num_output_channels should be either 1 or 3", "It is \(outputChannels).", "Grayscale")
      }
    }

    /// The image without colours.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard isImage(image, "Grayscale") else { return image }
      let gray = grayscale(image)
      return channels == 1 ? gray : cat([gray, gray, gray])
    }
  }
}

/// Random numbers as torchvision draws them, one tensor of one number each.
struct Draw {
  private let generator: ChainRule.Generator?

  init(_ generator: ChainRule.Generator?) { self.generator = generator }

  /// A number of float32 in [low, high).
  func uniform(_ low: Double, _ high: Double) -> Double {
    Tensor.uniform([1], from: low, to: high, dtype: .float32, generator: generator).item()
  }

  /// Whether something of probability `p` happens.
  func happens(_ p: Double) -> Bool { uniform(0, 1) < Double(Float(p)) }

  /// One of the numbers 0 to n - 1.
  func integer(_ n: Int) -> Int { Tensor.randint(0, n, [1], generator: generator).item(as: Int.self) }

  /// The numbers 0 to n - 1 in random order.
  func order(_ n: Int) -> [Int] { Tensor.randperm(n, generator: generator).array(of: Int.self) }

  /// Numbers of the standard normal distribution.
  func normal(_ shape: [Int]) -> Tensor { .randn(shape, dtype: .float32, generator: generator) }

  /// A ratio between these two, its logarithm spread evenly.
  func ratio(_ low: Double, _ high: Double) -> Double {
    let logs = Tensor([low, high], dtype: .float32).log()
    return Tensor.uniform([1], from: logs[0].item(), to: logs[1].item(), dtype: .float32, generator: generator).exp().item()
  }
}

/// Refuses on behalf of a transform.
func refuseTransform(_ message: String, _ hint: String, _ operation: String, _ image: Tensor? = nil) {
  refuse(TensorError(.argument, message, hint: hint, operation: operation, shapes: image.map { [$0.shape] } ?? []))
}

/// Whether a tensor is an image, refused where not.
func isImage(_ image: Tensor, _ operation: String) -> Bool {
  if image.rank == 3, image.shape.allSatisfy({ $0 > 0 && $0 <= 1 << 24 }), image.dtype == .uint8 || image.dtype.isFloatingPoint {
    return true
  }
  refuse(
    TensorError(
      .shape, "Tensor is not a torch image.", hint: "An image is [channels, height, width], of uint8 or real numbers.",
      operation: operation,
      shapes: [image.shape]))
  return false
}

extension Tensor {
  /// A size of an image: channels, height or width. A tensor that is none, as what a refused operation gives within `catching`, has none.
  func extent(_ d: Int) -> Int { rank == 3 ? shape[d] : 0 }
}

/// A probability, refused where it is none.
func checkedProbability(_ p: Double, _ operation: String) -> Double {
  if p >= 0, p <= 1 { return p }
  refuseTransform("p should be a value between 0 and 1, but got \(p)", "It is a probability.", operation)
  return 0
}

/// A range with finite ends in order, refused where it is none.
func checkedRange(_ range: ClosedRange<Double>, _ operation: String, positive: Bool = false) -> ClosedRange<Double> {
  if range.lowerBound.isFinite, range.upperBound.isFinite, range.upperBound <= Double(Float.greatestFiniteMagnitude),
    range.lowerBound >= -Double(Float.greatestFiniteMagnitude), !positive || Float(range.lowerBound) > 0
  {
    return range
  }
  refuseTransform(
    "the range \(range) cannot be drawn from", positive ? "Both ends are finite and above 0." : "Both ends are finite.", operation)
  return 1...1
}

/// Python's rounding of a number that is some image's size: to the even neighbour. Anything beyond is larger than every image.
func roundedSize(_ x: Double) -> Int { x.magnitude < 1e9 ? Int(x.rounded(.toNearestOrEven)) : 1 << 30 }
