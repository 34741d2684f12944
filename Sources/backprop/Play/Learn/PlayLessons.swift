import ChainRule
import ChainRuleExplain
import Foundation

/// The lessons of the tour, as the page shows them.
enum PlayLessons {
  /// A formula with which to go through a lesson step by step; its variables have the names of the lesson's numbers, or 1.
  private static let formulas: [(text: String, data: [String])] = [
    ("y = x1 + 2; z = y*y*2; z/3", []), ("w1 = x1*x2; w2 = x2*x3; w3 = x3*x1; 0.1*w1 + w2 + 0.001*w3", []),
    ("y = x + 1; z = 2*y^2; z/4", []),
    ("yhat = x*w; s = yhat - y; s^2", ["x", "y"]), ("yhat = x*w; s = yhat - y; s^2", ["x", "y"]), ("u = x^2; u - 2*y", []),
    ("w1*x1 + w2*x2 + b", []), ("z = w*x + b; p = sigmoid(z); -(y*log(p) + (1 - y)*log(1 - p))", ["x", "y"]),
    ("u = x^2; v = sin(x); u*v", []),
    ("relu(x)", []), ("s = w*x - y; s^2", ["x", "y"]),
  ]
  /// Numbers that a lesson has no name for.
  private static let others = ["loop": ["x": 1.0, "y": 2], "product": ["x": 2.0]]

  private struct Titles: Encodable { let lessons: [PlayText] }

  static func titles() -> Data { PlayJSON.encoded(Titles(lessons: Tour.lessons.map { PlayText($0.title) })) }

  private struct Block: Encodable {
    let kind: String
    let text: String
    var python: String?
    var peer: String?
  }

  private struct Number: Encodable {
    let name: String
    let value: Double
  }

  private struct Start: Encodable {
    let text: String
    let point: [String: Double]
    let data: [String]
  }

  private struct Answer: Encodable {
    let numbers: [Number]
    let blocks: [Block]
    let formula: Start?
  }

  /// A lesson with some of its numbers changed.
  struct Request: Decodable {
    let number: Int
    let language: String
    let numbers: [String: Double]

    func answer() throws -> Data {
      guard Tour.lessons.indices.contains(number - 1) else {
        throw PlayError("there are lessons 1 to \(Tour.lessons.count)", "예제는 1번부터 \(Tour.lessons.count)번까지 있습니다", field: "number")
      }
      guard numbers.values.allSatisfy({ $0.magnitude <= 1e9 }) else {
        throw PlayError("a number is at most 1e9 here", "여기서 쓸 수 있는 수는 1e9까지입니다", field: "numbers")
      }
      let page = try Tour.lessons[number - 1].page(in: language == "ko" ? .korean : .english, changing: numbers)
      let formula = PlayLessons.formulas[number - 1]
      var point: [String: Double] =
        number == 5 ? PlayLessons.others["loop"] ?? [:] : number == 9 ? PlayLessons.others["product"] ?? [:] : [:]
      for (name, value) in page.numbers { point[name] = value }
      return PlayJSON.encoded(
        Answer(
          numbers: page.numbers.map { Number(name: $0.name, value: $0.value) }, blocks: PlayLessons.blocks(page.parts),
          formula: Start(text: formula.text, point: point, data: formula.data)))
    }
  }

  /// The parts without the title, outputs that follow one another as one.
  private static func blocks(_ parts: [Page.Part]) -> [Block] {
    var blocks: [Block] = []
    for part in parts {
      switch part {
      case .heading, .gap: continue
      case .code(let swift, let python, let peer): blocks.append(Block(kind: "code", text: swift, python: python, peer: peer))
      case .output(let output):
        if let last = blocks.last, last.kind == "show" {
          blocks[blocks.count - 1] = Block(kind: "show", text: last.text + "\n" + output)
        } else {
          blocks.append(Block(kind: "show", text: output))
        }
      case .note(let text): blocks.append(Block(kind: "note", text: text))
      case .sentence(let text): blocks.append(Block(kind: "say", text: text))
      case .commands(let commands):
        blocks.append(Block(kind: "commands", text: commands.map { "backprop \($0)" }.joined(separator: "\n")))
      }
    }
    return blocks
  }
}
