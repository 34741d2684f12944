public import ChainRule

/// An order in which samples are visited; each epoch asks for it anew.
public protocol Sampler: Sendable {
  /// How many samples an epoch has.
  var count: Int { get }
  /// The order of an epoch: draws it now.
  func indices() -> [Int]
}

private func refused(_ message: String, _ hint: String, _ operation: String) {
  refuse(TensorError(.argument, message, hint: hint, operation: operation))
}

/// All samples in their order.
public struct SequentialSampler: Sampler {
  /// How many samples there are.
  public let count: Int

  /// The numbers from 0 to `count` - 1.
  public init(_ count: Int) {
    self.count = Swift.max(count, 0)
    if count < 0 { refused("the number of samples is negative: \(count)", "Give the dataset's count.", "SequentialSampler") }
  }

  /// 0, 1, 2, ...
  public func indices() -> [Int] { Array(0..<count) }
}

/// Samples in random order: `torch.utils.data.RandomSampler`'s for the same seed.
public struct RandomSampler: Sampler {
  private let size: Int
  private let replacement: Bool
  /// How many samples an epoch has.
  public let count: Int
  private let generator: ChainRule.Generator?

  /// A random order of `size` samples.
  ///
  /// - Parameters:
  ///   - size: the number of samples in the dataset.
  ///   - replacement: whether a sample may be drawn again before the others.
  ///   - numSamples: how many are drawn; by default `size`.
  ///   - generator: the source; by default each epoch seeds one of its own from the process-wide one.
  public init(_ size: Int, replacement: Bool = false, numSamples: Int? = nil, generator: ChainRule.Generator? = nil) {
    let count = numSamples ?? size
    let isRight = size > 0 && count > 0 || size == 0 && count == 0
    self.size = isRight ? size : 0
    self.replacement = replacement
    self.count = isRight ? count : 0
    self.generator = generator
    if !isRight {
      refused(
        "num_samples should be a positive integer value, but got num_samples=\(count)", "There are \(size) samples to draw from.",
        "RandomSampler")
    }
  }

  /// The order of an epoch.
  public func indices() -> [Int] {
    let source = generator ?? ChainRule.Generator(seed: ChainRule.Generator.default.nextSeed())
    guard size > 0 else { return [] }
    var result: [Int] = []
    if replacement {
      // In pieces as PyTorch draws them, the last one also where it is empty.
      for start in stride(from: 0, through: count, by: 32) where !isErrorPending {
        result += Tensor.randint(0, size, [Swift.min(32, count - start)], generator: source).array(of: Int.self)
      }
    } else {
      for start in stride(from: 0, through: count, by: size) where !isErrorPending {
        result += Tensor.randperm(size, generator: source).array(of: Int.self).prefix(count - start)
      }
    }
    return result
  }
}

/// Some samples in random order: `torch.utils.data.SubsetRandomSampler`'s for the same seed.
public struct SubsetRandomSampler: Sampler {
  private let subset: [Int]
  private let generator: ChainRule.Generator?

  /// A random order of `indices`.
  public init(_ indices: [Int], generator: ChainRule.Generator? = nil) {
    subset = indices
    self.generator = generator
  }

  /// How many samples there are.
  public var count: Int { subset.count }

  /// The order of an epoch.
  public func indices() -> [Int] { Tensor.randperm(count, generator: generator).array(of: Int.self).map { subset[$0] } }
}

/// Samples drawn by weight: `torch.utils.data.WeightedRandomSampler`'s for the same seed.
public struct WeightedRandomSampler: Sampler {
  private let weights: [Double]
  private let replacement: Bool
  /// How many samples an epoch has.
  public let count: Int
  private let generator: ChainRule.Generator?

  /// An order drawn by weight.
  ///
  /// - Parameters:
  ///   - weights: how likely each sample is, not necessarily adding up to 1.
  ///   - numSamples: how many are drawn.
  ///   - replacement: whether a sample may be drawn again.
  ///   - generator: the source; by default the process-wide one.
  public init(_ weights: [Double], numSamples: Int, replacement: Bool = true, generator: ChainRule.Generator? = nil) {
    self.weights = weights
    self.replacement = replacement
    count = Swift.max(numSamples, 0)
    self.generator = generator
    if numSamples <= 0 {
      refused("num_samples should be a positive integer value, but got num_samples=\(numSamples)", "", "WeightedRandomSampler")
    }
  }

  /// The order of an epoch.
  public func indices() -> [Int] {
    Tensor(weights, dtype: .float64).multinomial(count, replacement: replacement, generator: generator).array(of: Int.self)
  }
}

/// The part of a random order that one of several processes visits: `torch.utils.data.DistributedSampler`'s.
public struct DistributedSampler: Sampler {
  private let size: Int
  private let replicas: Int
  private let rank: Int
  private let shuffle: Bool
  private let seed: Int
  private let dropLast: Bool
  /// The number of the epoch, by which the order differs from epoch to epoch; the same in all processes.
  public var epoch = 0

  /// The share of one of several processes.
  ///
  /// - Parameters:
  ///   - size: the number of samples in the dataset.
  ///   - replicas: how many processes there are.
  ///   - rank: the number of this one, from 0.
  ///   - shuffle: whether the order is random.
  ///   - seed: the seed of the order, the same in all processes.
  ///   - dropLast: whether samples are left out, rather than some visited twice, where they cannot be shared evenly.
  public init(_ size: Int, replicas: Int, rank: Int, shuffle: Bool = true, seed: Int = 0, dropLast: Bool = false) {
    let isRight = replicas > 0 && (0..<Swift.max(replicas, 1)).contains(rank) && size >= 0 && replicas <= 1 << 32
    self.size = isRight ? size : 0
    self.replicas = isRight ? replicas : 1
    self.rank = isRight ? rank : 0
    self.shuffle = shuffle
    self.seed = seed
    self.dropLast = dropLast
    if !isRight {
      refused(
        "Invalid rank \(rank), rank should be in the interval [0, \(replicas &- 1)]",
        "There are \(size) samples for \(replicas) processes.",
        "DistributedSampler")
    }
  }

  /// How many samples this process visits.
  public var count: Int { dropLast ? size / replicas : size / replicas + (size % replicas == 0 ? 0 : 1) }

  /// The order of an epoch.
  public func indices() -> [Int] {
    guard size > 0 else { return [] }
    let order =
      shuffle ? Tensor.randperm(size, generator: ChainRule.Generator(seed: seed &+ epoch)).array(of: Int.self) : Array(0..<size)
    // Without enough samples for all, the order begins again.
    return isErrorPending ? [] : (0..<count).map { order[($0 * replicas + rank) % size] }
  }
}

/// Batches of an order of samples.
public struct BatchSampler<Base: Sampler>: Sendable {
  /// The order.
  public let sampler: Base
  /// Samples in a batch.
  public let batchSize: Int
  /// Whether a last batch of fewer samples is left out.
  public let dropLast: Bool

  /// The samples of `sampler` in batches.
  public init(_ sampler: Base, batchSize: Int, dropLast: Bool = false) {
    self.sampler = sampler
    self.batchSize = Swift.max(batchSize, 1)
    self.dropLast = dropLast
    if batchSize < 1 {
      refused(
        "batch_size should be a positive integer value, but got batch_size=\(batchSize)", "A batch has at least one sample.", "BatchSampler"
      )
    }
  }

  /// The number of batches.
  public var count: Int { sampler.count / batchSize + (dropLast || sampler.count % batchSize == 0 ? 0 : 1) }

  /// The batches of an epoch.
  public func batches() -> [[Int]] {
    let order = sampler.indices()
    return stride(from: 0, to: order.count, by: batchSize).map { Array(order[$0..<Swift.min($0 + batchSize, order.count)]) }
      .filter { !dropLast || $0.count == batchSize }
  }
}
