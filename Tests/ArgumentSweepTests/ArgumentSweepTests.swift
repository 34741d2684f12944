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
    #expect(declared.count > 480)
    var rows: [String: Int] = [:]
    for key in try Self.run("keys").output.split(separator: "\n") { rows[String(key), default: 0] += 1 }
    let missing = declared.filter { (rows[$0.key] ?? 0) < $0.value }.keys.sorted()
    #expect(missing.isEmpty, "functions that take numbers, without a row in Tests/ArgumentSweep:\n\(missing.joined(separator: "\n"))")
  }

  /// What the scan takes for a public function with numbers, and what not.
  @Test func scanReadsDeclarations() {
    let text = """
      public struct Wheel {
        public init(_ teeth: Int, name: String = "") {}
        /// An older name.
        @available(*, deprecated, message: "teeth is first")
        public init(name: String, teeth: Int) {}
        /// No number.
        public func named(_ name: String) -> Wheel { self }
        func turned(by angle: Double) -> Wheel { self }
        public func turned(
          _ times: [Int]?, _ body: (Int) -> Void
        ) -> Wheel { self }
        public static func * (wheel: Wheel, factor: Double) -> Wheel { wheel }
      }
      struct Hidden {
        public func turned(by angle: Double) -> Hidden { self }
      }
      extension Wheel {
        public func apply(_ body: (Double) -> Double) {}
        public subscript(_ i: Int) -> Int { i }
      }
      public func spin(_ x: [Double]) {}
      public func spin<T: TensorElement>(_ x: [T], by count: T) {}
      """
    #expect(
      PublicFunctions(texts: [text]).counts == [
        "Wheel.init(_:name:)": 1, "Wheel.turned(_:_:)": 1, "Wheel.*(_:_:)": 1, "Wheel.subscript(_:)": 1, "spin(_:)": 1, "spin(_:by:)": 1,
      ])
  }

  /// Functions that once ended the process without a sentence.
  @Test func thoseThatFailed() throws {
    let (code, output) = try Self.run(
      "match", "selfAttention", "PrintOptions.init", "LSTM.init", "crossEntropy", "SequentialLR.init", ".rate(of:", "DataLoader.init",
      "TensorDataset.init", "DerivativeReport.text", "Profile.table", "Tensor.sum()", "Tensor.var(", "Tensor.any(", "Tensor.oneHot(_:)",
      "linear(", "conv1d(", "conv2d(", "LBFGS.stateShape")
    #expect(code == 0, "\(output)")
  }

  @Test func aTenth() throws {
    let (code, output) = try Self.run("tenth")
    #expect(code == 0, "\(output)")
  }
}
