/// How an explanation is written.
public enum ExplanationStyle: String, Sendable, CaseIterable {
  /// Plain text.
  case text
  /// Markdown with a table.
  case markdown
  /// LaTeX with aligned equations.
  case latex
}

extension GradientGraph {
  /// Beyond this many paths to a leaf the product over each is not written out.
  private static let pathLimit = 8

  /// The forward and the backward pass in sentences, then for every leaf the sum over its paths.
  ///
  /// ```
  /// dL/dw = ∂L/∂v2 * ∂v2/∂v1 * ∂v1/∂w = 2 * 1 * 3 = 6
  /// ```
  /// `dL/dv` is the whole derivative, over every path from v to the result; `∂v/∂u` the local one, of v alone with its other inputs
  /// held. Numbers have six digits; `≈` leads to one that has more. What is used several times, as in x*x, has a number for each use: `∂v/∂x(1)`, and `dL/dx = dL/dx(1) + dL/dx(2)`.
  /// - Parameters:
  ///   - style: text, Markdown or LaTeX.
  ///   - language: that of the sentences.
  ///   - ascii: whether plain text writes `diff(v, u)` for ∂v/∂u, and `~=` for ≈.
  public func explanation(
    _ style: ExplanationStyle = .text, language: ExplanationLanguage = .english, ascii: Bool = false
  ) -> String {
    let text = explained(style, language)
    return ascii && style == .text ? Self.withoutSigns(text) : text
  }

  /// The text with `diff(v, u)` for ∂v/∂u and `~=` for ≈.
  static func withoutSigns(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word in
      if word == "≈" { return "~=" }
      let parts = word.split(separator: "/∂", maxSplits: 1)
      guard word.hasPrefix("∂"), parts.count == 2 else { return String(word) }
      // A line ends within the word.
      let end = parts[1].firstIndex(where: \.isNewline) ?? parts[1].endIndex
      return "diff(\(parts[0].dropFirst()), \(parts[1][..<end]))\(parts[1][end...])"
    }.joined(separator: " ")
  }

  private func explained(_ style: ExplanationStyle, _ language: ExplanationLanguage) -> String {
    let steps = steps
    let titles = [Phrase("Forward", "순전파"), Phrase("Backward", "역전파"), Phrase("Along the paths", "경로별로")].map { $0(language) }
    let lines = { (direction: Step.Direction) in
      steps.filter { $0.direction == direction }.flatMap { step in
        step.words(language).split(separator: "\n").map(String.init)
      }
    }
    let leaves = nodes.indices.filter { nodes[$0].kind == .leaf && nodes[$0].gradient != nil }
    let sections = [lines(.forward), lines(.backward), leaves.flatMap { pathLines(to: $0, language) }]
    var text = ""
    for (title, lines) in zip(titles, sections) where !lines.isEmpty {
      switch style {
      case .text: text += "\(title)\n" + lines.map { "  \($0)\n" }.joined() + "\n"
      case .markdown:
        text += "### \(title)\n\n" + lines.map { isEquation($0) ? "- \(Self.code($0))\n" : "  \(Self.plain($0))\n" }.joined() + "\n"
      case .latex: text += "\\paragraph{\(title)}\n" + aligned(lines) + "\n"
      }
    }
    return text.hasSuffix("\n\n") ? String(text.dropLast()) : text
  }

  /// The text as code of Markdown: between more backticks than stand in it side by side.
  private static func code(_ text: String) -> String {
    guard text.contains("`") else { return "`\(text)`" }
    let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: longest + 1)
    return "\(fence) \(text) \(fence)"
  }

  /// The text of a sentence, in which a name may hold what Markdown or HTML would read as its own.
  private static func plain(_ text: String) -> String { text.map { "\\`<>|[]#".contains($0) ? "\\\($0)" : "\($0)" }.joined() }

  private func isEquation(_ line: String) -> Bool { line.contains(" = ") || line.contains(" ≈ ") }

  /// The product of factors along each path from the result to a leaf, and their sum.
  private func pathLines(to leaf: Int, _ language: ExplanationLanguage) -> [String] {
    guard leaf != root, let paths = paths(to: leaf), !paths.isEmpty else { return [] }
    let root = nodes[root].symbol, name = nodes[leaf].name
    let number = { (edge: Int) -> String in edges[edge].local.text }
    if paths.contains(where: { $0.contains { edges[$0].local.text.isEmpty } }) { return [] }
    let symbols = paths.map { path in path.map(factorName).joined(separator: " * ") }
    let numbers = paths.map { path in Self.product(path.map(number)) }
    let total = gradientText(of: leaf), isExact = paths.allSatisfy { $0.allSatisfy { edges[$0].local.isExact } }
    let equals = Self.equals(isExact && Self.areExact(nodes[leaf].gradient))
    var line = "d\(root)/d\(name) = \(symbols.joined(separator: " + "))"
    if paths.allSatisfy({ $0.allSatisfy { if case .number = edges[$0].local { true } else { false } } }) {
      let product = Self.sum(numbers)
      if product != total { line += Self.equals(isExact) + product }
      line += equals + total
    } else {
      line += Phrase(", as Jacobians;", ", 야코비 행렬로;")(language) + equals + total
    }
    return [line]
  }

  /// The edges of every path from the result to a leaf, or nil where there are too many.
  private func paths(to leaf: Int) -> [[Int]]? {
    // The number of paths from each node up to the result, by time; saturating, since it can grow exponentially.
    var counts = [Int](repeating: 0, count: nodes.count)
    counts[root] = 1
    for id in nodes.indices.reversed() where id != root {
      for edge in nodes[id].outputs where carries(edge) { counts[id] = min(counts[id] + counts[edges[edge].to], Self.pathLimit + 1) }
    }
    guard counts[leaf] <= Self.pathLimit else { return nil }
    var found: [[Int]] = [], stack: [(node: Int, path: [Int])] = [(leaf, [])]
    while let (node, path) = stack.popLast() {
      if node == root {
        found.append(path.reversed())
        continue
      }
      for edge in nodes[node].outputs.reversed() where carries(edge) && counts[edges[edge].to] > 0 {
        stack.append((edges[edge].to, path + [edge]))
      }
    }
    return found
  }

  private func aligned(_ lines: [String]) -> String {
    let equations = lines.filter(isEquation).map { line in
      let sign = line.contains(" = ") ? (text: " = ", latex: "=") : (text: " ≈ ", latex: "\\approx")
      let parts = line.split(separator: sign.text, maxSplits: 1).map { LaTeXText.of(String($0)) }
      return "  \(parts[0]) &\(sign.latex) \(parts.count > 1 ? parts[1] : "")"
    }
    return "\\begin{align*}\n" + equations.joined(separator: " \\\\\n") + "\n\\end{align*}\n"
  }
}
