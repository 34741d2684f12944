public import ChainRule
import Foundation

/// How the place is found from which a pixel of a turned image comes: x and y from the middle of the image.
struct AffineMap {
  private let a, b, c, d, e, f: Float

  /// The inverse of a rotation by `angle` degrees about `center`, counted from the image's middle, a shear by `shear` degrees along x and y,
  /// and a shift.
  init(
    angle: Double, shift: (x: Double, y: Double) = (0, 0), shear: (x: Double, y: Double) = (0, 0), center: (x: Double, y: Double) = (0, 0)
  ) {
    let turn = angle * .pi / 180, sx = shear.x * .pi / 180, sy = shear.y * .pi / 180
    let m00 = cos(turn - sy) / cos(sy), m01 = -cos(turn - sy) * tan(sx) / cos(sy) - sin(turn)
    let m10 = sin(turn - sy) / cos(sy), m11 = -sin(turn - sy) * tan(sx) / cos(sy) + cos(turn)
    let x = -center.x - shift.x, y = -center.y - shift.y
    (a, b, c) = (Float(m11), Float(-m01), Float(m11 * x - m01 * y + center.x))
    (d, e, f) = (Float(-m10), Float(m00), Float(-m10 * x + m00 * y + center.y))
  }

  /// The image through this map, its pixels the nearest of the source; outside it there is `fill`, one number or one for each channel.
  func applied(to image: Tensor, fill: [Double]) -> Tensor {
    let channels = image.extent(0), h = image.extent(1), w = image.extent(2), n = h * w
    let source = image.array(of: Float.self)
    guard source.count == channels * n else { return image }
    var result = [Float](repeating: 0, count: channels * n)
    for channel in 0..<channels where fill[channel % fill.count] != 0 {
      for i in channel * n..<(channel + 1) * n { result[i] = Float(fill[channel % fill.count]) }
    }
    // In fractions of half the image and back, in single precision, as a grid of samples has them: the nearest pixel depends on it.
    let halfW = 0.5 * Float(w), halfH = 0.5 * Float(h)
    let (ax, bx, cx, dy, ey, fy) = (a / halfW, b / halfW, c / halfW, d / halfH, e / halfH, f / halfH)
    for row in 0..<h {
      let y = Float(row) - halfH + 0.5
      for column in 0..<w {
        let x = Float(column) - halfW + 0.5
        let gx = x * ax + y * bx + cx, gy = x * dy + y * ey + fy
        let sx = (((gx + 1) * Float(w) - 1) / 2).rounded(.toNearestOrEven), sy = (((gy + 1) * Float(h) - 1) / 2).rounded(.toNearestOrEven)
        guard sx >= 0, sy >= 0, sx < Float(w), sy < Float(h) else { continue }
        let from = Int(sy) &* w &+ Int(sx), to = row &* w &+ column
        for channel in 0..<channels { result[channel &* n &+ to] = source[channel &* n &+ from] }
      }
    }
    return tensor(result, image.shape, like: image)
  }
}

/// A colour for what lies outside, refused where it has not one number or one for each channel.
private func checkedFill(_ fill: [Double], _ image: Tensor, _ operation: String) -> [Double] {
  if fill.count == 1 || fill.count == image.extent(0) { return fill }
  refuseTransform("The number of elements in 'fill' does not match the number of channels of the image", "", operation, image)
  return [0]
}

extension Transforms {
  /// An image turned by a random angle, counter-clockwise; each pixel is the nearest of the source.
  public struct RandomRotation: ImageTransform {
    private let degrees: ClosedRange<Double>
    private let fill: [Double]
    private let generator: ChainRule.Generator?

    /// Turned by up to `degrees` in either direction.
    public init(_ degrees: Double, fill: [Double] = [0], generator: ChainRule.Generator? = nil) {
      let isRight = degrees >= 0 && degrees <= 1e6
      if !isRight { refuseTransform("If degrees is a single number, it must be positive.", "It is \(degrees).", "RandomRotation") }
      self.init(degrees: isRight ? -degrees...degrees : 0...0, fill: fill, generator: generator)
    }

    /// Turned by an angle of this range.
    ///
    /// - Parameters:
    ///   - degrees: the range.
    ///   - fill: the colour of what lies outside, one number or one for each channel.
    ///   - generator: the source; by default the default one.
    public init(degrees: ClosedRange<Double>, fill: [Double] = [0], generator: ChainRule.Generator? = nil) {
      self.degrees = checkedRange(degrees, "RandomRotation")
      self.fill = fill
      self.generator = generator
    }

    /// The turned image.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard isImage(image, "RandomRotation") else { return image }
      let angle = Draw(generator).uniform(degrees.lowerBound, degrees.upperBound)
      return AffineMap(angle: -angle).applied(to: image, fill: checkedFill(fill, image, "RandomRotation"))
    }
  }

  /// One change drawn from fourteen, with a strength drawn from its range: TrivialAugment, the wide set (Müller and Hutter, 2021).
  public struct TrivialAugmentWide: ImageTransform {
    private let bins: Int
    private let fill: [Double]
    private let generator: ChainRule.Generator?

    private enum Change: CaseIterable {
      case identity, shearX, shearY, translateX, translateY, rotate, brightness, colour, contrast, sharpness
      case posterize, solarize, autoContrast, equalize

      /// The strengths from the first to the last; nil where there is none.
      var range: (first: Float, last: Float)? {
        switch self {
        case .identity, .autoContrast, .equalize: nil
        case .translateX, .translateY: (0, 32)
        case .rotate: (0, 135)
        case .posterize: (8, 2)
        case .solarize: (255, 0)
        default: (0, 0.99)
        }
      }

      var isSigned: Bool { range != nil && self != .posterize && self != .solarize }
    }

    /// - Parameters:
    ///   - bins: how many strengths there are of each change.
    ///   - fill: the colour of what lies outside, one number or one for each channel.
    ///   - generator: the source; by default the default one.
    public init(bins: Int = 31, fill: [Double] = [0], generator: ChainRule.Generator? = nil) {
      self.bins = (2...1 << 20).contains(bins) ? bins : 2
      self.fill = fill
      self.generator = generator
      if self.bins != bins { refuseTransform("num_magnitude_bins is \(bins)", "It is at least 2.", "TrivialAugmentWide") }
    }

    /// The changed image, of uint8.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard isImage(image, "TrivialAugmentWide") else { return image }
      guard image.dtype == .uint8 else {
        refuseTransform(
          "Only torch.uint8 image tensors are supported, but found torch.\(image.dtype.name)", "Use it before ToTensor().",
          "TrivialAugmentWide", image)
        return image
      }
      let draw = Draw(generator), change = Change.allCases[draw.integer(Change.allCases.count)]
      var strength: Float = 0
      if let range = change.range {
        let k = draw.integer(bins)
        // A line's first half is counted from its beginning, the second from its end.
        let step = (range.last - range.first) / Float(bins - 1)
        strength = k < bins / 2 ? range.first + step * Float(k) : range.last - step * Float(bins - 1 - k)
        if change == .posterize { strength = 8 - (Float(k) / (Float(bins - 1) / 6)).rounded(.toNearestOrEven) }
      }
      if change.isSigned, draw.integer(2) == 1 { strength = -strength }
      return apply(change, Double(strength), image)
    }

    private func apply(_ change: Change, _ strength: Double, _ image: Tensor) -> Tensor {
      func through(_ map: AffineMap) -> Tensor { map.applied(to: image, fill: checkedFill(fill, image, "TrivialAugmentWide")) }
      // Sheared about the corner.
      let corner = (x: -0.5 * Double(image.extent(2)), y: -0.5 * Double(image.extent(1))), shear = atan(strength) * 180 / .pi
      switch change {
      case .identity: return image
      case .shearX: return through(AffineMap(angle: 0, shear: (shear, 0), center: corner))
      case .shearY: return through(AffineMap(angle: 0, shear: (0, shear), center: corner))
      case .translateX: return through(AffineMap(angle: 0, shift: (strength.rounded(.towardZero), 0)))
      case .translateY: return through(AffineMap(angle: 0, shift: (0, strength.rounded(.towardZero))))
      case .rotate: return through(AffineMap(angle: -strength))
      case .brightness: return adjustedBrightness(image, 1 + strength)
      case .colour: return adjustedSaturation(image, 1 + strength)
      case .contrast: return adjustedContrast(image, 1 + strength)
      case .sharpness: return adjustedSharpness(image, 1 + strength)
      case .posterize: return posterized(image, bits: Int(strength))
      case .solarize: return solarized(image, threshold: strength)
      case .autoContrast: return autocontrasted(image)
      case .equalize: return equalized(image)
      }
    }
  }
}
