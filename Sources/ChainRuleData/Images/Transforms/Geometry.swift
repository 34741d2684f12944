public import ChainRule

/// The part of an image from `top`, `left` on; what lies outside it is 0.
func cropped(_ image: Tensor, top: Int, left: Int, height: Int, width: Int) -> Tensor {
  let h = image.extent(1), w = image.extent(2)
  let above = Swift.max(0, -top), below = Swift.max(0, top + height - h), before = Swift.max(0, -left),
    behind = Swift.max(0, left + width - w)
  let whole = above + below + before + behind == 0 ? image : image.padded([before, behind, above, below])
  return whole.narrow(dim: 1, start: top + above, count: height).narrow(dim: 2, start: left + before, count: width).contiguous()
}

/// A size for images, refused where it is none.
private func checkedSize(_ height: Int, _ width: Int, _ operation: String) -> (height: Int, width: Int) {
  if height > 0, width > 0, height <= 1 << 24, width <= 1 << 24 { return (height, width) }
  refuseTransform("the size (\(height), \(width)) is none of an image", "Height and width are positive.", operation)
  return (1, 1)
}

extension Transforms {
  /// The middle of an image; a smaller image is padded with 0.
  public struct CenterCrop: ImageTransform {
    private let size: (height: Int, width: Int)

    /// A square of `size` pixels.
    public init(_ size: Int) { self.init(height: size, width: size) }

    /// A part of these sizes.
    public init(height: Int, width: Int) { size = checkedSize(height, width, "CenterCrop") }

    /// The middle of the image.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard isImage(image, "CenterCrop") else { return image }
      let dx = Swift.max(size.width - image.extent(2), 0), dy = Swift.max(size.height - image.extent(1), 0)
      let whole = dx + dy == 0 ? image : image.padded([dx / 2, (dx + 1) / 2, dy / 2, (dy + 1) / 2])
      let top = roundedSize(Double(whole.extent(1) - size.height) / 2), left = roundedSize(Double(whole.extent(2) - size.width) / 2)
      return cropped(whole, top: top, left: left, height: size.height, width: size.width)
    }
  }

  /// Rows and columns added around an image.
  public struct Pad: ImageTransform {
    private let widths: [Int]
    private let fill: Double
    private let mode: PaddingMode?

    /// - Parameters:
    ///   - padding: how many on every side.
    ///   - fill: their value.
    ///   - mode: which pixels of the image they repeat; by default none.
    public init(_ padding: Int, fill: Double = 0, mode: PaddingMode? = nil) {
      self.init(left: padding, top: padding, right: padding, bottom: padding, fill: fill, mode: mode)
    }

    /// As many as these on each side.
    public init(left: Int, top: Int, right: Int, bottom: Int, fill: Double = 0, mode: PaddingMode? = nil) {
      let widths = [left, right, top, bottom], isRight = widths.allSatisfy { (0...1 << 24).contains($0) }
      self.widths = isRight ? widths : [0, 0, 0, 0]
      self.fill = fill
      self.mode = mode
      if !isRight { refuseTransform("the padding \(shapeText(widths)) is none of an image", "No width is negative.", "Pad") }
    }

    /// The larger image.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard isImage(image, "Pad") else { return image }
      guard let mode else { return image.padded(widths, value: fill) }
      return image.dtype == .uint8 ? image.to(.float32).padded(widths, mode: mode).to(.uint8) : image.padded(widths, mode: mode)
    }
  }

  /// A part of an image at a random place.
  public struct RandomCrop: ImageTransform {
    private let size: (height: Int, width: Int)
    private let padding: Pad?
    private let padIfNeeded: Bool
    private let fill: Double
    private let generator: ChainRule.Generator?

    /// A square of `size` pixels.
    ///
    /// - Parameters:
    ///   - size: its side.
    ///   - padding: how much is added around the image before.
    ///   - padIfNeeded: whether a smaller image is padded, rather than refused.
    ///   - fill: the value of the padding.
    ///   - generator: the source; by default the default one.
    public init(
      _ size: Int, padding: Int = 0, padIfNeeded: Bool = false, fill: Double = 0, generator: ChainRule.Generator? = nil
    ) {
      self.init(height: size, width: size, padding: padding, padIfNeeded: padIfNeeded, fill: fill, generator: generator)
    }

    /// A part of these sizes.
    public init(
      height: Int, width: Int, padding: Int = 0, padIfNeeded: Bool = false, fill: Double = 0, generator: ChainRule.Generator? = nil
    ) {
      size = checkedSize(height, width, "RandomCrop")
      self.padding = padding == 0 ? nil : Pad(padding, fill: fill)
      self.padIfNeeded = padIfNeeded
      self.fill = fill
      self.generator = generator
    }

    /// The part.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard isImage(image, "RandomCrop") else { return image }
      var image = padding?(image) ?? image
      if padIfNeeded, image.extent(2) < size.width {
        let dx = size.width - image.extent(2)
        image = image.padded([dx, dx, 0, 0], value: fill)
      }
      if padIfNeeded, image.extent(1) < size.height {
        let dy = size.height - image.extent(1)
        image = image.padded([0, 0, dy, dy], value: fill)
      }
      let h = image.extent(1), w = image.extent(2)
      guard h >= size.height, w >= size.width else {
        refuseTransform(
          "Required crop size (\(size.height), \(size.width)) is larger than input image size (\(h), \(w))", "Use padIfNeeded: true.",
          "RandomCrop", image)
        return image
      }
      if h == size.height, w == size.width { return image }
      let draw = Draw(generator), top = draw.integer(h - size.height + 1), left = draw.integer(w - size.width + 1)
      return cropped(image, top: top, left: left, height: size.height, width: size.width)
    }
  }

  /// A part of random size, shape and place, resized.
  public struct RandomResizedCrop: ImageTransform {
    private let size: (height: Int, width: Int)
    private let scale: ClosedRange<Double>
    private let ratio: ClosedRange<Double>
    private let generator: ChainRule.Generator?

    /// - Parameters:
    ///   - size: the side of the square that results.
    ///   - scale: which share of the image's area the part has.
    ///   - ratio: its width in terms of its height.
    ///   - generator: the source; by default the default one.
    public init(
      _ size: Int, scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 0.75...(4.0 / 3),
      generator: ChainRule.Generator? = nil
    ) {
      self.size = checkedSize(size, size, "RandomResizedCrop")
      self.scale = checkedRange(scale, "RandomResizedCrop")
      self.ratio = checkedRange(ratio, "RandomResizedCrop", positive: true)
      self.generator = generator
    }

    /// The resized part.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard isImage(image, "RandomResizedCrop") else { return image }
      let (top, left, h, w) = place(height: image.extent(1), width: image.extent(2))
      return resized(cropped(image, top: top, left: left, height: h, width: w), height: size.height, width: size.width)
    }

    private func place(height: Int, width: Int) -> (top: Int, left: Int, height: Int, width: Int) {
      let draw = Draw(generator), area = Double(height * width)
      for _ in 0..<10 {
        let target = area * draw.uniform(scale.lowerBound, scale.upperBound), aspect = draw.ratio(ratio.lowerBound, ratio.upperBound)
        let w = roundedSize((target * aspect).squareRoot()), h = roundedSize((target / aspect).squareRoot())
        if isErrorPending { break }
        if w > 0, w <= width, h > 0, h <= height {
          let top = draw.integer(height - h + 1)
          return (top, draw.integer(width - w + 1), h, w)
        }
      }
      // The largest part of a ratio that is allowed, in the middle.
      let own = Double(width) / Double(height)
      var (h, w) = (height, width)
      if own < ratio.lowerBound { h = Swift.min(Swift.max(roundedSize(Double(width) / ratio.lowerBound), 1), height) }
      if own > ratio.upperBound { w = Swift.min(Swift.max(roundedSize(Double(height) * ratio.upperBound), 1), width) }
      return ((height - h) / 2, (width - w) / 2, h, w)
    }
  }

  /// An image seen in a mirror, with probability `p`.
  public struct RandomHorizontalFlip: ImageTransform {
    private let p: Double
    private let generator: ChainRule.Generator?

    /// Flips left and right with probability `p`.
    public init(p: Double = 0.5, generator: ChainRule.Generator? = nil) {
      self.p = checkedProbability(p, "RandomHorizontalFlip")
      self.generator = generator
    }

    /// The image, flipped or not.
    public func callAsFunction(_ image: Tensor) -> Tensor { Draw(generator).happens(p) ? image.flip(-1) : image }
  }

  /// An image upside down, with probability `p`.
  public struct RandomVerticalFlip: ImageTransform {
    private let p: Double
    private let generator: ChainRule.Generator?

    /// Flips top and bottom with probability `p`.
    public init(p: Double = 0.5, generator: ChainRule.Generator? = nil) {
      self.p = checkedProbability(p, "RandomVerticalFlip")
      self.generator = generator
    }

    /// The image, flipped or not.
    public func callAsFunction(_ image: Tensor) -> Tensor { Draw(generator).happens(p) ? image.flip(-2) : image }
  }

  /// A rectangle of an image painted over, with probability `p` (Zhong and others, 2017).
  public struct RandomErasing: ImageTransform {
    private let p: Double
    private let scale: ClosedRange<Double>
    private let ratio: ClosedRange<Double>
    private let value: [Double]?
    private let generator: ChainRule.Generator?

    /// - Parameters:
    ///   - p: how likely it happens.
    ///   - scale: which share of the image's area it has.
    ///   - ratio: its height in terms of its width.
    ///   - value: its colour, one number or one for each channel; nil for random numbers of the standard normal distribution.
    ///   - generator: the source; by default the default one.
    public init(
      p: Double = 0.5, scale: ClosedRange<Double> = 0.02...0.33, ratio: ClosedRange<Double> = 0.3...3.3, value: [Double]? = [0],
      generator: ChainRule.Generator? = nil
    ) {
      self.p = checkedProbability(p, "RandomErasing")
      self.scale = checkedRange(scale, "RandomErasing")
      self.ratio = checkedRange(ratio, "RandomErasing", positive: true)
      self.value = value
      self.generator = generator
      if scale.lowerBound < 0 || scale.upperBound > 1 {
        refuseTransform("Scale should be between 0 and 1", "It is \(scale).", "RandomErasing")
      }
    }

    /// The image, painted over or not.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard isImage(image, "RandomErasing") else { return image }
      let draw = Draw(generator), c = image.extent(0), height = image.extent(1), width = image.extent(2)
      guard draw.happens(p) else { return image }
      if let value, value.count != 1, value.count != c {
        refuseTransform(
          "If value is a sequence, it should have either a single value or \(c) (number of input channels)", "It has \(value.count).",
          "RandomErasing", image)
        return image
      }
      for _ in 0..<10 {
        let area = Double(height * width) * draw.uniform(scale.lowerBound, scale.upperBound)
        let aspect = draw.ratio(ratio.lowerBound, ratio.upperBound)
        let h = roundedSize((area * aspect).squareRoot()), w = roundedSize((area / aspect).squareRoot())
        if isErrorPending { break }
        guard h < height, w < width else { continue }
        let paint = value.map { Tensor($0, shape: [$0.count, 1, 1], dtype: .float32).expanded([c, h, w]) } ?? draw.normal([c, h, w])
        let top = draw.integer(height - h + 1), left = draw.integer(width - w + 1)
        var result = image
        result[0..<c, top..<top + h, left..<left + w] = paint.to(image.dtype)
        return result
      }
      return image
    }
  }
}
