import Foundation
import Testing

/// Texts compared with the files in Snapshots; `CHAINRULE_RECORD=1` writes them anew.
enum Snapshot {
  static func check(_ text: String, _ name: String) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Snapshots/\(name)")
    if ProcessInfo.processInfo.environment["CHAINRULE_RECORD"] != nil {
      try Data(text.utf8).write(to: file)
      return
    }
    let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    let lines = (text.split(separator: "\n"), golden.split(separator: "\n"))
    for (index, pair) in zip(lines.0, lines.1).enumerated() where pair.0 != pair.1 {
      Issue.record("\(name):\(index + 1)\n is \(pair.0)\nnot \(pair.1)")
      return
    }
    #expect(text == golden)
  }
}
