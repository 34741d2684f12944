/// Writes layouts from an explicit stack, so that depth costs memory only.
///
/// A formula whose tree would fill memory (a shared part prints once per use) is cut after `limit` characters, with an ellipsis.
struct Printer {
  enum Item {
    case text(String)
    /// A node, in parentheses where it binds less than asked for.
    case node(Node, Binding)
  }

  /// How tightly an expression holds together.
  enum Binding: Int, Comparable {
    case sum, product, power, atom
    static func < (left: Binding, right: Binding) -> Bool { left.rawValue < right.rawValue }
  }

  static let limit = 4_000_000

  /// The items of a laid-out node and how tightly they bind.
  typealias Style = (Layout) -> (items: [Item], binding: Binding)

  static func print(_ root: Node, parentheses: (open: String, close: String), style: Style) -> String {
    var output = ""
    var stack: [Item] = [.node(root, .sum)]
    while let item = stack.popLast() {
      switch item {
      case .text(let text): output += text
      case .node(let node, let required):
        let (items, binding) = style(Layout(node))
        if binding < required { stack.append(.text(parentheses.close)) }
        stack.append(contentsOf: items.reversed())
        if binding < required { stack.append(.text(parentheses.open)) }
      }
      if output.utf8.count > limit { return output + "..." }
    }
    return output
  }

  static func joined(_ nodes: [Node], _ binding: Binding, separator: String) -> [Item] {
    var items: [Item] = []
    for node in nodes {
      if !items.isEmpty { items.append(.text(separator)) }
      items.append(.node(node, binding))
    }
    return items
  }
}

extension Formula: CustomStringConvertible {
  /// The formula as text that `Formula(_:)` reads back: `x^2*sin(x) + exp(-x)/3`.
  public var description: String { Printer.print(node, parentheses: ("(", ")"), style: Self.plain) }

  private static func plain(_ layout: Layout) -> (items: [Printer.Item], binding: Printer.Binding) {
    switch layout {
    case .atom(let text): return ([.text(text)], .atom)
    case .negated(let node): return ([.text("-"), .node(node, .product)], .sum)
    case .sum(let terms):
      var items: [Printer.Item] = []
      for (isNegative, term) in terms {
        items.append(.text(items.isEmpty ? (isNegative ? "-" : "") : isNegative ? " - " : " + "))
        items.append(.node(term, .product))
      }
      return (items, .sum)
    case .product(let factors): return (Printer.joined(factors, .power, separator: "*"), .product)
    case .quotient(let numerator, let denominator):
      let above: [Printer.Item] = numerator.isEmpty ? [.text("1")] : Printer.joined(numerator, .power, separator: "*")
      let below = Printer.joined(denominator, .power, separator: "*")
      let bar: [Printer.Item] = denominator.count > 1 ? [.text("/(")] + below + [.text(")")] : [.text("/")] + below
      return (above + bar, .product)
    case .root(let node): return ([.text("sqrt("), .node(node, .sum), .text(")")], .atom)
    case .power(let base, let exponent): return ([.node(base, .atom), .text("^"), .node(exponent, .atom)], .power)
    case .call(let function, let arguments):
      return ([.text(function.name + "(")] + Printer.joined(arguments, .sum, separator: ", ") + [.text(")")], .atom)
    }
  }
}
