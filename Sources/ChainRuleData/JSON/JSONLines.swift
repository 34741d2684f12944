import Foundation

/// The values in a file of JSON lines: one value of JSON on each line; blank lines do not count.
///
///     struct Note: Codable { var text: String; var label: Int }
///     let notes = try loadJSONLines("notes.jsonl", as: Note.self)
///
/// - Throws: `FormatError` with the line and what is wrong there.
public func loadJSONLines<Value: Decodable>(_ path: String, as type: Value.Type) throws -> [Value] {
  let bytes = try FileBytes.read(path)
  return try parseJSONLines(bytes, path, as: type)
}

/// The values in `bytes`, which errors call `path`.
package func parseJSONLines<Value: Decodable>(_ bytes: Bytes, _ path: String, as type: Value.Type) throws -> [Value] {
  let decoder = JSONDecoder()
  return try bytes.withUnsafeBytes { buffer in
    var values: [Value] = [], start = 0, line = 0
    while start < buffer.count {
      line += 1
      let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) ?? buffer.count
      let text = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
      start = end + 1
      if text.allSatisfy(JSONScanner.isSpace) { continue }
      do {
        values.append(try decoder.decode(type, from: Data(text)))
      } catch {
        throw FormatError(file: path, place: .line(line), decodingProblem(error))
      }
    }
    return values
  }
}

/// Writes values as JSON lines, the keys of each in order.
///
/// - Throws: `FormatError` where a value cannot be written as JSON, or the file cannot be written; what was there before is there still.
public func saveJSONLines(_ values: some Sequence<some Encodable>, to path: String) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  try writeAtomically(to: path) { writer in
    for (i, value) in values.enumerated() {
      let line: Data
      do {
        line = try encoder.encode(value)
      } catch {
        throw FormatError(file: path, place: .line(i + 1), "the value cannot be written as JSON: \(error)")
      }
      try writer.write([UInt8](line) + [UInt8(ascii: "\n")])
    }
  }
}

/// What is wrong with a line, with the key where it is.
private func decodingProblem(_ error: any Error) -> String {
  func place(_ context: DecodingError.Context) -> String {
    context.codingPath.isEmpty ? "" : "\(context.codingPath.map(\.stringValue).joined(separator: ".")): "
  }
  switch error {
  case DecodingError.keyNotFound(let key, let context): return "\(place(context))the key \(quoted(key.stringValue)) is missing"
  case DecodingError.valueNotFound(_, let context), DecodingError.typeMismatch(_, let context):
    return place(context) + context.debugDescription
  case DecodingError.dataCorrupted(let context):
    let detail = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"] as? String
    return place(context) + (detail ?? context.debugDescription)
  default: return "\(error)"
  }
}
