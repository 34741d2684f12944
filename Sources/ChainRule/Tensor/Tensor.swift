import CKernels

/// An n-dimensional array of numbers that remembers how it was computed.
///
/// A tensor is a value: no operation changes a tensor that another variable can see, and views share memory without anyone
/// noticing. A tensor made with `requiresGrad: true` is a leaf: one cell that every copy of the variable shares, with its
/// gradient in `grad` after `backward()`.
///
///     let x = Tensor([1.0, 2.0, 3.0], requiresGrad: true)
///     let y = (x * x).sum()
///     y.backward()
///     print(x.grad!)   // tensor([2., 4., 6.])
///
/// Any thread may use any tensor, and read and write a leaf beside others: each sees whole values, and an operation reads each leaf once,
/// so that `x * x` multiplies one value by itself. Documentation/Concurrency.md says what several threads may do with one leaf.
public struct Tensor: @unchecked Sendable {
  /// One reference wide. The box never changes once another variable can see it, but for what several threads may change (see
  /// `TensorBox`), which is why the struct may be sent.
  var box: TensorBox

  @inline(__always)
  init(_ box: TensorBox) { self.box = box }

  /// The result of an operation that failed inside `catching`.
  static let poison = Tensor(TensorBox.poison())

  // MARK: Below the handle

  /// The value itself: what a leaf's cell points to now, or the tensor as it is.
  @inline(__always) var bare: Tensor {
    box.flags.contains(.indirect) ? Tensor(currentBox) : self
  }

  /// The value of this operand beside another, whose value has been read: an operation that takes a leaf twice reads it once, so that it
  /// computes with one value also where another thread replaces it meanwhile.
  @inline(__always)
  func value(beside other: Tensor, _ value: Tensor) -> Tensor { box === other.box ? value : bare }

  /// The same beside two others.
  @inline(__always)
  func value(beside first: Tensor, _ value: Tensor, _ second: Tensor, _ secondValue: Tensor) -> Tensor {
    box === second.box ? secondValue : self.value(beside: first, value)
  }

  /// The values of an operation's operands, each leaf read once.
  static func values(of operands: [Tensor]) -> [Tensor] {
    var values: [Tensor] = []
    values.reserveCapacity(operands.count)
    guard operands.count > 32 else {
      for operand in operands {
        let known = operand.isIndirect ? values.indices.first { operands[$0].box === operand.box } : nil
        values.append(known.map { values[$0] } ?? operand.bare)
      }
      return values
    }
    var read: [ObjectIdentifier: Tensor] = [:]
    for operand in operands {
      let value = operand.isIndirect ? read[ObjectIdentifier(operand.box)] ?? operand.bare : operand
      if operand.isIndirect { read[ObjectIdentifier(operand.box)] = value }
      values.append(value)
    }
    return values
  }

  @inline(never)
  private var currentBox: TensorBox {
    if box.flags.contains(.cell) {
      let value = box.head.pointee.maker.unsafelyUnwrapped.asLeaf { $0.current }
      if cr_thread().pointee.slow != 0 { Tracer.current?.noteValue(of: self, value) }
      return value
    }
    // Inside their scopes wrapped and poison tensors travel on the slow path; here one has left its scope.
    if box.flags.contains(.poison) {
      if !isErrorPending { fail(Rules.escapedPoison) }
      return box
    }
    return cr_thread().pointee.slow != 0 ? box : fail(Rules.escapedTransform).box
  }

  /// The descriptor of the value, for sizes and type.
  @inline(__always) var valueBox: TensorBox { bare.box }

  /// Whether gradients flow through this tensor.
  @inline(__always) var isTracked: Bool { box.flags.contains(.tracked) }
  @inline(__always) var isCell: Bool { box.flags.contains(.cell) }
  /// Whether the value is not in the box itself.
  @inline(__always) var isIndirect: Bool { box.flags.contains(.indirect) }
  @inline(__always) var outputIndex: Int { Int(box.meta.pointee.output) }

  /// The leaf this tensor is a cell of.
  @inline(__always) var leaf: LeafNode? {
    isCell ? box.head.pointee.maker.unsafelyUnwrapped.asLeaf { $0 } : nil
  }

  var internalShape: Shape { valueBox.shape }

  /// The size of one dimension; negative ones count from the end. `shape` has them all.
  ///
  /// Traps, and gives 0 inside `catching`, which throws, where there is no such dimension.
  @inline(__always)
  public func size(_ dim: Int) -> Int { sizeOfDimension(dim) }

  @usableFromInline
  func sizeOfDimension(_ dim: Int) -> Int {
    let meta = valueBox.meta, rank = Int(meta.pointee.rank), d = dim < 0 ? dim &+ rank : dim
    if d >= 0, d < rank { return Int(meta.pointee.dims[d]) }
    fail(Dims.outOfRange(dim, Swift.max(rank, 1), "size").describing([self]))
    return 0
  }

  // MARK: Description

  /// The sizes of the dimensions; empty for a 0-dimensional tensor.
  ///
  /// An array of Swift, which prints as `[2, 2]` where PyTorch prints `torch.Size([2, 2])`.
  public var shape: [Int] { valueBox.shape.array }
  /// The number of elements.
  public var count: Int { valueBox.count }
  /// The number of dimensions.
  public var rank: Int { valueBox.rank }
  /// The type of the elements.
  public var dtype: DType { valueBox.dtype }
  /// How many elements apart neighbours along each dimension lie.
  public var strides: [Int] { valueBox.strides.array }
  /// Whether the elements lie row-major without gaps.
  public var isContiguous: Bool { valueBox.isContiguous }

  /// The tensor with its elements row-major without gaps: itself where they are.
  public func contiguous() -> Tensor {
    if bare.box.isContiguous { return self }
    return Contiguous()(self)
  }

  /// The name given with `named(_:)`.
  public var name: String? { box.head.pointee.node?.extra?.names[outputIndex] }

  /// The tensor under a name that errors, graphs and explanations show.
  ///
  /// A leaf and a computed tensor that is tracked take the name for all who hold them: it belongs to the one cell, or to the node of the
  /// graph. A plain tensor keeps its own name, or none, and the result is the same values under this one.
  ///
  ///     let h = (x + 2).named("h")
  public func named(_ name: String) -> Tensor {
    if isTracked || isCell, let node = box.head.pointee.node {
      let output = outputIndex
      node.changeExtra { $0.names[output] = name }
      return self
    }
    let bearer = Node()
    bearer.changeExtra { $0.names[0] = name }
    let named = box.alias()
    named.head.pointee.maker = .passRetained(bearer)
    return Tensor(named)
  }
}

extension TensorBox {
  /// Makes this fresh box the output of `node`.
  @inline(__always)
  func attach(_ node: consuming Node, output: Int = 0) {
    head.pointee.maker = .passRetained(node)
    meta.pointee.output = UInt32(truncatingIfNeeded: output)
    meta.pointee.flags |= TensorFlags.tracked.rawValue
  }
}

// MARK: Arithmetic in place

extension Tensor {
  /// Whether this variable alone holds these elements, so that they may be overwritten.
  @inline(__always)
  mutating func isUnique() -> Bool {
    guard isKnownUniquelyReferenced(&box) else { return false }
    cr_found_unique(Unmanaged.passUnretained(box).toOpaque())
    guard box.head.pointee.payload != nil else { return true }
    return box.isStorageUnique()
  }

  /// self += x, in place where nothing else can see it; gradients are summed this way. A pending sum waits with its parts.
  @inline(__always)
  mutating func accumulate(_ x: Tensor) {
    let thread = cr_thread()!
    let target = box.meta
    let v = x.bare
    let plain: TensorFlags = []
    if thread.pointee.slow == 0, box.flags == plain, thread.pointee.no_grad != 0 || !x.isTracked,
      target.pointee.contiguous, target.pointee.dtype == v.box.meta.pointee.dtype,
      cr_same_sizes(target, v.box.meta), !box.isPending, !v.box.isPending, isUnique()
    {
      cr_accumulate(box.c, v.box.c)
    } else {
      self = self + x
    }
  }
}

extension TensorBox {
  func isStorageUnique() -> Bool {
    guard head.pointee.payload is Storage, isKnownUniquelyReferenced(&head.pointee.payload) else { return false }
    cr_found_unique(head.pointee.payload.map { Unmanaged.passUnretained($0).toOpaque() })
    return true
  }
}
