public import ChainRule

/// The 32 x 32 colour images of CIFAR-10 or CIFAR-100, from the binary version of the data set.
///
///     let train = try CIFAR(directory: "cifar-10-batches-bin", split: .train)
///     for (x, y) in DataLoader(train, batchSize: 64, shuffle: true) { ... }   // x: [64, 3, 32, 32] from 0 to 1
///
/// The files are `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`, or `train.bin` and `test.bin` of CIFAR-100, whose fine labels
/// are taken. They may be gzipped.
public struct CIFAR: SampleDataset {
  /// A part of the data set.
  public enum Split: Sendable {
    /// The images to learn from.
    case train
    /// The images to test on.
    case test
  }

  /// [count, 3, 32, 32], uint8.
  public let images: Tensor
  /// [count], int64.
  public let labels: Tensor
  /// [count], int64: the 20 groups of CIFAR-100; nil in CIFAR-10.
  public let coarseLabels: Tensor?

  private static let pixels = 3 * 32 * 32

  /// Reads a part of the data set in `directory`.
  ///
  /// - Throws: `FormatError` for a missing or cut file, or a label that is no class.
  public init(directory: String, split: Split) throws {
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    let isHundred = !exists(prefix + "test_batch.bin") && exists(prefix + "test.bin")
    let names =
      switch (isHundred, split) {
      case (true, .train): ["train.bin"]
      case (true, .test): ["test.bin"]
      case (false, .train): (1...5).map { "data_batch_\($0).bin" }
      case (false, .test): ["test_batch.bin"]
      }
    var pixels: [UInt8] = [], labels: [Int] = [], coarse: [Int] = []
    for name in names {
      try Self.read(prefix + name, labelCount: isHundred ? 2 : 1) { record, bytes in
        pixels.append(contentsOf: bytes)
        labels.append(Int(record[isHundred ? 1 : 0]))
        if isHundred { coarse.append(Int(record[0])) }
      }
    }
    images = Tensor(pixels, shape: [labels.count, 3, 32, 32])
    self.labels = Tensor(labels)
    coarseLabels = isHundred ? Tensor(coarse) : nil
  }

  /// Calls `body` with the labels and the pixels of every record.
  private static func read(
    _ path: String, labelCount: Int, _ body: (UnsafeRawBufferPointer.SubSequence, UnsafeRawBufferPointer.SubSequence) -> Void
  ) throws(FormatError) {
    let file = try FileBytes.read(path), contents: Bytes
    do throws(DataError) {
      contents = try Gzip.isGzip(file) ? Gzip.decompress(file) : file
    } catch {
      throw error.inFile(path)
    }
    let size = labelCount + pixels, classes = labelCount == 2 ? [20, 100] : [10]
    guard contents.count % size == 0 else {
      throw FormatError(file: path, place: .byte(contents.count / size * size), "the last record is cut short; each has \(size) bytes")
    }
    try contents.withUnsafeBytes { (bytes) throws(FormatError) in
      for start in stride(from: 0, to: bytes.count, by: size) {
        let record = bytes[start..<start + labelCount]
        for (i, count) in classes.enumerated() where Int(bytes[start + i]) >= count {
          throw FormatError(file: path, place: .byte(start + i), "the label \(bytes[start + i]), where there are \(count) classes")
        }
        body(UnsafeRawBufferPointer(rebasing: record)[...], bytes[start + labelCount..<start + size])
      }
    }
  }

  /// The number of images.
  public var count: Int { images.shape[0] }

  /// Image `index` as [3, 32, 32] from 0 to 1, and its label.
  public subscript(index: Int) -> (Tensor, Int) {
    get throws {
      let i = try checked(index)
      return (images[i].to(.float32) / 255, labels[i].item(as: Int.self))
    }
  }

  /// The same as `batch(at:)`; tensors in memory are never missing.
  public func loadBatch(at indices: [Int]) -> (Tensor, Tensor) { batch(at: indices) }

  /// The images at `indices` as [n, 3, 32, 32] from 0 to 1, and their labels.
  public func batch(at indices: [Int]) -> (Tensor, Tensor) {
    let index = Tensor(indices)
    return (images.indexSelect(dim: 0, index: index).to(.float32) / 255, labels.indexSelect(dim: 0, index: index))
  }
}
