/// A small check that a text is well-formed XML as far as our drawings use it: balanced tags, quoted attributes, known entities.
enum WellFormed {
  /// What is wrong first, or nil.
  static func problem(in text: String) -> String? {
    var open: [Substring] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "<") {
      if let problem = entityProblem(rest[..<start]) { return problem }
      guard let end = rest[start...].firstIndex(of: ">") else { return "a tag without end" }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      let name = tag.prefix { !$0.isWhitespace && $0 != "/" }
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return "\(tag) closes nothing" }
        continue
      }
      if tag.count(where: { $0 == "\"" }) % 2 != 0 { return "open quote in <\(tag)>" }
      if tag.contains("<") { return "tag within a tag: \(tag)" }
      if let problem = entityProblem(tag) { return problem }
      if !tag.hasSuffix("/") { open.append(name) }
    }
    return open.isEmpty ? nil : "open elements: \(open)"
  }

  private static func entityProblem(_ text: Substring) -> String? {
    for part in text.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
      guard ["amp;", "lt;", "gt;", "quot;"].contains(where: { part.hasPrefix($0) }) else { return "bare & in \(text)" }
    }
    return nil
  }
}
