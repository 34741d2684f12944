import ChainRule
import ChainRuleData
import Foundation

extension Table {
  static let data: [Call] = [
    call("Standardization.init(of:columnCount:)", [1.0, 2, 3, 4], 2) { Standardization(of: $0, columnCount: $1).mean },
    call("Standardization.apply(to:)", [1.0, 2, 3, 4]) { (values: [Double]) -> [Double] in
      var values = values
      Standardization(of: [1, 2, 3, 4], columnCount: 2).apply(to: &values)
      return values
    },
    call("DataLoader.init(_:batchSize:shuffle:dropLast:workers:prefetch:generator:)", 2, 0, 2) {
      for batch in DataLoader(TensorDataset(x, index(2)), batchSize: $0, shuffle: true, workers: $1, prefetch: $2) { _ = batch }
    },
    call("DataLoader.epoch(from:)", 0) { for batch in DataLoader(TensorDataset(x, index(2))).epoch(from: $0) { _ = batch } },
    call("TensorDataset.init(_:_:)", x, index(2)) { for batch in DataLoader(TensorDataset($0, $1)).prefix(100) { _ = batch } },
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
