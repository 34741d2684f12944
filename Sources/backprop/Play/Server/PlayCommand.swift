import ChainRule
import Foundation

/// A command of the page: what it asks for is named by `do`, the rest depends on it.
struct PlayCommand {
  private struct Name: Decodable { let `do`: String }
  private struct Plan: Decodable { let plan: PlayPlan }
  private struct Number: Decodable { let value: Double }
  private struct Count: Decodable { let value: Int }
  private struct Text: Decodable {
    let text: String
    let label: String?
  }

  private struct Place: Decodable {
    let layer: Int
    let row: Int
    let column: Int
  }

  private let body: Data

  init(_ body: Data) { self.body = body }

  /// Does what is asked, and gives what the page is told.
  ///
  /// - Parameters:
  ///   - session: gives the tab's session, for commands that need one: lessons, formulas and drawings do not.
  ///   - digits: the network that drawings are shown to.
  func run(digits: PlayDigits?, _ session: () throws -> PlaySession) throws -> Data {
    switch try PlayJSON.decoded(Name.self, body).do {
    case "setup": break
    case "begin": try session().begin(try PlayJSON.decoded(Plan.self, body).plan)
    case "table":
      let table = try PlayJSON.decoded(Text.self, body)
      try session().use(PlayTable(text: table.text, label: table.label))
    case "run":
      try session().run(epochs: nil)
      return Self.done
    case "epoch":
      try session().run(epochs: 1)
      return Self.done
    case "pause":
      try session().pause()
      return Self.done
    case "step":
      try session().step()
      return Self.done
    case "speed":
      let speed = try PlayJSON.decoded(Number.self, body).value
      guard (0...1000).contains(speed) else { throw PlayError("a speed is from 0 to 1000", "속도는 0부터 1000까지입니다", field: "value") }
      try session().setSpeed(speed)
      return Self.done
    case "go":
      try session().go(toStep: try index())
      return Self.done
    case "sample":
      try session().look(atSample: try index())
      return Self.done
    case "end":
      try session().end()
      return Self.done
    case "graph": return try session().graph()
    case "weight":
      let place = try PlayJSON.decoded(Place.self, body)
      return try session().weight(place.layer, place.row, place.column)
    case "code": return try session().code()
    case "export": return try session().export()
    case "lessons": return PlayLessons.titles()
    case "lesson": return try PlayJSON.decoded(PlayLessons.Request.self, body).answer()
    case "formula": return try PlayJSON.decoded(FormulaRequest.self, body).answer()
    case "derive": return try PlayJSON.decoded(DeriveRequest.self, body).answer()
    case "swell": return try PlayJSON.decoded(SwellRequest.self, body).answer()
    case "digits": return try Self.known(digits).setup()
    case "draw": return try Self.known(digits).answer(try PlayJSON.decoded(PlayDigits.Request.self, body))
    case let name: throw PlayError("there is no command '\(name.prefix(40))'", "'\(name.prefix(40))'라는 명령은 없습니다", field: "do")
    }
    return try session().setup()
  }

  private static let done = Data("{}".utf8)

  private static func known(_ digits: PlayDigits?) throws(PlayError) -> PlayDigits {
    guard let digits else {
      throw PlayError(
        "no network of digits is open: start with backprop play RUN, the folder of a run of backprop train mnist",
        "숫자를 읽는 신경망이 열려 있지 않습니다. backprop train mnist의 실행 폴더를 붙여 backprop play RUN으로 시작하세요")
    }
    return digits
  }

  private func index() throws -> Int {
    let value = try PlayJSON.decoded(Count.self, body).value
    guard (0...1 << 40).contains(value) else { throw PlayError("a number of 0 or more is expected", "0 이상의 정수여야 합니다", field: "value") }
    return value
  }
}
