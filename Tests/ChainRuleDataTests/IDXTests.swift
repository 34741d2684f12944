import ChainRuleData
import Foundation
import Testing

struct IDXTests {
  /// A header with these sizes, and the elements.
  private func idx(_ type: UInt8, _ shape: [UInt32], _ elements: [UInt8]) -> [UInt8] {
    [0, 0, type, UInt8(shape.count)] + shape.flatMap { size in (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } }
      + elements
  }

  @Test func everyElementTypeIsReadInTheOrderOfThisMachine() throws {
    func elements(_ type: UInt8, _ bytes: [UInt8]) throws -> (ElementType, [UInt8]) {
      let array = try IDX.decode(Bytes(idx(type, [1], bytes)))
      return (array.elementType, array.bytes.array)
    }
    #expect(try elements(0x08, [200]) == (.uint8, [200]))
    #expect(try elements(0x09, [0xFF]) == (.int8, [0xFF]))
    #expect(try elements(0x0B, [1, 2]) == (.int16, [2, 1]))
    #expect(try elements(0x0C, [1, 2, 3, 4]) == (.int32, [4, 3, 2, 1]))
    #expect(try elements(0x0D, [0x3F, 0x80, 0, 0]) == (.float32, [0, 0, 0x80, 0x3F]))
    #expect(try elements(0x0E, [1, 2, 3, 4, 5, 6, 7, 8]) == (.float64, [8, 7, 6, 5, 4, 3, 2, 1]))
  }

  @Test func theShapeIsTheHeaders() throws {
    #expect(try IDX.decode(Bytes(idx(8, [2, 3], [1, 2, 3, 4, 5, 6]))).shape == [2, 3])
    #expect(try IDX.decode(Bytes(idx(8, [], [7]))).shape == [])
    #expect(try IDX.decode(Bytes(idx(8, [0, 28, 28], []))).shape == [0, 28, 28])
  }

  @Test func malformedFilesGiveOneClearError() throws {
    func error(_ bytes: [UInt8]) -> String {
      message { _ = try IDX.decode(Bytes(bytes)) }
    }
    #expect(error([]) == "byte 0: the file is cut short within its magic number")
    #expect(error([0, 0, 8]) == "byte 3: the file is cut short within its magic number")
    #expect(error([80, 75, 3, 4]) == "byte 0: not an IDX file: it does not begin with two zero bytes")
    #expect(error(idx(10, [1], [0])) == "byte 2: 10 is no element type of IDX")
    #expect(error([0, 0, 8, 3, 0, 0, 0, 1]) == "byte 8: the file is cut short within its 3 sizes")
    #expect(error(idx(8, [2, 2], [1, 2, 3])) == "byte 15: [2, 2] of uint8 take 4 bytes, the file has 3 after its header")
    #expect(error(idx(8, [2, 2], [1, 2, 3, 4, 5])) == "byte 16: [2, 2] of uint8 take 4 bytes, the file has 5 after its header")
    let large = UInt32.max
    #expect(error(idx(8, [large, large, large], [])) == "byte 4: the sizes [4294967295, 4294967295, 4294967295] are too large to multiply")
    #expect(error(idx(14, [large, large, 0], [])) == "byte 4: the sizes [4294967295, 4294967295, 0] are too large to multiply")
  }

  @Test func theFilesAreFoundUnderEitherNameAndOneSetIsNotMixedWithAnother() throws {
    let directory = try TemporaryDirectory()
    let images = idx(8, [2, 1, 1], [1, 2])
    let labels = idx(8, [2], [7, 9])
    try directory.write("train-10k-images-idx3-ubyte.gz", images)
    try directory.write("train-10k-labels-idx1-ubyte.gz", labels)
    var files = try DigitFiles(directory: directory.path, part: .train)
    #expect(files.imagesPath == directory("train-10k-images-idx3-ubyte.gz"))
    #expect(try files.read().labels.bytes.array == [7, 9])

    try directory.write("train-images.idx3-ubyte", images)
    #expect(
      message { _ = try DigitFiles(directory: directory.path, part: .train) }
        == "\(directory.path): has no labels for \(directory("train-images.idx3-ubyte")); looked for train-labels-idx1-ubyte, "
        + "train-labels-idx1-ubyte.gz, train-labels.idx1-ubyte, train-labels.idx1-ubyte.gz")
    try directory.write("train-labels-idx1-ubyte", labels)
    files = try DigitFiles(directory: directory.path + "/", part: .train)
    #expect(files.imagesPath == directory("train-images.idx3-ubyte"))
    #expect(
      message { _ = try DigitFiles(directory: directory.path, part: .test) }
        == "\(directory.path): has no images; looked for t10k-images-idx3-ubyte, t10k-images-idx3-ubyte.gz, "
        + "t10k-images.idx3-ubyte, t10k-images.idx3-ubyte.gz")
    #expect(message { _ = try DigitFiles(directory: directory("none"), part: .test) } == "\(directory("none")): is not a directory")
  }

  @Test func imagesAndLabelsMustBelongTogether() throws {
    let directory = try TemporaryDirectory()
    let images = try directory.write("t10k-images-idx3-ubyte", idx(8, [2, 1, 1], [1, 2]))
    let labels = try directory.write("t10k-labels-idx1-ubyte", idx(8, [3], [7, 9, 1]))
    func error() -> String {
      message { _ = try DigitFiles(directory: directory.path, part: .test).read() }
    }
    #expect(error() == "\(labels): 3 labels for the 2 images of \(images)")
    try directory.write("t10k-labels-idx1-ubyte", idx(9, [2], [7, 9]))
    #expect(error() == "\(labels): [2] of int8, where labels are [N] of uint8")
    try directory.write("t10k-images-idx3-ubyte", idx(8, [2, 1], [1, 2]))
    #expect(error() == "\(images): [2, 1] of uint8, where images are [N, height, width] of uint8")
  }

  @Test(.enabled(if: dataDirectory != nil, "CHAINRULE_DATA is not set"))
  func theDatabaseIsRead() throws {
    let (images, labels) = try DigitFiles(directory: #require(dataDirectory) + "/mnist", part: .test).read()
    #expect(images.shape == [10_000, 28, 28])
    // The first ten labels of the official test set, and the sum of its pixels.
    #expect(labels.bytes.array.prefix(10) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    #expect(images.bytes.withUnsafeBytes { $0.reduce(0) { $0 + Int($1) } } == 264_923_200)
  }
}
