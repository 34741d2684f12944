public import ChainRule

/// In what order a sum over ranks is taken.
public enum SumOrder: Sendable {
  /// As a binary tree over the ranks: the same bits with every library, and with every number of ranks where each sums an aligned part of
  /// the same tree.
  case fixed
  /// As the library likes: a little faster for some sizes, and the same bits only where ranks and library are the same.
  case any
}

extension World {
  /// Waits until every rank has come here.
  public func barrier() throws(DistributedError) {
    if size > 1 { try run(Kind.barrier, "barrier", .bytes, data: nil, count: 0) }
  }

  /// Returns the elementwise sum of every rank's tensor, on every rank.
  ///
  /// - Parameters:
  ///   - tensor: of one shape and type on all ranks. Integers are summed as int64, float16 and bfloat16 as float32, and rounded once.
  ///   - order: in what order.
  public func allReduce(_ tensor: Tensor, order: SumOrder = .fixed) throws(DistributedError) -> Tensor {
    guard let wide = summable(tensor, "allReduce") else { return tensor }
    if size == 1 { return tensor.detach() }
    let kind = order == .fixed ? Kind.sumInOrder : Kind.sum
    return try changed(wide.tensor) { data throws(DistributedError) in
      try run(kind, "allReduce", wide.wire, data: data, count: tensor.count)
    }.to(tensor.dtype)
  }

  /// Returns the tensors of all ranks, in the order of the ranks; all are of one shape and type.
  public func allGather(_ tensor: Tensor) throws(DistributedError) -> [Tensor] {
    if size == 1 { return [tensor.detach()] }
    let bytes = tensor.count * tensor.dtype.size
    let all = try made([size * bytes], .uint8) { all throws(DistributedError) in
      try reading(tensor) { data throws(DistributedError) in
        try run(Kind.allGather, "allGather", .bytes, data: data, other: all, count: bytes)
      }
    }
    return all.withBytes { all in
      (0..<size).map {
        Tensor(bytes: UnsafeRawBufferPointer(rebasing: all[($0 * bytes)..<(($0 + 1) * bytes)]), shape: tensor.shape, dtype: tensor.dtype)
      }
    }
  }

  /// Returns the tensor of rank `root`, on every rank; all are of one shape and type.
  public func broadcast(_ tensor: Tensor, from root: Int = 0) throws(DistributedError) -> Tensor {
    guard isRank(root, "broadcast") else { return tensor }
    if size == 1 { return tensor.detach() }
    return try changed(tensor) { data throws(DistributedError) in
      try run(Kind.broadcast, "broadcast", .bytes, data: data, count: tensor.count * tensor.dtype.size, peer: root)
    }
  }

  /// Returns this rank's part of the elementwise sum of every rank's tensor: rank r gets slice r of dimension 0.
  ///
  /// - Parameter tensor: of one shape and type on all ranks; the size of dimension 0 is a multiple of the number of ranks.
  public func reduceScatter(_ tensor: Tensor) throws(DistributedError) -> Tensor {
    guard let wide = summable(tensor, "reduceScatter") else { return tensor }
    guard tensor.rank > 0, tensor.shape[0] % size == 0 else {
      refuse(
        TensorError(
          .shape, "reduceScatter shares dimension 0 between \(size) ranks, and the tensor has shape \(tensor.shape)",
          hint: "Its size is to be a multiple of \(size): pad it.", operation: "reduceScatter", shapes: [tensor.shape]))
      return tensor
    }
    if size == 1 { return tensor.detach() }
    let shape = [tensor.shape[0] / size] + tensor.shape.dropFirst()
    return try made(shape, wide.tensor.dtype) { own throws(DistributedError) in
      try reading(wide.tensor) { data throws(DistributedError) in
        try run(Kind.reduceScatter, "reduceScatter", wide.wire, data: data, other: own, count: tensor.count / size)
      }
    }.to(tensor.dtype)
  }

  /// Sends a tensor to another rank, which calls `receive(from:)`; returns when it may be forgotten here.
  public func send(_ tensor: Tensor, to peer: Int) throws(DistributedError) {
    guard isOther(peer, "send") else { return }
    let sizes = tensor.shape, bytes = tensor.count * tensor.dtype.size
    var header = [Int](repeating: 0, count: World.headerLength)
    guard sizes.count <= World.headerLength - 2, let code = World.types.firstIndex(of: tensor.dtype) else {
      refuse(
        TensorError(
          .shape, "send takes tensors of at most \(World.headerLength - 2) dimensions, not \(sizes.count)",
          hint: "Reshape it.", operation: "send", shapes: [sizes]))
      return
    }
    header.replaceSubrange(0..<(2 + sizes.count), with: [code, sizes.count] + sizes)
    try header.withAddress { header throws(DistributedError) in
      try run(Kind.send, "send to rank \(peer)", .int64, data: header, count: World.headerLength, peer: peer, checked: false)
    }
    if bytes == 0 { return }
    try reading(tensor) { data throws(DistributedError) in
      try run(Kind.send, "send to rank \(peer)", .bytes, data: data, count: bytes, peer: peer, checked: false)
    }
  }

  /// Returns the tensor that another rank sends.
  public func receive(from peer: Int) throws(DistributedError) -> Tensor {
    guard isOther(peer, "receive") else { return Tensor(0.0) }
    var header = [Int](repeating: 0, count: World.headerLength)
    let operation = "receive from rank \(peer)"
    try header.withAddress { header throws(DistributedError) in
      try run(Kind.receive, operation, .int64, data: header, count: World.headerLength, peer: peer, checked: false)
    }
    guard World.types.indices.contains(header[0]), (0...(World.headerLength - 2)).contains(header[1]) else {
      throw DistributedError(.communication, "rank \(rank) of \(size), \(label(operation)): what came is no tensor")
    }
    let dtype = World.types[header[0]], shape = Array(header[2..<(2 + header[1])]), count = shape.reduce(1, *)
    return try made(shape, dtype) { data throws(DistributedError) in
      guard count > 0 else { return }
      try run(Kind.receive, operation, .bytes, data: data, count: count * dtype.size, peer: peer, checked: false)
    }
  }

  /// Runs `body` on every rank, and throws on every rank where it failed on one: its own error on the first that failed, on the others one
  /// that names that rank. So no rank waits for one that has given up.
  public func together<R>(_ body: () throws -> R) throws -> R {
    if size == 1 { return try body() }
    let result = Result(catching: body)
    var text = ""
    if case .failure(let error) = result { text = "\(error)" }
    let lengths = try allGather(Tensor([text.utf8.count])).map { $0[0].item(as: Int.self) }
    guard let culprit = lengths.firstIndex(where: { $0 > 0 }) else { return try result.get() }
    let bytes = culprit == rank ? Array(text.utf8) : [UInt8](repeating: 0, count: lengths[culprit])
    let told = try broadcast(Tensor(bytes, shape: [bytes.count]), from: culprit).array(of: UInt8.self)
    if culprit == rank { return try result.get() }
    throw DistributedError(.otherRank, "rank \(culprit) of \(size): \(String(decoding: told, as: UTF8.self))")
  }

  /// The sum of the float64 vectors of those ranks that have one, which are of one length; nil where none has.
  func statistics(_ own: Tensor?) throws(DistributedError) -> Tensor? {
    let operation = "batch statistics", call = [Kind.statistics, Int(Wire.float64.rawValue), own?.count ?? 0, 0]
    var length = call[2]
    for (other, theirs) in try calls(call, operation).enumerated() {
      if theirs[0] != call[0] || theirs[2] != 0 && length != 0 && theirs[2] != length {
        throw disagreement(operation, call, other, theirs)
      }
      length = Swift.max(length, theirs[2])
    }
    if length == 0 { return nil }
    return try changed(own ?? Tensor.zeros([length], dtype: .float64)) { data throws(DistributedError) in
      try run(Kind.sumInOrder, operation, .float64, data: data, count: length, checked: false)
    }
  }

  // MARK: Elements

  private static let headerLength = 16
  private static let types: [DType] = [.bool, .uint8, .int8, .int16, .int32, .int64, .float16, .bfloat16, .float32, .float64]

  /// The tensor as it is summed; refused where it has no sum.
  private func summable(_ tensor: Tensor, _ operation: String) -> (tensor: Tensor, wire: Wire)? {
    switch tensor.dtype {
    case .float32: return (tensor, .float32)
    case .float64: return (tensor, .float64)
    case .float16, .bfloat16: return (tensor.detach().to(.float32), .float32)
    case .uint8, .int8, .int16, .int32, .int64: return (tensor.detach().to(.int64), .int64)
    default:
      refuse(
        TensorError(
          .dtype, "\(operation) sums numbers, and the tensor is \(tensor.dtype.name)", hint: "Convert it: to(.int64).",
          operation: operation, shapes: [tensor.shape]))
      return nil
    }
  }

  /// A new tensor whose elements `body` writes.
  private func made(
    _ shape: [Int], _ dtype: DType, _ body: (UnsafeMutableRawPointer?) throws(DistributedError) -> Void
  ) throws(DistributedError) -> Tensor {
    var failure: DistributedError?
    let result = Tensor(shape: shape, dtype: dtype) { bytes in
      do throws(DistributedError) { try body(bytes.baseAddress) } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }

  /// A copy of a tensor that `body` changes.
  private func changed(
    _ tensor: Tensor, _ body: (UnsafeMutableRawPointer?) throws(DistributedError) -> Void
  ) throws(DistributedError) -> Tensor {
    try made(tensor.shape, tensor.dtype) { data throws(DistributedError) in
      tensor.withBytes { if let from = $0.baseAddress { data?.copyMemory(from: from, byteCount: $0.count) } }
      try body(data)
    }
  }

  /// Gives `body` the elements of a tensor, which it only reads; C's calls do not say so.
  private func reading(
    _ tensor: Tensor, _ body: (UnsafeMutableRawPointer?) throws(DistributedError) -> Void
  ) throws(DistributedError) {
    var failure: DistributedError?
    tensor.withBytes { bytes in
      do throws(DistributedError) { try body(UnsafeMutableRawPointer(mutating: bytes.baseAddress)) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private func isRank(_ peer: Int, _ operation: String) -> Bool {
    if (0..<size).contains(peer) { return true }
    refuse(
      TensorError(
        .argument, "\(operation): there is no rank \(peer) in a world of \(size)", hint: "Ranks count from 0 to \(size - 1).",
        operation: operation))
    return false
  }

  private func isOther(_ peer: Int, _ operation: String) -> Bool {
    guard isRank(peer, operation) else { return false }
    if peer != rank { return true }
    refuse(
      TensorError(
        .argument, "\(operation): rank \(peer) is this rank itself", hint: "Keep the tensor in a variable.", operation: operation))
    return false
  }
}
