import ChainRule
import ChainRuleData
import Foundation
import Testing

/// What people have, to tensors: the programs of the documentation's page LoadingData, on small files of the test's own.
@Suite struct ProgramTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  @Test func aFolderOfImages() throws {
    for (i, name) in ["cat", "dog"].enumerated() {
      try FileManager.default.createDirectory(atPath: folder("pets/\(name)"), withIntermediateDirectories: true)
      for k in 0..<5 { try writePNG(Tensor.full([3, 40 + k, 50], 60 * i + k, dtype: .uint8), to: folder("pets/\(name)/\(k).png")) }
    }
    let transform = Transforms.Compose([
      Transforms.RandomResizedCrop(32), Transforms.RandomHorizontalFlip(), Transforms.ToTensor(),
      Transforms.Normalize(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]),
    ])
    let pets = try ImageFolder(folder("pets"))
    let parts = randomSplit(pets, fractions: [0.8, 0.2], generator: Generator(seed: 42))
    let train = parts[0].map { image, label in (transform(image), label) }
    var count = 0
    for (x, y) in DataLoader(train, batchSize: 4, shuffle: true, workers: 2) {
      #expect(x.shape == [4, 3, 32, 32] && y.shape == [4])
      count += 1
    }
    #expect(count == 2 && pets.classes == ["cat", "dog"])
  }

  @Test func aText() throws {
    try folder.write("book.txt", String(repeating: "to be, or not to be: that is the question. ", count: 50))
    let text = try String(contentsOfFile: folder("book.txt"), encoding: .utf8)
    let tokenizer = try BytePairTokenizer(training: text, vocabularySize: 280)
    try tokenizer.save(to: folder("tokenizer.json"))
    try TokenFile.write(tokenizer.encode(text), as: .uint16, to: folder("book.bin"))
    let windows = TokenWindows(try TokenFile(folder("book.bin"), .uint16), length: 16)
    for (x, y) in DataLoader(windows, batchSize: 8, shuffle: true, dropLast: true) {
      #expect(x.shape == [8, 16] && x[0, 1].equal(y[0, 0]))
    }
    #expect(try BytePairTokenizer(contentsOf: folder("tokenizer.json")).decode(tokenizer.encode(text)) == text)
  }

  @Test func aTableWithCategoriesAndMissingCells() throws {
    try folder.write("flats.csv", "area,floor,district,price\n70,2,north,300\n55,,south,210\n90,5,north,410\n")
    let table = try Table(contentsOf: folder("flats.csv"))
    let districts = try table.classLabels("district")
    let numbers = try Tensor(table.values(of: ["area", "floor"], missing: .nan), shape: [table.rowCount, 2], dtype: .float32)
    let isMissing = numbers.isNaN()
    let filled = Tensor.where(isMissing, 0.0, numbers)
    let x = cat([filled, isMissing.to(.float32), Tensor(districts.indices).oneHot(districts.names.count).to(.float32)], dim: 1)
    let y = try Tensor(table.doubles("price"), dtype: .float32)
    for (rows, prices) in DataLoader(TensorDataset(x, y), batchSize: 3) {
      #expect(rows.array(of: Int.self) == [70, 2, 0, 0, 1, 0, 55, 0, 0, 1, 0, 1, 90, 5, 0, 0, 1, 0] && prices.shape == [3])
    }
  }
}
