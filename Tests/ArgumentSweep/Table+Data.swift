import ChainRule
import ChainRuleData
import Foundation

extension Table {
  static let data: [Call] = [
    call("Standardization.init(of:columnCount:)", [1.0, 2, 3, 4], 2) { Standardization(of: $0, columnCount: $1).mean },
    call("TableTransform.init(fitting:columns:rows:options:)", [0, 1]) {
      try TableTransform(fitting: sweptTable(), rows: $0).featureCount
    },
    call("TableTransform.encoded(_:rows:)", [0, 1]) { try TableTransform(fitting: sweptTable()).encoded(sweptTable(), rows: $0) },
    call("TableTransform.codes(_:rows:)", [0, 1]) { try TableTransform(fitting: sweptTable()).codes(sweptTable(), rows: $0) },
    call("TableTransform.decoded(_:)", t(2, 3)) { try TableTransform(fitting: sweptTable()).decoded($0).map { $0.map { $0 ?? "" } } },
    call("Standardization.apply(to:)", [1.0, 2, 3, 4]) { (values: [Double]) -> [Double] in
      var values = values
      Standardization(of: [1, 2, 3, 4], columnCount: 2).apply(to: &values)
      return values
    },
    call("DataLoader.init(_:batchSize:shuffle:dropLast:workers:prefetch:persistentWorkers:generator:)", 2, 0, 2) {
      for batch in DataLoader(TensorDataset(x, index(2)), batchSize: $0, shuffle: true, workers: $1, prefetch: $2) { _ = batch }
    },
    call("DataLoader.init(_:batchSize:sampler:dropLast:workers:prefetch:persistentWorkers:generator:)", 2, 0, 2) {
      let set = TensorDataset(x, index(2))
      for batch in DataLoader(set, batchSize: $0, sampler: SequentialSampler(2), workers: $1, prefetch: $2) { _ = batch }
    },
    call("DataLoader.init(_:batchSampler:workers:prefetch:persistentWorkers:generator:)", 0, 2) {
      let set = TensorDataset(x, index(2)), batches = BatchSampler(SequentialSampler(2), batchSize: 1)
      for batch in DataLoader(set, batchSampler: batches, workers: $0, prefetch: $1) { _ = batch }
    },
    call("IterableDataLoader.init(_:batchSize:dropLast:workers:prefetch:generator:)", 2, 0, 2) {
      for batch in IterableDataLoader(Counting(), batchSize: $0, workers: $1, prefetch: $2) { _ = batch }
    },
    call("DataLoader.epoch(from:)", 0) { for batch in DataLoader(TensorDataset(x, index(2))).epoch(from: $0) { _ = batch } },
    call("TensorDataset.init(_:_:)", x, index(2)) { for batch in DataLoader(TensorDataset($0, $1)).prefix(100) { _ = batch } },
    call("TensorsDataset.init(_:)", x, index(2)) { TensorsDataset($0, $1).count },
    call("TensorsDataset.init(_:)", [x, index(2)]) { TensorsDataset($0).count },
    call("TensorsDataset.batch(at:)", [0, 1]) { TensorsDataset(x, index(2)).batch(at: $0) },
    call("TensorsDataset.loadBatch(at:)", [0, 1]) { TensorsDataset(x, index(2)).loadBatch(at: $0) },
    call("TensorsDataset.subscript(_:)", 1) { try TensorsDataset(x, index(2))[$0] },
    call("TensorDataset.loadBatch(at:)", [0, 1]) { TensorDataset(x, index(2)).loadBatch(at: $0).0 },
    call("TensorDataset.subscript(_:)", 1) { try TensorDataset(x, index(2))[$0].0 },
    call("Dataset.loadBatch(at:)", [0, 1]) { try TensorDataset(x, index(2)).loadBatch(at: $0).0 },
    call("SampleDataset.loadBatch(at:)", [0, 1]) { try pairs.map({ $0 }).loadBatch(at: $0).0 },
    call("SampleDataset.batch(at:)", [0, 1], mayTrap: true) { pairs.map({ $0 }).batch(at: $0).0 },
    call("SampleDataset.collate(_:)", [x, x]) { try Rows().collate($0) },
    call("SampleDataset.collate(_:)", x, x) { try pairs.collate([($0, $1), ($0, $1)]).0 },
    call("SampleDataset.collate(_:)", x, 1) { try pairs.map({ ($0.0, 1) }).collate([($0, $1), ($0, $1)]).0 },
    call("SampleDataset.collate(_:)", [x, x]) { try TensorsDataset(x).collate([$0, $0]) },
    call("SampleDataset.collate(_:)", x) { try Named().collate([["x": $0], ["x": $0]])["x"] as Any },
    call("IterableDataset.collate(_:)", [x, x]) { try Counting().collate($0) },
    call("IterableDataset.collate(_:)", x, x) { try ChainDataset([Counting()]).collate([$0, $1]) },
    call("IterableDataset.collate(_:)", x, 1) { try defaultCollate([($0, $1)]).0 },
    call("IterableDataset.collate(_:)", [x, x]) { try defaultCollate([$0, $0]) },
    call("defaultCollate(_:)", [x, x]) { try defaultCollate($0) },
    call("defaultCollate(_:)", x, x) { try defaultCollate([($0, $1), ($0, $1)]).0 },
    call("defaultCollate(_:)", x, 1) { try defaultCollate([($0, $1), ($0, $1)]).0 },
    call("defaultCollate(_:)", [x, x]) { try defaultCollate([$0, $0]) },
    call("defaultCollate(_:)", x) { try defaultCollate([["x": $0], ["x": $0]])["x"] as Any },
    call("Subset.init(_:indices:)", [1, 0]) { try Subset(pairs, indices: $0).loadBatch(at: [0, 1]).0 },
    call("Subset.loadBatch(at:)", [1, 0]) { try Subset(pairs, indices: [1, 0]).loadBatch(at: $0).0 },
    call("Subset.batch(at:)", [1, 0], mayTrap: true) { Subset(pairs, indices: [1, 0]).batch(at: $0).0 },
    call("Subset.subscript(_:)", 1) { try Subset(pairs, indices: [1, 0])[$0].0 },
    call("ConcatDataset.batch(at:)", [1, 3], mayTrap: true) { ConcatDataset([pairs, pairs]).batch(at: $0).0 },
    call("ConcatDataset.loadBatch(at:)", [1, 3]) { try ConcatDataset([pairs, pairs]).loadBatch(at: $0).0 },
    call("ConcatDataset.subscript(_:)", 3) { try ConcatDataset([pairs, pairs])[$0].0 },
    call("StackDataset.loadBatch(at:)", [1, 0]) { try StackDataset(pairs, pairs).loadBatch(at: $0).0.0 },
    call("StackDataset.batch(at:)", [1, 0], mayTrap: true) { StackDataset(pairs, pairs).batch(at: $0).0.0 },
    call("StackDataset.subscript(_:)", 1) { try StackDataset(pairs, pairs)[$0].0.0 },
    call("MappedDataset.subscript(_:)", 1) { try pairs.map({ $0 })[$0].0 },
    call("randomSplit(_:lengths:generator:)", [1, 1]) { try randomSplit(pairs, lengths: $0).first?.loadBatch(at: [0]).0 as Any },
    call("randomSplit(_:fractions:generator:)", [0.5, 0.5]) { randomSplit(pairs, fractions: $0).count },
    call("SequentialSampler.init(_:)", Times(3)) { SequentialSampler($0.count).indices() },
    call("RandomSampler.init(_:replacement:numSamples:generator:)", Times(3), Times(4)) {
      RandomSampler($0.count, numSamples: $1.count).indices()
    },
    call("SubsetRandomSampler.init(_:generator:)", [3, 4]) { SubsetRandomSampler($0).indices() },
    call("WeightedRandomSampler.init(_:numSamples:replacement:generator:)", [1.0, 2], Times(3)) {
      WeightedRandomSampler($0, numSamples: $1.count).indices()
    },
    call("DistributedSampler.init(_:replicas:rank:shuffle:seed:dropLast:)", Times(5), 2, 1, 0) {
      DistributedSampler($0.count, replicas: $1, rank: $2, seed: $3).indices()
    },
    call("BatchSampler.init(_:batchSize:dropLast:)", 2) { BatchSampler(SequentialSampler(3), batchSize: $0).batches() },
    call("IterableDataset.samples(worker:of:)", 0, 1) { try Counting().samples(worker: $0, of: $1)() as Any },
    call("ChainDataset.samples(worker:of:)", 0, 1) { try ChainDataset([Counting()]).samples(worker: $0, of: $1)() as Any },
    call("ChainDataset.collate(_:)", [x, x]) { try ChainDataset([Counting()]).collate($0) },
    call("ConcatDataset.collate(_:)", x) { try ConcatDataset([pairs]).collate([($0, $0)]).0 },
    call("MNIST.subscript(_:)", 1) { try digits()[$0].0 },
    call("MNIST.loadBatch(at:)", [0, 1]) { try digits().loadBatch(at: $0).0 },
    call("MNIST.batch(at:)", [0, 1]) { try digits().batch(at: $0).0 },
    call("TensorDataset.batch(at:)", [0, 1]) { TensorDataset(x, index(2)).batch(at: $0).0 },
    call("Table.doubles(_:missing:allowsNonFinite:)", Optional(1.0)) {
      try ChainRuleData.Table(text: "a,b\n1,\n").doubles("b", missing: $0)
    },
    call("Table.values(of:missing:allowsNonFinite:)", Optional(1.0)) {
      try ChainRuleData.Table(text: "a,b\n1,\n").values(of: ["a", "b"], missing: $0)
    },
    call("saveNpy(_:to:)", x) { try saved("npy", $0) { try saveNpy($0, to: $1) } },
    call("saveNpz(_:to:)", x) { try saved("npz", $0) { try saveNpz(["x": $0], to: $1) } },
    call("saveTorch(_:to:)", x) { try saved("pth", $0) { try saveTorch(["x": $0] as NamedTensors, to: $1) } },
    call("writePNG(_:to:)", x) { try saved("png", $0) { try writePNG($0, to: $1) } },
    call("TorchValue.init(_:)", x) { TorchValue(["x": $0]).tensors.count },
    call("TorchValue.init(integerLiteral:)", 1) { TorchValue(integerLiteral: $0).int ?? 0 },
    call("TorchValue.init(floatLiteral:)", 1.0) { TorchValue(floatLiteral: $0).double ?? 0 },
    call("TorchKey.init(integerLiteral:)", 1) { TorchKey(integerLiteral: $0).description },
    call("saveSafetensors(_:metadata:to:)", x) { try saved("safetensors", $0) { try saveSafetensors(["x": $0], to: $1) } },
    call("saveShardedSafetensors(_:to:shardBytes:)", x, 100) { tensor, size in
      try savedFolder { try saveShardedSafetensors(["x": tensor], to: $0, shardBytes: size) }
    },
    call("saveCSV(_:columns:delimiter:to:)", x) { try saved("csv", $0) { try saveCSV($0, columns: ["a", "b", "c"], to: $1) } },
    call("CheckpointFolder.init(_:keep:)", 2) { keep in
      try savedFolder { folder in
        let checkpoints = CheckpointFolder(folder, keep: keep)
        for step in 0..<3 { try checkpoints.save(["x": 1], step: step) }
      }
    },
    call("CheckpointFolder.save(_:step:)", 2) { step in try savedFolder { try CheckpointFolder($0).save(["x": 1], step: step) } },
    call("SummaryWriter.addScalar(_:_:step:)", 1.0, 2) { value, step in
      try savedFolder { try SummaryWriter($0).addScalar("x", value, step: step) }
    },
    call("SummaryWriter.addHistogram(_:_:step:)", x, 2) { value, step in
      try savedFolder { try SummaryWriter($0).addHistogram("x", value, step: step) }
    },
    call("SummaryWriter.addImage(_:_:step:)", x, 2) { value, step in
      try savedFolder { try SummaryWriter($0).addImage("x", value, step: step) }
    },
    call("SummaryWriter.addText(_:_:step:)", 2) { step in try savedFolder { try SummaryWriter($0).addText("x", "", step: step) } },
    call("Tokenizer.decode(_:)", [0, 1]) { try CharacterTokenizer("ab").decode($0) },
    call("CharacterTokenizer.decode(_:)", [0, 1]) { try CharacterTokenizer("ab").decode($0) },
    call("Vocabulary.init(counting:minFrequency:specials:unknown:)", 1) { Vocabulary(counting: ["a"], minFrequency: $0).count },
    call("Vocabulary.decode(_:)", [0, 1]) { try Vocabulary(["a", "b"]).decode($0) },
    call("BytePairTokenizer.init(training:vocabularySize:specialTokens:minFrequency:)", 257, 1) {
      try BytePairTokenizer(training: "a b a b", vocabularySize: $0, minFrequency: $1).vocabularySize
    },
    call("BytePairTokenizer.encode(bytes:)", [UInt8(97), 200]) { try pairsOfBytes().encode(bytes: $0) },
    call("BytePairTokenizer.decode(_:)", [0, 255]) { try pairsOfBytes().decode($0) },
    call("BytePairTokenizer.decodeBytes(_:)", [0, 255]) { try pairsOfBytes().decodeBytes($0) },
    call("TokenFile.subscript(_:)", 0..<2) { range in try tokens()[range] },
    call("TokenFile.write(_:as:to:)", [1, 2]) { values in
      try savedFolder { try TokenFile.write(values, as: .uint16, to: $0 + "/t") }
    },
    call("TokenWindows.init(_:length:)", 2) { TokenWindows(try tokens(), length: $0).count },
    call("TokenWindows.subscript(_:)", 1) { try TokenWindows(tokens(), length: 2)[$0].0 },
    call("sampleTokens(_:temperature:topK:topP:generator:)", x, 1.0, Optional(2), Optional(0.5)) {
      sampleTokens($0, temperature: $1, topK: $2, topP: $3)
    },
    call("CIFAR.subscript(_:)", 1) { try colours()[$0].0 },
    call("CIFAR.batch(at:)", [0, 1]) { try colours().batch(at: $0).0 },
    call("CIFAR.loadBatch(at:)", [0, 1]) { try colours().loadBatch(at: $0).0 },
    call("ImageFolder.subscript(_:)", 0) { index in
      try savedFolder { folder in
        try FileManager.default.createDirectory(atPath: folder + "/a", withIntermediateDirectories: true)
        try writePNG(picture, to: folder + "/a/1.png")
        _ = try ImageFolder(folder)[index]
      }
    },
  ]
}

/// Saves where it can be taken away again.
private func saved(_ kind: String, _ tensor: Tensor, _ save: (Tensor, String) throws -> Void) throws {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-\(getpid()).\(kind)").path
  defer { try? FileManager.default.removeItem(atPath: path) }
  try save(tensor, path)
}

/// Two images of one pixel.
private func digits() throws -> MNIST {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-digits-\(getpid())")
  defer { try? FileManager.default.removeItem(at: folder) }
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 7], labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 3, 4]
  try Data(images).write(to: folder.appendingPathComponent("train-images-idx3-ubyte"))
  try Data(labels).write(to: folder.appendingPathComponent("train-labels-idx1-ubyte"))
  return try MNIST(directory: folder.path, split: .train)
}

/// Calls `body` with a folder that can be taken away again.
private func savedFolder(_ body: (String) throws -> Void) throws {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-folder-\(getpid())").path
  defer { try? FileManager.default.removeItem(atPath: path) }
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  try body(path)
}

/// A column of numbers, and one of texts.
private func sweptTable() throws -> ChainRuleData.Table { try ChainRuleData.Table(text: "x,c\n1,a\n2,b\n") }

private let picture = Tensor.zeros([3, 4, 5], dtype: .uint8)

/// Two images of CIFAR's.
private func colours() throws -> CIFAR {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-colours-\(getpid())")
  defer { try? FileManager.default.removeItem(at: folder) }
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  let record = [UInt8(3)] + [UInt8](repeating: 9, count: 3072)
  try Data(record + record).write(to: folder.appendingPathComponent("test_batch.bin"))
  return try CIFAR(directory: folder.path, split: .test)
}

private func pairsOfBytes() throws -> BytePairTokenizer { try BytePairTokenizer(training: "a b", vocabularySize: 256) }

/// Five tokens in a file.
private func tokens() throws -> TokenFile {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-tokens-\(getpid())").path
  defer { try? FileManager.default.removeItem(atPath: path) }
  try TokenFile.write([1, 2, 3, 4, 5], as: .uint16, to: path)
  return try TokenFile(path, .uint16)
}

/// Two pairs of rows.
private let pairs = TensorDataset(Table.t(2, 3), Table.index(2))

private struct Rows: SampleDataset {
  let count = 2
  subscript(index: Int) -> Tensor { Table.x }
}

private struct Named: SampleDataset {
  let count = 2
  subscript(index: Int) -> [String: Tensor] { ["x": Table.x] }
}

/// Three numbers, for the first worker.
private struct Counting: IterableDataset {
  func samples(worker: Int, of workers: Int) -> () throws -> Tensor? {
    var next = worker == 0 ? 0 : 3
    return {
      next += 1
      return next > 3 ? nil : Tensor(next)
    }
  }
}
