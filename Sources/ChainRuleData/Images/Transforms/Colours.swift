public import ChainRule

// The changes of colour, as torchvision makes them to tensors.

/// The largest value of a channel.
private func bound(_ image: Tensor) -> Double { image.dtype == .uint8 ? 255 : 1 }

/// factor a + (1 - factor) b, within the range of colours; bytes lose their fraction.
private func blend(_ a: Tensor, _ b: Tensor, _ factor: Double) -> Tensor {
  let type: DType = a.dtype == .uint8 ? .float32 : a.dtype
  return (a.to(type) * factor + b.to(type) * (1 - factor)).clamp(min: 0, max: bound(a)).to(a.dtype)
}

/// l = 0.2989 r + 0.587 g + 0.114 b; an image of one channel as it is.
func grayscale(_ image: Tensor) -> Tensor {
  guard image.extent(0) == 3 else { return image.narrow(dim: 0, start: 0, count: 1) }
  let x = image.dtype == .uint8 ? image.to(.float32) : image
  let l = x.narrow(dim: 0, start: 0, count: 1) * 0.2989 + x.narrow(dim: 0, start: 1, count: 1) * 0.587
  return (l + x.narrow(dim: 0, start: 2, count: 1) * 0.114).to(image.dtype)
}

func adjustedBrightness(_ image: Tensor, _ factor: Double) -> Tensor { blend(image, Tensor.zeros([1], dtype: image.dtype), factor) }

func adjustedContrast(_ image: Tensor, _ factor: Double) -> Tensor {
  let gray = grayscale(image), mean = (image.dtype == .uint8 ? gray.to(.float32) : gray).mean(dim: [0, 1, 2], keepDim: true)
  return blend(image, mean, factor)
}

func adjustedSaturation(_ image: Tensor, _ factor: Double) -> Tensor {
  image.extent(0) == 3 ? blend(image, grayscale(image), factor) : image
}

/// Away from, or towards, the image with each inner pixel averaged with its neighbours (weights 1 and 5 in the middle, over 13).
func adjustedSharpness(_ image: Tensor, _ factor: Double) -> Tensor {
  let h = image.extent(1), w = image.extent(2)
  if h <= 2 || w <= 2 { return image }
  let x = image.dtype == .uint8 ? image.to(.float32) : image
  var sum = x.narrow(dim: 1, start: 1, count: h - 2).narrow(dim: 2, start: 1, count: w - 2) * 4
  for dy in 0..<3 {
    for dx in 0..<3 { sum = sum + x.narrow(dim: 1, start: dy, count: h - 2).narrow(dim: 2, start: dx, count: w - 2) }
  }
  var soft = x
  soft[0..<image.extent(0), 1..<h - 1, 1..<w - 1] = image.dtype == .uint8 ? (sum / 13).round() : sum / 13
  return blend(image, soft.to(image.dtype), factor)
}

/// Turns every colour by `shift` of a circle, in hue, saturation and value.
func adjustedHue(_ image: Tensor, _ shift: Double) -> Tensor {
  guard image.extent(0) == 3 else { return image }
  let isBytes = image.dtype == .uint8, n = image.extent(1) * image.extent(2)
  var values = image.array(of: Float.self)
  guard values.count == 3 * n else { return image }
  values.withUnsafeMutableBufferPointer { v in
    for i in 0..<n {
      let scale: Float = isBytes ? 255 : 1
      let (r, g, b) = turned(v[i] / scale, v[i + n] / scale, v[i + 2 * n] / scale, Float(shift))
      // So that 1 becomes 255 and every byte has as much of the range.
      v[i] = isBytes ? (r * 255.999).rounded(.down) : r
      v[i + n] = isBytes ? (g * 255.999).rounded(.down) : g
      v[i + 2 * n] = isBytes ? (b * 255.999).rounded(.down) : b
    }
  }
  return tensor(values, image.shape, like: image)
}

private func turned(_ r: Float, _ g: Float, _ b: Float, _ shift: Float) -> (Float, Float, Float) {
  let high = Swift.max(r, g, b), low = Swift.min(r, g, b), spread = high - low
  let saturation = spread / (high == low ? 1 : high), unit = high == low ? 1 : spread
  let rc = (high - r) / unit, gc = (high - g) / unit, bc = (high - b) / unit
  let sector = high == r ? bc - gc : high == g ? 2 + rc - bc : 4 + gc - rc
  var hue = (sector / 6 + 1).truncatingRemainder(dividingBy: 1) + shift
  hue -= hue.rounded(.down)
  guard hue.isFinite else { return (r, g, b) }
  let place = (hue * 6).rounded(.down), f = hue * 6 - place
  func within(_ x: Float) -> Float { Swift.min(Swift.max(x, 0), 1) }
  let p = within(high * (1 - saturation)), q = within(high * (1 - saturation * f)), t = within(high * (1 - saturation * (1 - f)))
  switch Int(place) % 6 {
  case 0: return (high, t, p)
  case 1: return (q, high, p)
  case 2: return (p, high, t)
  case 3: return (p, q, high)
  case 4: return (t, p, high)
  default: return (high, p, q)
  }
}

/// Only the upper `bits` of every byte.
func posterized(_ image: Tensor, bits: Int) -> Tensor {
  let mask = UInt8(truncatingIfNeeded: 0xFF00 >> Swift.min(Swift.max(bits, 0), 8))
  return mapped(image) { $0 & mask }
}

/// Bytes from `threshold` on turned to their negative.
func solarized(_ image: Tensor, threshold: Double) -> Tensor { mapped(image) { Double($0) >= threshold ? 255 - $0 : $0 } }

private func mapped(_ image: Tensor, _ body: (UInt8) -> UInt8) -> Tensor {
  let values = image.array(of: UInt8.self)
  return values.count == image.count ? Tensor(values.map(body), shape: image.shape) : image
}

/// Each channel stretched from its darkest and brightest pixel to the whole range.
func autocontrasted(_ image: Tensor) -> Tensor {
  let x = image.to(.float32), low = x.amin(dim: [1, 2], keepDim: true), spread = x.amax(dim: [1, 2], keepDim: true) - low
  let isFlat = spread .== 0
  let scale = Tensor.where(isFlat, Tensor.ones(spread.shape), 255 / Tensor.where(isFlat, Tensor.ones(spread.shape), spread))
  return ((x - Tensor.where(isFlat, Tensor.zeros(low.shape), low)) * scale).clamp(min: 0, max: 255).to(.uint8)
}

/// Each channel with its brightness spread so that every level is about as frequent.
func equalized(_ image: Tensor) -> Tensor {
  let n = image.extent(1) * image.extent(2)
  var values = image.array(of: UInt8.self)
  guard values.count == image.extent(0) * n else { return image }
  for c in 0..<image.extent(0) {
    var counts = [Int](repeating: 0, count: 256)
    for value in values[c * n..<(c + 1) * n] { counts[Int(value)] += 1 }
    let step = (n - (counts.last { $0 != 0 } ?? 0)) / 255
    if step == 0 { continue }
    var table: [UInt8] = [], sum = 0
    for count in counts {
      table.append(UInt8(Swift.min((sum + step / 2) / step, 255)))
      sum += count
    }
    // The first level stays dark, as where nothing is darker.
    table[0] = 0
    for i in c * n..<(c + 1) * n { values[i] = table[Int(values[i])] }
  }
  return Tensor(values, shape: image.shape)
}

extension Transforms {
  /// Brightness, contrast, saturation and hue changed by random factors, in random order.
  public struct ColorJitter: ImageTransform {
    private let ranges: [ClosedRange<Double>?]
    private let generator: ChainRule.Generator?

    /// - Parameters:
    ///   - brightness: how far the factor may be from 1, not below 0.
    ///   - contrast: likewise.
    ///   - saturation: likewise.
    ///   - hue: how far colours may turn, at most half a circle: 0.5.
    ///   - generator: the source; by default the default one.
    public init(
      brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0, generator: ChainRule.Generator? = nil
    ) {
      let isRight = [brightness, contrast, saturation].allSatisfy { $0 >= 0 && $0 <= 1e6 } && hue >= 0 && hue <= 0.5
      self.generator = generator
      func range(_ width: Double) -> ClosedRange<Double>? { isRight && width > 0 ? Swift.max(0, 1 - width)...(1 + width) : nil }
      ranges = [range(brightness), range(contrast), range(saturation), isRight && hue > 0 ? -hue...hue : nil]
      if !isRight {
        refuseTransform(
          "If brightness is a single number, it must be non negative.",
          "brightness \(brightness), contrast \(contrast), saturation \(saturation) and hue \(hue), which is at most 0.5, are not negative.",
          "ColorJitter")
      }
    }

    /// The changed image.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard isImage(image, "ColorJitter") else { return image }
      let draw = Draw(generator), order = draw.order(4), factors = ranges.map { $0.map { draw.uniform($0.lowerBound, $0.upperBound) } }
      var image = image
      for i in order {
        guard let factor = factors[i] else { continue }
        switch i {
        case 0: image = adjustedBrightness(image, factor)
        case 1: image = adjustedContrast(image, factor)
        case 2: image = adjustedSaturation(image, factor)
        default: image = adjustedHue(image, factor)
        }
      }
      return image
    }
  }
}
