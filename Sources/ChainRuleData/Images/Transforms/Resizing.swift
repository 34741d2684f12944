public import ChainRule

extension Transforms {
  /// An image in another size: bilinear, with PyTorch's antialiasing, so that what shrinks is averaged.
  public struct Resize: ImageTransform {
    private let height: Int
    /// nil where `height` is for the shorter edge.
    private let width: Int?
    private let longest: Int?

    /// The shorter edge becomes `size`, the other keeps its proportion.
    ///
    /// - Parameters:
    ///   - size: the shorter edge.
    ///   - maxSize: what the longer edge has at most.
    public init(_ size: Int, maxSize: Int? = nil) {
      let isRight = (1...1 << 24).contains(size) && (maxSize.map { $0 > size } ?? true)
      height = isRight ? size : 1
      width = nil
      longest = isRight ? maxSize : nil
      if !isRight {
        refuseTransform(
          "the size \(size) of the shorter edge and \(maxSize.map(String.init) ?? "none") at most of the longer", "The second is larger.",
          "Resize")
      }
    }

    /// These sizes, whatever the proportion.
    public init(height: Int, width: Int) {
      let isRight = (1...1 << 24).contains(height) && (1...1 << 24).contains(width)
      self.height = isRight ? height : 1
      self.width = isRight ? width : 1
      longest = nil
      if !isRight { refuseTransform("the size (\(height), \(width)) is none of an image", "Height and width are positive.", "Resize") }
    }

    /// The image in the new size.
    public func callAsFunction(_ image: Tensor) -> Tensor {
      guard isImage(image, "Resize") else { return image }
      let h = image.extent(1), w = image.extent(2)
      if let width { return resized(image, height: height, width: width) }
      var short = height, long = height * Swift.max(h, w) / Swift.min(h, w)
      if let longest, long > longest { (short, long) = (Swift.max(longest * short / long, 1), longest) }
      return h <= w ? resized(image, height: short, width: long) : resized(image, height: long, width: short)
    }
  }
}

/// Which elements of a row make one of the resized row, and with which weights.
private struct Taps {
  var starts: [Int] = []
  var counts: [Int] = []
  var weights: [Float] = []
  /// How many places in `weights` each has.
  let stride: Int

  init(from size: Int, to count: Int) {
    let scale = Float(size) / Float(count), support = Swift.max(scale, 1), inverse = scale >= 1 ? 1 / scale : 1
    stride = Int(support.rounded(.up)) * 2 + 1
    weights = [Float](repeating: 0, count: stride * count)
    for i in 0..<count {
      let center = scale * (Float(i) + 0.5)
      let start = Swift.max(Int(center - support + 0.5), 0), end = Swift.min(Int(center + support + 0.5), size)
      let n = Swift.min(Swift.max(end - start, 0), stride)
      var sum: Float = 0
      for j in 0..<n {
        let weight = Swift.max(0, 1 - ((Float(j + start) - center + 0.5) * inverse).magnitude)
        weights[i * stride + j] = weight
        sum += weight
      }
      if sum != 0 { for j in 0..<n { weights[i * stride + j] /= sum } }
      starts.append(start)
      counts.append(n)
    }
  }
}

/// An image in another size: along its rows, then along its columns; bytes are rounded once, at the end.
func resized(_ image: Tensor, height: Int, width: Int) -> Tensor {
  let c = image.extent(0), h = image.extent(1), w = image.extent(2)
  if h == height && w == width || image.rank != 3 { return image }
  guard let size = elementCount([c, h, width]), let total = elementCount([c, height, width]), size <= 1 << 32, total <= 1 << 32 else {
    refuseTransform("an image of \(height) x \(width) is too large", "Give a smaller size.", "Resize", image)
    return image
  }
  let source = image.array(of: Float.self)
  guard source.count == c * h * w else { return image }
  var wide = [Float](repeating: 0, count: size), result = [Float](repeating: 0, count: total)
  let across = Taps(from: w, to: width), down = Taps(from: h, to: height)
  source.withUnsafeBufferPointer { source in
    wide.withUnsafeMutableBufferPointer { wide in
      across.weights.withUnsafeBufferPointer { weights in
        for row in 0..<c * h {
          for x in 0..<width {
            var sum: Float = 0
            let from = row &* w &+ across.starts[x], at = x &* across.stride
            for j in 0..<across.counts[x] { sum += source[from &+ j] * weights[at &+ j] }
            wide[row &* width &+ x] = sum
          }
        }
      }
    }
  }
  wide.withUnsafeBufferPointer { wide in
    result.withUnsafeMutableBufferPointer { result in
      for plane in 0..<c {
        for y in 0..<height {
          let to = (plane &* height &+ y) &* width
          for j in 0..<down.counts[y] {
            let weight = down.weights[y &* down.stride &+ j], from = (plane &* h &+ down.starts[y] &+ j) &* width
            for x in 0..<width { result[to &+ x] += wide[from &+ x] * weight }
          }
        }
      }
    }
  }
  return tensor(result, [c, height, width], like: image)
}

/// Numbers as a tensor of an image's type; those of bytes are rounded, to the even neighbour, and kept within 0 to 255. NaN is 0.
func tensor(_ values: [Float], _ shape: [Int], like image: Tensor) -> Tensor {
  if image.dtype != .uint8 { return Tensor(values, shape: shape).to(image.dtype) }
  return Tensor(values.map { $0 > 0 ? UInt8(Swift.min($0.rounded(.toNearestOrEven), 255)) : 0 }, shape: shape)
}
