public import ChainRule

/// The images and labels of the MNIST database, or of a data set with its file names.
///
///     let train = try MNIST(directory: "data/mnist", split: .train)
///     for (x, y) in DataLoader(train, batchSize: 64, shuffle: true) { ... }   // x: [64, 1, 28, 28] from 0 to 1
///
/// The files are those of the database, `train-images-idx3-ubyte` and so on, plain or gzipped. Where the whole training set is
/// missing, the first 10,000 of it, `train-10k-...`, are taken.
public struct MNIST: SampleDataset {
  /// A part of the data set.
  public enum Split: Sendable {
    /// The digits to learn from.
    case train
    /// The digits to test on.
    case test
  }

  /// [count, height, width], uint8: 0 is the background.
  public let images: Tensor
  /// [count], int64.
  public let labels: Tensor
  /// The file the images came from.
  public let imagesPath: String
  /// The file the labels came from.
  public let labelsPath: String

  /// Reads a part of the data set in `directory`.
  ///
  /// - Throws: `FormatError` for a missing, cut, corrupt or mismatched file.
  public init(directory: String, split: Split) throws {
    let files = try DigitFiles(directory: directory, part: split == .train ? .train : .test)
    let (images, labels) = try files.read()
    self.images = try Tensor(images, file: files.imagesPath, place: .file)
    self.labels = try Tensor(labels, file: files.labelsPath, place: .file).to(.int64)
    imagesPath = files.imagesPath
    labelsPath = files.labelsPath
  }

  /// The number of images.
  public var count: Int { images.shape[0] }

  /// Image `index` as [1, height, width] from 0 to 1, and its label.
  public subscript(index: Int) -> (Tensor, Int) {
    get throws {
      let i = try checked(index)
      return (images[i].to(.float32).unsqueezed(0) / 255, labels[i].item(as: Int.self))
    }
  }

  /// The same as `batch(at:)`; tensors in memory are never missing.
  public func loadBatch(at indices: [Int]) -> (Tensor, Tensor) { batch(at: indices) }

  /// The images at `indices` as [n, 1, height, width] from 0 to 1, and their labels.
  public func batch(at indices: [Int]) -> (Tensor, Tensor) {
    let index = Tensor(indices), sizes = images.shape
    let x = images.indexSelect(dim: 0, index: index).to(.float32) / 255
    return (x.reshaped([indices.count, 1, sizes[1], sizes[2]]), labels.indexSelect(dim: 0, index: index))
  }
}

/// The clothes of Zalando, in files of MNIST's names: T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.
public typealias FashionMNIST = MNIST

/// The array in a file of the IDX format, such as MNIST's, which may be gzipped.
///
/// - Throws: `FormatError` with the file and the byte.
public func loadIDX(_ path: String) throws -> Tensor { try Tensor(IDX.read(path), file: path, place: .file) }
