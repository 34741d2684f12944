import CKernels

/// Runs `body` with what its operations save for the backward pass kept in memory up to a budget, and beyond it on a file: the tensors saved
/// first, which a pass wants last, are written to a file that is mapped back when their turn comes. PyTorch's `save_on_cpu` for a machine
/// whose scarce memory is the main one.
///
///     let loss = try saveOnFile(memoryBudget: 1 << 30) { network(x).sum() }
///     loss.backward()
///
/// The numbers are the same bits; a backward pass inside the scope may take other kernels, and round otherwise. Parameters, which stay in memory anyway, small tensors, and what belongs to transforms are saved as they
/// are. A tensor that several operations save is written once. The file has no name and is gone with the last graph that wants it; a
/// scope around each training step keeps it as large as one step needs.
///
/// - Parameters:
///   - memoryBudget: how many bytes of saved tensors may stay in memory.
///   - directory: where the file is; by default where the system keeps temporary files. Choose a disk: some systems keep those in memory.
///   - body: what is recorded.
/// - Throws: `TensorError` where the file cannot be made, or what `body` throws. A file that cannot be written is refused as operations
///   refuse.
public func saveOnFile<R>(memoryBudget: Int, directory: String? = nil, _ body: () throws -> R) throws -> R {
  guard memoryBudget >= 0 else {
    throw TensorError(
      .argument, "a memory budget of \(memoryBudget) bytes", hint: "Give 0 or more bytes.", operation: "saveOnFile")
  }
  var problem: Int32 = 0
  let file = directory.map { cr_spill_open($0, &problem) } ?? cr_spill_open(nil, &problem)
  guard file >= 0 else {
    throw TensorError(
      .argument, "no file for saved tensors could be made in \(directory ?? "the folder of temporary files"): \(systemText(problem))",
      hint: "Name a directory that can be written to.", operation: "saveOnFile")
  }
  let spill = Spill(SpillFile(file), budget: memoryBudget)
  return try SavedTensorPacker { tensor, isLeaf in isLeaf ? nil : spill.keep(tensor) }.run(body)
}

private func systemText(_ error: Int32) -> String { String(cString: cr_spill_text(error)) }

/// The file of one scope.
private final class SpillFile: @unchecked Sendable {
  private let file: Int32
  private let lock = Lock()
  /// Where the next tensor goes, and how many are there; under the lock.
  private var end: UInt64 = 0
  private var regions = 0

  init(_ file: Int32) { self.file = file }

  deinit { cr_spill_close(file) }

  /// Writes bytes; nil, with the error refused, where that fails.
  func write(_ bytes: UnsafeRawPointer, _ count: Int) -> SpillRegion? {
    let offset = lock.withLock { () -> UInt64 in
      let start = end, unit = UInt64(cr_spill_alignment)
      end += (UInt64(count) + unit - 1) / unit * unit
      regions += 1
      return start
    }
    let region = SpillRegion(self, offset, count), problem = cr_spill_write(file, offset, bytes, count)
    if problem == 0 { return region }
    fail(
      TensorError(
        .argument, "\(count) bytes of saved tensors could not be written to the file: \(systemText(problem))",
        hint: "Make room, name another directory, or raise the memory budget.", operation: "saveOnFile"))
    return nil
  }

  func map(_ offset: UInt64, _ count: Int) -> UnsafeMutableRawPointer? { cr_spill_map(file, offset, count) }

  func release() {
    lock.withLock {
      regions -= 1
      // Nothing is left that anybody wants: the next tensor is written over it.
      if regions == 0 { end = 0 }
    }
  }
}

/// The bytes of one tensor in the file.
private final class SpillRegion: Sendable {
  private let file: SpillFile
  private let offset: UInt64
  let count: Int

  init(_ file: SpillFile, _ offset: UInt64, _ count: Int) {
    self.file = file
    self.offset = offset
    self.count = count
  }

  deinit { file.release() }

  /// The bytes in memory, mapped for as long as the block lives.
  func mapped() -> Storage? { file.map(offset, count).map { Storage(mapped: $0, bytes: count, owner: self) } }
}

/// A saved tensor, in memory or on the file. Passes on any thread read it.
private final class SpillSlot: @unchecked Sendable {
  let shape: Shape
  let dtype: DType
  let bytes: Int
  private let spill: Spill
  private var inMemory: SharedReference<TensorBox>
  private var onFile = SharedReference<SpillRegion>()

  init(_ spill: Spill, _ value: Tensor) {
    self.spill = spill
    shape = value.internalShape
    dtype = value.dtype
    bytes = value.byteCount
    inMemory = SharedReference(value.box)
  }

  deinit { if !inMemory.isEmpty { spill.account(-bytes) } }

  /// Whether the tensor is the one here, still in memory.
  func holds(_ t: Tensor) -> Bool {
    guard let box = inMemory.read() else { return false }
    return box.head.pointee.payload === t.box.head.pointee.payload && box.meta.pointee.data == t.box.meta.pointee.data
      && box.shape == t.box.shape
      && box.strides == t.box.strides && box.dtype == t.box.dtype
  }

  /// Moves the tensor to the file; false where it is there already, or cannot be.
  func move(to file: SpillFile) -> Bool {
    guard let box = inMemory.read(), let packed = Tensor(box).orFailPacked("saveOnFile"), let data = packed.box.c.pointee.data,
      let region = file.write(data, bytes)
    else { return false }
    // First to the file, then out of memory: who reads meanwhile finds it in one of them.
    onFile.exchange(region)
    inMemory.exchange(nil)
    return true
  }

  func tensor() -> Tensor {
    if let box = inMemory.read() { return Tensor(box) }
    guard let storage = onFile.read()?.mapped() else { return fail(Rules.outOfMemory(bytes: bytes).named("saveOnFile")) }
    return Tensor(TensorBox.holding(storage, shape, dtype))
  }
}

/// What one scope has saved.
private final class Spill: @unchecked Sendable {
  private struct Entry {
    weak var slot: SpillSlot?
  }

  private let file: SpillFile
  private let budget: Int
  private let lock = Lock()
  /// Bytes in memory; under the lock, as graphs are released by any thread.
  private var held = 0
  /// In the order in which they were saved; only the thread of the scope looks at these two.
  private var queue: [Entry] = []
  private var byStorage: [ObjectIdentifier: Entry] = [:]
  private var pruneAt = 1024

  /// A smaller tensor stays where it is: a region of the file is at least as large.
  private static let smallest = 32 << 10

  init(_ file: SpillFile, budget: Int) {
    self.file = file
    self.budget = budget
  }

  func account(_ bytes: Int) { lock.withLock { held += bytes } }

  /// Takes a tensor over; nil where it is better saved as it is.
  func keep(_ tensor: Tensor) -> SavedTensorPacker.Unpack? {
    guard tensor.hasOwnElements, tensor.byteCount >= Self.smallest, let storage = tensor.box.head.pointee.payload else { return nil }
    let key = ObjectIdentifier(storage)
    if let known = byStorage[key]?.slot, known.holds(tensor) { return { known.tensor() } }
    let slot = SpillSlot(self, tensor)
    account(slot.bytes)
    byStorage[key] = Entry(slot: slot)
    queue.append(Entry(slot: slot))
    makeRoom()
    return { slot.tensor() }
  }

  private func makeRoom() {
    var next = 0
    while next < queue.count, lock.withLock({ held }) > budget {
      if let slot = queue[next].slot {
        if !slot.move(to: file) { break }
        account(-slot.bytes)
      }
      next += 1
    }
    queue.removeFirst(next)
    guard queue.count + byStorage.count > pruneAt else { return }
    queue.removeAll { $0.slot == nil }
    byStorage = byStorage.filter { $0.value.slot != nil }
    pruneAt = max(1024, 2 * (queue.count + byStorage.count))
  }
}
