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
}
