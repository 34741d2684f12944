import Foundation

/// What an example measured, beside what PyTorch measured for the same seed.
///
/// PyTorch's figures were written by the script of the same name in `PyTorch`, a line `name: value` each, into `PyTorch/figures`.
public struct Figures {
  private let name: String
  private let expected: [String: Double]
  private var differences = 0

  /// Whether `--small` was given: the same program with less to do, to try it in seconds.
  public static var isSmall: Bool { CommandLine.arguments.contains("--small") }

  /// The figures of the script `name`; those of its small run with `--small`.
  public init(_ name: String) {
    self.name = name + (Self.isSmall ? "-small" : "")
    let text = (try? String(contentsOf: Self.folder.appending(path: "figures/\(self.name).txt"), encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n").compactMap { (line: Substring) -> (String, Double)? in
      guard let colon = line.lastIndex(of: ":"), let value = Double(line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
      else { return nil }
      return (String(line[..<colon]), value)
    }
    expected = Dictionary(lines) { $1 }
  }

  /// The folder with the scripts.
  public static var folder: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "PyTorch")
  }

  /// The path of a file or folder of data, which the variable CHAINRULE_DATA names the place of.
  public static func data(_ path: String) -> String {
    guard let folder = ProcessInfo.processInfo.environment["CHAINRULE_DATA"] else {
      print("hint: CHAINRULE_DATA=FOLDER names the folder with \(path)")
      exit(2)
    }
    return "\(folder)/\(path)"
  }

  /// Prints a figure beside PyTorch's.
  ///
  /// - Parameters:
  ///   - margin: how far they may be apart.
  ///   - isRelative: whether `margin` is a part of PyTorch's figure.
  public mutating func report(_ figure: String, _ value: Double, within margin: Double, isRelative: Bool = false) {
    guard let other = expected[figure] else {
      print("\(figure): \(value)   PyTorch's is not in PyTorch/figures/\(name).txt")
      differences += 1
      return
    }
    let isNear = abs(value - other) <= margin * (isRelative ? abs(other) : 1)
    print(String(format: "%@: %.7g   PyTorch %.7g%@", figure, value, other, isNear ? "" : "   too far apart"))
    if !isNear { differences += 1 }
  }

  /// Ends the program with 1 where a figure was too far from PyTorch's.
  public func finish() {
    if differences > 0 { exit(1) }
  }
}
