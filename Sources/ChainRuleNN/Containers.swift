public import ChainRule

/// Layers applied one after another.
///
///     let model = Sequential { Linear(784, 128); ReLU(); Linear(128, 10) }
///
/// The block may hold `if` and `for`.
public final class Sequential: Layer, ModuleContainer {
  /// The layers in order.
  public let layers: [any Layer]

  /// The layers of an array.
  public init(_ layers: [any Layer]) { self.layers = layers }
  /// The layers given.
  public init(_ layers: any Layer...) { self.layers = layers }
  /// The layers of a block.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

  /// Applies the layers in order.
  public func forward(_ x: Tensor) -> Tensor {
    var result = x
    for layer in layers { result = call(layer, result) }
    return result
  }

  /// Layer `i`.
  public subscript(i: Int) -> any Layer {
    guard layers.indices.contains(i) else {
      refuse(outOfRange(i, layers.count, "Sequential"))
      return Identity()
    }
    return layers[i]
  }
  /// How many layers there are.
  public var count: Int { layers.count }
  var parts: [(name: String, module: any Module)] { layers.enumerated().map { ("\($0)", $1) } }
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
public final class ModuleList: Module, ModuleContainer, RandomAccessCollection {
  private var modules: [any Module]

  /// The modules of an array.
  public init(_ modules: [any Module] = []) { self.modules = modules }

  /// Adds a module at the end.
  public func append(_ module: any Module) { modules.append(module) }
  /// The position of the first module.
  public var startIndex: Int { 0 }
  /// The number of modules.
  public var endIndex: Int { modules.count }
  /// Module `i`.
  public subscript(i: Int) -> any Module {
    get {
      guard modules.indices.contains(i) else {
        refuse(outOfRange(i, modules.count, "ModuleList"))
        return Identity()
      }
      return modules[i]
    }
    set {
      guard modules.indices.contains(i) else { return refuse(outOfRange(i, modules.count, "ModuleList")) }
      modules[i] = newValue
    }
  }
  var parts: [(name: String, module: any Module)] { modules.enumerated().map { ("\($0)", $1) } }
}

/// Modules by name, in the order they were added.
public final class ModuleDictionary: Module, ModuleContainer, RenamedClass {
  /// The names in order.
  public private(set) var names: [String] = []
  private var modules: [String: any Module] = [:]

  /// The modules given; of equal names the last counts.
  public init(_ modules: KeyValuePairs<String, any Module> = [:]) { for (name, module) in modules { self[name] = module } }

  /// The module of this name; assigning nil removes it, a new name goes to the end.
  public subscript(name: String) -> (any Module)? {
    get { modules[name] }
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

/// Which module is not there.
private func outOfRange(_ i: Int, _ count: Int, _ container: String) -> TensorError {
  TensorError(.index, "index \(i) is out of range", hint: "The container holds \(count), counted from 0.", operation: container)
}
