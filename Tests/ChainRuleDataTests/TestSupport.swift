import ChainRuleData
import Foundation
import Testing

/// A directory for one test, gone with the test.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("chainrule-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func callAsFunction(_ name: String) -> String {
    "\(path)/\(name)"
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: self(name)))
    return self(name)
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

func contents(_ path: String) throws -> [UInt8] {
  try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
}

func base64(_ text: String) throws -> [UInt8] {
  try [UInt8](#require(Data(base64Encoded: text, options: .ignoreUnknownCharacters)))
}

/// A file that a script beside it wrote.
func fixture(_ name: String) -> URL {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
}

/// The directory of real data, from the environment.
let dataDirectory = ProcessInfo.processInfo.environment["CHAINRULE_DATA"]

/// SplitMix64 (Steele, Lea, Flood, 2014): the same numbers everywhere for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// What is thrown by `body`, as its one line.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "(no error)"
  } catch let error as FormatError {
    return error.description
  } catch let error as DataError {
    return "byte \(error.offset): \(error.message)"
  } catch {
    return "(another error: \(error))"
  }
}

/// One to three small changes, as files suffer them: a byte, a bit, a cut, a piece doubled or left out.
func mutated(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
    let place = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.insert(bytes[place], at: place)
    case 4: bytes.remove(at: place)
    default:
      let end = min(bytes.count, place + Int.random(in: 1...16, using: &generator))
      bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
    }
  }
  return bytes
}
