import ChainRuleExplain
import ChainRuleSymbolic
import Foundation

/// The formula on a command line, whose words need no quotes; the one word - stands for the standard input.
struct FormulaText {
  /// The commands that take one.
  static let commands = ["graph", "explain", "derive", "integrate"]

  let text: String

  /// - Parameter example: a whole command, for whom a formula is missing.
  init(_ words: [String], example: String) throws {
    if let option = words.first(where: { $0.hasPrefix("--") }) { throw OptionError("unknown option '\(option)'", "'\(option)' 옵션은 없습니다") }
    guard !words.isEmpty else { throw OptionError("a formula is missing: \(example)", "식이 빠졌습니다. 예: \(example)") }
    guard words == ["-"] else {
      text = words.joined(separator: " ")
      return
    }
    let input = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
    text = input.hasSuffix("\n") ? String(input.dropLast()) : input
  }

  /// What the work on the formula gives; an error that has a place in the text is thrown with a caret under it.
  func locating<Answer>(_ work: () throws -> Answer) throws -> Answer {
    do { return try work() } catch let error as EvaluationError { throw error.located(in: text) ?? error }
  }

  /// The arguments with the words of a formula that follow the command's name as one: the parser of options would take a time quadratic
  /// in their number.
  static func joiningWords(_ arguments: [String]) -> [String] {
    guard let command = arguments.first, commands.contains(command) else { return arguments }
    let words = arguments.dropFirst().prefix { !$0.hasPrefix("--") && $0 != "-h" }
    return words.count < 2 ? arguments : [command, words.joined(separator: " ")] + arguments.dropFirst(words.count + 1)
  }
}

/// What `graph`, `explain` and `derive` are given: formulas that may build on one another, and a point.
struct FormulaAtPoint {
  let text: FormulaText
  private let formulas: FormulaSequence
  let point: [String: Double]
  private let data: Set<String>

  /// The variables to differentiate for: all that are no data.
  var variables: [String] { point.keys.filter { !data.contains($0) }.sorted() }

  init(_ words: [String], _ at: String, data: String?, command: String) throws {
    try self.init(FormulaText(words, example: "backprop \(command) \"relu(w*x+b)\" --at w=2,x=3,b=-1"), at, data: data)
  }

  init(_ text: FormulaText, _ at: String, data: String?) throws {
    self.text = text
    formulas = try FormulaSequence(text.text)
    (point, self.data) = try PointText.values(at, data: data, of: formulas.variables)
    if let name = formulas.steps.compactMap(\.name).first(where: { point[$0] != nil }) {
      throw OptionError("--at: '\(name)' is defined by the formula", "--at: '\(name)'은(는) 식에서 정의한 이름입니다")
    }
  }

  /// One formula of the result, in which what the earlier ones name is written out.
  var formula: Formula { formulas.formula }

  /// The graph; none outside a function's domain, where it would be one of NaN.
  func graph() throws -> GradientGraph {
    try text.locating {
      _ = try formulas.evaluate(point)
      return try formulas.gradientGraph(at: point, data: data)
    }
  }
}
