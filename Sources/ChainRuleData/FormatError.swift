public import ChainRule

/// A file that cannot be read, written or understood: which file, where in it, and what is wrong, on one line.
///
/// ```
/// model.safetensors: tensor "fc1.weight": shape [128, 784] of F32 takes 401408 bytes, its offsets hold 401404
/// digits.csv: line 17, column "label": "seven" is not a number
/// ```
public struct FormatError: ChainRuleError, Hashable {
  /// Where in a file something is wrong.
  public enum Place: Sendable, Hashable {
    /// The file as a whole: it is missing, empty, a directory, of an unknown kind.
    case file
    /// The offset of a byte, from zero.
    case byte(Int)
    /// A line, from one.
    case line(Int)
    /// A column of a table, by its name.
    case column(String)
    /// A cell of a table: its line, from one, and the name of its column.
    case cell(line: Int, column: String)
    /// A named part of the file: a tensor, or a member of an archive.
    case key(String)
  }

  /// The path of the file, as it was given.
  public var file: String
  /// Where in the file.
  public var place: Place
  /// What is wrong there.
  public var message: String

  /// Creates an error about `place` in `file`.
  public init(file: String, place: Place = .file, _ message: String) {
    self.file = file
    self.place = place
    self.message = message
  }

  /// The file, the place and the message, as one line of printable text.
  public var description: String {
    let place: String =
      switch self.place {
      case .file: ""
      case .byte(let offset): "byte \(offset): "
      case .line(let line): "line \(line): "
      case .column(let name): "column \(quoted(name)): "
      case .cell(let line, let column): "line \(line), column \(quoted(column)): "
      case .key(let key): "\(quoted(key)): "
      }
    return "\(printable(file)): \(place)\(printable(message))"
  }
}

/// What a decoder of raw bytes throws: it knows the offset, its caller knows the file.
package struct DataError: Error, Hashable {
  package let offset: Int
  package let message: String

  package init(_ offset: Int, _ message: String) {
    self.offset = offset
    self.message = message
  }

  func inFile(_ file: String) -> FormatError {
    FormatError(file: file, place: .byte(offset), message)
  }
}

/// `text` in quotation marks, fit for one line of a message: names come from files, so they may hold anything.
func quoted(_ text: String) -> String {
  "\"\(printable(text, limit: 80))\""
}

/// Some of `names`, for a message.
func listed(_ names: [String]) -> String {
  guard !names.isEmpty else { return "none" }
  let rest = names.count > 8 ? " and \(names.count - 8) more" : ""
  return names.prefix(8).map(quoted).joined(separator: ", ") + rest
}

/// A shape for a message, cut where a file makes it absurdly long.
func shapeText(_ shape: [Int]) -> String {
  let sizes = shape.prefix(8).map(String.init).joined(separator: ", ")
  return shape.count > 8 ? "[\(sizes), ... (\(shape.count) sizes)]" : "[\(sizes)]"
}
