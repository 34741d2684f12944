import ArgumentParser
import ChainRuleExplain

/// Draws the computation of a formula with values, gradients and local derivatives.
struct Graph: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw a formula's computation: values, gradients, and the chain rule's factor on every edge.",
    usage: "backprop graph \"relu(w*x+b)\" --at w=2,x=3,b=-1 [--data y=1] [--svg FILE] [--html FILE] [--dot FILE] [--mermaid FILE]",
    discussion: """
      Without a file a tree of text is printed. A file named - is the standard output. The formula - is read from the standard input.
      Parts of a formula may have names: backprop graph "s = w*x + b; relu(s)" --at w=2,x=3,b=-1
      """)

  // A formula may begin with a minus, so what looks like an unknown option is part of it.
  @Argument(parsing: .allUnrecognized, help: "The formula: relu(w*x+b).")
  var formula: [String] = []

  @Option(help: "The point: a value for each variable, as in w=2,x=3,b=-1.")
  var at = ""

  @Option(help: "Values of variables that are data, as in y=2: no gradient is asked for them.")
  var data: String?

  @Option(help: "Draw a picture.")
  var svg: String?

  @Option(help: "Write a page to step through forward and backward.")
  var html: String?

  @Option(help: "Write Graphviz's language.")
  var dot: String?

  @Option(help: "Write Mermaid's language, for Markdown.")
  var mermaid: String?

  @Flag(help: "Draw from top to bottom.")
  var down = false

  func run() throws {
    let given = try FormulaAtPoint(formula, at, data: data, command: "graph"), graph = try given.graph()
    let outputs = [svg, html, dot, mermaid].compactMap { $0 }
    if outputs.isEmpty { print(graph.tree(ascii: !Terminal.output.usesUnicode), terminator: "") }
    let direction: LayoutOptions.Direction = down ? .down : .right
    if let svg { try write(graph.svg(direction: direction), to: svg) }
    if let html { try write(graph.html(direction: direction, title: given.text.text), to: html) }
    if let dot { try write(graph.dot(direction: direction), to: dot) }
    if let mermaid { try write(graph.mermaid(direction: direction), to: mermaid) }
  }

  private func write(_ text: String, to path: String) throws {
    if path == "-" { return print(text, terminator: "") }
    try writeFile(text, to: path)
    print("wrote \(path)")
  }
}
