import ChainRule
import ChainRuleExplain
import ChainRuleSymbolic
import Foundation

/// A formula at a point, as the page asks about it.
struct FormulaAsked {
  private static let lengthLimit = 500

  let sequence: FormulaSequence
  let text: String
  let point: [String: Double]
  let data: Set<String>

  /// - Parameter point: values for some of the variables; the others are 1.
  init(_ text: String, _ point: [String: Double], _ data: [String]) throws {
    guard text.count <= Self.lengthLimit else {
      throw PlayError("a formula has at most \(Self.lengthLimit) characters here", "여기서 쓸 수 있는 식은 \(Self.lengthLimit)자까지입니다", field: "text")
    }
    self.text = text
    do { sequence = try FormulaSequence(text) } catch { throw PlayError(error) }
    let variables = sequence.variables
    self.point = Dictionary(uniqueKeysWithValues: variables.map { ($0, point[$0] ?? 1) })
    self.data = Set(data).intersection(variables)
    let unknown = sequence.formula.unknownFunctions
    if let name = unknown.first {
      throw PlayError("\(name) is known by its name only: it has no value", "\(name)은 이름만 알려진 함수라 값이 없습니다", field: "text")
    }
  }

  /// What the result can be differentiated for: the variables, and the parts with names.
  var targets: [String] {
    sequence.variables.filter { !data.contains($0) } + sequence.steps.dropLast().compactMap(\.name)
  }

  /// The result as a formula in which `name` is a variable, and the point with its value there: a variable, a named part, or a node without a
  /// name of its own, called as in the graph.
  func formula(in name: String) throws -> (formula: Formula, point: [String: Double]) {
    guard targets.contains(name) else {
      guard !data.contains(name), let found = try sequence.formula(inNode: name, at: point, data: data) else {
        throw PlayError("'\(name.prefix(40))' is no variable and no node", "'\(name.prefix(40))'은(는) 변수도 노드도 아닙니다", field: "target")
      }
      return (found.formula, point.merging([name: found.value]) { $1 })
    }
    var known: [String: Formula] = [:], values = point, result = sequence.steps[0].formula
    for step in sequence.steps {
      result = step.formula.substituting(known)
      guard let own = step.name else { continue }
      values[own] = try step.formula.evaluate(values)
      // What it is made of no longer matters.
      if own != name { known[own] = result }
    }
    let used = Set(result.variables)
    return (result, values.filter { used.contains($0.key) || $0.key == name })
  }
}

extension PlayError {
  /// A fault of a formula, with the place of the caret.
  init(_ error: ParseError) {
    self.init(error.message, Told.sentence(error.message), field: "text")
    let lines = error.description.split(separator: "\n", omittingEmptySubsequences: false)
    if let caret = lines.last, lines.count > 2 { place = (error.source, max(0, caret.count - 3)) }
  }
}

/// The graph of a formula.
struct FormulaRequest: Decodable {
  /// More nodes than this are not drawn here.
  private static let nodeLimit = 200

  let text: String
  let point: [String: Double]
  let data: [String]

  private struct Variable: Encodable {
    let name: String
    let value: Double
    let data: Bool
  }

  private struct Answer: Encodable {
    let variables: [Variable]
    let targets: [String]
    let result: String
    let graph: GraphPicture?
  }

  func answer() throws -> Data {
    let asked = try FormulaAsked(text, point, data)
    try check(asked)
    let graph = try asked.sequence.gradientGraph(at: asked.point, data: asked.data)
    guard graph.nodes.count <= Self.nodeLimit else {
      throw PlayError(
        "the formula has \(graph.nodes.count) nodes; \(Self.nodeLimit) are drawn here",
        "식의 노드가 \(graph.nodes.count)개입니다. 여기서는 \(Self.nodeLimit)개까지 그립니다", field: "text")
    }
    var picture = try graph.picture()
    let unnamed = graph.nodes.indices.filter { graph.nodes[$0].kind == .result && graph.nodes[$0].requiresGrad && $0 != graph.root }
    let known = asked.targets, targets = known + unnamed.map { graph.nodes[$0].name }.filter { !known.contains($0) }
    for id in picture.nodes.indices where targets.contains(picture.nodes[id].title) { picture.nodes[id].target = picture.nodes[id].title }
    let gradients = graph.nodes.filter { $0.kind == .leaf }.compactMap { node in
      node.gradient.map { "d\(graph.nodes[graph.root].name)/d\(node.name) = \(TensorSummary($0).short)" }
    }
    let value = graph.nodes[graph.root].value.map { TensorSummary($0).short } ?? ""
    return PlayJSON.encoded(
      Answer(
        variables: asked.sequence.variables.map { Variable(name: $0, value: asked.point[$0] ?? 1, data: asked.data.contains($0)) },
        targets: targets, result: (["\(graph.nodes[graph.root].name) = \(value)"] + gradients).joined(separator: " · "), graph: picture))
  }
}

extension FormulaRequest {
  /// Refuses a point outside the formula's domain.
  private func check(_ asked: FormulaAsked) throws(PlayError) {
    let value = Result { () throws(EvaluationError) in try asked.sequence.evaluate(asked.point) }
    guard case .failure(let error) = value else { return }
    if let located = error.located(in: text) { throw PlayError(located) }
    throw PlayError(Told.text(error, .english), Told.text(error, .korean), field: "point")
  }
}

/// A derivative in every way the library knows.
struct DeriveRequest: Decodable {
  /// Longer formulas would keep the other tabs waiting.
  private static let partLimit = 600.0
  /// A derivative of more operations is not written out.
  private static let writtenOperations = 2000

  let text: String
  let point: [String: Double]
  let data: [String]
  let target: String

  private struct Row: Encodable {
    let method: PlayText
    let derivative: String
    let error: String
    let cost: PlayText
  }

  private struct Curve: Encodable {
    let name: String
    let label: PlayText
    let points: [[Double]]
  }

  private struct Answer: Encodable {
    let derivative: String
    let rows: [Row]
    let curves: [Curve]
    let remark: PlayText?
  }

  func answer() throws -> Data {
    let asked = try FormulaAsked(text, point, data)
    let (formula, point) = try asked.formula(in: target)
    // Named parts that build on one another are few to hold and any number to write out.
    let parts = formula.fold(constant: { _ in 1.0 }, variable: { _ in 1.0 }, apply: { _, sizes in 1 + sizes.reduce(0, +) })
    guard parts <= Self.partLimit else {
      throw PlayError(
        "written out, the formula has \(NumberText.significant(parts, digits: 2)) parts; up to \(Int(Self.partLimit)) are differentiated here",
        "식을 풀어 쓰면 부분이 \(NumberText.significant(parts, digits: 2))개입니다. 여기서는 \(Int(Self.partLimit))개까지 미분합니다", field: "text")
    }
    let report = try compareDerivatives(of: formula, at: point, withRespectTo: [target], measuringTimes: false)
    let rows = report.rows.map { row in
      Row(
        method: PlayText(row.method.title(.english), row.method.title(.korean)),
        derivative: row.derivative.map { $0.isNaN ? "NaN" : "\($0)" } ?? "–",
        error: row.error.map { NumberText.significant($0, digits: 2) } ?? "–",
        cost: PlayText(row.cost?.text(.english) ?? row.failure ?? "", row.cost?.text(.korean) ?? row.failure.map(Told.sentence) ?? ""))
    }
    let operations = report.derivatives[0].operationCount, remarks = report.rows.compactMap(\.remarks).first
    let written = operations <= Self.writtenOperations ? "\(report.derivatives[0])" : "… (\(NumberText.count(operations)))"
    return PlayJSON.encoded(
      Answer(
        derivative: "d/d\(target) = \(written.count > 300 ? "\(written.prefix(300))…" : written)", rows: rows,
        curves: curves(formula, point),
        remark: remarks.map(PlayText.init)))
  }

  /// The errors of difference formulas over their steps; none where the function has no derivative to compare with.
  private func curves(_ formula: Formula, _ point: [String: Double]) -> [Curve] {
    guard
      let study = (try? StepStudy(of: formula, target, at: point))
        ?? (try? StepStudy(of: formula, target, at: point, methods: [.forward, .central, .fivePoint]))
    else { return [] }
    // The chart knows where an error of 0 is drawn; its series come from the best method to the simplest.
    return zip(study.curves, study.chart(title: "").series.reversed()).map { curve, series in
      let best =
        curve.best.map { " (\(NumberText.significant($0.error, digits: 2)), h = \(NumberText.significant($0.step, digits: 2)))" } ?? ""
      return Curve(
        name: curve.method.title, label: PlayText(curve.method.title(.english) + best, curve.method.title(.korean) + best),
        points: series.points.map { [$0.x, $0.y] })
    }
  }
}

/// How formulas of derivatives grow.
struct SwellRequest: Decodable {
  let kind: String
  let count: Int

  private struct Size: Encodable {
    let n: Int
    let symbolic: Int
    let shared: Int
    let recorded: Int
    let backward: Int
  }

  private struct Answer: Encodable { let sizes: [Size] }

  func answer() throws -> Data {
    guard (1...20).contains(count) else { throw PlayError("n goes from 1 to 20", "n은 1부터 20까지입니다", field: "count") }
    let isProduct = kind == "product"
    let sizes = (1...(isProduct ? count : min(count, 12))).map { n in
      let swell = isProduct ? ExpressionSwell.product(factors: n) : .logisticMap(iterations: n)
      let recorded = isProduct ? RecordedSize.product(factors: n) : .logisticMap(iterations: n)
      return Size(n: n, symbolic: swell.derivative, shared: swell.shared, recorded: recorded.nodes, backward: recorded.backward)
    }
    return PlayJSON.encoded(Answer(sizes: sizes))
  }
}
