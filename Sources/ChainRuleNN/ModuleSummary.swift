public import ChainRule

/// What a network consists of, and what one call of it takes: for each module its result's shape, parameters, multiply-adds and memory.
///
///     print(model.summary([1, 3, 224, 224]))
///
/// Numbers are each module's own, without those of its parts, so that columns add up.
public struct ModuleSummary: Sendable, CustomStringConvertible {
  /// What is said of one module.
  public struct Row: Sendable, Equatable {
    /// The path, as in `namedModules()`.
    public let name: String
    /// The class.
    public let kind: String
    /// How many modules it is inside of.
    public let depth: Int
    /// The shapes of its last call's results; empty where it was not called.
    public internal(set) var outputShapes: [[Int]] = []
    /// How often it was called.
    public internal(set) var calls = 0
    /// The numbers that its own parameters hold; those of a parameter that another module before it has too are 0.
    public let parameterCount: Int
    /// Those of them that are trained.
    public let trainableCount: Int
    /// The multiplications with an addition each, of all calls: of products of matrices, convolutions, attention and recurrent layers.
    public internal(set) var multiplyAdds = 0.0
    /// The bytes of its results, of all calls; 0 where parts of it made them.
    public internal(set) var outputBytes = 0
  }

  /// The modules in order, the network first.
  public let rows: [Row]
  /// The bytes of the parameters and buffers.
  public let stateBytes: Int

  /// The sum over all modules.
  public var parameterCount: Int { rows.reduce(0) { $0 + $1.parameterCount } }
  /// The sum over all modules.
  public var trainableCount: Int { rows.reduce(0) { $0 + $1.trainableCount } }
  /// The sum over all modules.
  public var multiplyAdds: Double { rows.reduce(0) { $0 + $1.multiplyAdds } }
  /// The sum over all modules.
  public var outputBytes: Int { rows.reduce(0) { $0 + $1.outputBytes } }

  /// The table.
  public var description: String {
    let header = ["layer", "output shape", "parameters", "multiply-adds", "memory"]
    let body = rows.map { row in
      let label = row.name.split(separator: ".").last.map { "\($0): \(row.kind)" } ?? row.kind
      let repeats = row.calls > 1 ? " x \(row.calls)" : ""
      return [
        String(repeating: "  ", count: row.depth) + label + repeats,
        row.calls == 0 ? "not called" : row.outputShapes.map { "\($0)" }.joined(separator: ", "),
        Self.number(row.parameterCount), Self.number(Int(Swift.min(row.multiplyAdds, 1e18))),
        row.outputBytes == 0 ? "-" : Self.size(row.outputBytes),
      ]
    }
    let widths = header.indices.map { column in ([header] + body).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      var text = zip(cells, widths).enumerated().map { i, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return i < 2 ? cell.0 + space : space + cell.0
      }.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }
    let rule = String(repeating: "-", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let totals = [
      "parameters: \(Self.number(parameterCount)), of which \(Self.number(trainableCount)) are trained",
      "multiply-adds: \(Self.number(Int(Swift.min(multiplyAdds, 1e18))))",
      "memory: \(Self.size(stateBytes)) of parameters and buffers, \(Self.size(outputBytes)) of results",
    ]
    return ([line(header), rule] + body.map(line) + [rule] + totals).joined(separator: "\n")
  }

  /// Digits in groups of three; a dash for none.
  private static func number(_ value: Int) -> String {
    if value == 0 { return "-" }
    var digits = Array(String(value)), i = digits.count - 3
    while i > 0 {
      digits.insert(",", at: i)
      i -= 3
    }
    return String(digits)
  }

  /// Bytes, in the largest unit of which there is one.
  private static func size(_ bytes: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(bytes), unit = 0
    while value >= 1000, unit + 1 < units.count {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(bytes) B" : "\((value * 100).rounded() / 100) \(units[unit])"
  }
}

extension Module {
  /// What the module consists of, and what `body`, which calls it, takes: for models that take other than one tensor.
  ///
  ///     print(lstm.summary { _ = $0(Tensor.zeros(10, 1, 64)) })
  ///
  /// The call records nothing and is made in evaluation. A module with a call of its own is seen where a container of the library calls it.
  public func summary(_ body: (Self) throws -> Void) rethrows -> ModuleSummary {
    let meter = ModuleMeter(self), modes = meter.modules.map(\.isTraining)
    eval()
    defer { for (module, isTraining) in zip(meter.modules, modes) { module.isTraining = isTraining } }
    try ModuleCalls.observed(by: meter) { try noGrad { try body(self) } }
    return ModuleSummary(rows: meter.rows, stateBytes: meter.stateBytes)
  }
}

extension Layer {
  /// What the layer consists of, and what its call with `input` takes: see `ModuleSummary`.
  public func summary(input: Tensor) -> ModuleSummary { summary { _ = watched($0, input) } }

  /// What the layer consists of, and what its call with zeros of this shape takes: see `ModuleSummary`.
  ///
  /// - Parameters:
  ///   - shape: the last dimensions, over which is normalized.
  ///   - dtype: the type of the input; `.int64` for indices.
  public func summary(_ shape: [Int], dtype: DType? = nil) -> ModuleSummary { summary(input: Tensor.zeros(shape, dtype: dtype)) }
}

/// Measures the modules of a network while it is called.
private final class ModuleMeter: CallObserver {
  let modules: [any Module]
  private(set) var rows: [ModuleSummary.Row]
  private(set) var stateBytes = 0
  private let places: [ObjectIdentifier: Int]
  /// The modules at work, outermost first, and whether a part of each has made its result.
  private var open: [(place: Int, hasParts: Bool)] = []

  init(_ root: some Module) {
    let named = root.namedModules()
    modules = named.map(\.module)
    places = Dictionary(modules.enumerated().map { (ObjectIdentifier($1), $0) }) { first, _ in first }
    var seen: Set<ObjectIdentifier> = []
    var known: [String: Int] = [:]
    rows = named.map { name, module in
      let parameters = ModuleTree.ownTensors(module, buffers: false).filter {
        $0.leafIdentity.map { seen.insert($0).inserted } ?? false
      }
      // The nearest module whose path is a beginning of this one's.
      var parent = name
      while !parent.isEmpty, known[parent] == nil { parent = parent.lastIndex(of: ".").map { String(parent[..<$0]) } ?? "" }
      let depth = name.isEmpty ? 0 : (known[parent] ?? 0) + 1
      known[name] = depth
      return ModuleSummary.Row(
        name: name, kind: ModuleTree.kind(module), depth: depth, parameterCount: parameters.reduce(0) { $0 + $1.count },
        trainableCount: parameters.reduce(0) { $0 + ($1.requiresGrad ? $1.count : 0) })
    }
    seen = []
    for tensor in named.flatMap({ ModuleTree.ownTensors($0.module, buffers: true) }) {
      if let identity = tensor.leafIdentity, seen.insert(identity).inserted { stateBytes += tensor.byteCount }
    }
  }

  func begin(_ module: AnyObject, _ inputs: [Tensor]) {
    if !open.isEmpty { open[open.count - 1].hasParts = true }
    open.append((places[ObjectIdentifier(module)] ?? -1, false))
  }

  func multiplied(_ count: Double) {
    guard let place = open.last(where: { $0.place >= 0 })?.place else { return }
    rows[place].multiplyAdds += count
  }

  func end(_ module: AnyObject, _ inputs: [Tensor], _ outputs: [Tensor]) {
    guard let (place, hasParts) = open.popLast(), place >= 0 else { return }
    rows[place].calls += 1
    rows[place].outputShapes = outputs.map(\.shape)
    if !hasParts { rows[place].outputBytes += outputs.reduce(0) { $0 + $1.byteCount } }
  }
}

extension ModuleTree {
  /// The parameters of a module, and the buffers if they are wanted, without those of its parts.
  static func ownTensors(_ module: any Module, buffers: Bool) -> [Tensor] {
    func own(_ member: Member) -> [Tensor] {
      switch member {
      case .parameter(let tensor): [tensor]
      case .buffer(let buffer): buffers ? [buffer.tensor] : []
      case .group(_, let members): members.flatMap { own($0.member) }
      case .module: []
      }
    }
    return members(module).flatMap { own($0.member) }
  }

  /// What a module is called where it is printed.
  static func kind(_ module: any Module) -> String {
    let name = (module as? any RenamedClass)?.printedName ?? String(describing: type(of: module))
    return isParametrized(module) ? "Parametrized\(name)" : name
  }
}
