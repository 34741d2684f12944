import ChainRule
import ChainRuleNN

extension DataParallel {
  /// Computes the shards of a batch in turns, for layers that need sums over all of them.
  func passesInTurns(_ batch: Batch, _ loss: (Range<Int>) -> Tensor) throws(DistributedError) -> [Pass] {
    var passes = [Pass](repeating: Pass(), count: batch.shards.count), failure: DistributedError?
    // Each shard has buffers of its own; leaves get their gradients at the end of a backward pass, when they are taken at once.
    var values = batch.shards.map { _ in batch.before }
    let error: TensorError?
    do throws(DistributedError) {
      error = try ShardTurns(batch.shards.count, world).run(
        enter: { put(values[$0]) }, leave: { k in values[k] = buffers.map(\.buffer.value) }
      ) { k in
        do throws(DistributedError) { passes[k] = try pass(k, of: batch, loss) } catch { failure = error }
      }
      if let failure { throw failure }
    } catch {
      put(batch.before)
      throw error
    }
    put(batch.before)
    if let error { refuse(error) }
    return passes
  }
}
