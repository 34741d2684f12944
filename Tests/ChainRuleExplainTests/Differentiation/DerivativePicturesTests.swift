import ChainRuleSymbolic
import Foundation
import Testing

@testable import ChainRuleExplain

/// The V of the step study, and the curve with its tangent; `CHAINRULE_PICTURES=DIR` writes them there.
struct DerivativePicturesTests {
  private func keep(_ svg: String, _ name: String) throws {
    #expect(WellFormed.problem(in: svg) == nil)
    guard let directory = ProcessInfo.processInfo.environment["CHAINRULE_PICTURES"] else { return }
    try Data(svg.utf8).write(to: URL(fileURLWithPath: directory).appendingPathComponent(name))
  }

  @Test func stepStudyIsAV() throws {
    let study = try StepStudy(of: Formula("sin(x)"), "x", at: ["x": 1])
    let chart = study.chart(title: "d sin(x)/dx at x = 1")
    try keep(chart.svg(), "step-study.svg")
    let curves = ["complex step", "five points", "central", "forward"]
    #expect(zip(chart.series, curves).allSatisfy { $0.name.hasPrefix($1) } && chart.series.count == 4)
    #expect(chart.series.allSatisfy { $0.points.allSatisfy { !($0.y <= 0) } })
    let forward = chart.series[3].points
    let best = try #require(forward.min { $0.y < $1.y })
    // The bottom of the V lies near sqrt(eps), higher on both sides.
    #expect(best.x <= 1e-7 && best.x >= 1e-9)
    #expect(best.y < 1e-7 && forward[0].y > 0.01)
    #expect(forward.contains { $0.x < 1e-13 && $0.y > 1e-4 })
    // Without subtraction there is no rise.
    #expect(chart.series[0].points.filter { $0.x <= 1e-8 }.allSatisfy { $0.y <= 2e-16 })
    #expect(chart.annotations.count == 4)
  }

  /// At a kink: an axis that the errors fill, a word, and both tangents.
  @Test func kinksAreDrawnAsKinks() throws {
    let chart = try StepStudy(of: Formula("relu(x)"), "x", at: ["x": 0]).chart(title: "d relu(x)/dx at x = 0")
    try keep(chart.svg(), "step-kink.svg")
    #expect(chart.xLabel == "step h; there is a kink: the derivative is 0 from the left and 1 from the right")
    #expect(chart.series.allSatisfy { $0.points.allSatisfy { $0.y >= 1e-17 } })
    let cosine = try StepStudy(of: Formula("cos(x)"), "x", at: ["x": 0]).chart(title: "d cos(x)/dx at x = 0")
    #expect(cosine.series.allSatisfy { $0.points.allSatisfy { $0.y >= 1e-30 } })
    let curve = try Formula("relu(x)").tangentChart("x", at: ["x": 0])
    try keep(curve.svg(), "tangent-kink.svg")
    #expect(curve.tangents.map(\.slope) == [0, 1])
    #expect(curve.tangents.map(\.name) == ["slope 0 from the left", "slope 1 from the right"])
  }

  @Test func tangentTouches() throws {
    let chart = try Formula("x^2*sin(x)").tangentChart("x", at: ["x": 2])
    try keep(chart.svg(), "tangent.svg")
    #expect(chart.tangents[0].y == 4 * sin(2.0))
    #expect((chart.tangents[0].slope - 4 * (sin(2.0) + cos(2.0))).magnitude < 1e-14)
    #expect(chart.yRange == nil)
  }

  @Test func polesAndDomainsDoNotSpoilThePicture() throws {
    let pole = try Formula("1/(x - 1)").tangentChart("x", at: ["x": 2])
    try keep(pole.svg(), "tangent-pole.svg")
    #expect(pole.yRange != nil)
    let root = try Formula("sqrt(x)*y").tangentChart("x", at: ["x": 0.5, "y": 2])
    try keep(root.svg(), "tangent-domain.svg")
    #expect(root.series[0].points.contains { $0.y.isNaN })
    #expect(throws: EvaluationError.self) { try Formula("log(x)").tangentChart("x", at: ["x": -1]) }
    #expect(throws: EvaluationError.unboundVariable(name: "t", given: ["x"])) { try Formula("x").tangentChart("t", at: ["x": 1]) }
  }
}
