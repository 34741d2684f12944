extension Module {
  /// The tree that PyTorch prints: the class, what the module says of itself, and its parts.
  public var description: String { ModuleText.text(self) }
}

/// PyTorch's way to print a module.
private enum ModuleText {
  static func text(_ module: any Module) -> String {
    let name = ModuleTree.kind(module)
    let folds = module is ModuleList
    let lines = childLines(ModuleTree.members(module), folds: folds)
    let extra = module.extraDescription.isEmpty ? [] : module.extraDescription.split(separator: "\n").map(String.init)
    if lines.isEmpty, extra.count == 1 { return "\(name)(\(extra[0]))" }
    return block(name, extra + lines)
  }

  private static func block(_ name: String, _ lines: [String]) -> String {
    lines.isEmpty ? "\(name)()" : "\(name)(\n  " + lines.joined(separator: "\n  ") + "\n)"
  }

  private static func childLines(_ members: [(name: String, member: ModuleTree.Member)], folds: Bool) -> [String] {
    let children = members.compactMap { name, member in text(member).map { (name: name, text: indented($0)) } }
    guard folds else { return children.map { "(\($0.name)): \($0.text)" } }
    var lines: [String] = []
    var i = 0
    while i < children.count {
      var j = i
      while j + 1 < children.count, children[j + 1].text == children[i].text { j += 1 }
      lines.append(
        i == j
          ? "(\(children[i].name)): \(children[i].text)"
          : "(\(children[i].name)-\(children[j].name)): \(j - i + 1) x \(children[i].text)")
      i = j + 1
    }
    return lines
  }

  private static func text(_ member: ModuleTree.Member) -> String? {
    switch member {
    case .module(let module): return text(module)
    case .group(let kind, let members):
      let lines = childLines(members, folds: kind == "ModuleList")
      return lines.isEmpty ? nil : block(kind, lines)
    case .parameter, .buffer: return nil
    }
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n  ")
  }
}
