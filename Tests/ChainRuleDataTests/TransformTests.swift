import ChainRule
import ChainRuleData
import Foundation
import Testing

/// Transforms beside torchvision's, with its random choices for a seed: Fixtures/make_transforms.py.
@Suite struct TransformTests {
  private struct Expected: Decodable {
    let name: String
    let seed: Int
    let shape: [Int]
    let values: Data
  }

  /// The script's picture.
  private static func picture() -> Tensor {
    let h = 12, w = 13
    var values: [UInt8] = []
    for c in 0..<3 {
      for y in 0..<h {
        for x in 0..<w {
          let value = [(x * 37 + y * 11) % 256, (x * x + 3 * y) % 256, (200 - 5 * x + 7 * y) % 256][c]
          values.append(UInt8((h / 3..<h / 2).contains(y) && (w / 4..<w / 2).contains(x) ? value / 3 : value))
        }
      }
    }
    return Tensor(values, shape: [3, h, w])
  }

  private static let transforms: [String: any ImageTransform] = [
    "resize 8": Transforms.Resize(8), "resize 17": Transforms.Resize(17), "resize 9x7": Transforms.Resize(height: 9, width: 7),
    "resize max": Transforms.Resize(14, maxSize: 15), "center 9": Transforms.CenterCrop(9), "center 19": Transforms.CenterCrop(19),
    "crop 8": Transforms.RandomCrop(8), "crop padded": Transforms.RandomCrop(16, padding: 3),
    "crop if needed": Transforms.RandomCrop(16, padIfNeeded: true, fill: 7), "resized crop": Transforms.RandomResizedCrop(10),
    "resized crop wide": Transforms.RandomResizedCrop(7, scale: 0.9...1, ratio: 3...4), "horizontal": Transforms.RandomHorizontalFlip(),
    "vertical": Transforms.RandomVerticalFlip(), "pad": Transforms.Pad(left: 1, top: 2, right: 3, bottom: 4, fill: 9),
    "pad reflect": Transforms.Pad(2, mode: .reflect), "gray": Transforms.Grayscale(), "gray 3": Transforms.Grayscale(outputChannels: 3),
    "brightness": Transforms.ColorJitter(brightness: 0.5), "contrast": Transforms.ColorJitter(contrast: 0.5),
    "saturation": Transforms.ColorJitter(saturation: 0.7), "hue": Transforms.ColorJitter(hue: 0.4), "jitter": jitter,
    "rotation": Transforms.RandomRotation(40), "rotation filled": Transforms.RandomRotation(degrees: 10...80, fill: [10, 20, 30]),
    "trivial": Transforms.TrivialAugmentWide(),
    "compose": Transforms.Compose([
      Transforms.RandomResizedCrop(12), Transforms.RandomHorizontalFlip(), Transforms.TrivialAugmentWide(),
    ]), "apply": Transforms.RandomApply(Transforms.ColorJitter(brightness: 0.4), p: 0.6),
    "erasing": Transforms.RandomErasing(p: 0.8), "erasing random": Transforms.RandomErasing(p: 1, value: nil),
    "normalize": Transforms.Normalize(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]), "resize float": Transforms.Resize(10),
    "jitter float": jitter, "rotation float": Transforms.RandomRotation(40),
  ]
  private static let jitter = Transforms.ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1)

  @Test func imagesAndChoicesAreThoseOfTorchvision() throws {
    let all = try JSONDecoder().decode([Expected].self, from: Data(contentsOf: fixture("transforms.json")))
    #expect(Set(all.map(\.name)) == Set(Self.transforms.keys))
    let bytes = Self.picture(), reals = Transforms.ToTensor()(bytes)
    for expected in all {
      let transform = try #require(Self.transforms[expected.name]), name = "\(expected.name), seed \(expected.seed)"
      let isReal = expected.values.count == 4 * expected.shape.reduce(1, *)
      let result = Generator.withDefault(Generator(seed: expected.seed)) { transform(isReal ? reals : bytes) }
      #expect(result.shape == expected.shape && result.dtype == (isReal ? .float32 : .uint8), "\(name)")
      guard result.shape == expected.shape else { continue }
      let ours = result.array(of: Double.self)
      let theirs =
        isReal
        ? expected.values.withUnsafeBytes { data in
          (0..<ours.count).map { Double(data.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)) }
        }
        : expected.values.map(Double.init)
      // A byte may be rounded or cut to the other neighbour.
      let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? 0
      #expect(difference <= (isReal ? 2e-6 * (1 + (theirs.map(abs).max() ?? 0)) : 1), "\(name): off by \(difference)")
      #expect(isReal || zip(ours, theirs).count { $0 != $1 } <= ours.count / 50, "\(name): \(zip(ours, theirs).count { $0 != $1 }) differ")
    }
  }

  @Test func aSeedRepeatsAChoice() {
    let image = Self.picture()
    func run() -> Tensor {
      let generator = Generator(seed: 3)
      return Transforms.Compose([
        Transforms.RandomCrop(9, padding: 2, generator: generator), Transforms.TrivialAugmentWide(generator: generator),
        Transforms.Lambda { $0.flip(0) },
      ])(image)
    }
    #expect(run().equal(run()))
  }

  @Test func refusesWhatIsNoImage() {
    let image = Self.picture()
    for (call, sentence) in [
      ({ Transforms.Resize(4)(Tensor.zeros([2, 3])) }, "Tensor is not a torch image."),
      ({ Transforms.RandomCrop(20)(image) }, "Required crop size (20, 20) is larger than input image size (12, 13)"),
      ({ Transforms.Normalize(mean: [0], std: [1])(image) }, "Input tensor should be a float tensor. Got torch.uint8."),
      ({ Transforms.TrivialAugmentWide()(image.to(.float32)) }, "Only torch.uint8 image tensors are supported, but found torch.float32"),
      ({ Transforms.RandomHorizontalFlip(p: 2)(image) }, "p should be a value between 0 and 1, but got 2.0"),
    ] as [(() -> Tensor, String)] {
      let error = #expect(throws: TensorError.self) { try catching(call) }
      #expect(error?.message == sentence)
    }
  }
}
