public import ChainRule

// Names that readers of PyTorch try first: the compiler answers with ours.

extension Linear {
  /// Not available: see `inputs`.
  @available(*, unavailable, renamed: "inputs")
  public var inFeatures: Int { inputs }
  /// Not available: see `outputs`.
  @available(*, unavailable, renamed: "outputs")
  public var outFeatures: Int { outputs }
  /// Not available: see `init(_:_:bias:dtype:generator:)`.
  @available(*, unavailable, renamed: "init(_:_:bias:dtype:generator:)")
  public convenience init(inFeatures: Int, outFeatures: Int, bias: Bool = true) { self.init(inFeatures, outFeatures, bias: bias) }
}

extension Dropout {
  /// Not available: see `init(_:inplace:generator:)`.
  @available(*, unavailable, renamed: "init(_:inplace:generator:)")
  public convenience init(p: Double) { self.init(p) }
}

extension Conv1d {
  /// Not available: the size of the filters is called `kernel`.
  @available(*, unavailable, message: "the size of the filters is called kernel: Conv1d(3, 8, kernel: 3)")
  public convenience init(_ inputs: Int, _ outputs: Int, kernelSize: Int) { self.init(inputs, outputs, kernel: kernelSize) }
}

extension Conv2d {
  /// Not available: the size of the filters is called `kernel`.
  @available(*, unavailable, message: "the size of the filters is called kernel: Conv2d(3, 8, kernel: 3)")
  public convenience init(_ inputs: Int, _ outputs: Int, kernelSize: Int) { self.init(inputs, outputs, kernel: kernelSize) }
}

extension MaxPool2d {
  /// Not available: the size of the windows has no label.
  @available(*, unavailable, message: "the size of the windows has no label: MaxPool2d(2)")
  public convenience init(kernelSize: Int) { self.init(kernelSize) }
}

extension Module {
  /// Not available: there is one device, the CPU.
  @available(*, unavailable, message: "a model is on the CPU and stays there: leave the call out")
  public func to(_ device: String) -> Self { self }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `zeroGrad()`.
  @available(*, unavailable, renamed: "zeroGrad()")
  public func zero_grad() { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `requiresGrad(_:)`.
  @available(*, unavailable, renamed: "requiresGrad(_:)")
  public func requires_grad_(_ requires: Bool = true) -> Self { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `namedParameters()`.
  @available(*, unavailable, renamed: "namedParameters()")
  public func named_parameters() -> [(name: String, tensor: Tensor)] { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `stateDict()`.
  @available(*, unavailable, renamed: "stateDict()")
  public func state_dict() -> NamedTensors { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `load(_:)`.
  @available(*, unavailable, message: "load(state), or load(\"model.safetensors\") of a file")
  public func load_state_dict(_ state: NamedTensors) { fatalError("unavailable") }
}

// swift-format-ignore: TypeNamesShouldBeCapitalized
/// What is pasted begins with `nn.`, which is no module of Swift's: every name in it says so.
@dynamicMemberLookup
public enum nn {
  /// Not available.
  @available(*, unavailable, message: "leave `nn.` out: Linear(2, 1), Sequential { Linear(2, 8); ReLU() }, CrossEntropyLoss()")
  public static subscript(dynamicMember name: String) -> PythonName { fatalError("unavailable") }
  /// Not available: see `ChainRuleNN.Module`.
  @available(*, unavailable, message: "leave `nn.` out: class Net: Module")
  public typealias Module = any ChainRuleNN.Module
}
