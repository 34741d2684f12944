extension Formula {
  /// The formula for a LaTeX formula environment: `x^{2} \sin\left(x\right) + \frac{\exp\left(-x\right)}{3}`.
  public var latex: String {
    Printer.print(node, parentheses: ("\\left(", "\\right)"), style: Self.latexStyle)
  }

  private static func latexStyle(_ layout: Layout) -> (items: [Printer.Item], binding: Printer.Binding) {
    switch layout {
    case .atom(let text): return ([.text(latexAtom(text))], .atom)
    case .negated(let node): return ([.text("-"), .node(node, .product)], .sum)
    case .sum(let terms):
      var items: [Printer.Item] = []
      for (isNegative, term) in terms {
        items.append(.text(items.isEmpty ? (isNegative ? "-" : "") : isNegative ? " - " : " + "))
        items.append(.node(term, .product))
      }
      return (items, .sum)
    case .product(let factors): return (latexProduct(factors), .product)
    case .quotient(let numerator, let denominator):
      let above: [Printer.Item] = numerator.isEmpty ? [.text("1")] : latexProduct(numerator)
      return ([.text("\\frac{")] + above + [.text("}{")] + latexProduct(denominator) + [.text("}")], .product)
    case .root(let node): return ([.text("\\sqrt{"), .node(node, .sum), .text("}")], .atom)
    case .power(let base, let exponent):
      return ([.node(base, .atom), .text("^{"), .node(exponent, .sum), .text("}")], .power)
    case .call(let function, let arguments):
      let inside = Printer.joined(arguments, .sum, separator: ", ")
      switch function.latex {
      case .command(let command): return ([.text(command + "\\left(")] + inside + [.text("\\right)")], .atom)
      case .name: return ([.text("\\operatorname{\(function.name)}\\left(")] + inside + [.text("\\right)")], .atom)
      case .delimiters(let open, let close): return ([.text(open)] + inside + [.text(close)], .atom)
      }
    }
  }

  /// Factors side by side; a dot where a number would run into the factor before it. A lone factor needs no parentheses in a fraction.
  private static func latexProduct(_ factors: [Node]) -> [Printer.Item] {
    if factors.count == 1 { return [.node(factors[0], .sum)] }
    var items: [Printer.Item] = []
    for (position, factor) in factors.enumerated() {
      if position > 0 { items.append(.text(startsWithNumber(factor) ? " \\cdot " : " ")) }
      items.append(.node(factor, .power))
    }
    return items
  }

  private static func startsWithNumber(_ node: Node) -> Bool {
    node.number != nil || (node.head == .power && node.operands[0].number != nil)
  }

  /// Greek names as commands, trailing digits and what follows an underscore as an index.
  private static func latexAtom(_ text: String) -> String {
    if let first = text.first, first.isNumber {
      guard let mark = text.firstIndex(of: "e") else { return text }
      return "\(text[..<mark]) \\cdot 10^{\(Int(text[text.index(after: mark)...]) ?? 0)}"
    }
    if text == "inf" { return "\\infty" }
    let parts = text.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
    var stem = parts[0]
    var index = parts.count > 1 ? String(parts[1]) : ""
    if parts.count == 1, let digits = stem.firstIndex(where: { $0.isNumber }), digits > stem.startIndex {
      index = String(stem[digits...])
      stem = stem[..<digits]
    }
    let letter = greek.contains(String(stem)) ? "\\\(stem)" : stem.count == 1 ? String(stem) : "\\mathrm{\(stem)}"
    return index.isEmpty ? letter : "\(letter)_{\(index.split(separator: "_").joined(separator: "\\_"))}"
  }

  private static let greek: Set<String> = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma",
    "tau",
    "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
  ]
}
