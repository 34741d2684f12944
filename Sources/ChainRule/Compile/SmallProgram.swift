import CKernels

/// Consecutive steps of a plan on small tensors, as one action: results have places in one block of memory that is there from run to run, and
/// only what later steps read becomes a tensor. An operation costs its kernel's call and no object.
final class SmallProgram: PlanAction {
  private let locals: [SmallBuilder.Local]
  private let tensors: UnsafeMutablePointer<cr_tensor>
  private let dims: UnsafeMutablePointer<Int64>
  private let flags: UnsafeMutablePointer<Bool>
  private let memory: UnsafeMutableRawPointer
  private let steps: UnsafeMutableBufferPointer<cr_small_step>
  private let imports: [(local: Int, slot: Slot)]
  private let exports: [Export]
  /// Views of what has another address at each run.
  private let moved: [(local: Int, root: Int, offset: Int)]
  /// Places that get a view, or the tensor itself, of another place.
  private let shared: [Shared]
  /// The steps themselves, for inputs that lie otherwise than they did when the plan was recorded.
  private let plain: [PlanStep]

  /// A result that becomes a tensor.
  private struct Export {
    let local: Int
    let slot: Slot
    /// Whether only views of it are read, so that its place is empty again afterwards.
    var isHidden = false
  }

  private struct Shared {
    let slot: Slot
    let of: Slot
    /// The view of it; nil: the tensor itself.
    let view: Int?
  }

  /// The program of what `builder` holds, which the steps `plain` are too.
  ///
  /// - Parameters:
  ///   - isRead: whether a place is read after it.
  ///   - hidden: gives a place for a tensor of which only views are read.
  init(_ builder: SmallBuilder, _ plain: [PlanStep], _ isRead: (Slot) -> Bool, hidden: () -> Slot) {
    let locals = builder.locals
    self.locals = locals
    self.plain = plain
    imports = builder.given.map { (local: $0.key, slot: $0.value) }.sorted { $0.slot < $1.slot }
    var exports: [Export] = [], shared: [Shared] = [], owner: [Int: Slot] = [:]
    for (local, slot) in imports { owner[local] = slot }
    for (slot, local) in builder.places.sorted(by: { $0.key < $1.key }) where builder.made.contains(slot) && isRead(slot) {
      let root = locals[local].root
      if root == local, owner[local] == nil {
        owner[local] = slot
        exports.append(Export(local: local, slot: slot))
        continue
      }
      if owner[root] == nil {
        // The tensor may be read itself, too.
        let own = builder.places.filter { $0.value == root && builder.made.contains($0.key) && isRead($0.key) }.keys.min()
        let place = own ?? hidden()
        owner[root] = place
        exports.append(Export(local: root, slot: place, isHidden: own == nil))
      }
      if let of = owner[root], of != slot { shared.append(Shared(slot: slot, of: of, view: root == local ? nil : local)) }
    }
    self.exports = exports
    self.shared = shared
    let isOutside = Set(imports.map(\.local) + exports.map(\.local))
    moved = locals.enumerated().compactMap { i, local in
      local.root != i && isOutside.contains(local.root) ? (local: i, root: local.root, offset: local.offset) : nil
    }
    let (offsets, bytes) = Self.arranged(builder, isOutside)
    memory = .allocate(byteCount: max(bytes, 1), alignment: 64)
    tensors = .allocate(capacity: max(locals.count, 1))
    dims = .allocate(capacity: max(locals.reduce(0) { $0 + 2 * $1.shape.rank }, 1))
    flags = .allocate(capacity: max(builder.steps.reduce(0) { $0 + $1.reduced.count }, 1))
    steps = .allocate(capacity: builder.steps.count)
    var dim = 0, flag = 0
    for (i, local) in locals.enumerated() {
      let rank = local.shape.rank, sizes = dims + dim
      for d in 0..<rank {
        sizes[d] = Int64(local.shape[d])
        sizes[rank + d] = Int64(local.strides[d])
      }
      dim += 2 * rank
      var tensor = cr_tensor()
      tensor.data = memory + (offsets[local.root] ?? 0) + local.offset
      tensor.dims = sizes
      tensor.count = Int64(local.shape.elements)
      tensor.dtype = local.dtype.kernelType
      tensor.rank = UInt8(rank)
      tensor.contiguous = local.shape.isRowMajor(local.strides)
      (tensors + i).initialize(to: tensor)
    }
    for (i, step) in builder.steps.enumerated() {
      var raw = cr_small_step()
      raw.kind = step.kind
      raw.op = step.op
      raw.number_on_left = step.isNumberFirst
      raw.number = step.number
      raw.x_transposed = step.isTransposed.x
      raw.w_transposed = step.isTransposed.w
      raw.x = UnsafePointer(tensors + step.x)
      if let w = step.w { raw.w = UnsafePointer(tensors + w) }
      if let bias = step.bias { raw.bias = UnsafePointer(tensors + bias) }
      if !step.reduced.isEmpty {
        (flags + flag).initialize(from: step.reduced, count: step.reduced.count)
        raw.reduced = UnsafePointer(flags + flag)
        flag += step.reduced.count
      }
      raw.out = tensors + step.out
      steps.initializeElement(at: i, to: raw)
    }
  }

  deinit {
    tensors.deallocate()
    dims.deallocate()
    flags.deallocate()
    memory.deallocate()
    steps.deallocate()
  }

  /// Where in the memory each result lies, and how much there is: the lowest place that nothing else has from the step that makes the result
  /// to the last that reads it, views included.
  private static func arranged(_ builder: SmallBuilder, _ isOutside: Set<Int>) -> (offsets: [Int: Int], bytes: Int) {
    var first: [Int: Int] = [:], last: [Int: Int] = [:]
    for (i, step) in builder.steps.enumerated() {
      for local in [step.x, step.w, step.bias, step.out].compactMap({ $0 }) {
        let root = builder.locals[local].root
        first[root] = first[root] ?? i
        last[root] = i
      }
    }
    var offsets: [Int: Int] = [:], bytes = 0, living: [(root: Int, from: Int, to: Int)] = []
    for (root, start) in first.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) where !isOutside.contains(root) {
      // Where vectors of 64 bytes begin.
      let room = (builder.locals[root].extent + 63) / 64 * 64
      living.removeAll { (last[$0.root] ?? 0) < start }
      var place = 0
      for other in living.sorted(by: { $0.from < $1.from }) where other.from < place + room { place = max(place, other.to) }
      offsets[root] = place
      living.append((root: root, from: place, to: place + room))
      bytes = max(bytes, place + room)
    }
    return (offsets, bytes)
  }

  override func run(_ places: Places) throws(TensorError) {
    for (local, slot) in imports {
      let box = places[slot].unsafelyUnwrapped.c
      guard cr_same_layout(box, tensors + local) else { return try runPlain(places) }
      tensors[local].data = box.pointee.data
    }
    for export in exports {
      let box = try TensorBox.uninitialized(locals[export.local].shape, locals[export.local].dtype)
      tensors[export.local].data = box.meta.pointee.data
      places[export.slot] = box
    }
    for (local, root, offset) in moved { tensors[local].data = tensors[root].data + offset }
    cr_run_small(steps.baseAddress, Int64(steps.count))
    for share in shared {
      guard let view = share.view else {
        places[share.slot] = places[share.of]
        continue
      }
      let local = locals[view]
      places[share.slot] = places[share.of].unsafelyUnwrapped.view(
        local.shape, strides: local.strides, offset: local.offset / local.dtype.size)
    }
    for export in exports where export.isHidden { places[export.slot] = nil }
  }

  private func runPlain(_ places: Places) throws(TensorError) {
    for step in plain { try PlanAction.made(of: step).run(places) }
  }
}
