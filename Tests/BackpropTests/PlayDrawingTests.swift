import ChainRule
import Foundation
import Testing

@testable import backprop

/// Digits drawn by hand, and a network that reads them.
struct PlayDrawingTests {
  private static let two: [[[Double]]] = [
    [[0.3, 0.25], [0.5, 0.18], [0.65, 0.3], [0.4, 0.6], [0.28, 0.8]], [[0.28, 0.8], [0.7, 0.8]],
  ]

  private static func moved(_ strokes: [[[Double]]], by scale: Double, _ shift: Double) -> [[[Double]]] {
    strokes.map { $0.map { $0.map { $0 * scale + shift } } }
  }

  private static func middle(_ drawing: Drawing) -> (x: Double, y: Double) {
    let sum = drawing.ink.reduce(0, +)
    return (
      drawing.ink.indices.reduce(0) { $0 + drawing.ink[$1] * (Double($1 % drawing.columns) + 0.5) } / sum,
      drawing.ink.indices.reduce(0) { $0 + drawing.ink[$1] * (Double($1 / drawing.columns) + 0.5) } / sum
    )
  }

  /// As the images of MNIST are: where and how large something is drawn does not matter.
  @Test func drawingsAreBroughtToOneSizeAndPlace() throws {
    let drawing = try Drawing(Self.two, rows: 28, columns: 28),
      small = try Drawing(Self.moved(Self.two, by: 0.5, 0.4), rows: 28, columns: 28)
    #expect(zip(drawing.ink, small.ink).allSatisfy { ($0 - $1).magnitude < 1e-9 })
    #expect(drawing.ink.allSatisfy { (0...1).contains($0) } && drawing.ink.contains(1))
    let (x, y) = Self.middle(drawing), rows = (0..<28).filter { row in drawing.ink[(row * 28)..<(row * 28 + 28)].contains { $0 > 0 } }
    #expect((x - 14).magnitude < 0.3 && (y - 14).magnitude < 0.3 && (19...22).contains(rows.count))
    // A dot stays one, and a line without width is one.
    let dot = try Drawing([[[0.1, 0.9]]], rows: 28, columns: 28), line = try Drawing([[[0.5, 0.1], [0.5, 0.9]]], rows: 10, columns: 12)
    #expect((3...20).contains(dot.ink.count { $0 > 0 }) && line.ink.count == 120 && line.ink.contains { $0 > 0.5 })
  }

  /// Ink far to one side moves the drawing, but never beyond the edge.
  @Test func nothingIsCutOff() throws {
    let heavy: [[[Double]]] = [[[0, 0], [1, 0], [0, 0.02], [1, 0.03], [0, 0.05], [1, 0.06]], [[0.5, 0], [0.5, 1]]]
    let drawing = try Drawing(heavy, rows: 28, columns: 28)
    let bottom = try #require((0..<28).last { row in drawing.ink[(row * 28)..<(row * 28 + 28)].contains { $0 > 0.3 } })
    #expect(bottom - (0..<28).first { row in drawing.ink[(row * 28)..<(row * 28 + 28)].contains { $0 > 0.3 } }! >= 18)
  }

  @Test func aNetworkReadsThem() async throws {
    struct Answer: Decodable {
      let rows: Int
      let columns: Int
      let image: Data
      let probabilities: [Double]
      let best: Int
      let about: Int
    }
    let folder = try TemporaryFolder()
    try ToyDigits.write(to: folder)
    let run = try Command.run(["train", "mnist", "--data", folder.path, "--epochs", "1", "--out", folder("run")])
    #expect(run.code == 0, "\(run.errors)")
    let replay = try PlayReplay(folder("run"), data: nil, label: nil), digits = try #require(replay.digits)
    let engine = PlayEngine(table: replay.table, plan: replay.plan, stored: replay.stored, digits: digits)
    #expect(engine.views == ["draw", "train", "learn", "formula"] && replay.plan == nil)
    func asked(_ body: String) async throws -> Data {
      switch await engine.answer(Data(body.utf8), tab: "drawdrawdraw") {
      case .success(let json): return json
      case .failure(let error): throw error
      }
    }
    #expect(String(decoding: try await asked("{\"do\":\"digits\"}"), as: UTF8.self).contains("Linear(in_features=100"))
    let body = "{\"do\":\"draw\",\"strokes\":[[[0.1,0.5],[0.9,0.5]]]"
    let answer = try JSONDecoder().decode(Answer.self, from: try await asked(body + "}"))
    #expect(answer.rows == 10 && answer.columns == 10 && answer.image.count == 100 && answer.image.contains { $0 > 200 })
    #expect(answer.probabilities.count == 10 && (answer.probabilities.reduce(0, +) - 1).magnitude < 1e-5)
    #expect(
      answer.best == answer.probabilities.indices.max { answer.probabilities[$0] < answer.probabilities[$1] } && answer.about == answer.best
    )
    #expect(try JSONDecoder().decode(Answer.self, from: try await asked(body + ",\"about\":3}")).about == 3)
    let long = String(repeating: "[0.5,0.5],", count: Drawing.pointLimit) + "[0.5,0.5]"
    for bad in [
      body + ",\"about\":10}", body + ",\"about\":-1}", "{\"do\":\"draw\"}", "{\"do\":\"draw\",\"strokes\":[]}",
      "{\"do\":\"draw\",\"strokes\":[[]]}", "{\"do\":\"draw\",\"strokes\":[[[0.5]]]}", "{\"do\":\"draw\",\"strokes\":[[[1e300,0]]]}",
      "{\"do\":\"draw\",\"strokes\":[[\(long)]]}",
    ] {
      await #expect(throws: PlayError.self, "\(bad.prefix(80))") { _ = try await asked(bad) }
    }
    // Without such a network there is nothing to ask.
    guard case .failure = await PlayEngine(table: nil).answer(Data((body + "}").utf8), tab: "drawdrawdraw") else {
      return #expect(Bool(false))
    }
    #expect(PlayEngine(table: nil).views == ["train", "learn", "formula"])
    // A network of points is none of digits.
    #expect(try Command.run(["train", "--epochs", "1", "--points", "20", "--out", folder("points")]).code == 0)
    #expect(throws: (any Error).self) { _ = try PlayDigits(folder("points")) }
  }
}
