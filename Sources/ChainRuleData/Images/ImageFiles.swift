public import ChainRule

/// Which channels an image is read with.
public enum ImageMode: Sendable, CaseIterable {
  /// Those of the file.
  case unchanged
  /// One channel: colours as L = 0.299 R + 0.587 G + 0.114 B, in PIL's integers.
  case gray
  /// Red, green and blue; an alpha channel is left out.
  case rgb
  /// Red, green, blue and alpha.
  case rgbAlpha
}

/// The image in a PNG or JPEG file, as `torchvision.io.read_image` gives it: [channels, height, width], uint8 from 0 to 255.
///
///     let image = try readImage("cat.png", mode: .rgb)         // [3, 224, 224]
///
/// A palette and transparent colours are spelled out. Samples of 16 bits keep their upper half, as PIL reads them; with `.unchanged` they
/// are int32 from 0 to 65535. JPEG files need the library libturbojpeg, which is looked for when the first one is read.
///
/// - Throws: `FormatError` with the file and the byte.
public func readImage(_ path: String, mode: ImageMode = .unchanged) throws(FormatError) -> Tensor {
  try decodeImage(FileBytes.read(path), name: path, mode: mode)
}

/// The image in bytes that errors call `name`.
package func decodeImage(_ bytes: Bytes, name: String, mode: ImageMode) throws(FormatError) -> Tensor {
  if JPEG.isJPEG(bytes) { return try JPEG.decode(bytes, name: name, mode: mode) }
  do throws(DataError) {
    guard PNG.isPNG(bytes) else { throw DataError(0, "neither a PNG nor a JPEG image") }
    return try PNG.decode(bytes).tensor(mode)
  } catch {
    throw error.inFile(name)
  }
}

/// Writes an image as PNG: [height, width] or [channels, height, width] with 1 to 4 channels (gray, gray and alpha, colours, colours and
/// alpha), uint8; or real numbers from 0 to 1, which become 255 x + 0.5 without its fraction and are cut off at the ends, as
/// `torchvision.utils.save_image` has them.
///
/// - Throws: `FormatError` where the tensor is no image or the file cannot be written; what was there before is there still.
public func writePNG(_ image: Tensor, to path: String) throws {
  try writeAtomically(to: path) { try $0.write(Bytes(encodePNG(image, path))) }
}

/// A tensor as a PNG file.
func encodePNG(_ image: Tensor, _ path: String) throws(FormatError) -> [UInt8] {
  let shape = image.rank == 2 ? [1] + image.shape : image.shape
  guard shape.count == 3, (1...4).contains(shape[0]), shape[1] > 0, shape[2] > 0, shape[1] <= Int(Int32.max), shape[2] <= Int(Int32.max),
    elementCount(shape).map({ $0 <= 4 * PNG.mostPixels }) ?? false
  else { throw FormatError(file: path, "a tensor of shape \(shapeText(image.shape)) is no image of 1 to 4 channels") }
  guard image.dtype == .uint8 || image.dtype.isFloatingPoint else {
    throw FormatError(file: path, "an image is of uint8 or real numbers from 0 to 1, not of \(image.dtype.name)")
  }
  let pixels = image.reshaped(shape).permuted(1, 2, 0), bytes: [UInt8]
  if image.dtype == .uint8 {
    bytes = pixels.array(of: UInt8.self)
  } else {
    bytes = pixels.array(of: Float.self).map { value in
      let scaled = value * 255 + 0.5
      return scaled > 0 ? UInt8(min(scaled, 255)) : 0  // NaN is black
    }
  }
  guard bytes.count == shape.reduce(1, *) else { throw FormatError(file: path, "the image cannot be read here") }
  return PNG.encoded(width: shape[2], height: shape[1], channels: shape[0], pixels: bytes)
}

extension PNG.Picture {
  /// [channels, height, width].
  func tensor(_ mode: ImageMode) throws(DataError) -> Tensor {
    if mode == .unchanged, depth == 16 {
      guard let native = samples.byteSwapped(wordSize: 2), let array = UntypedArray(.uint16, [height, width, channels], native),
        let tensor = Tensor(array)
      else { throw DataError(0, "there is no memory for \(width) x \(height) pixels") }
      return tensor.permuted(2, 0, 1).contiguous()
    }
    let wanted =
      switch mode {
      case .unchanged: channels
      case .gray: 1
      case .rgb: 3
      case .rgbAlpha: 4
      }
    return try planes(samples, width: width, height: height, channels: channels, sampleSize: depth / 8, wanted: wanted)
  }
}

/// Pixels with their channels innermost as [wanted, height, width] of uint8.
func planes(
  _ samples: Bytes, width: Int, height: Int, channels: Int, sampleSize: Int, wanted: Int
) throws(DataError) -> Tensor {
  let count = width * height
  guard let builder = ByteBuilder(capacity: count * wanted) else {
    throw DataError(0, "there is no memory for \(width) x \(height) pixels")
  }
  let output = builder.base.assumingMemoryBound(to: UInt8.self)
  samples.withUnsafeBytes { data in
    guard let base = data.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    let step = channels * sampleSize, hasColour = channels >= 3, hasAlpha = channels % 2 == 0
    for c in 0..<wanted {
      let plane = output + c * count
      if wanted == 1 && hasColour {
        for i in 0..<count {
          let p = base + i &* step
          // PIL's ITU-R 601-2 weights in units of 2^-16.
          let sum = 19595 &* Int(p[0]) &+ 38470 &* Int(p[sampleSize]) &+ 7471 &* Int(p[2 &* sampleSize]) &+ 0x8000
          plane[i] = UInt8(truncatingIfNeeded: sum &>> 16)
        }
      } else if (wanted == 4 && c == 3 || wanted == 2 && c == 1) && !hasAlpha {
        plane.update(repeating: 255, count: count)
      } else {
        let isAlpha = wanted == 4 && c == 3 || wanted == 2 && c == 1
        let source = base + (isAlpha ? channels - 1 : hasColour ? c : 0) * sampleSize
        for i in 0..<count { plane[i] = source[i &* step] }
      }
    }
  }
  let bytes = builder.finish(count: count * wanted)
  return bytes.withUnsafeBytes { Tensor(bytes: $0, shape: [wanted, height, width], dtype: .uint8) }
}
