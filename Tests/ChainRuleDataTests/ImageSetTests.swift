import ChainRule
import ChainRuleData
import Foundation
import Testing

/// Folders and files of images.
@Suite struct ImageSetTests {
  private func image(_ value: Int, _ channels: Int = 3) -> Tensor { Tensor.full([channels, 2, 3], value, dtype: .uint8) }

  /// As torchvision's ImageFolder: classes and paths in Python's order, other files passed over, files in folders within.
  @Test func foldersInTorchvisionsOrder() throws {
    let directory = try TemporaryDirectory()
    for (i, path) in ["dog/b.png", "dog/a.PNG", "dog/Z.png", "dog/deep/x.png", "Cat/1.png", "Cat/10.png", "Cat/2.png"].enumerated() {
      try FileManager.default.createDirectory(
        atPath: directory((path as NSString).deletingLastPathComponent), withIntermediateDirectories: true)
      try writePNG(image(i), to: directory(path))
    }
    try directory.write("dog/notes.txt", "no image")
    try directory.write("loose.png", "no class")
    let set = try ImageFolder(directory.path)
    #expect(set.classes == ["Cat", "dog"] && set.classToIndex == ["Cat": 0, "dog": 1])
    #expect(
      set.samples.map { String($0.path.dropFirst(directory.path.count + 1)) } == [
        "Cat/1.png", "Cat/10.png", "Cat/2.png", "dog/Z.png", "dog/a.PNG", "dog/b.png", "dog/deep/x.png",
      ])
    #expect(try set[3].0.equal(image(2)) && set[3].1 == 1)
    let (x, y) = set.batch(at: [0, 6])
    #expect(x.shape == [2, 3, 2, 3] && y.array(of: Int.self) == [0, 1])
    #expect(throws: TensorError.self) { try set[7] }
    try directory.write("dog/b.png", "no PNG")
    #expect(message { _ = try set[5] } == "\(directory("dog/b.png")): byte 0: neither a PNG nor a JPEG image")
    try FileManager.default.createDirectory(atPath: directory("empty"), withIntermediateDirectories: true)
    #expect(message { _ = try ImageFolder(directory.path) }.hasPrefix("\(directory("empty")): Found no valid file for the class"))
    #expect(message { _ = try ImageFolder(directory("Cat")) }.contains("has no folders"))
    #expect(message { _ = try ImageFolder(directory("none")) }.contains("no such file or directory"))
  }

  @Test func cifar() throws {
    let directory = try TemporaryDirectory()
    func record(_ labels: [UInt8], _ value: UInt8) -> [UInt8] { labels + [UInt8](repeating: value, count: 3072) }
    for i in 1...5 { try directory.write("data_batch_\(i).bin", record([UInt8(i)], UInt8(i)) + record([9], 255)) }
    try directory.write("test_batch.bin", record([7], 51))
    let train = try CIFAR(directory: directory.path, split: .train), test = try CIFAR(directory: directory.path, split: .test)
    #expect(train.count == 10 && train.labels.array(of: Int.self) == [1, 9, 2, 9, 3, 9, 4, 9, 5, 9] && train.coarseLabels == nil)
    #expect(train.images.shape == [10, 3, 32, 32] && test.batch(at: [0]).0.amax().item(as: Float.self) == 51 / 255)
    #expect(try test[0].1 == 7 && test[0].0.shape == [3, 32, 32])
    try directory.write("test_batch.bin", record([10], 51))
    #expect(
      message { _ = try CIFAR(directory: directory.path, split: .test) }.hasSuffix("byte 0: the label 10, where there are 10 classes"))
    try directory.write("test_batch.bin", Array(record([1], 51).dropLast()))
    #expect(message { _ = try CIFAR(directory: directory.path, split: .test) }.contains("byte 0: the last record is cut short"))
    let other = try TemporaryDirectory()
    try other.write("test.bin", record([19, 99], 1))
    let hundred = try CIFAR(directory: other.path, split: .test)
    #expect(hundred.labels.item(as: Int.self) == 99 && hundred.coarseLabels?.item(as: Int.self) == 19)
  }

  @Test func idxFiles() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("x", [0, 0, 0x0B, 1, 0, 0, 0, 2, 0, 1, 0xFF, 0xFE])
    #expect(try loadIDX(path).array(of: Int.self) == [1, -2])
  }
}
