import ChainRuleData

/// An image of 8-bit pixels, gray or RGB, that can be written as PNG.
public struct PixelImage: Sendable, Equatable {
  /// The number of pixels does not fit the size.
  public struct SizeError: Error, CustomStringConvertible, Equatable {
    /// What was given and what was needed.
    public let description: String
  }

  /// Pixels per row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 for gray, 3 for red, green, blue.
  public let channels: Int
  /// Row-major from the top, channels innermost.
  public let pixels: [UInt8]

  /// An image of the given bytes; throws where their number is not `width * height * channels`.
  public init(width: Int, height: Int, channels: Int = 1, pixels: [UInt8]) throws(SizeError) {
    let (area, overflow) = width.multipliedReportingOverflow(by: height)
    guard channels == 1 || channels == 3, width > 0, height > 0, !overflow, area <= Int(Int32.max), area * channels == pixels.count else {
      throw SizeError(description: "an image of \(width) x \(height) x \(channels) cannot be made of \(pixels.count) bytes")
    }
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// An image of numbers, `range` from black to white; numbers outside are clipped and NaN is black.
  public init(width: Int, height: Int, channels: Int = 1, values: [Double], range: ClosedRange<Double> = 0...1) throws(SizeError) {
    let span = range.upperBound - range.lowerBound
    let bytes = values.map { value in
      let fraction = span > 0 ? (value - range.lowerBound) / span : 0
      return fraction > 0 ? UInt8((min(fraction, 1) * 255).rounded()) : 0
    }
    try self.init(width: width, height: height, channels: channels, pixels: bytes)
  }

  /// The image as a PNG file (ISO/IEC 15948), 8 bits per channel, rows unfiltered.
  public var png: [UInt8] { PNG.encoded(width: width, height: height, channels: channels, pixels: pixels) }

  /// The PNG file as a `data:` URI, to stand inside an SVG or HTML file.
  public var dataURI: String { "data:image/png;base64," + Self.base64(png) }

  /// RFC 4648, section 4.
  static func base64(_ data: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((data.count + 2) / 3 * 4)
    for start in stride(from: 0, to: data.count, by: 3) {
      let count = min(3, data.count - start)
      let group = (0..<3).reduce(0) { $0 << 8 | ($1 < count ? Int(data[start + $1]) : 0) }
      for index in 0..<4 { text.append(index <= count ? alphabet[group >> (18 - 6 * index) & 63] : 0x3D) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
