import ChainRule

/// One public function under its name, with arguments that it takes, each of which can be replaced by nonsense in turn.
struct Call: @unchecked Sendable {
  /// Swift's name of it, with the type it belongs to: `Tensor.roll(_:dim:)`.
  let key: String
  /// The names of the cases: first the usual call, which must return.
  let cases: [String]
  /// Whether it may refuse by ending the process with its sentence: the symbolic module knows no tensors, and so no `catching`.
  let mayTrap: Bool
  private let body: (_ position: Int, _ value: Int) throws -> Any
  private let places: [(position: Int, value: Int)]

  init(
    _ key: String, mayTrap: Bool, _ nonsense: [[String]], _ body: @escaping (_ position: Int, _ value: Int) throws -> Any
  ) {
    self.key = key
    self.mayTrap = mayTrap
    self.body = body
    var cases = ["usual"], places = [(-1, -1)]
    for (position, names) in nonsense.enumerated() {
      for (value, name) in names.enumerated() {
        cases.append("argument \(position): \(name)")
        places.append((position, value))
      }
    }
    self.cases = cases
    self.places = places
  }

  /// Runs case `i`, and reads what comes of it.
  func run(_ i: Int) throws {
    let (position, value) = places[i]
    read(try body(position, value))
  }

  private func read(_ result: Any) {
    switch result {
    case let t as Tensor: if t.count < 1 << 20 { _ = t.description + "\(t.array(of: Double.self).count)" }
    case let list as [Tensor]: list.prefix(100).forEach { read($0) }
    case let both as ValuesAndIndices:
      read(both.values)
      read(both.indices)
    default: break
    }
  }
}

/// A row of the table: the function's name, arguments that are fine, and the call.
func call<each A: Sweepable, R>(
  _ key: String, _ usual: repeat each A, mayTrap: Bool = false, _ body: @escaping (repeat each A) throws -> R
) -> Call {
  var names: [[String]] = []
  repeat names.append(nonsenseNames(each usual))
  let kept = (repeat each usual)
  return Call(key, mayTrap: mayTrap, names) { position, value in
    let choice = Choice(position: position, value: value)
    return try body(repeat choice.pick(each kept))
  }
}

private func nonsenseNames<T: Sweepable>(_ usual: T) -> [String] { usual.nonsense.map { $0.name } }

/// Which argument of a call is replaced, by which nonsense. The arguments are picked in their order.
private final class Choice {
  private let position: Int
  private let value: Int
  private var next = 0

  init(position: Int, value: Int) {
    self.position = position
    self.value = value
  }

  func pick<T: Sweepable>(_ usual: T) -> T {
    defer { next += 1 }
    return next == position ? usual.nonsense[value].value : usual
  }
}
