import ArgumentParser
import ChainRuleExplain

/// Draws the computation of a formula with values, gradients and local derivatives.
struct Graph: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Draw a formula's computation: values, gradients, and the chain rule's factor on every edge.",
      "식의 계산을 값과 기울기, 간선마다의 연쇄 법칙 인수와 함께 그립니다."),
    usage: "backprop graph \"relu(w*x+b)\" --at w=2,x=3,b=-1 [--data y=1] [--svg FILE] [--html FILE] [--dot FILE] [--mermaid FILE]",
    discussion: spoken(
      """
      Without a file a tree of text is printed. A file named - is the standard output. The formula - is read from the standard input.
      Parts of a formula may have names: backprop graph "s = w*x + b; relu(s)" --at w=2,x=3,b=-1
      """,
      """
      파일을 주지 않으면 글로 된 트리를 씁니다. 파일 이름 -는 표준 출력이고, 식 -는 표준 입력에서 읽습니다.
      식의 부분에 이름을 붙일 수 있습니다: backprop graph "s = w*x + b; relu(s)" --at w=2,x=3,b=-1
      """))

  // A formula may begin with a minus, so what looks like an unknown option is part of it.
  @Argument(parsing: .allUnrecognized, help: ArgumentHelp("The formula: relu(w*x+b).", "식: relu(w*x+b)."))
  var formula: [String] = []

  @Option(help: ArgumentHelp("The point: a value for each variable, as in w=2,x=3,b=-1.", "점: 변수마다의 값. 예: w=2,x=3,b=-1."))
  var at = ""

  @Option(help: ArgumentHelp("Variables that are data, y or y=2: no gradient is asked for them.", "데이터인 변수. 예: y 또는 y=2. 기울기를 구하지 않습니다."))
  var data: String?

  @Option(help: ArgumentHelp("Draw a picture.", "그림을 그립니다."))
  var svg: String?

  @Option(help: ArgumentHelp("Write a page to step through forward and backward.", "순전파와 역전파를 한 단계씩 따라가 보는 페이지를 씁니다."))
  var html: String?

  @Option(help: ArgumentHelp("Write Graphviz's language.", "Graphviz의 언어로 씁니다."))
  var dot: String?

  @Option(help: ArgumentHelp("Write Mermaid's language, for Markdown.", "마크다운에 넣을 Mermaid의 언어로 씁니다."))
  var mermaid: String?

  @Flag(help: ArgumentHelp("Draw from top to bottom.", "위에서 아래로 그립니다."))
  var down = false

  @OptionGroup var speech: LanguageOptions

  func run() throws {
    let given = try FormulaAtPoint(formula, at, data: data, command: "graph"), graph = try given.graph()
    let outputs = [svg, html, dot, mermaid].compactMap { $0 }
    if outputs.isEmpty { print(graph.tree(ascii: !Terminal.output.usesUnicode, language: speech.language), terminator: "") }
    let direction: LayoutOptions.Direction = down ? .down : .right
    if let svg { try write(graph.svg(direction: direction), to: svg) }
    if let html {
      try write(
        graph.html(direction: direction, title: given.text.text, language: speech.korean || speech.english ? speech.language : nil),
        to: html)
    }
    if let dot { try write(graph.dot(direction: direction), to: dot) }
    if let mermaid { try write(graph.mermaid(direction: direction), to: mermaid) }
  }

  private func write(_ text: String, to path: String) throws {
    if path == "-" { return print(text, terminator: "") }
    try writeFile(text, to: path)
    print(writtenText(path))
  }
}
