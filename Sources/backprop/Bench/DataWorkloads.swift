import ChainRule
import ChainRuleData

/// What is timed of reading data: files that Benchmarks/data_speed.py wrote.
struct DataWorkload: Sendable {
  let name: String
  /// Reads everything once, and says how much there was.
  let run: @Sendable (_ folder: String, _ workers: Int) throws -> String

  static let all = [
    DataWorkload(name: "images") { folder, workers in
      let images = AugmentedFolder(folder: try ImageFolder("\(folder)/images"))
      var count = 0, sum = 0.0
      for batch in DataLoader(images, batchSize: 64, shuffle: true, workers: workers, generator: ChainRule.Generator(seed: 0)) {
        count += batch.0.size(0)
        sum += batch.0.mean().item()
      }
      return "\(count) images, mean \(sum)"
    },
    DataWorkload(name: "tokens") { folder, _ in
      let text = try FileBytes.text("\(folder)/text.txt")
      let tokenizer = try BytePairTokenizer(vocabulary: "\(folder)/vocab.json", merges: "\(folder)/merges.txt")
      return "\(tokenizer.encode(text).count) tokens"
    },
    DataWorkload(name: "csv") { folder, _ in
      let table = try Table(contentsOf: "\(folder)/table.csv"), numbers = try table.tensor()
      return "\(numbers.shape), mean \(numbers.mean().item() as Double)"
    },
  ]
}

/// Images cut, resized, flipped and normalised as for the training of a classifier.
private struct AugmentedFolder: SampleDataset {
  let folder: ImageFolder
  let transform = Transforms.Compose([
    Transforms.RandomResizedCrop(160), Transforms.RandomHorizontalFlip(), Transforms.ToTensor(),
    Transforms.Normalize(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]),
  ])

  var count: Int { folder.count }

  subscript(index: Int) -> (Tensor, Int) {
    get throws {
      let (image, label) = try folder[index]
      return (transform(image), label)
    }
  }
}
