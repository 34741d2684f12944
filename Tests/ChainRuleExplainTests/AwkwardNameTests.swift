import ChainRule
import Foundation
import Testing

@testable import ChainRuleExplain

/// Names may hold anything; what is drawn or written of them stays in its language, and a terminal's controls never come through.
struct AwkwardNameTests {
  static let names = [
    "say \"x\"", "back\\slash", "ends with \\", "two\nlines", "\u{1B}[31mred", "tab\tbed", "zero\u{0}", "<b>&amp;</b>", "a|b", "`code`",
    "x\\N\\G",
    "$100%_{x}^~#", "\u{202E}right to left", "]);}", "\r\n", "--> b", "'single'", "</script>", "한글 이름", "#35;",
  ]

  private func graph(_ name: String) -> GradientGraph {
    let w = Tensor(2.0).named(name).asLeaf(), v = Tensor(3.0).named(name + "2").asLeaf()
    return GradientGraph(parameters: [(name: name + ".w", tensor: v)]) {
      graphGroup(name) { graphGroup(name + "\"") { (w * v + w).named("out " + name) } }
    }
  }

  /// Nothing but printable characters and line ends.
  private func isPlain(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0 == "\n" || ![.control, .format, .lineSeparator].contains($0.properties.generalCategory) }
  }

  @Test(arguments: names) func everyWriterStaysInItsLanguage(name: String) throws {
    let graph = graph(name)
    let texts = [graph.tree(), graph.tree(ascii: true), graph.dot(), graph.mermaid(), try graph.svg(), try graph.html()]
    for text in texts { #expect(isPlain(text), "\(text.debugDescription)") }
    for style in ExplanationStyle.allCases {
      for language in ExplanationLanguage.allCases { #expect(isPlain(graph.explanation(style, language: language))) }
    }
    #expect(WellFormed.problem(in: texts[4]) == nil)
    #expect(dotProblem(texts[2]) == nil, "\(texts[2])")
    // In Mermaid " ends a label, and nothing else may.
    for line in texts[3].split(separator: "\n") { #expect(line.count { $0 == "\"" } % 2 == 0 && !line.contains("`"), "\(line)") }
  }

  /// Whether the text is Graphviz's: strings closed, brackets in pairs outside them. A string may not hold a backslash but before a
  /// character that it escapes.
  private func dotProblem(_ text: String) -> String? {
    var depth: [Character] = [], inString = false, escaped = false
    for character in text {
      if inString {
        if escaped {
          if !"\\\"n".contains(character) { return "\\\(character)" }
          escaped = false
        } else if character == "\\" {
          escaped = true
        } else if character == "\"" {
          inString = false
        } else if character == "\n" {
          return "a line end in a string"
        }
      } else {
        switch character {
        case "\"": inString = true
        case "{", "[": depth.append(character)
        case "}": if depth.popLast() != "{" { return "}" }
        case "]": if depth.popLast() != "[" { return "]" }
        default:
          if !(character.isLetter || character.isNumber || " _=;,\n->.#".contains(character)) { return "\(character) outside a string" }
        }
      }
    }
    return inString ? "an open string" : depth.isEmpty ? nil : "open brackets"
  }

  @Test func whatANameIsShownAs() {
    #expect(graph("two\nlines").nodes.contains { $0.name == "two\\u{a}lines" })
    #expect(graph("say \"x\"").dot().contains(#"label="say \"x\""#))
    #expect(graph("<b>&amp;</b>").dot().contains("<b>&amp;amp;</b>"))
    #expect(graph("back\\slash").dot().contains(#"back\\slash"#))
    #expect(graph("`code`").explanation(.markdown).contains("``"))
  }

  @Test func tablesAndPictures() {
    for name in Self.names {
      let matrix = ConfusionMatrix(labels: [name, "other"], actual: [0, 1], predicted: [0, 0])
      for style in [TextTable.Style.plain, .markdown] {
        let text = matrix.text(style: style)
        #expect(isPlain(text) && text.split(separator: "\n").count == 5, "\(text)")
        if style == .markdown {
          let bars = text.split(separator: "\n").map { $0.replacing("\\|", with: "").count { $0 == "|" } }
          #expect(Set(bars).count == 1, "\(text)")
        }
      }
      #expect(WellFormed.problem(in: matrix.svg()) == nil)
      let chart = LineChart(title: name, xLabel: name, yLabel: name, series: [LineSeries(name, values: [1, 2])])
      #expect(WellFormed.problem(in: chart.svg()) == nil)
    }
  }

  @Test func aChartOfNothingDrawsNoFrame() {
    var chart = LineChart(title: "Training loss", xLabel: "step", series: [LineSeries("loss", values: [.nan, .nan, .nan], smoothing: 0.9)])
    let svg = chart.svg()
    #expect(svg.contains("Nothing to draw: all 3 values are nan.") && !svg.contains("cr-axis\"") && WellFormed.problem(in: svg) == nil)
    #expect(chart.text() == "Training loss\nNothing to draw: all 3 values are nan.\n")
    chart.series = [LineSeries("loss", values: [.infinity])]
    #expect(chart.svg().contains("Nothing to draw: the one value is not finite."))
    chart.series = [LineSeries("loss", values: [.nan, 1])]
    #expect(chart.svg().contains("class=\"cr-axis\""))
    #expect(LineChart(title: "empty").svg().contains("class=\"cr-axis\""))
  }
}
