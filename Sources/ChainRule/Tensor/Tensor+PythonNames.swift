// What is pasted from a program for PyTorch, with Python's underscores: the compiler answers with our names. `**` is no operator here: one that
// a package declares is ambiguous beside another package's, and what the compiler says of `x ** 2` already names `pow`.

extension Tensor {
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available.
  @available(
    *, unavailable, message: "x.requiresGrad = true, or Tensor(..., requiresGrad: true); asLeaf() makes a leaf of a computed tensor"
  )
  public func requires_grad_(_ requires: Bool = true) -> Tensor { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `requiresGrad`.
  @available(*, unavailable, renamed: "requiresGrad")
  public var requires_grad: Bool { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `gradFn`.
  @available(*, unavailable, renamed: "gradFn")
  public var grad_fn: Node? { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `isLeaf`.
  @available(*, unavailable, renamed: "isLeaf")
  public var is_leaf: Bool { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `retainGrad()`.
  @available(*, unavailable, renamed: "retainGrad()")
  public func retain_grad() { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available: see `zeroGrad()`.
  @available(*, unavailable, renamed: "zeroGrad()")
  public func zero_grad() { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available.
  @available(*, unavailable, message: "a tensor is a value: x = x.detach()")
  public func detach_() -> Tensor { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available.
  @available(*, unavailable, message: "x -= y, with `var x`; for a part x[0] -= y; for a leaf x.data -= y")
  public func sub_(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available.
  @available(*, unavailable, message: "x /= y, with `var x`; for a part x[0] /= y; for a leaf x.data /= y")
  public func div_(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "array(of: Double.self), in the order of the elements; item() of one")
  public func tolist() -> [Double] { fatalError("unavailable") }
}

extension Optional where Wrapped == Tensor {
  /// Not available: what is pasted is `w.grad.data.zero_()`.
  @available(*, unavailable, message: "w.zeroGrad() forgets a gradient; it is nil before backward(), so w.grad! reads it")
  public var data: Tensor { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available.
  @available(*, unavailable, message: "w.zeroGrad() forgets a gradient; it is nil before backward(), so w.grad! reads it")
  public func zero_() { fatalError("unavailable") }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Not available: see `manualSeed(_:)`.
@available(*, unavailable, renamed: "manualSeed(_:)")
public func manual_seed(_ seed: Int) { fatalError("unavailable") }

// swift-format-ignore: TypeNamesShouldBeCapitalized
/// What is pasted begins with `torch.`, which is no module of Swift's: every name in it says so.
@dynamicMemberLookup
public enum torch {
  /// Not available.
  @available(
    *, unavailable,
    message: "leave `torch.` out: Tensor([1, 2], requiresGrad: true), Tensor.zeros(2, 3), manualSeed(0), noGrad { }, x.exp(), Linear(2, 1)"
  )
  public static subscript(dynamicMember name: String) -> PythonName { fatalError("unavailable") }
}

/// What a name in a module of Python's would be, with what follows it (`.Linear`, `(2, 1, bias: false)`), so that the compiler reads as far as
/// the sentence about its beginning. There is no value of it.
@dynamicMemberLookup
@dynamicCallable
public struct PythonName {
  /// The name, followed by another.
  public subscript(dynamicMember name: String) -> PythonName { self }
  /// The name, called.
  public func dynamicallyCall(withKeywordArguments arguments: KeyValuePairs<String, Any>) -> Tensor { fatalError("unavailable") }
}
