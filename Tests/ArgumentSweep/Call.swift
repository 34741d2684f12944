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

  /// Runs a case, reads what comes of it, and takes its gradient.
  func run(_ it: Case) throws {
    read(try body(Choice(position: it.position, value: it.value)))
    // Not everything can be written or read where gradients flow: it may be refused, the usual call too.
    if takesTensors { try? catching { backward(try body(Choice(position: it.position, value: it.value, asLeaves: true))) } }
  }

  private func backward(_ result: Any) {
    switch result {
    case let t as Tensor: if t.requiresGrad, t.count < 1 << 20 { t.sum().backward() }
    case let list as [Tensor]: list.first.map { backward($0) }
    case let both as ValuesAndIndices: backward(both.values)
    default: break
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

/// Which argument of a call is replaced, by which nonsense, and whether tensors are leaves. The arguments are picked in their order.
final class Choice {
  private let position: Int
  private let value: Int
  private let asLeaves: Bool
  private var next = 0

  init(position: Int, value: Int, asLeaves: Bool = false) {
    self.position = position
    self.value = value
    self.asLeaves = asLeaves
  }

  func pick<T: Sweepable>(_ usual: T) -> T {
    defer { next += 1 }
    let picked = next == position ? usual.nonsense[value].value : usual
    return asLeaves ? leaf(picked) : picked
  }

  private func leaf<T: Sweepable>(_ picked: T) -> T {
    func tracked(_ t: Tensor) -> Tensor { t.dtype.isFloatingPoint ? t.asLeaf() : t }
    if let t = picked as? Tensor, let leaf = tracked(t) as? T { return leaf }
    if let list = picked as? [Tensor], let leaves = list.map(tracked) as? T { return leaves }
    return picked
  }
}
