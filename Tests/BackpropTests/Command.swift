import Foundation
import Testing

/// The built command line, run as a process of its own.
struct Command {
  let code: Int32
  let output: String
  let errors: String

  /// The folder of the test products, which is also the executable's.
  private static var products: URL {
    #if os(macOS)
    for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") { return bundle.bundleURL.deletingLastPathComponent() }
    #endif
    return Bundle.main.bundleURL
  }

  static func process(
    _ arguments: [String], threads: Int? = nil, limit kilobytes: Int? = nil, locale: [String: String] = ["LC_ALL": "C"]
  ) -> Process {
    let process = Process()
    let executable = products.appendingPathComponent("backprop").path
    if let kilobytes {
      // A file that grows over the limit kills the process at that very write (SIGXFSZ). `-f` counts 512 bytes in POSIX's sh.
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", "ulimit -c 0; ulimit -f \(kilobytes * 2); exec \"$0\" \"$@\"", executable] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: executable)
      process.arguments = arguments
    }
    var environment = ProcessInfo.processInfo.environment
    environment["CHAINRULE_THREADS"] = threads.map(String.init)
    for name in ["LC_ALL", "LC_MESSAGES", "LC_CTYPE", "LANG"] { environment[name] = locale[name] }
    process.environment = environment
    return process
  }

  /// Runs the command to its end.
  ///
  /// - Parameters:
  ///   - output: a file in place of one whose content is returned.
  ///   - errors: the same.
  ///   - input: what is typed.
  static func run(
    _ arguments: [String], threads: Int? = nil, limit: Int? = nil, output: String? = nil, errors: String? = nil,
    locale: [String: String] = ["LC_ALL": "C"], input: String = ""
  ) throws -> Command {
    let process = process(arguments, threads: threads, limit: limit, locale: locale)
    // Files, as a full pipe would stop the command.
    let folder = try TemporaryFolder()
    for name in ["output", "errors"] { _ = FileManager.default.createFile(atPath: folder(name), contents: nil) }
    try Data(input.utf8).write(to: URL(fileURLWithPath: folder("input")))
    process.standardInput = FileHandle(forReadingAtPath: folder("input"))
    process.standardOutput = FileHandle(forWritingAtPath: output ?? folder("output"))
    process.standardError = FileHandle(forWritingAtPath: errors ?? folder("errors"))
    try process.run()
    process.waitUntilExit()
    return Command(
      code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: try String(contentsOfFile: folder("output"), encoding: .utf8),
      errors: try String(contentsOfFile: folder("errors"), encoding: .utf8))
  }
}

/// A folder for one test, gone with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("backprop-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws {
    let url = URL(fileURLWithPath: self(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  func read(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: self(name))) }

  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self(name)) }
}

/// Small images in the files of MNIST: class k has a bright row k, in noise.
enum ToyDigits {
  static let size = 10

  static func write(to folder: TemporaryFolder, train: Int = 600, test: Int = 200) throws {
    var state: UInt64 = 1
    func random() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    for (name, count) in [("train", train), ("t10k", test)] {
      let labels = (0..<count).map { _ in random() % 10 }
      var images = header([count, size, size])
      for label in labels {
        for row in 0..<size { for _ in 0..<size { images.append(row == Int(label) ? 255 - random() / 4 : random() / 4) } }
      }
      try folder.write("\(name)-images-idx3-ubyte", images)
      try folder.write("\(name)-labels-idx1-ubyte", header([count]) + labels)
    }
  }

  static func header(_ sizes: [Int]) -> [UInt8] {
    [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { size in (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } }
  }
}
