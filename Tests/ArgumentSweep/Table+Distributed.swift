import ChainRule
import ChainRuleData
import ChainRuleDistributed
import ChainRuleNN

extension Table {
  /// In a world of one, which is what a process without a launcher has.
  static let distributed: [Call] = [
    call("World.allReduce(_:order:)", x) { try World().allReduce($0, order: .any) },
    call("World.allGather(_:)", x) { try World().allGather($0) },
    call("World.broadcast(_:from:)", x, 0) { try World().broadcast($0, from: $1) },
    // Its only rank is no other: all are refused.
    call("World.send(_:to:)", x, 1) { a, b in try? catching { try World().send(a, to: b) } },
    call("World.receive(from:)", 1) { a in try? catching { try World().receive(from: a) } },
    call("World.reduceScatter(_:)", x) { try World().reduceScatter($0) },
    call("DataParallel.init(_:_:shards:bucketBytes:)", 2, 1 << 20) {
      try DataParallel(Linear(2, 1), World(), shards: $0, bucketBytes: $1).shards
    },
    call("DataParallel.backward(_:_:_:)", x, x) {
      try DataParallel(Linear(2, 1), World(), shards: 2).backward($0, $1) { ($0 * $1).mean() }
    },
    call("DataParallel.backward(samples:weight:_:)", 2) {
      let weight = Tensor([1.0, 2], requiresGrad: true)
      return try DataParallel(Linear(2, 1), World()).backward(samples: $0) { _ in weight.sum() }
    },
    call("RankPart.batch(at:)", [0, 1]) { try DataParallel(Linear(2, 1), World()).part(of: TensorDataset(x, index(2))).batch(at: $0).0 },
    call("RankPart.loadBatch(at:)", [0, 1]) {
      try DataParallel(Linear(2, 1), World()).part(of: TensorDataset(x, index(2))).loadBatch(at: $0).0
    },
  ]
}
