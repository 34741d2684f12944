public import ChainRule

/// Layers applied one after another.
///
///     let model = Sequential { Linear(784, 128); ReLU(); Linear(128, 10) }
///     model.append(LogSoftmax(dim: -1))
///     model[2] = Linear(128, 5)
///     let head = model[2...]
///
/// The block may hold `if` and `for`. Layers are called by their places in a state, or by names that are given.
public final class Sequential: Layer, ModuleContainer, SelfCopying {
  /// The layers in order.
  @exclusivity(unchecked) public private(set) var layers: [any Layer]
  /// The names that were given, by place.
  private var given: [String?]

  /// The layers of an array.
  public init(_ layers: [any Layer]) {
    self.layers = layers
    given = layers.map { _ in nil }
  }
  /// The layers given.
  public convenience init(_ layers: any Layer...) { self.init(layers) }
  /// The layers of a block.
  public convenience init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }
  /// Layers with names, under which a state has them: `Sequential(["fc": Linear(8, 8), "relu": ReLU()])`.
  public init(_ layers: KeyValuePairs<String, any Layer>) {
    self.layers = layers.map(\.value)
    given = layers.map(\.key)
  }
  init(copying other: Sequential, _ copier: ModuleCopier) {
    layers = other.layers.map(copier.any)
    given = other.given
  }

  /// Applies the layers in order.
  public func forward(_ x: Tensor) -> Tensor {
    var result = x
    let isWatched = isWatched
    for layer in layers { result = isWatched ? watched(layer, result) : layer(result) }
    return result
  }

  /// Layer `i`; assigning puts another in its place.
  public subscript(i: Int) -> any Layer {
    get {
      guard holds(i, layers.count, "Sequential") else { return Identity() }
      return layers[i]
    }
    set { if holds(i, layers.count, "Sequential") { layers[i] = newValue } }
  }

  /// The layers at the places of a range that there are, which both share from here on.
  public subscript(range: some RangeExpression<Int>) -> Sequential {
    let places = layers.indices.filter(range.contains)
    let part = Sequential(places.map { layers[$0] })
    part.given = places.map { given[$0] }
    return part
  }

  /// Adds a layer at the end, under a name if one is given.
  public func append(_ layer: any Layer, name: String? = nil) { insert(layer, at: layers.count, name: name) }

  /// Puts a layer before the one at `i`; those without a name that come after it are called by their new places.
  public func insert(_ layer: any Layer, at i: Int, name: String? = nil) {
    guard i == layers.count || holds(i, layers.count, "Sequential") else { return }
    layers.insert(layer, at: i)
    given.insert(name, at: i)
  }

  /// Takes layer `i` out.
  @discardableResult
  public func remove(at i: Int) -> any Layer {
    guard holds(i, layers.count, "Sequential") else { return Identity() }
    given.remove(at: i)
    return layers.remove(at: i)
  }

  /// How many layers there are.
  public var count: Int { layers.count }
  /// What the layers are called in a state.
  public var names: [String] { given.enumerated().map { $1 ?? "\($0)" } }
  var parts: [(name: String, module: any Module)] { zip(names, layers).map { ($0, $1) } }
}

/// Builds the layers of a `Sequential`.
@resultBuilder
public enum LayerBuilder {
  /// One layer.
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  /// Several layers.
  public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
  /// The first statement.
  public static func buildPartialBlock(first: [any Layer]) -> [any Layer] { first }
  /// A further statement.
  public static func buildPartialBlock(accumulated: [any Layer], next: [any Layer]) -> [any Layer] { accumulated + next }
  /// An empty block.
  public static func buildBlock() -> [any Layer] { [] }
  /// An `if` without `else`.
  public static func buildOptional(_ layers: [any Layer]?) -> [any Layer] { layers ?? [] }
  /// The first branch of an `if`.
  public static func buildEither(first: [any Layer]) -> [any Layer] { first }
  /// The other branch of an `if`.
  public static func buildEither(second: [any Layer]) -> [any Layer] { second }
  /// A loop.
  public static func buildArray(_ layers: [[any Layer]]) -> [any Layer] { layers.flatMap { $0 } }
}

/// Modules in a list, to be used as the owner likes.
public final class ModuleList: Module, ModuleContainer, RandomAccessCollection, SelfCopying {
  private var modules: [any Module]

  /// The modules of an array.
  public init(_ modules: [any Module] = []) { self.modules = modules }
  init(copying other: ModuleList, _ copier: ModuleCopier) { modules = other.modules.map(copier.any) }

  /// Adds a module at the end.
  public func append(_ module: any Module) { modules.append(module) }
  /// Adds modules at the end.
  public func append(contentsOf modules: some Sequence<any Module>) { self.modules.append(contentsOf: modules) }
  /// Puts a module before the one at `i`.
  public func insert(_ module: any Module, at i: Int) {
    if i == modules.count || holds(i, modules.count, "ModuleList") { modules.insert(module, at: i) }
  }
  /// Takes module `i` out.
  @discardableResult
  public func remove(at i: Int) -> any Module {
    holds(i, modules.count, "ModuleList") ? modules.remove(at: i) : Identity()
  }
  /// The position of the first module.
  public var startIndex: Int { 0 }
  /// The number of modules.
  public var endIndex: Int { modules.count }
  /// Module `i`.
  public subscript(i: Int) -> any Module {
    get {
      guard holds(i, modules.count, "ModuleList") else { return Identity() }
      return modules[i]
    }
    set { if holds(i, modules.count, "ModuleList") { modules[i] = newValue } }
  }
  var parts: [(name: String, module: any Module)] { modules.enumerated().map { ("\($0)", $1) } }
}

/// Modules by name, in the order they were added.
public final class ModuleDictionary: Module, ModuleContainer, RenamedClass, SelfCopying {
  /// The names in order.
  public private(set) var names: [String] = []
  private var modules: [String: any Module] = [:]

  /// The modules given; of equal names the last counts.
  public init(_ modules: KeyValuePairs<String, any Module> = [:]) { for (name, module) in modules { self[name] = module } }
  init(copying other: ModuleDictionary, _ copier: ModuleCopier) {
    names = other.names
    for (name, module) in other.parts { modules[name] = copier.any(module) }
  }

  /// The module of this name, or at this path below one; assigning nil removes it, a new name goes to the end.
  public subscript(name: String) -> (any Module)? {
    get { modules[name] ?? ModuleTree.module(at: name, in: self) }
    set {
      guard let newValue else {
        if modules.removeValue(forKey: name) != nil { names.removeAll { $0 == name } }
        return
      }
      if modules.updateValue(newValue, forKey: name) == nil { names.append(name) }
    }
  }
  var printedName: String { "ModuleDict" }
  var parts: [(name: String, module: any Module)] { names.compactMap { name in modules[name].map { (name, $0) } } }
}

/// Whether a container of `count` has place `i`; refuses it where not.
private func holds(_ i: Int, _ count: Int, _ container: String) -> Bool {
  if i >= 0 && i < count { return true }
  refuse(
    TensorError(.index, "index \(i) is out of range", hint: "The container holds \(count), counted from 0.", operation: container))
  return false
}
