// Names that readers of PyTorch or of Swift's libraries try first: the compiler answers with ours.

extension Tensor {
  /// Not available: see `rank`.
  @available(*, unavailable, renamed: "rank")
  public var ndim: Int { fatalError("unavailable") }
  /// Not available: see `rank`.
  @available(*, unavailable, renamed: "rank")
  public func dim() -> Int { fatalError("unavailable") }
  /// Not available: see `shape`.
  @available(*, unavailable, renamed: "shape")
  public func size() -> [Int] { fatalError("unavailable") }
  /// Not available: see `count`.
  @available(*, unavailable, renamed: "count")
  public func numel() -> Int { fatalError("unavailable") }
  /// Not available: see `allClose(_:relative:absolute:equalNaN:)`.
  @available(*, unavailable, renamed: "allClose(_:relative:absolute:equalNaN:)")
  public func allclose(_ other: Tensor) -> Bool { fatalError("unavailable") }
  /// Not available: see `isClose(_:relative:absolute:equalNaN:)`.
  @available(*, unavailable, renamed: "isClose(_:relative:absolute:equalNaN:)")
  public func isclose(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available: see `isFinite()`.
  @available(*, unavailable, renamed: "isFinite()")
  public func isfinite() -> Tensor { fatalError("unavailable") }
  /// Not available: see `isNaN()`.
  @available(*, unavailable, renamed: "isNaN()")
  public func isnan() -> Tensor { fatalError("unavailable") }
  /// Not available: see `isInf()`.
  @available(*, unavailable, renamed: "isInf()")
  public func isinf() -> Tensor { fatalError("unavailable") }
  /// Not available: see `clamp(min:max:)`.
  @available(*, unavailable, renamed: "clamp(min:max:)")
  public func clip(min: Double? = nil, max: Double? = nil) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "Tensor.clamp(min:max:) returns the clamped tensor")
  public func clamped(to bounds: ClosedRange<Double>) -> Tensor { fatalError("unavailable") }
  /// Not available: see `topk(_:dim:largest:)`.
  @available(*, unavailable, renamed: "topk(_:dim:largest:)")
  public func topK(_ k: Int, dim: Int = -1) -> ValuesAndIndices { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "a tensor is on the CPU; read it with array(of:) or withUnsafeBytes")
  public func numpy() -> [Double] { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "there is one device, the CPU: leave the call out")
  public func cpu() -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "there is one device, the CPU: leave the call out")
  public func cuda() -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "use to(.float32)")
  public func float() -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "use to(.float16)")
  public func half() -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "use to(.bfloat16)")
  public func bfloat16() -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "use to(.int8)")
  public func char() -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "use to(.int16)")
  public func short() -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "use to(.float64)")
  public func double() -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "use to(.int64)")
  public func long() -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "use .& or logicalAnd(_:)")
  public static func & (a: Tensor, b: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "use .| or logicalOr(_:)")
  public static func | (a: Tensor, b: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available: see `logicalNot()`.
  @available(*, unavailable, renamed: "logicalNot()")
  public static prefix func ! (a: Tensor) -> Tensor { fatalError("unavailable") }

  // MARK: In place

  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available.
  @available(
    *, unavailable,
    message:
      "of a gradient: x.zeroGrad(); of a variable: x = Tensor.zeros(like: x), or for a part x[0] *= 0: row = x[0] is a value of its own"
  )
  public func zero_() -> Tensor { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available.
  @available(*, unavailable, message: "a tensor is a value: x = Tensor.full(like: x, v), or for a part x[0] = Tensor.full(like: x[0], v)")
  public func fill_(_ value: Double) -> Tensor { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available.
  @available(*, unavailable, message: "a tensor is a value: assign it, x = y, or for a part x[0] = y; a leaf takes x.data = y")
  public func copy_(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available.
  @available(*, unavailable, message: "x += y, with `var x`; for a part x[0] += y; for a leaf x.data += y")
  public func add_(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// Not available.
  @available(*, unavailable, message: "x *= y, with `var x`; for a part x[0] *= y; for a leaf x.data *= y")
  public func mul_(_ other: Tensor) -> Tensor { fatalError("unavailable") }

  // MARK: Shapes

  /// Not available: see `reshaped(_:)`.
  @available(*, unavailable, renamed: "reshaped(_:)")
  public func view(_ sizes: Int...) -> Tensor { self }
  /// Not available: see `reshaped(_:)`.
  @available(*, unavailable, renamed: "reshaped(_:)")
  public func reshape(_ sizes: Int...) -> Tensor { self }
  /// Not available: see `transposed(_:_:)`.
  @available(*, unavailable, renamed: "transposed(_:_:)")
  public func transpose(_ a: Int, _ b: Int) -> Tensor { self }
  /// Not available: see `unsqueezed(_:)`.
  @available(*, unavailable, renamed: "unsqueezed(_:)")
  public func unsqueeze(_ dim: Int) -> Tensor { self }
  /// Not available: see `permuted(_:)`.
  @available(*, unavailable, renamed: "permuted(_:)")
  public func permute(_ order: Int...) -> Tensor { self }
  /// Not available: see `expanded(_:)`.
  @available(*, unavailable, renamed: "expanded(_:)")
  public func expand(_ sizes: Int...) -> Tensor { self }
  /// Not available: see `squeezed()`.
  @available(*, unavailable, renamed: "squeezed()")
  public func squeeze() -> Tensor { self }
  /// Not available: see `flattened(from:through:)`.
  @available(*, unavailable, renamed: "flattened()")
  public func flatten() -> Tensor { self }
  /// Not available: see `T`.
  @available(*, unavailable, renamed: "T")
  public func t() -> Tensor { self }

  // MARK: Operators and writing

  /// Not available.
  @available(*, unavailable, message: "write x + w")
  public func add(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "write x - w")
  public func sub(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "write x * w")
  public func mul(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "write x .== w")
  public func eq(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "write x .!= w")
  public func ne(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "write x .< w")
  public func lt(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "write x .<= w")
  public func le(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "write x .> w")
  public func gt(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "write x .>= w")
  public func ge(_ other: Tensor) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "write -x")
  public func neg() -> Tensor { fatalError("unavailable") }
  /// Not available: see `padded(_:value:)`.
  @available(*, unavailable, renamed: "padded(_:value:)")
  public func pad(_ widths: [Int]) -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(*, unavailable, message: "of a variable: x[...] = 0; of a gradient: x.zeroGrad(); of a leaf: x.data = Tensor.zeros(like: x)")
  public func zero() -> Tensor { fatalError("unavailable") }
  /// Not available.
  @available(
    *, unavailable, message: "x.requiresGrad = true, or Tensor(..., requiresGrad: true); asLeaf() makes a leaf of a computed tensor"
  )
  public func requiresGrad(_ requires: Bool) -> Tensor { fatalError("unavailable") }
}

/// Not available.
@available(*, unavailable, message: "x.oneHot(classes) of an int64 tensor")
public func oneHot(_ x: Tensor, _ classes: Int) -> Tensor { fatalError("unavailable") }
/// Not available.
@available(*, unavailable, message: "a.equal(b)")
public func equal(_ a: Tensor, _ b: Tensor) -> Bool { fatalError("unavailable") }
/// Not available.
@available(*, unavailable, message: "Tensor.zeros(like: x)")
public func zerosLike(_ x: Tensor) -> Tensor { fatalError("unavailable") }
/// Not available.
@available(*, unavailable, message: "Tensor.ones(like: x)")
public func onesLike(_ x: Tensor) -> Tensor { fatalError("unavailable") }
/// Not available.
@available(*, unavailable, message: "Tensor.full(x.shape, value, dtype: x.dtype)")
public func fullLike(_ x: Tensor, _ value: Double) -> Tensor { fatalError("unavailable") }
/// Not available.
@available(*, unavailable, message: "Tensor.zeros(like: x)")
public func emptyLike(_ x: Tensor) -> Tensor { fatalError("unavailable") }
