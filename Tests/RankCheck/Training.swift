import ChainRule
import ChainRuleData
import ChainRuleDistributed
import ChainRuleNN
import ChainRuleOptim
import Foundation

/// Runs of a few steps, whose weights are written to a file.
///
///     RankCheck train mlp|cnn|sync|gpt sgd|adam SHARDS STEPS FILE [clip] [sharded] [accumulate] [compiled]
enum Training {
  static func run(_ arguments: [String]) throws {
    guard arguments.count >= 5, let shards = Int(arguments[2]), let steps = Int(arguments[3]) else {
      throw Check.Wrong(description: "usage: train NETWORK OPTIMIZER SHARDS STEPS FILE [clip] [sharded] [accumulate] [compiled]")
    }
    let world = try World(timeout: .seconds(120)), flags = Set(arguments.dropFirst(5))
    manualSeed(world.rank + 1)
    let task = Task(arguments[0])
    let trainer = try DataParallel(task.model, world, shards: shards == 0 ? nil : shards, bucketBytes: 20_000)
    // What is drawn from here on is the same on all ranks.
    manualSeed(5)
    let parameters = task.model.parameters()
    let optimizer: Optimizer = arguments[1] == "sgd" ? SGD(parameters, lr: 0.05, momentum: 0.9) : Adam(parameters, lr: 1e-3)
    if flags.contains("sharded") { _ = trainer.shardedOptimizer(optimizer) }
    var losses: [Double] = [], step = 0
    let loader = DataLoader(trainer.part(of: task.data), batchSize: 20, shuffle: true)
    func update() -> Tensor {
      let norm = flags.contains("clip") ? clipGradNorm(parameters, maxNorm: 0.5) : Tensor(0.0)
      optimizer.step()
      return norm
    }
    // What stands before and after the sums may run as plans.
    let isCompiled = flags.contains("compiled"), compiledUpdate = compile(update)
    let compiledLoss = compile { (x: Tensor, y: Tensor) in task.loss(x, y) }
    let part = isCompiled ? { compiledLoss($0, $1) } : task.loss
    func take(_ x: Tensor, _ y: Tensor) throws -> Tensor {
      optimizer.zeroGrad()
      let loss: Tensor
      if flags.contains("accumulate") {
        try trainer.noSync { _ = try trainer.backward(x, y) { part($0, $1) * 0.5 } }
        loss = try trainer.backward(x, y) { part($0, $1) * 0.5 }
      } else {
        loss = try trainer.backward(x, y, part)
      }
      _ = isCompiled ? compiledUpdate() : update()
      return loss
    }
    while step < steps {
      for (x, y) in loader.prefix(steps - step) {
        step += 1
        losses.append(try take(x, y).item())
      }
    }
    if isCompiled { try Check.expect(compiledUpdate.plan != nil, "the update runs as it is: \(compiledUpdate.reasonForEager ?? "")") }
    var state = task.model.stateDict()
    let saved = optimizer.stateDict()
    for (name, tensor) in saved.tensors { state["optimizer.\(name)"] = tensor }
    // What was gathered is what is kept when it is loaded.
    try optimizer.load(saved)
    let again = optimizer.stateDict()
    try Check.expect(again.numbers == saved.numbers && again.tensors.names == saved.tensors.names, "a state that was loaded")
    for (name, tensor) in again.tensors {
      try Check.expect((tensor .== saved.tensors[name] ?? Tensor(0.0)).all().item(as: Bool.self), "\(name) after it was loaded")
    }
    state["losses"] = Tensor(losses, dtype: .float64)
    if world.isFirst { try saveSafetensors(state, to: arguments[4]) }
    // Every rank has the same weights, of the same bits.
    for (name, tensor) in task.model.stateDict() {
      for other in try world.allGather(tensor) {
        try Check.expect(other.withUnsafeBytes { a in tensor.withUnsafeBytes { b in a.elementsEqual(b) } }, "\(name) differs between ranks")
      }
    }
  }

  /// A small network with data for it.
  struct Task {
    let model: any Layer
    let data: TensorDataset

    init(_ name: String) {
      let source = ChainRule.Generator(seed: 3)
      switch name {
      case "mlp":
        model = Sequential {
          Linear(10, 32)
          ReLU()
          Dropout(0.2)
          Linear(32, 3)
        }
        data = TensorDataset(Tensor.randn(50, 10, generator: source), Tensor.randint(0, 3, [50], generator: source))
      case "cnn":
        model = Sequential {
          Conv2d(1, 6, kernel: 3, padding: 1)
          BatchNorm2d(6)
          ReLU()
          MaxPool2d(2)
          Flatten()
          Linear(96, 3)
        }
        data = TensorDataset(Tensor.randn(50, 1, 8, 8, generator: source), Tensor.randint(0, 3, [50], generator: source))
      case "sync":
        // Shards of a single row, which alone would have no variance.
        model = SyncBatchNorm.convert(
          Sequential {
            Conv2d(1, 6, kernel: 3, padding: 1)
            BatchNorm2d(6)
            ReLU()
            MaxPool2d(2)
            Flatten()
            Linear(96, 8)
            Dropout(0.2)
            BatchNorm1d(8)
            Linear(8, 3)
          })
        data = TensorDataset(Tensor.randn(50, 1, 8, 8, generator: source), Tensor.randint(0, 3, [50], generator: source))
      default:
        model = GPT(vocabulary: 16, context: 8, layers: 2, heads: 4, width: 32)
        let tokens = Tensor.randint(0, 16, [50, 9], generator: source)
        data = TensorDataset(tokens[.all, 0..<8], tokens[.all, 1..<9])
      }
    }

    func loss(_ x: Tensor, _ y: Tensor) -> Tensor {
      let output = model(x)
      return output.rank == 3 ? crossEntropy(output.flattened(from: 0, through: 1), y.flattened()) : crossEntropy(output, y)
    }
  }
}
