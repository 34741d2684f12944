import Foundation
import Testing

/// The table of nonsense is whole, and a tenth of its calls gives values or sentences.
@Suite struct ArgumentSweepTests {
  private static let executable = Bundle.main.bundleURL.appendingPathComponent("ArgumentSweep")
  private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  private static func run(_ arguments: String...) throws -> (code: Int32, output: String) {
    let process = Process(), path = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: path.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: path) }
    process.executableURL = executable
    process.arguments = arguments
    process.standardOutput = try FileHandle(forWritingTo: path)
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: try Data(contentsOf: path), as: UTF8.self))
  }

  /// A public function that takes numbers has a row in the table, an overload one of its own.
  @Test func everyFunctionIsThere() throws {
    let sources = Self.here.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources")
    let declared = try PublicFunctions(sources: sources).counts
    #expect(declared.count > 300)
    var rows: [String: Int] = [:]
    for key in try Self.run("keys").output.split(separator: "\n") { rows[String(key), default: 0] += 1 }
    let missing = declared.filter { (rows[$0.key] ?? 0) < $0.value }.keys.sorted()
    #expect(missing.isEmpty, "functions that take numbers, without a row in Tests/ArgumentSweep:\n\(missing.joined(separator: "\n"))")
  }

  @Test func aTenth() throws {
    let (code, output) = try Self.run("tenth")
    #expect(code == 0, "\(output)")
  }
}
