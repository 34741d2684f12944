import ChainRule

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// JPEG files, by the functions of the library libturbojpeg, version 2 or 3, which is looked for when the first file is read: this package
/// needs none to be built.
enum JPEG {
  static func isJPEG(_ bytes: Bytes) -> Bool { bytes.withUnsafeBytes { $0.starts(with: [0xFF, 0xD8, 0xFF]) } }

  static func decode(_ bytes: Bytes, name: String, mode: ImageMode) throws(FormatError) -> Tensor {
    guard let library else { throw FormatError(file: name, missing) }
    do throws(DataError) {
      return try library.decode(bytes, mode: mode)
    } catch {
      throw error.inFile(name)
    }
  }

  static let missing =
    "is a JPEG image, which the library libturbojpeg reads; it is not here: apt install libturbojpeg0 (Debian, Ubuntu), "
    + "dnf install turbojpeg (Fedora), brew install jpeg-turbo (macOS)"

  private static let library = TurboJPEG()
}

/// The functions of the library that are used here.
private struct TurboJPEG: @unchecked Sendable {
  private typealias Handle = UnsafeMutableRawPointer
  private typealias Make = @convention(c) () -> Handle?
  private typealias Header =
    @convention(c) (
      Handle, UnsafePointer<UInt8>?, CUnsignedLong, UnsafeMutablePointer<CInt>, UnsafeMutablePointer<CInt>, UnsafeMutablePointer<CInt>,
      UnsafeMutablePointer<CInt>
    ) -> CInt
  private typealias Decompress =
    @convention(c) (
      Handle, UnsafePointer<UInt8>?, CUnsignedLong, UnsafeMutablePointer<UInt8>?, CInt, CInt, CInt, CInt, CInt
    ) -> CInt
  private typealias Destroy = @convention(c) (Handle) -> CInt
  private typealias Message = @convention(c) (Handle) -> UnsafePointer<CChar>?

  private let make: Make
  private let header: Header
  private let decompress: Decompress
  private let destroy: Destroy
  private let message: Message

  private static let names = [
    "libturbojpeg.so.0", "libturbojpeg.so", "libturbojpeg.dylib", "/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.dylib",
    "/usr/local/opt/jpeg-turbo/lib/libturbojpeg.dylib",
  ]

  /// nil where there is no such library.
  init?() {
    guard let library = Self.names.lazy.compactMap({ dlopen($0, RTLD_NOW) }).first, let make = dlsym(library, "tjInitDecompress"),
      let header = dlsym(library, "tjDecompressHeader3"), let decompress = dlsym(library, "tjDecompress2"),
      let destroy = dlsym(library, "tjDestroy"), let message = dlsym(library, "tjGetErrorStr2")
    else { return nil }
    self.make = unsafeBitCast(make, to: Make.self)
    self.header = unsafeBitCast(header, to: Header.self)
    self.decompress = unsafeBitCast(decompress, to: Decompress.self)
    self.destroy = unsafeBitCast(destroy, to: Destroy.self)
    self.message = unsafeBitCast(message, to: Message.self)
  }

  /// TJCS_GRAY and TJPF_RGB, TJPF_GRAY of turbojpeg.h.
  private static let grayColours: CInt = 2, rgbPixels: CInt = 0, grayPixels: CInt = 6

  func decode(_ bytes: Bytes, mode: ImageMode) throws(DataError) -> Tensor {
    guard let handle = make() else { throw DataError(0, "libturbojpeg has no memory") }
    defer { _ = destroy(handle) }
    return try bytes.withUnsafeBytes { (buffer) throws(DataError) in
      let data = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      var width: CInt = 0, height: CInt = 0, sampling: CInt = 0, colours: CInt = 0
      guard header(handle, data, CUnsignedLong(buffer.count), &width, &height, &sampling, &colours) == 0, width > 0, height > 0 else {
        throw problem(handle)
      }
      guard Int(width) <= PNG.mostPixels / Int(height) else {
        throw DataError(0, "a picture of \(width) x \(height); at most \(PNG.mostPixels) pixels are read")
      }
      let isGray = mode == .gray || mode == .unchanged && colours == Self.grayColours, channels = isGray ? 1 : 3
      guard let pixels = ByteBuilder(capacity: Int(width) * Int(height) * channels) else {
        throw DataError(0, "there is no memory for \(width) x \(height) pixels")
      }
      let format = isGray ? Self.grayPixels : Self.rgbPixels
      guard
        decompress(
          handle, data, CUnsignedLong(buffer.count), pixels.base.assumingMemoryBound(to: UInt8.self), width, 0, height, format, 0) == 0
      else { throw problem(handle) }
      return try planes(
        pixels.finish(count: Int(width) * Int(height) * channels), width: Int(width), height: Int(height), channels: channels,
        sampleSize: 1, wanted: mode == .rgbAlpha ? 4 : channels)
    }
  }

  private func problem(_ handle: Handle) -> DataError {
    DataError(0, "a JPEG image that libturbojpeg refuses: \(message(handle).map { String(cString: $0) } ?? "no reason given")")
  }
}
