import CKernels
import Synchronization
import Testing

extension KernelTests {
  struct PoolTests {
    private final class Counts: Sendable {
      let total = Atomic<Int>(0), square = Atomic<Int>(0)
    }

    private static let count: cr_task = { context, part in
      guard let context else { return }
      let counts = Unmanaged<Counts>.fromOpaque(context).takeUnretainedValue()
      counts.total.add(1, ordering: .relaxed)
      counts.square.add(Int(part * part), ordering: .relaxed)
    }

    private static let nest: cr_task = { context, _ in cr_parallel(5, KernelTests.PoolTests.count, context) }

    private func run(_ parts: Int, _ task: cr_task) -> Counts {
      let counts = Counts()
      cr_parallel(Int64(parts), task, Unmanaged.passUnretained(counts).toOpaque())
      return counts
    }

    @Test func runsEveryPartOnce() {
      for threads in [1, 2, 3, 5, 2, 1] {
        withThreads(Int32(threads)) {
          #expect(cr_thread_count() == Int32(threads))
          for parts in [0, 1, 2, 3, 64, 1000] {
            for _ in 0..<20 {
              let counts = run(parts, Self.count)
              #expect(counts.total.load(ordering: .relaxed) == parts)
              #expect(counts.square.load(ordering: .relaxed) == (0..<parts).reduce(0) { $0 + $1 * $1 })
            }
          }
        }
      }
    }

    @Test func runsNestedPartsOnTheThreadThatAsks() {
      withThreads(3) {
        for _ in 0..<50 { #expect(run(20, Self.nest).total.load(ordering: .relaxed) == 100) }
      }
    }

    @Test func servesSeveralThreadsAtOnce() async {
      let before = cr_thread_count()
      cr_set_thread_count(3)
      defer { cr_set_thread_count(before) }
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<6 {
          group.addTask {
            (0..<300).allSatisfy { round in
              let parts = round % 9
              let counts = Counts()
              cr_parallel(Int64(parts), KernelTests.PoolTests.nest, Unmanaged.passUnretained(counts).toOpaque())
              return counts.total.load(ordering: .relaxed) == 5 * parts
            }
          }
        }
        for await good in group { #expect(good) }
      }
    }

    @Test func partsDependOnWorkAlone() {
      #expect(cr_parts(0, 10) == 1 && cr_parts(19, 10) == 1 && cr_parts(20, 10) == 2 && cr_parts(1 << 40, 10) == 64)
      let few = withThreads(1) { cr_parts(12345, 100) }
      #expect(withThreads(7) { cr_parts(12345, 100) } == few)
    }

    @Test func threadCountIsClamped() {
      withThreads(-4) { #expect(cr_thread_count() == 1) }
    }
  }
}
