import ChainRuleData

struct OptionError: Error, CustomStringConvertible {
  let description: String
  init(_ message: String) { description = message }
}

struct PointText {
  let values: [String: Double]
  init(_ text: String) throws {
    var values: [String: Double] = [:]
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=")
      guard sides.count == 2, let value = Double(sides[1]) else { throw OptionError("\"\(part)\" is not name=number") }
      values[String(sides[0])] = value
    }
    self.values = values
  }
}

func writeFile(_ text: String, to path: String) throws {
  try writeAtomically(to: path) { writer in try writer.write(Array(text.utf8)) }
}
