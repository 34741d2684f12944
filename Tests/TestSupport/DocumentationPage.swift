import Foundation

/// A page of Documentation whose examples stand in a test too.
public struct DocumentationPage: Sendable {
  /// The page; empty where it cannot be read.
  public let text: String

  /// Reads the page of this name, such as `Autograd.md`.
  public init(_ name: String) {
    let file = URL(filePath: #filePath).appending(path: "../../../Documentation/\(name)").standardized
    text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
  }

  /// How many blocks of Swift the page has, and which of their lines, but for those that print, the source file lacks.
  public func comparedWithSource(_ path: String) -> (blocks: Int, missing: [String]) {
    func words(_ text: some StringProtocol) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
    let here = words((try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
    let blocks = text.components(separatedBy: "```swift\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    let lines = blocks.flatMap { $0.split(separator: "\n") }.filter { !$0.hasPrefix("print(") }
    return (blocks.count, lines.map(words).filter { !here.contains($0) })
  }
}
