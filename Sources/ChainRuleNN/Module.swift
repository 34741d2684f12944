public import ChainRule

/// A part of a network: what it stores is found by reflection, so a conforming class declares nothing.
///
/// A stored leaf is a parameter, a stored `Buffer` a buffer, a stored module a part of this one; they are found in arrays,
/// optionals, tuples, structs and dictionaries with string keys too. Names are the properties' names, joined by dots as PyTorch
/// joins them: `layers.0.weight`. A plain or computed tensor is a constant.
///
///     final class Net: Layer {
///       let fc1 = Linear(784, 128), fc2 = Linear(128, 10)
///       func forward(_ x: Tensor) -> Tensor { fc2(fc1(x).relu()) }
///     }
///
/// Several threads may call one module at once, and one may train it or load weights meanwhile: each operation sees whole parameters, a
/// prediction perhaps some layers from before a step and others from after it. See Documentation/Concurrency.md.
public protocol Module: AnyObject, CustomStringConvertible {
  /// What stands between the parentheses when the module is printed, such as `p=0.5`; empty at first.
  var extraDescription: String { get }
}

/// A module of one tensor in and one tensor out, as `Sequential` takes it.
///
/// A class says what it computes in `forward(_:)`; the call `layer(x)` comes with it, and runs hooks. A class that defines
/// `callAsFunction(_:)` itself works too, without hooks of its own.
///
///     final class Net: Layer {
///       let fc1 = Linear(784, 128), fc2 = Linear(128, 10)
///       func forward(_ x: Tensor) -> Tensor { fc2(fc1(x).relu()) }
///     }
///     let y = Net()(x)
public protocol Layer: Module {
  /// What `forward(_:)` gives: `Tensor`, or `NoForward` of a class with a call of its own.
  associatedtype ForwardResult
  /// Applies the layer; comes with `forward(_:)`.
  func callAsFunction(_ x: Tensor) -> Tensor
  /// What the layer computes. Call the layer itself, `layer(x)`: that runs hooks too.
  func forward(_ x: Tensor) -> ForwardResult
}

/// What a class with a call of its own has in place of the result of `forward(_:)`.
public struct NoForward {}

extension Layer {
  /// Refused: the class defines its call, and no `forward(_:)`.
  public func forward(_ x: Tensor) -> NoForward {
    refuse(
      TensorError(
        .argument, "\(type(of: self)) has no forward(_:): the class has a call of its own", hint: "Call it: layer(x).",
        operation: "forward"))
    return NoForward()
  }
}

/// A tensor that belongs to a module's state but is not trained, such as a running mean.
public struct Buffer: Sendable {
  private let cell: Tensor
  /// Whether `stateDict` holds it.
  public let isPersistent: Bool
  /// The name in the state where it is not the property's, such as `running_mean`.
  public let name: String?
  /// Whether a state without it is refused; where not, it keeps its value then.
  public let isRequired: Bool

  /// A buffer with this value.
  public init(_ value: Tensor, isPersistent: Bool = true, name: String? = nil, isRequired: Bool = true) {
    cell = value.detach().asLeaf(requiresGrad: false)
    self.isPersistent = isPersistent
    self.name = name
    self.isRequired = isRequired
  }

  init(copying other: Buffer, cell: Tensor) {
    self.cell = cell
    isPersistent = other.isPersistent
    name = other.name
    isRequired = other.isRequired
  }

  /// The tensor: one cell that all copies of the buffer share.
  public var tensor: Tensor { cell }

  /// The value now; assigning replaces it for all who hold the buffer.
  public var value: Tensor {
    get { cell.data }
    nonmutating set { cell.data = newValue }
  }
}

extension Module {
  /// Nothing, unless a class says more.
  public var extraDescription: String { "" }

  // MARK: Parts

  /// All parameters, each once, in the order of their declaration.
  public func parameters() -> [Tensor] { namedParameters().map(\.tensor) }

  /// All parameters with their names; one that is stored in several places has the first of its names.
  public func namedParameters() -> [(name: String, tensor: Tensor)] {
    var seen: Set<ObjectIdentifier> = []
    return ModuleTree.entries(self).compactMap { entry in
      guard case .parameter(let tensor) = entry.part, let identity = tensor.leafIdentity, seen.insert(identity).inserted else {
        return nil
      }
      return (entry.name, tensor)
    }
  }

  /// All buffers with their names.
  public func namedBuffers() -> [(name: String, buffer: Buffer)] {
    var seen: Set<ObjectIdentifier> = []
    return ModuleTree.entries(self).compactMap { entry in
      guard case .buffer(let buffer) = entry.part, let identity = buffer.tensor.leafIdentity, seen.insert(identity).inserted else {
        return nil
      }
      return (entry.name, buffer)
    }
  }

  /// This module (with an empty name) and all inside it, each once.
  public func namedModules() -> [(name: String, module: any Module)] {
    var seen: Set<ObjectIdentifier> = []
    return ModuleTree.entries(self).compactMap { entry in
      guard case .module(let module) = entry.part, seen.insert(ObjectIdentifier(module)).inserted else { return nil }
      return (entry.name, module)
    }
  }

  /// The modules directly inside this one.
  public var children: [any Module] { ModuleTree.children(self).map(\.module) }

  /// Gives `body` every module, inner ones first, and this one last.
  @discardableResult
  public func apply(_ body: (any Module) -> Void) -> Self {
    var seen: Set<ObjectIdentifier> = []
    func visit(_ module: any Module) {
      guard seen.insert(ObjectIdentifier(module)).inserted else { return }
      for child in module.children { visit(child) }
      body(module)
    }
    visit(self)
    return self
  }

  // MARK: Modes

  /// Whether the module trains, so that dropout drops and batch normalisation looks at the batch; true at first.
  ///
  /// Setting it says so of this module alone; `train(_:)` and `eval()` say it of all inside it too.
  public var isTraining: Bool {
    get { TrainingModes.isTraining(self) }
    set { TrainingModes.set(self, newValue) }
  }

  /// Sets this module and all inside it to training, or with false to evaluation.
  @discardableResult
  public func train(_ training: Bool = true) -> Self {
    for (_, module) in namedModules() { TrainingModes.set(module, training) }
    return self
  }

  /// Sets this module and all inside it to evaluation.
  @discardableResult
  public func eval() -> Self { train(false) }

  /// Freezes all parameters, or with true thaws them.
  @discardableResult
  public func requiresGrad(_ requires: Bool) -> Self {
    for parameter in parameters() {
      var cell = parameter
      cell.requiresGrad = requires
    }
    return self
  }

  /// Forgets the gradients of all parameters.
  public func zeroGrad() { for parameter in parameters() { parameter.zeroGrad() } }

  /// Converts the floating-point parameters, gradients and buffers to `dtype`.
  @discardableResult
  public func to(_ dtype: DType) -> Self {
    let tensors = parameters() + namedBuffers().map(\.buffer.tensor)
    for tensor in tensors where tensor.dtype.isFloatingPoint && tensor.dtype != dtype {
      let gradient = tensor.grad
      tensor.grad = nil
      tensor.data = tensor.data.to(dtype)
      if let gradient { tensor.grad = gradient.to(dtype) }
    }
    return self
  }
}

/// Calls `module` with the tensors of `state` in place of its parameters and buffers of those names; gradients reach them.
///
///     let y = functionalCall(model, weights) { model(x) }
///
/// Only this thread sees them, so several threads may share a module.
public func functionalCall<R>(_ module: some Module, _ state: NamedTensors, _ body: () throws -> R) rethrows -> R {
  let pairs = ModuleTree.stateEntries(module).compactMap { entry in state[entry.name].map { (leaf: entry.tensor, value: $0) } }
  return try withSubstitutions(pairs, body)
}

/// Returns `module(x)` with the tensors of `state` in place of its parameters and buffers of those names.
public func functionalCall(_ module: some Layer, _ state: NamedTensors, _ x: Tensor) -> Tensor {
  functionalCall(module, state) { module(x) }
}
