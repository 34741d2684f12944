import Testing

@testable import ChainRuleExplain

struct CurveTests {
  @Test func averageDoesNotStartAtZero() {
    let smooth = Curve.smoothed([(0, 4), (1, 4), (2, .nan), (3, 4)], weight: 0.9)
    #expect(smooth.map(\.y).filter(\.isFinite).allSatisfy { abs($0 - 4) < 1e-12 })
    let two = Curve.smoothed([(0, 1), (1, 3)], weight: 0.5)
    // (0.5 * 0.5 * 1 + 0.5 * 3) / (1 - 0.25)
    #expect(abs(two[1].y - 7.0 / 3) < 1e-12)
  }

  @Test func thinningKeepsExtremesEndsAndGaps() {
    var points = Gallery.noise(50_000, seed: 2).enumerated().map { (x: Double($0.offset), y: $0.element) }
    points[31_234].y = 9
    points[20_000].y = .nan
    let x = Axis(holding: points.map(\.x), scale: .linear), y = Axis(holding: points.map(\.y), scale: .linear)
    let runs = Curve.runs(points, x, y, columns: 500)
    #expect(runs.count == 2)
    #expect(runs.joined().count <= 4 * 501 + 4)
    #expect(runs.joined().contains { abs($0.y - (y.fraction(9) ?? 0)) < 1e-12 })
    #expect(runs[1].last?.x == x.fraction(49_999))
  }
}
