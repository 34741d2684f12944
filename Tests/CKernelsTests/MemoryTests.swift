import CKernels
import Synchronization
import Testing

/// The bytes of the last shortage that was reported, and the thread that was told.
private let missing = Atomic<UInt64>(0), told = Atomic<UInt>(0)

extension KernelTests {
  struct MemoryTests {
    private struct Block {
      let start: UnsafeMutableRawPointer
      let capacity: Int
      let mark: UInt8
    }

    private static func allocate(_ bytes: Int, _ mark: UInt8) -> Block? {
      var capacity = 0
      guard let start = cr_alloc(bytes, &capacity) else { return nil }
      precondition(capacity >= bytes && capacity <= max(64, bytes + bytes / 4 + 64) * 2 && UInt(bitPattern: start) % 64 == 0)
      // Both ends carry the mark: blocks that overlap would overwrite it.
      start.storeBytes(of: mark, as: UInt8.self)
      start.storeBytes(of: mark, toByteOffset: capacity - 1, as: UInt8.self)
      return Block(start: start, capacity: capacity, mark: mark)
    }

    private static func free(_ b: Block) {
      precondition(b.start.load(as: UInt8.self) == b.mark && b.start.load(fromByteOffset: b.capacity - 1, as: UInt8.self) == b.mark)
      cr_free(b.start, b.capacity)
    }

    // What counts memory has a process of its own: the counters are the process's, and other tests use memory too.

    @Test func survivesRandomTraffic() async {
      await #expect(processExitsWith: .success) {
        var g = SplitMix(31)
        let liveBefore = cr_live_bytes()
        var live = [Block](), bytes = 0
        for step in 0..<20_000 {
          if live.count > 60 || (!live.isEmpty && g.below(2) == 0) {
            let b = live.remove(at: g.below(live.count))
            bytes -= b.capacity
            MemoryTests.free(b)
          } else if let b = MemoryTests.allocate(g.below(1 << g.below(24)), UInt8(truncatingIfNeeded: step)) {
            live.append(b)
            bytes += b.capacity
          }
          precondition(cr_live_bytes() - liveBefore == UInt64(bytes))
          let peak = cr_peak_bytes()
          precondition(cr_live_bytes() + cr_cached_bytes() <= peak + peak / 4 + 32 << 20)
        }
        live.forEach(MemoryTests.free)
        precondition(cr_live_bytes() == liveBefore)
        cr_empty_cache()
        precondition(cr_cached_bytes() == 0)
      }
    }

    @Test func aStepTakesNothingFromTheSystemAfterWarmUp() async {
      await #expect(processExitsWith: .success) {
        func step() {
          let sizes = [100_000, 3_000_000, 70_000, 9_000_000, 100_000, 1 << 20, 500]
          let blocks = sizes.compactMap { MemoryTests.allocate($0, 7) }
          blocks.forEach(MemoryTests.free)
        }
        step()
        let before = cr_large_allocations()
        for _ in 0..<100 { step() }
        precondition(cr_large_allocations() == before)
      }
    }

    @Test func refusesWhatCannotBe() {
      var capacity = 1
      for bytes in [Int.max, Int.max / 2 + 2, 1 << 60] {
        let block: UnsafeMutableRawPointer? = cr_alloc(bytes, &capacity)
        #expect(block == nil && capacity == 0)
      }
      let empty = cr_alloc(0, &capacity)
      #expect(empty != nil && capacity == 64)
      cr_free(empty, capacity)
      cr_free(nil, 0)
    }

    /// What is set aside is nobody else's, and comes back.
    @Test func setsMemoryAside() async {
      await #expect(processExitsWith: .success) {
        let limit = Int(cr_memory_limit())
        var capacity = 0
        precondition(!cr_reserve(Int.max) && !cr_reserve(limit + 1))
        precondition(cr_reserve(limit - (1 << 20)))
        precondition(!cr_reserve(2 << 20) && cr_alloc(2 << 20, &capacity) == nil)
        cr_unreserve(limit - (1 << 20))
        let block = cr_alloc(2 << 20, &capacity)
        precondition(block != nil)
        cr_free(block, capacity)
      }
    }

    /// Whichever thread runs the part that finds no memory, the one that called is told.
    @Test func tellsTheCallerOfShortages() async {
      await #expect(processExitsWith: .success) {
        let task: cr_task = { caller, part in
          var capacity = 0, spins = Int32(0)
          for _ in 0..<2000 { cr_pause(&spins) }
          if caller != UnsafeMutableRawPointer(cr_thread()) { precondition(cr_scratch(Int.max - Int(part), &capacity) == nil) }
        }
        cr_on_shortage {
          missing.store($0, ordering: .relaxed)
          told.store(UInt(bitPattern: cr_thread()), ordering: .relaxed)
        }
        cr_set_thread_count(2)
        // The worker may come too late for a job, not for all of them.
        for _ in 0..<1000 where told.load(ordering: .relaxed) == 0 { cr_parallel(64, task, cr_thread()) }
        precondition(told.load(ordering: .relaxed) == UInt(bitPattern: cr_thread()))
        precondition(missing.load(ordering: .relaxed) > UInt64(Int.max) - 64)
      }
    }

    @Test func servesSeveralThreadsAtOnce() async {
      await withTaskGroup(of: Void.self) { group in
        for worker in 0..<4 {
          group.addTask {
            var g = SplitMix(UInt64(40 + worker))
            for step in 0..<3000 {
              if let b = Self.allocate(g.below(1 << g.below(18)), UInt8(truncatingIfNeeded: step)) { Self.free(b) }
            }
          }
        }
      }
    }
  }
}
