import Foundation

/// Texts compared with files beside the tests; a run with `CHAINRULE_RECORD=1` writes the files anew.
public enum Golden {
  /// The first place where a text differs from a golden file; nil where they are equal.
  ///
  /// - Parameters:
  ///   - name: the file, from the folder of the test that asks.
  public static func difference(of text: String, from name: String, test: String = #filePath) throws -> String? {
    let file = URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["CHAINRULE_RECORD"] != nil {
      try Data(text.utf8).write(to: file)
      return nil
    }
    let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    if text == golden { return nil }
    let lines = (
      text.split(separator: "\n", omittingEmptySubsequences: false), golden.split(separator: "\n", omittingEmptySubsequences: false)
    )
    for (index, pair) in zip(lines.0, lines.1).enumerated() where pair.0 != pair.1 {
      return "\(name):\(index + 1)\n is \(pair.0)\nnot \(pair.1)"
    }
    return "\(name): \(lines.0.count) lines, not \(lines.1.count)"
  }
}
