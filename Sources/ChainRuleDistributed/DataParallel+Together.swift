public import ChainRule

extension DataParallel {
  /// Batches of ranks that have different numbers of them: until the last rank has no more, one that has none left goes on with batches of
  /// no samples, which count nothing.
  ///
  ///     for (x, y) in trainer.together(loader) { ... trainer.backward(x, y) { ... } ... }
  public func together<S: Sequence>(_ batches: S) -> TogetherBatches<S> where S.Element == (Tensor, Tensor) {
    TogetherBatches(base: batches, world: world)
  }
}

/// What `DataParallel.together` gives.
public struct TogetherBatches<Base: Sequence>: Sequence where Base.Element == (Tensor, Tensor) {
  let base: Base
  let world: World

  /// The batches.
  public func makeIterator() -> Iterator { Iterator(base: base.makeIterator(), world: world) }

  /// The next batch, as long as any rank has one.
  public struct Iterator: IteratorProtocol {
    var base: Base.Iterator
    let world: World
    private var empty: (Tensor, Tensor)?

    init(base: Base.Iterator, world: World) {
      self.base = base
      self.world = world
    }

    /// The next batch.
    public mutating func next() -> (Tensor, Tensor)? {
      let own = base.next()
      if world.size == 1 { return own }
      if let own { empty = (TogetherBatches.rows(of: own.0), TogetherBatches.rows(of: own.1)) }
      do throws(DistributedError) {
        // 2 for a batch, 1 for the form of one, 0 for neither.
        let have = try world.allGather(Tensor([own != nil ? 2 : empty != nil ? 1 : 0])).map { $0[0].item(as: Int.self) }
        guard let first = have.firstIndex(of: 2) else { return nil }
        if have.contains(0) { empty = try TogetherBatches.form(empty, from: first, world) }
        return own ?? empty
      } catch {
        refuse(
          TensorError(.argument, error.description, hint: "See Documentation/Distributed.md on faults.", operation: "together"))
        return nil
      }
    }
  }

  /// No samples, in the form of `tensor`.
  private static func rows(of tensor: Tensor) -> Tensor { tensor.detach().narrow(dim: 0, start: 0, count: 0) }

  /// The form of rank `root`'s batches, for ranks that have seen none.
  private static func form(_ own: (Tensor, Tensor)?, from root: Int, _ world: World) throws(DistributedError) -> (Tensor, Tensor) {
    let types: [DType] = [.bool, .uint8, .int8, .int16, .int32, .int64, .float16, .bfloat16, .float32, .float64]
    let limit = 16
    func numbers(_ tensor: Tensor?) -> [Int] {
      let known = tensor.map { [types.firstIndex(of: $0.dtype) ?? 0, $0.rank] + $0.shape } ?? []
      return Array((known + [Int](repeating: 0, count: limit)).prefix(limit))
    }
    let told = try world.broadcast(Tensor(numbers(own?.0) + numbers(own?.1)), from: root).array(of: Int.self)
    func tensor(_ numbers: ArraySlice<Int>) -> Tensor {
      let numbers = Array(numbers)
      return Tensor.zeros(Array(numbers[2..<Swift.min(2 + numbers[1], limit)]), dtype: types[numbers[0]])
    }
    return (tensor(told[..<limit]), tensor(told[limit...]))
  }
}
