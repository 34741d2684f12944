import CKernels

/// What stands beside the descriptor in a tensor's one allocation.
struct TensorHeader {
  var c: cr_tensor
  /// The `Storage` of a large tensor, a `Wrapper` of a transform, or nil: the elements are in the tail.
  var payload: AnyObject?
  /// The graph node that made this tensor, or the leaf it is a cell of, or (where not tracked) the bearer of its name. The box
  /// owns it; unmanaged, so that looking at it counts no references.
  var maker: Unmanaged<Node>?

  /// The node, held.
  @inline(__always) var node: Node? { maker?.takeUnretainedValue() }
}

/// The bits of `cr_tensor.flags`.
struct TensorFlags: OptionSet {
  let rawValue: UInt8
  /// The elements are not in this box: it is a cell, wrapped or poison. One bit, so that the fast path asks one question.
  static let indirect = TensorFlags(rawValue: 1)
  /// Gradients flow through this tensor into its node.
  static let tracked = TensorFlags(rawValue: 2)
  /// The payload is a `Wrapper`: the elements belong to a transform and are inside it.
  static let wrapped = TensorFlags(rawValue: 4)
  /// Stands for the result of an operation that failed inside `catching`.
  static let poison = TensorFlags(rawValue: 8)
  /// The node is a `LeafNode`, which holds the value; this box only points to it.
  static let cell = TensorFlags(rawValue: 16)
  /// The payload is a `PackedTensor`: what hooks made of a tensor that an operation saved. Only nodes hold such boxes.
  static let packed = TensorFlags(rawValue: 32)
  /// A cell that a node gave, beside the one that all copies of the leaf share.
  static let seenFromGraph = TensorFlags(rawValue: 64)
  /// A backward pass has begun here and freed the graph.
  static let spent = TensorFlags(rawValue: 128)
}

/// The object behind a tensor: descriptor, sizes, strides and, where small, the elements, in one allocation.
///
/// Once another variable can see a box it never changes, but for what it knows to be shared: the address of elements that were pending
/// (`cr_settle`), whether a leaf's cell is tracked (`cr_set_flag`), and what lies behind a node, which has its own order. Hot fields are reached through `header`, a plain pointer, because
/// run-time exclusivity checks on class fields cost a third of a small addition.
final class TensorBox: ManagedBuffer<TensorHeader, UInt8> {
  /// Elements up to this many bytes live in the box itself.
  static let inlineBytes = 512

  @inline(__always) var head: UnsafeMutablePointer<TensorHeader> { withUnsafeMutablePointerToHeader { $0 } }

  /// The descriptor, for its sizes, strides, type and flags.
  @inline(__always) var meta: UnsafeMutablePointer<cr_tensor> {
    UnsafeMutableRawPointer(head).assumingMemoryBound(to: cr_tensor.self)
  }

  /// The descriptor, for a kernel that reads or fills the elements: the one way to a tensor's bytes.
  @inline(__always) var c: UnsafeMutablePointer<cr_tensor> {
    let c = meta
    if cr_elements(c) == nil { TensorBox.settle(c) }
    return c
  }

  /// Reduces all elements of a pending result as they are computed; false where that is not the way.
  @inline(__always)
  func reducePending(_ op: cr_reduce_op, into out: TensorBox) -> Bool {
    guard isPending, cr_reduces_programs(op) else { return false }
    return unsafeDowncast(head.pointee.payload.unsafelyUnwrapped, to: Storage.self).reduce(op, into: out.meta)
  }

  /// Whether the elements are still to be computed.
  @inline(__always) var isPending: Bool { cr_elements(meta) == nil }

  /// Has the elements of a pending result computed. Given the descriptor, with which the header begins, rather than the box: a box
  /// would be retained for the call, in the common case too where there is none.
  @inline(never)
  private static func settle(_ c: UnsafeMutablePointer<cr_tensor>) {
    let head = UnsafeMutableRawPointer(c).assumingMemoryBound(to: TensorHeader.self)
    unsafeDowncast(head.pointee.payload.unsafelyUnwrapped, to: Storage.self).settle(c)
  }

  @inline(__always) private var tail: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(withUnsafeMutablePointerToElements { $0 })
  }

  /// A box whose tail has room for the sizes and strides and for `bytes` of elements.
  @inline(__always)
  private static func raw(rank: Int, bytes: Int) -> TensorBox {
    let box = unsafeDowncast(
      TensorBox.create(minimumCapacity: 16 * rank + bytes) { _ in
        TensorHeader(c: cr_tensor(), payload: nil, maker: nil)
      }, to: TensorBox.self)
    let tail = box.tail
    let c = box.meta
    c.pointee.dims = tail.assumingMemoryBound(to: Int64.self)
    c.pointee.data = tail + 16 * rank
    c.pointee.rank = UInt8(truncatingIfNeeded: rank)
    return box
  }

  /// A box with room for `count` elements of `dtype`, its sizes and strides still to be written.
  @inline(__always)
  private static func allocate(rank: Int, count: Int, dtype: DType) throws(TensorError) -> TensorBox {
    let bytes = count &* dtype.size
    // A product that wrapped around may look small.
    guard bytes > inlineBytes || count > inlineBytes else {
      let box = raw(rank: rank, bytes: bytes)
      box.meta.pointee.count = Int64(count)
      box.meta.pointee.dtype = dtype.kernelType
      box.meta.pointee.contiguous = true
      return box
    }
    return try large(rank: rank, count: count, dtype: dtype)
  }

  @inline(never)
  private static func large(rank: Int, count: Int, dtype: DType) throws(TensorError) -> TensorBox {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: dtype.size)
    guard !overflow else { throw Rules.storageOverflow("\(count) elements of \(dtype.name)") }
    _ = Rules.hearsOfShortages
    guard let storage = Storage(bytes: bytes) else { throw Rules.outOfMemory(bytes: bytes) }
    let box = raw(rank: rank, bytes: 0)
    box.meta.pointee.count = Int64(count)
    box.meta.pointee.dtype = dtype.kernelType
    box.meta.pointee.contiguous = true
    box.meta.pointee.data = storage.settled()
    box.head.pointee.payload = storage
    return box
  }

  /// A row-major box whose elements are a whole block.
  static func holding(_ storage: Storage, _ shape: Shape, _ dtype: DType) -> TensorBox {
    let box = raw(rank: shape.rank, bytes: 0), strides = shape.rowMajorStrides
    for i in 0..<shape.rank {
      box.meta.pointee.dims[i] = Int64(shape[i])
      box.meta.pointee.dims[shape.rank + i] = Int64(strides[i])
    }
    box.meta.pointee.count = Int64(shape.elements)
    box.meta.pointee.dtype = dtype.kernelType
    box.meta.pointee.contiguous = true
    box.meta.pointee.data = storage.settled()
    box.head.pointee.payload = storage
    return box
  }

  /// An uninitialised, row-major box of the sizes and type given.
  @inline(__always)
  static func uninitialized(_ shape: Shape, _ dtype: DType) throws(TensorError) -> TensorBox {
    let box = try allocate(rank: shape.rank, count: shape.countedElements(), dtype: dtype)
    let dims = box.meta.pointee.dims!
    var stride: Int64 = 1
    var i = shape.rank - 1
    while i >= 0 {
      dims[i] = Int64(shape[i])
      dims[shape.rank + i] = stride
      stride &*= Int64(max(shape[i], 1))
      i -= 1
    }
    return box
  }

  /// An uninitialised, row-major matrix.
  @inline(__always)
  static func matrix(_ rows: Int, _ columns: Int, _ dtype: DType) throws(TensorError) -> TensorBox {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    if overflow { throw Rules.storageOverflow("sizes=[\(rows), \(columns)]") }
    let box = try allocate(rank: 2, count: count, dtype: dtype)
    let dims = box.meta.pointee.dims!
    dims[0] = Int64(rows)
    dims[1] = Int64(columns)
    dims[2] = Int64(max(columns, 1))
    dims[3] = 1
    return box
  }

  /// An uninitialised, row-major box of the sizes of `other`.
  @inline(__always)
  static func uninitialized(like other: TensorBox, _ dtype: DType) throws(TensorError) -> TensorBox {
    let source = other.meta
    let rank = Int(source.pointee.rank)
    let box = try allocate(rank: rank, count: Int(source.pointee.count), dtype: dtype)
    let dims = box.meta.pointee.dims!
    let from = source.pointee.dims!
    if source.pointee.contiguous {
      for i in 0..<(2 &* rank) { dims[i] = from[i] }
    } else {
      var stride: Int64 = 1
      var i = rank - 1
      while i >= 0 {
        dims[i] = from[i]
        dims[rank + i] = stride
        stride &*= max(from[i], 1)
        i -= 1
      }
    }
    return box
  }

  /// A view of this box's elements: `offset` in elements from its first.
  ///
  /// Large blocks are shared. The few bytes of a small tensor are copied instead, which is cheaper than keeping the
  /// other box alive and, as no box ever changes, cannot be noticed.
  func view(_ shape: Shape, strides: Shape, offset: Int) -> TensorBox {
    let source = c
    let dtype = DType(source.pointee.dtype)
    let size = dtype.size
    let from = source.pointee.data + offset &* size
    let box: TensorBox
    if let storage = head.pointee.payload {
      box = TensorBox.raw(rank: shape.rank, bytes: 0)
      box.head.pointee.payload = storage
      box.meta.pointee.data = from
    } else {
      var extent = shape.elements == 0 ? 0 : 1
      if extent > 0 { for i in 0..<shape.rank { extent += (shape[i] - 1) * strides[i] } }
      box = TensorBox.raw(rank: shape.rank, bytes: extent * size)
      box.meta.pointee.data.copyMemory(from: from, byteCount: extent * size)
    }
    let dims = box.meta.pointee.dims!
    for i in 0..<shape.rank {
      dims[i] = Int64(shape[i])
      dims[shape.rank + i] = Int64(strides[i])
    }
    box.meta.pointee.count = Int64(shape.elements)
    box.meta.pointee.dtype = source.pointee.dtype
    box.meta.pointee.contiguous = shape.isRowMajor(strides)
    return box
  }

  /// The same elements in a box of their own, outside every graph.
  @inline(never)
  func alias() -> TensorBox {
    let second = secondBox()
    if cr_thread().pointee.slow != 0 { Tracer.current?.alias(second, of: self) }
    return second
  }

  private func secondBox() -> TensorBox {
    let source = meta
    let rank = Int(source.pointee.rank)
    if head.pointee.payload == nil, source.pointee.contiguous {
      let bytes = Int(source.pointee.count) &* DType(source.pointee.dtype).size
      let box = TensorBox.raw(rank: rank, bytes: bytes)
      box.meta.pointee.data.copyMemory(from: source.pointee.data, byteCount: bytes)
      box.copyDescription(of: source)
      return box
    }
    if let payload = head.pointee.payload {
      let box = TensorBox.raw(rank: rank, bytes: 0)
      box.head.pointee.payload = payload
      box.meta.pointee.data = cr_elements(source)
      box.copyDescription(of: source)
      let kept = flags.intersection([.indirect, .wrapped, .poison])
      box.meta.pointee.flags = kept.rawValue
      return box
    }
    return view(shape, strides: strides, offset: 0)
  }

  @inline(__always)
  private func copyDescription(of source: UnsafeMutablePointer<cr_tensor>) {
    let rank = Int(source.pointee.rank)
    let dims = meta.pointee.dims!
    let from = source.pointee.dims!
    for i in 0..<(2 &* rank) { dims[i] = from[i] }
    meta.pointee.count = source.pointee.count
    meta.pointee.dtype = source.pointee.dtype
    meta.pointee.contiguous = source.pointee.contiguous
  }

  /// A box without elements that has the sizes, strides and type of `other`.
  static func description(of other: TensorBox) -> TensorBox {
    let box = raw(rank: other.rank, bytes: 0)
    box.copyDescription(of: other.meta)
    return box
  }

  /// A row-major box with the sizes of `other`, which is row-major too, whose elements `storage` computes when they are wanted.
  static func pending(like other: TensorBox, _ storage: Storage) -> TensorBox {
    let box = raw(rank: other.rank, bytes: 0)
    box.copyDescription(of: other.meta)
    box.meta.pointee.data = nil
    box.head.pointee.payload = storage
    return box
  }

  /// A box that stands for elements inside `wrapper`, with the sizes the outside sees.
  static func wrapping(_ wrapper: AnyObject, _ shape: Shape, _ dtype: DType) -> TensorBox {
    let box = raw(rank: shape.rank, bytes: 0)
    let dims = box.meta.pointee.dims!
    let strides = shape.rowMajorStrides
    for i in 0..<shape.rank {
      dims[i] = Int64(shape[i])
      dims[shape.rank + i] = Int64(strides[i])
    }
    box.meta.pointee.count = Int64(shape.elements)
    box.meta.pointee.dtype = dtype.kernelType
    box.meta.pointee.contiguous = true
    box.meta.pointee.flags = TensorFlags([.indirect, .wrapped]).rawValue
    box.head.pointee.payload = wrapper
    return box
  }

  /// A box without elements that stands for the result of an operation that failed.
  static func poison() -> TensorBox {
    // Who goes on with it may ask for the size of any dimension that the right result would have had: 0.
    let box = raw(rank: 1, bytes: 16 * 64)
    box.meta.pointee.dims.update(repeating: 0, count: 2 + 2 * 64)
    box.meta.pointee.dtype = CR_FLOAT32
    box.meta.pointee.contiguous = true
    box.flags = [.indirect, .poison]
    return box
  }

  /// A box that points to `leaf`.
  static func cell(_ leaf: LeafNode) -> TensorBox {
    let box = raw(rank: 0, bytes: 0)
    box.meta.pointee.flags = TensorFlags([.indirect, .cell]).rawValue
    box.head.pointee.maker = .passRetained(leaf)
    return box
  }

  deinit {
    if let maker = head.pointee.maker { ReleaseQueue.release(maker) }
  }

  // MARK: Descriptor

  @inline(__always) var flags: TensorFlags {
    get { TensorFlags(rawValue: cr_flags(meta)) }
    set { meta.pointee.flags = newValue.rawValue }
  }

  @inline(__always) var dtype: DType { DType(meta.pointee.dtype) }
  @inline(__always) var count: Int { Int(meta.pointee.count) }
  @inline(__always) var rank: Int { Int(meta.pointee.rank) }
  @inline(__always) var isContiguous: Bool { meta.pointee.contiguous }
  var shape: Shape { Shape(meta.pointee.dims, rank: rank) }
  var strides: Shape { Shape(meta.pointee.dims + rank, rank: rank) }
}

extension Rules {
  /// Has kernels that find no memory to work in refuse as operations do. What they return unwritten is nobody's to read: the program ends,
  /// or the scope of `catching` throws.
  static let hearsOfShortages: Void = cr_on_shortage { fail(outOfMemory(bytes: Int(clamping: $0))) }

  /// More bytes than there is memory, or than the system gives.
  @inline(never)
  static func outOfMemory(bytes: Int) -> TensorError {
    let limit = Int(clamping: cr_memory_limit())
    return TensorError(
      .argument, "DefaultCPUAllocator: can't allocate memory: you tried to allocate \(bytes) bytes",
      hint: bytes > limit
        ? "The memory here has \(limit) bytes: make the tensor smaller, or work on parts of it."
        : "The system refused: free other tensors, make this one smaller, or work on parts of it.",
      operation: "")
  }

  /// More dimensions than a descriptor counts.
  static func tooManyDimensions(_ rank: Int) -> TensorError {
    TensorError(
      .shape, "tensors have at most \(Shape.mostDimensions) dimensions, got \(rank)", hint: "Join some of them with reshaped(_:).",
      operation: "")
  }

  /// Refuses `count` things of so many bytes each where memory does not hold them: what is computed before a result is allocated.
  static func checkMemory(_ count: Int, bytes: Int) throws(TensorError) {
    let (total, overflow) = count.multipliedReportingOverflow(by: bytes)
    if overflow { throw storageOverflow("\(count) elements") }
    if total > Int(clamping: cr_memory_limit()) { throw outOfMemory(bytes: total) }
  }

  /// Sizes whose product no integer holds.
  @inline(never)
  static func storageOverflow(_ what: String) -> TensorError {
    TensorError(
      .shape, "Storage size calculation overflowed with \(what)", hint: "The sizes multiply to more than memory can hold.", operation: "")
  }
}
