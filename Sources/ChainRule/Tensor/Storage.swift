import CKernels

/// A large block of elements, shared by every view of it; perhaps still to be computed.
///
/// The block comes from the size-classed cache of the kernels and goes back there, so a steady training step asks the
/// system for nothing.
final class Storage {
  @exclusivity(unchecked) private var base: UnsafeMutableRawPointer?
  @exclusivity(unchecked) private var capacity = 0
  /// What keeps the block, where it is a part of a file mapped into memory. Counted by hand: of the many blocks that are none it asks only
  /// whether it is there.
  @exclusivity(unchecked) private var mapping: Unmanaged<Mapping>?
  /// How the elements are computed, until they are.
  @exclusivity(unchecked) private var recipe: Recipe?
  /// Whether the elements have been computed once only to be reduced.
  @exclusivity(unchecked) private var isReduced = false
  /// Guards the four above. No reference that is read under it is kept after it: what leaves is an address or a number.
  @exclusivity(unchecked) private var lock: UInt8 = 0
  /// Rises from operands to results among blocks that began as pending; 0 for those that did not.
  private let sequence: UInt64

  nonisolated(unsafe) private static var lastSequence: UInt64 = 0

  /// A block of at least `bytes`, uninitialised; nil where the system refuses.
  init?(bytes: Int) {
    sequence = 0
    guard allocate(bytes) else { return nil }
  }

  /// A part of a file in memory, which `owner` keeps there. Its capacity is 0: it is no block for another result to take over.
  init(mapped: UnsafeMutableRawPointer, bytes: Int, owner: AnyObject) {
    sequence = 0
    base = mapped
    mapping = .passRetained(Mapping(mapped, bytes, owner))
  }

  private final class Mapping {
    private let start: UnsafeMutableRawPointer
    private let bytes: Int
    private let owner: AnyObject

    init(_ start: UnsafeMutableRawPointer, _ bytes: Int, _ owner: AnyObject) {
      self.start = start
      self.bytes = bytes
      self.owner = owner
    }

    deinit { cr_spill_unmap(start, bytes) }
  }

  /// A block that is computed when somebody wants its elements; nil where there would be no memory for it then, when it is too late to
  /// refuse.
  init?(_ recipe: Recipe) {
    guard cr_reserve(recipe.bytes) else { return nil }
    self.recipe = recipe
    sequence = cr_next(&Storage.lastSequence)
  }

  deinit {
    if let mapping { mapping.release() } else if let base { cr_free(base, capacity) }
    if let recipe { cr_unreserve(recipe.bytes) }
  }

  private func allocate(_ bytes: Int) -> Bool {
    base = cr_alloc(bytes, &capacity)
    cr_thread().pointee.allocated &+= UInt64(bytes)
    return base != nil
  }

  /// How many operations stand between this block and memory.
  var pendingSteps: Int {
    if sequence == 0 { return 0 }
    cr_lock(&lock)
    defer { cr_unlock(&lock) }
    return recipe?.steps ?? 0
  }

  /// The elements, computed now if they have not been, together with what they depend on.
  func settled() -> UnsafeMutableRawPointer {
    if sequence != 0 { cr_lock(&lock) }
    if let base {
      if sequence != 0 { cr_unlock(&lock) }
      return base
    }
    evaluate(lockedChain())
    return base.unsafelyUnwrapped
  }

  /// Has the elements computed and writes into a descriptor of theirs where they are.
  func settle(_ c: UnsafeMutablePointer<cr_tensor>) {
    let elements = settled()
    cr_lock(&lock)
    cr_settle(c, elements)
    cr_unlock(&lock)
  }

  /// Reduces all elements to one without keeping them; false where they are in memory, or better were.
  func reduce(_ op: cr_reduce_op, into out: UnsafeMutablePointer<cr_tensor>) -> Bool {
    if sequence == 0 { return false }
    cr_lock(&lock)
    // Who reduces twice may do so often: then computing anew costs more than memory.
    guard base == nil, !isReduced else {
      cr_unlock(&lock)
      return false
    }
    isReduced = true
    evaluate(lockedChain()) { steps, recipe in
      cr_reduce_program(op, steps, Int32(steps.count), recipe.dtype.kernelType, Int64(recipe.count), out)
    }
    return true
  }

  /// This block, which is locked, and every pending block it depends on, locked too, from the latest to the earliest.
  ///
  /// Every thread locks in that order, so none waits for another in a circle.
  private func lockedChain() -> [Unmanaged<Storage>] {
    var chain = [Unmanaged.passUnretained(self)]
    var open: [Unmanaged<Storage>] = []
    var latest: Storage = self
    func order(_ entry: Unmanaged<Storage>) -> UInt64 { entry._withUnsafeGuaranteedRef { $0.sequence } }
    while true {
      for operand in [latest.recipe?.x.storage, latest.recipe?.w.storage] {
        guard let operand, operand.sequence != 0 else { continue }
        let entry = Unmanaged.passUnretained(operand)
        if !open.contains(where: { $0.toOpaque() == entry.toOpaque() }) { open.append(entry) }
      }
      guard let next = open.indices.max(by: { order(open[$0]) < order(open[$1]) }) else { return chain }
      let entry = open.remove(at: next)
      latest = entry.takeUnretainedValue()
      cr_lock(&latest.lock)
      if latest.base == nil { chain.append(entry) } else { cr_unlock(&latest.lock) }
    }
  }

  /// Computes a locked chain and unlocks it. A block that only one recipe of the chain holds never reaches memory; nor does
  /// this one, where `consume` takes its elements.
  private func evaluate(_ chain: [Unmanaged<Storage>], _ consume: (([cr_step], Recipe) -> Void)? = nil) {
    let recipes = chain.map { $0._withUnsafeGuaranteedRef { $0.recipe.unsafelyUnwrapped } }
    func position(_ storage: Storage) -> Int? { chain.firstIndex { $0.toOpaque() == Unmanaged.passUnretained(storage).toOpaque() } }
    var isInner = recipes.map { _ in false }
    isInner[0] = consume != nil
    for recipe in recipes {
      if let i = recipe.x.storage.flatMap(position), recipe.x.holdsAlone() { isInner[i] = true }
      if let i = recipe.w.storage.flatMap(position), recipe.w.holdsAlone() { isInner[i] = true }
    }
    func fill(_ operand: inout cr_operand, _ source: Recipe.Operand) {
      guard let storage = source.storage else { return }
      if let place = position(storage) {
        operand.kind = CR_OPERAND_STEP
        operand.step = UInt8(chain.count - 1 - place)
      } else {
        operand.kind = CR_OPERAND_MEMORY
        operand.memory = UnsafeRawPointer(source.address ?? storage.base)
      }
    }
    // The last of the chain is the first step.
    var steps: [cr_step] = []
    for (i, recipe) in recipes.enumerated().reversed() {
      var step = recipe.step
      fill(&step.x, recipe.x)
      fill(&step.w, recipe.w)
      if !isInner[i] {
        let storage = chain[i].takeUnretainedValue()
        cr_unreserve(recipe.bytes)
        guard i == 0 && takeOver(from: recipes, recipe.bytes) || storage.allocate(recipe.bytes) else {
          // The system has less than it says. Too late to be thrown: whoever reads these elements has been given them.
          trap(Rules.outOfMemory(bytes: recipe.bytes).description)
        }
        step.out = storage.base
      }
      steps.append(step)
    }
    if let consume {
      consume(steps, recipes[0])
    } else {
      cr_run_program(steps, Int32(steps.count), recipes[0].dtype.kernelType, Int64(recipes[0].count))
    }
    for (i, entry) in chain.enumerated() {
      entry._withUnsafeGuaranteedRef {
        if !isInner[i] { $0.recipe = nil }
        cr_unlock(&$0.lock)
      }
    }
    // Recipes go last: they alone hold the blocks that nobody wanted.
    withExtendedLifetime(recipes) {}
  }

  /// Takes over the block of an operand that nobody else holds, and that is no larger than the cache of blocks might have given: the
  /// last step writes an element after all that is computed from the old one. A fresh block would have to be brought into the
  /// processor's cache.
  private func takeOver(from recipes: [Recipe], _ bytes: Int) -> Bool {
    recipes.contains { takeOver(&$0.x, bytes) || takeOver(&$0.w, bytes) }
  }

  private func takeOver(_ operand: inout Recipe.Operand, _ bytes: Int) -> Bool {
    guard operand.holdsAlone() else { return false }
    let storage = operand.storage.unsafelyUnwrapped
    guard let block = storage.base, operand.address ?? block == block, bytes...bytes * 5 / 2 ~= storage.capacity else { return false }
    (base, capacity) = (block, storage.capacity)
    (storage.base, storage.capacity) = (nil, 0)
    return true
  }
}
