import ChainRule

/// One public function under its name, with arguments that it takes, each of which can be replaced by nonsense in turn.
struct Call: @unchecked Sendable {
  /// Swift's name of it, with the type it belongs to: `Tensor.roll(_:dim:)`.
  let key: String
  /// Whether it may refuse by ending the process with its sentence: the symbolic module knows no tensors, and so no `catching`.
  let mayTrap: Bool
  private let body: (Choice) throws -> Any
  private let takesTensors: Bool
  private let nonsense: () -> [[String]]

  init(
    _ key: String, mayTrap: Bool, takesTensors: Bool, _ nonsense: @escaping () -> [[String]], _ body: @escaping (Choice) throws -> Any
  ) {
    self.key = key
    self.mayTrap = mayTrap
    self.takesTensors = takesTensors
    self.nonsense = nonsense
    self.body = body
  }

  /// One argument replaced by one piece of nonsense; first none by none: the usual call, which must return.
  struct Case {
    let name: String
    let position: Int
    let value: Int
    var isUsual: Bool { position < 0 }
  }

  /// All of them. They are made when they are asked for: a process that runs one call makes those of one function.
  var cases: [Case] {
    [Case(name: "usual", position: -1, value: -1)]
      + nonsense().enumerated().flatMap { position, names in
        names.enumerated().map { Case(name: "argument \(position): \($1)", position: position, value: $0) }
      }
  }

  /// Runs a case and reads what comes of it; then its gradient, its tangent, and a batch of it.
  func run(_ it: Case) throws {
    read(try body(Choice(it)))
    guard takesTensors else { return }
    // Not everything can be written or read there: it may be refused, the usual call too.
    try? catching {
      let y = tensor(in: try body(Choice(it) { $0.asLeaf() }))
      if let y, y.requiresGrad, y.count < 1 << 20 { y.sum().backward() }
    }
    func product(with one: Tensor) -> Tensor {
      (try? body(Choice(it) { $0 * one.to($0.dtype) })).flatMap { tensor(in: $0) } ?? one
    }
    try? catching { read(jvp(product, Tensor(1.0), Tensor(1.0)).tangent) }
    try? catching { read(vmap(product, randomness: .different)(Tensor([1.0, 1.0]))) }
  }

  /// A result, or the first of several.
  private func tensor(in result: Any) -> Tensor? {
    switch result {
    case let t as Tensor: t
    case let list as [Tensor]: list.first
    case let both as ValuesAndIndices: both.values
    default: nil
    }
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
  var takesTensors = false
  repeat takesTensors = takesTensors || each usual is Tensor || each usual is Tensor? || each usual is [Tensor]
  let kept = (repeat each usual)
  func nonsense() -> [[String]] {
    var names: [[String]] = []
    repeat names.append(nonsenseNames(each kept))
    return names
  }
  return Call(key, mayTrap: mayTrap, takesTensors: takesTensors, nonsense) { choice in try body(repeat choice.pick(each kept)) }
}

private func nonsenseNames<T: Sweepable>(_ usual: T) -> [String] { usual.nonsense.map { $0.name } }

/// Which argument of a call is replaced, by which nonsense, and what becomes of tensors of real numbers. The arguments are picked in
/// their order.
final class Choice {
  private let it: Call.Case
  private let change: ((Tensor) -> Tensor)?
  private var next = 0

  init(_ it: Call.Case, _ change: ((Tensor) -> Tensor)? = nil) {
    self.it = it
    self.change = change
  }

  func pick<T: Sweepable>(_ usual: T) -> T {
    defer { next += 1 }
    let picked = next == it.position ? usual.nonsense[it.value].value : usual
    guard let change else { return picked }
    func changed(_ t: Tensor) -> Tensor { t.dtype.isFloatingPoint ? change(t) : t }
    if let t = picked as? Tensor { return changed(t) as? T ?? picked }
    if let list = picked as? [Tensor] { return list.map(changed) as? T ?? picked }
    return picked
  }
}
