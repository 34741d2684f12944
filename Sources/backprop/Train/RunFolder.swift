import ChainRuleData
import ChainRuleExplain
import Foundation

/// A folder that results go to. Files are written beside and renamed, so none is ever half there.
struct RunFolder {
  let path: String

  init(_ path: String) throws {
    self.path = path
    guard isWritten else { return }
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard isDirectory.boolValue else { throw FormatError(file: path, "is a file, where a folder is to be") }
      return
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw FormatError(file: path, "cannot be made: \((error as NSError).localizedDescription)")
    }
  }

  /// Whether this process writes the files: of several that train together the first does.
  var isWritten: Bool { Ranks.isFirst }

  /// The path of a file in the folder.
  func file(_ name: String) -> String { path + "/" + name }

  /// Says that a file has been written.
  func tell(_ name: String) { print(writtenText(file(name))) }

  /// Writes a text file.
  func write(_ text: String, to name: String) throws {
    if isWritten { try writeFile(text, to: file(name)) }
  }
}
