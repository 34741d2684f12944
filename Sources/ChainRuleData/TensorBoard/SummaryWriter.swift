public import ChainRule
import Foundation

/// Writes what happens in training for TensorBoard: `tensorboard --logdir runs` shows it.
///
///     let writer = try SummaryWriter("runs/first")
///     try writer.addScalar("loss/train", 0.25, step: 100)
///     try writer.addHistogram("fc1.weight", model.fc1.weight, step: 100)
///     try writer.addImage("sample", image, step: 100)
///
/// A file of events is added to as they come; after each call the events before it are in the file.
public final class SummaryWriter: @unchecked Sendable {
  private let lock = NSLock()
  private let file: Int32
  /// The file of events.
  public let path: String

  nonisolated(unsafe) private static var opened = 0
  private static let openedLock = NSLock()

  /// Opens a new file of events in `folder`, which is made where it is not there.
  ///
  /// - Throws: `FormatError` where it cannot be.
  public init(_ folder: String) throws {
    try checkPath(folder)
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw FormatError(file: folder, "cannot be made: \(error.localizedDescription)")
    }
    let number = Self.openedLock.withLock {
      Self.opened += 1
      return Self.opened - 1
    }
    let process = ProcessInfo.processInfo
    path = "\(folder)/events.out.tfevents.\(Int(Date().timeIntervalSince1970)).\(process.hostName).\(process.processIdentifier).\(number)"
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw FormatError(file: path, "cannot be opened: \(systemMessage())") }
    try write { $0.text(3, "brain.Event:2") }
  }

  deinit { close(file) }

  /// Notes a number under `tag`.
  ///
  /// - Throws: `FormatError` where the file cannot be written.
  public func addScalar(_ tag: String, _ value: Double, step: Int) throws {
    try add(tag, step, plugin: nil) { $0.float(2, Float(value)) }
  }

  /// Notes how the elements of a tensor are distributed, by TensorFlow's bins: each 1.1 times as wide as the one before, in both directions
  /// from 0.
  ///
  /// - Throws: `FormatError` where the file cannot be written, or an element is not finite.
  public func addHistogram(_ tag: String, _ values: Tensor, step: Int) throws {
    let values = values.array(of: Double.self)
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else {
      throw FormatError(
        file: path, place: .key(tag), values.isEmpty ? "a histogram of no values" : "a histogram of values that are not finite")
    }
    var counts = [Int](repeating: 0, count: Self.limits.count)
    for value in values {
      // The first limit that the value is below.
      var low = 0, high = Self.limits.count - 1
      while low < high {
        let middle = (low + high) / 2
        if value < Self.limits[middle] { high = middle } else { low = middle + 1 }
      }
      counts[low] += 1
    }
    let first = Swift.max((counts.firstIndex { $0 > 0 } ?? 0) - 1, 0), last = counts.lastIndex { $0 > 0 } ?? 0
    try add(tag, step, plugin: nil) { message in
      message.nested(5) { histogram in
        histogram.double(1, values.min() ?? 0)
        histogram.double(2, values.max() ?? 0)
        histogram.double(3, Double(values.count))
        histogram.double(4, values.reduce(0, +))
        histogram.double(5, values.reduce(0) { $0 + $1 * $1 })
        histogram.doubles(6, Array(Self.limits[first...last]))
        histogram.doubles(7, counts[first...last].map(Double.init))
      }
    }
  }

  /// From 1e-12 up by factors of 1.1, and the same below 0.
  private static let limits: [Double] = {
    var positive: [Double] = [], limit = 1e-12
    while limit < 1e20 {
      positive.append(limit)
      limit *= 1.1
    }
    return positive.reversed().map { -$0 } + [0] + positive + [Double.greatestFiniteMagnitude]
  }()

  /// Notes an image, as `writePNG` takes it.
  ///
  /// - Throws: `FormatError` where the tensor is no image, or the file cannot be written.
  public func addImage(_ tag: String, _ image: Tensor, step: Int) throws {
    let png = try encodePNG(image, path), shape = image.rank == 2 ? [1] + image.shape : image.shape
    try add(tag, step, plugin: nil) { message in
      message.nested(4) {
        $0.integer(1, shape[1])
        $0.integer(2, shape[2])
        $0.integer(3, shape[0])
        $0.bytes(4, png)
      }
    }
  }

  /// Notes a text, shown as Markdown.
  ///
  /// - Throws: `FormatError` where the file cannot be written.
  public func addText(_ tag: String, _ text: String, step: Int) throws {
    try add(tag, step, plugin: "text") { message in
      message.nested(8) {
        $0.integer(1, 7)  // DT_STRING
        $0.nested(2) { shape in shape.nested(2) { $0.integer(1, 1) } }
        $0.text(8, text)
      }
    }
  }

  private func add(_ tag: String, _ step: Int, plugin: String?, _ body: (inout ProtocolBuffer) -> Void) throws {
    try write { event in
      event.integer(2, step)
      event.nested(5) { summary in
        summary.nested(1) { value in
          value.text(1, tag)
          if let plugin { value.nested(9) { metadata in metadata.nested(1) { $0.text(1, plugin) } } }
          body(&value)
        }
      }
    }
  }

  /// Adds an event as a record: its length, a checksum of that, the event, a checksum of that.
  private func write(_ body: (inout ProtocolBuffer) -> Void) throws {
    var event = ProtocolBuffer()
    event.double(1, Date().timeIntervalSince1970)
    body(&event)
    let length = withUnsafeBytes(of: UInt64(event.bytes.count).littleEndian) { Array($0) }
    let record = length + CRC32C.masked(length) + event.bytes + CRC32C.masked(event.bytes)
    lock.lock()
    defer { lock.unlock() }
    var done = 0
    while done < record.count {
      let count = record[done...].withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw FormatError(file: path, "cannot be written: \(systemMessage())")
      }
    }
  }
}

/// A message in the wire format of protocol buffers.
private struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func key(_ field: Int, _ type: Int) { varint(UInt64(field << 3 | type)) }

  mutating func integer(_ field: Int, _ value: Int) {
    key(field, 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func double(_ field: Int, _ value: Double) {
    key(field, 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func float(_ field: Int, _ value: Float) {
    key(field, 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func bytes(_ field: Int, _ value: [UInt8]) {
    key(field, 2)
    varint(UInt64(value.count))
    bytes += value
  }

  mutating func text(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

  mutating func doubles(_ field: Int, _ values: [Double]) {
    bytes(field, values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } })
  }

  mutating func nested(_ field: Int, _ body: (inout ProtocolBuffer) -> Void) {
    var message = ProtocolBuffer()
    body(&message)
    bytes(field, message.bytes)
  }
}

/// Castagnoli's cyclic redundancy check, as records of events have it.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0x82F6_3B78 ^ crc >> 1 : crc >> 1 }
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 { ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 } }

  /// The check turned and moved, so that a check of data that holds checks is none of them.
  static func masked(_ bytes: [UInt8]) -> [UInt8] {
    let crc = checksum(bytes), mask = (crc >> 15 | crc << 17) &+ 0xA282_EAD8
    return withUnsafeBytes(of: mask.littleEndian) { Array($0) }
  }
}
