import CMPI
import ChainRule

/// Adds up over the ranks what `SyncBatchNorm` asks for.
final class RankSums: BatchSum, @unchecked Sendable {
  private let world: World

  init(_ world: World) { self.world = world }

  func sum(_ own: Tensor) -> Tensor {
    do throws(DistributedError) {
      return try world.statistics(own) ?? own
    } catch {
      refuse(
        TensorError(.argument, error.description, hint: "See Documentation/Distributed.md on faults.", operation: "SyncBatchNorm"))
      return own
    }
  }

  /// Takes part in the other ranks' sums until all of them have come to the end of their batch: this one may have had no samples.
  func finish() throws(DistributedError) { while try world.statistics(nil) != nil {} }
}

/// Shards that one process computes in turns: each goes on until it asks for a sum over the batch, which is there when all have asked.
final class ShardTurns {
  /// One shard, on a thread of its own. One of all threads runs at a time: no two are ever in here.
  private final class Shard: BatchSum, @unchecked Sendable {
    var turn: OpaquePointer?
    var body: () -> Void = {}
    var hasEnded = false
    /// What it asks to have summed, and then the sum.
    var vector: Tensor?
    var error: TensorError?

    deinit { if let turn { cr_turn_free(turn) } }

    func sum(_ own: Tensor) -> Tensor {
      vector = own
      cr_turn_pause(turn)
      defer { vector = nil }
      return vector ?? own
    }
  }

  private let world: World
  private let shards: [Shard]

  init(_ count: Int, _ world: World) {
    self.world = world
    shards = (0..<count).map { _ in Shard() }
  }

  /// Runs `body` for every shard, as if it were on this thread.
  ///
  /// - Parameters:
  ///   - enter: called before a shard goes on: it has a state of its own.
  ///   - leave: called when it waits, or has ended.
  /// - Returns: the first error that an operation has met, where this thread catches them.
  func run(enter: (Int) -> Void, leave: (Int) -> Void, _ body: (Int) -> Void) throws(DistributedError) -> TensorError? {
    let scopes = ThreadScopes()
    var failure: DistributedError?
    withoutActuallyEscaping(body) { body in
      for (k, shard) in shards.enumerated() {
        shard.body = { [unowned shard] in shard.error = scopes.run { SharedBatch.shared(by: shard) { body(k) } } }
        shard.turn = cr_turn_make(
          { $0.map { Unmanaged<Shard>.fromOpaque($0).takeUnretainedValue().body() } }, Unmanaged.passUnretained(shard).toOpaque())
      }
      while shards.contains(where: { !$0.hasEnded }) {
        for (k, shard) in shards.enumerated() where !shard.hasEnded {
          enter(k)
          shard.hasEnded = !cr_turn_go(shard.turn)
          leave(k)
        }
        // After a failure each goes on to its end with what it has.
        do throws(DistributedError) { if failure == nil { try addUp() } } catch { failure = error }
      }
      for shard in shards { shard.body = {} }
    }
    if let failure { throw failure }
    return shards.lazy.compactMap(\.error).first
  }

  /// The sum over the shards, and the ranks'; those that have come to their end have nothing to add.
  private func addUp() throws(DistributedError) {
    let waiting = shards.filter { !$0.hasEnded }
    if let first = waiting.first?.vector?.count, let other = waiting.first(where: { $0.vector?.count != first })?.vector?.count {
      throw DistributedError(
        .disagreement,
        "\(world.label("batch statistics")): a shard has \(first) numbers, another \(other); hint: every shard calls the same layers")
    }
    var sum = TreeSum()
    for shard in shards { sum.add([shard.hasEnded ? nil : shard.vector]) }
    var all = sum.total(0)
    if world.size > 1 { repeat { all = try world.statistics(sum.total(0)) } while waiting.isEmpty && all != nil }
    for shard in waiting { shard.vector = all }
  }
}
