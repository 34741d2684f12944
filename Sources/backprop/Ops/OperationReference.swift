import ChainRule
import ChainRuleExplain

/// The documentation of the operations, made from what each declares of itself in its family's file.
enum OperationReference {
  /// An operation and the family it belongs to.
  struct Entry: Sendable {
    let family: String
    let info: OperationInfo

    /// What one asks for: `pow (tensors)` answers to itself and to pow, `amax, amin` to either.
    var names: [String] {
      let plain = info.name.split(separator: " (")[0]
      return [info.name] + plain.split(separator: ", ").map(String.init)
    }
  }

  static var entries: [Entry] {
    Catalog.families.flatMap { family in family.operations.map { Entry(family: family.name, info: $0) } }
  }

  /// The operations that go by a name, in our spelling or PyTorch's, or belong to a family of that name; those that only
  /// mention it where there are none.
  static func entries(named name: String) -> [Entry] {
    let wanted = key(name)
    let named = entries.filter { $0.names.contains { key($0) == wanted } }
    if !named.isEmpty { return named }
    let family = entries.filter { key($0.family) == wanted }
    if !family.isEmpty { return family }
    return entries.filter { entry in
      entry.info.summary.split { !$0.isLetter && !$0.isNumber }.contains { $0.count > 2 && key(String($0)) == wanted }
    }
  }

  /// The name that a mistyped one is most like, or nil where none is near.
  static func suggestion(for name: String) -> String? {
    let wanted = Array(key(name))
    let names = entries.flatMap(\.names) + Catalog.families.map(\.name)
    // Of equally near ones that with the same letters.
    func strangeness(_ name: String) -> (distance: Int, length: Int) {
      let letters = Array(key(name))
      return (distance(wanted, letters), abs(letters.count - wanted.count))
    }
    guard let nearest = names.min(by: { strangeness($0) < strangeness($1) }) else { return nil }
    return strangeness(nearest).distance <= max(1, wanted.count / 3) ? nearest : nil
  }

  /// Case and underscores are PyTorch's or ours: log_softmax is logSoftmax.
  private static func key(_ name: String) -> String { name.lowercased().filter { $0 != "_" && $0 != " " } }

  /// How many letters must be changed, added, dropped or swapped with their neighbour (Damerau 1964) to make `a` into `b`.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, rows[i - 1][j - 1] + 1) }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }

  // MARK: Text for a terminal

  /// All operations, one a line under their family.
  static func list(ascii: Bool = false) -> String {
    Catalog.families.map { family in
      var table = TextTable([.init(title(of: family.name)), .init("formula"), .init("derivative")])
      for info in family.operations { table.add([info.name, info.formula, info.derivative]) }
      return table.text(ascii: ascii)
    }.joined(separator: "\n")
  }

  /// Everything about one operation.
  static func text(_ entry: Entry) -> String {
    let facts = facts(entry.info)
    let width = facts.map(\.name.count).max() ?? 0
    var lines = ["\(entry.info.name) (\(title(of: entry.family)))", entry.info.summary, ""]
    lines += facts.map { "  " + $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.value }
    if let example = OperationExample(entry.info) { lines += ["", example.title] + example.lines.map { "  " + $0 } }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What is said of every operation, in order.
  static func facts(_ info: OperationInfo) -> [(name: String, value: String)] {
    var facts = [("call", info.call), ("formula", info.formula), ("shapes", info.shapes), ("derivative", info.derivative)]
    if !info.takesIntegers { facts.append(("types", "floating point only")) }
    if let node = OperationExample.node(of: info) { facts.append(("node", node)) }
    return facts
  }

  /// `MatrixProduct` in words: Matrix product.
  static func title(of family: String) -> String {
    let words = family.reduce(into: "") { text, letter in
      if letter.isUppercase, !text.isEmpty { text += " " + letter.lowercased() } else { text.append(letter) }
    }
    return words
  }
}
