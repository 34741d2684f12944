import Foundation

/// The public modules, losses, optimizers and schedules as their sources declare them, as sections of Markdown.
struct DeclaredModules {
  /// One family's text.
  struct Family {
    let name: String
    let text: String
  }

  private struct Declaration {
    let name: String
    let parent: String
    let file: String
    let isFinal: Bool
    var doc: [String]
    var inits: [(doc: [String], text: String)] = []
    var calls: [[String]] = []
  }

  private var classes: [String: Declaration] = [:]
  private var order: [String] = []

  /// Families by the file that a class stands in; files that are not named here make their own.
  private static let families = [
    "Rectifiers": "Activation", "AdaptivePooling": "Pooling", "AveragePooling": "Pooling", "MaxPooling": "Pooling",
    "BatchNorm": "ChannelNormalization", "InstanceNorm": "ChannelNormalization", "SyncBatchNorm": "ChannelNormalization",
    "GroupNorm": "Normalization", "LayerNorm": "Normalization", "ConvolutionTranspose": "Convolution", "LazyConvolution": "LazyLayers",
    "LazyNormalization": "LazyLayers", "Bilinear": "Linear", "Distances": "Linear", "EmbeddingBag": "Embedding", "Positions": "Embedding",
    "GRU": "Recurrence", "LSTM": "Recurrence", "RNN": "Recurrence", "RecurrentCells": "Recurrence", "MultiheadAttention": "Attention",
    "Transformer": "Attention", "TransformerLayers": "Attention", "Upsample": "Reshaping", "ParameterContainers": "Containers",
    "AdaptiveLogSoftmax": "ClassificationLosses",
  ]

  /// What an option means wherever nothing else is said of it.
  private static let common = [
    "betas": "how much of the mean gradient and of the mean square a step keeps.",
    "dtype": "the type of the parameters; the default type where nil.", "generator": "what is drawn from; the default generator where nil.",
    "reduction": "what becomes of the terms: `.none`, `.mean` or `.sum`.", "parameters": "the leaves to step.",
    "groups": "how many groups of channels there are, each with its own filters.", "bias": "whether there is a bias.",
    "lr": "the learning rate.", "weightDecay": "how much of a parameter is added to its gradient.",
    "maximize": "whether steps go uphill.", "eps": "what is added to a divisor.", "lastEpoch": "the epoch to go on from; -1 at the start.",
    "optimizer": "the optimizer whose rates are set.", "stride": "how far apart windows lie.",
    "dilation": "how far apart a window's elements lie.",
    "padding": "what surrounds the input.", "kernel": "the size of a window.", "outputPadding": "what is added at the end of the result.",
    "inputs": "the size of an input.", "outputs": "the size of a result.", "gamma": "the factor.",
  ]

  /// Reads the sources below `root`, the package.
  init(root: URL) throws {
    for folder in ["ChainRuleNN/Layers", "ChainRuleNN/Losses", "ChainRuleNN", "ChainRuleOptim", "ChainRuleOptim/Schedules"] {
      let url = root.appendingPathComponent("Sources/" + folder)
      for file in try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() where file.hasSuffix(".swift") {
        try read(String(contentsOf: url.appendingPathComponent(file), encoding: .utf8), String(file.dropLast(6)), folder)
      }
    }
  }

  private mutating func read(_ text: String, _ file: String, _ folder: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var current: String?
    for (i, line) in lines.enumerated() {
      if let match = line.firstMatch(of: /^public (final )?class (\w+)(?:<.*>)?: (\w+)/) {
        let name = String(match.2)
        let family = folder.hasSuffix("Schedules") ? "Schedules" : folder == "ChainRuleOptim" ? "Optimizers" : Self.families[file] ?? file
        classes[name] = Declaration(
          name: name, parent: String(match.3), file: family, isFinal: match.1 != nil || name == "Adam", doc: Self.comment(above: i, lines))
        order.append(name)
        current = name
      } else if line == "}" {
        current = nil
      } else if let name = current, line.hasPrefix("  public ") {
        if line.contains(" init(") {
          if Self.isDeprecated(above: i, lines) { continue }
          classes[name]?.inits.append((Self.comment(above: i, lines), Self.declaration(lines[i...])))
        } else if line.contains("func callAsFunction(") || line.contains("func forward(") {
          classes[name]?.calls.append(Self.comment(above: i, lines))
        }
      }
    }
  }

  private static func above(_ i: Int, _ lines: [String]) -> [String] {
    lines[..<i].reversed().prefix { $0.drop { $0 == " " }.hasPrefix("///") || $0.drop { $0 == " " }.hasPrefix("@") }.reversed()
  }

  private static func isDeprecated(above i: Int, _ lines: [String]) -> Bool { above(i, lines).contains { $0.contains("deprecated") } }

  private static func comment(above i: Int, _ lines: [String]) -> [String] {
    above(i, lines).filter { $0.contains("///") }.map { line in
      let text = line.drop { $0 == " " }.dropFirst(3)
      return String(text.first == " " ? text.dropFirst() : text)
    }
  }

  /// `init(...)` up to its last parenthesis, in one line.
  private static func declaration(_ lines: ArraySlice<String>) -> String {
    let text = lines.prefix(20).map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
    var depth = 0, result = ""
    for character in text[text.range(of: "init(")!.lowerBound...] {
      result.append(character)
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if depth == 0, character == ")" { break }
    }
    return result.replacingOccurrences(of: "( ", with: "(").replacingOccurrences(of: " )", with: ")")
  }

  // MARK: Markdown

  /// The families in order, each with a section for every class that can be made.
  var all: [Family] {
    let made = order.compactMap { classes[$0] }.filter { $0.isFinal && !inits(of: $0).isEmpty && isPage($0) }
    let names = made.reduce(into: [String]()) { if !$0.contains($1.file) { $0.append($1.file) } }
    return names.map { family in
      Family(name: family, text: made.filter { $0.file == family }.map(section).joined(separator: "\n"))
    }
  }

  /// The sources that hold the texts.
  var files: [(name: String, text: String)] {
    let note = "// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.\n"
    func property(_ family: String) -> String { family.prefix(1).lowercased() + family.dropFirst() }
    let table = all.map { "    (\"\($0.name)\", \(property($0.name)))," }.joined(separator: "\n")
    let index = note + "enum ModuleTexts {\n  static let all: [(name: String, text: String)] = [\n\(table)\n  ]\n}\n"
    return [("ModuleTexts.swift", index)]
      + all.map { family in
        let lines = family.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { $0.isEmpty ? "" : "    " + $0 }
        return (
          "ModuleTexts+\(family.name).swift",
          note
            + "extension ModuleTexts {\n  static let \(property(family.name)) = #\"\"\"\n\(lines.joined(separator: "\n"))\n\n    \"\"\"#\n}\n"
        )
      }
  }

  /// Whether a class is a module, a loss, an optimizer or a schedule, and no part of the library's models or machinery.
  private func isPage(_ declaration: Declaration) -> Bool {
    !["ParameterGroup", "StepHookHandle"].contains(declaration.name)
      && ["Layer", "Loss", "Optimizer", "Schedule", "Module", "Recurrent", "Transformer", "AveragedModel", "ReduceLROnPlateau", "Adam"]
        .contains {
          ancestors(declaration).joined(separator: " ").contains($0) || declaration.name == $0
        }
  }

  private func ancestors(_ declaration: Declaration) -> [String] {
    [declaration.parent] + (classes[declaration.parent].map(ancestors) ?? [])
  }

  private func inits(of declaration: Declaration) -> [(doc: [String], text: String)] {
    declaration.inits.isEmpty ? classes[declaration.parent].map(inits) ?? [] : declaration.inits
  }

  private func calls(of declaration: Declaration) -> [[String]] {
    let own = declaration.calls.filter { !$0.isEmpty && $0 != ["Applies the layer."] }
    return own.isEmpty ? classes[declaration.parent].map(calls) ?? [] : own
  }

  private func section(_ declaration: Declaration) -> String {
    var lines = ["## \(declaration.name)", ""] + Self.prose(declaration.doc), shown: Set<String> = []
    for (doc, text) in inits(of: declaration) {
      let labels = Self.parameters(text).map { $0.prefix { $0 != " " && $0 != ":" } + ":" }
      lines += ["", "`\(declaration.name)(\(labels.joined()))`", ""] + Self.prose(doc.prefix { !$0.hasPrefix("- Param") })
      // What another way to make it has too is said once.
      let options = Self.options(text, doc + inits(of: declaration).flatMap(\.doc)).filter { shown.insert($0).inserted }
      if !options.isEmpty { lines += [""] + options.flatMap { Self.wrapped($0, 110, indent: "  ") } }
    }
    for doc in calls(of: declaration) { lines += [""] + Self.called(doc) }
    return Self.squeezed(lines).joined(separator: "\n") + "\n"
  }

  private static func called(_ doc: [String]) -> [String] {
    let text = doc.prefix { !$0.hasPrefix("- Param") && !$0.isEmpty }.joined(separator: " ")
    return wrapped("The call: " + (text.hasPrefix("Returns") ? text.prefix(1).lowercased() + text.dropFirst() : text), 110, indent: "")
      + doc.drop { !$0.hasPrefix("- Param") }.filter(isBullet).flatMap {
        wrapped("- `" + $0.drop { " -".contains($0) }.replacing(":", with: "`:", maxReplacements: 1), 110, indent: "  ")
      }
  }

  private static func isBullet(_ line: String) -> Bool { line.hasPrefix("  - ") }

  /// A comment's paragraphs, its indented lines as code.
  private static func prose(_ doc: some Sequence<String>) -> [String] {
    var lines: [String] = [], code: [String] = [], paragraph = ""
    func flush() {
      if !paragraph.isEmpty { lines += wrapped(paragraph, 110, indent: "") }
      paragraph = ""
      if !code.isEmpty { lines += ["```swift"] + code + ["```"] }
      code = []
    }
    for line in doc {
      if line.hasPrefix("    ") {
        if !paragraph.isEmpty {
          flush()
          lines.append("")
        }
        code.append(String(line.dropFirst(4)))
      } else if line.isEmpty {
        flush()
        lines.append("")
      } else if !line.hasPrefix("- ") {
        if !code.isEmpty { flush() }
        paragraph += (paragraph.isEmpty ? "" : " ") + line
      }
    }
    flush()
    return lines
  }

  /// A line for each parameter: its name, type and default, and what it means.
  private static func options(_ text: String, _ doc: [String]) -> [String] {
    var meanings: [String: String] = [:], last: String?
    for line in doc {
      if let match = line.firstMatch(of: /^(?:  - |- Parameter )(\w+): (.*)/) {
        last = String(match.1)
        last = meanings[last!] == nil ? last : nil
        if let last { meanings[last] = String(match.2) }
      } else if let name = last, line.hasPrefix("    ") {
        meanings[name]! += " " + line.drop { $0 == " " }
      }
    }
    return parameters(text).map { parameter in
      let name = parameter.prefix { $0 != ":" }.split(separator: " ").last.map(String.init) ?? ""
      let type = parameter.drop { $0 != ":" }.dropFirst(2)
      let meaning = meanings[name] ?? (type.hasPrefix("[ParameterGroup]") ? "leaves to step, with options of their own." : common[name])
      return "- `\(name)`: `\(type)`" + (meaning.map { " - " + $0 } ?? "")
    }
  }

  private static func parameters(_ text: String) -> [String] {
    var depth = 0, current = "", result: [String] = []
    for character in text.drop(while: { $0 != "(" }).dropFirst().dropLast() {
      if "([{<".contains(character) { depth += 1 }
      if ")]}".contains(character) || character == ">" && !current.hasSuffix("-") { depth -= 1 }
      if depth == 0, character == "," {
        result.append(current.trimmingCharacters(in: .whitespaces))
        current = ""
      } else {
        current.append(character)
      }
    }
    return (result + [current.trimmingCharacters(in: .whitespaces)]).filter { !$0.isEmpty }
  }

  private static func wrapped(_ text: String, _ width: Int, indent: String) -> [String] {
    var lines: [String] = [], line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + word.count + 1 > width {
        lines.append(line)
        line = indent + word
      } else {
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    return lines + [line]
  }

  /// No two empty lines together, and none at the end.
  private static func squeezed(_ lines: [String]) -> [String] {
    var result: [String] = []
    for line in lines where !(line.isEmpty && (result.last?.isEmpty ?? true)) { result.append(line) }
    while result.last?.isEmpty ?? false { result.removeLast() }
    return result
  }
}
