import ChainRule
import ChainRuleData

extension Table {
  private static let picture = Tensor((0..<60).map { $0 * 4 }, shape: [3, 4, 5], dtype: .uint8)

  /// A transform, made and used.
  private static func use(_ transform: some ImageTransform) -> Tensor { transform(picture) }

  static let imageTransforms: [Call] = [
    call("ImageTransform.callAsFunction(_:)", picture) { Transforms.ToTensor()($0) },
    call("Compose.callAsFunction(_:)", picture) { Transforms.Compose([Transforms.ToTensor()])($0) },
    call("Lambda.callAsFunction(_:)", picture) { Transforms.Lambda { $0 }($0) },
    call("ToTensor.callAsFunction(_:)", picture) { Transforms.ToTensor()($0) },
    call("RandomApply.init(_:p:generator:)", 0.5) { use(Transforms.RandomApply(Transforms.ToTensor(), p: $0)) },
    call("RandomApply.callAsFunction(_:)", picture) { Transforms.RandomApply(Transforms.ToTensor())($0) },
    call("Normalize.init(mean:std:)", [0.5, 0.5, 0.5], [1.0, 1, 1]) {
      Transforms.Normalize(mean: $0, std: $1)(Transforms.ToTensor()(picture))
    },
    call("Normalize.callAsFunction(_:)", x) { Transforms.Normalize(mean: [0.5], std: [2])($0) },
    call("Grayscale.init(outputChannels:)", 3) { use(Transforms.Grayscale(outputChannels: $0)) },
    call("Grayscale.callAsFunction(_:)", picture) { Transforms.Grayscale()($0) },
    call("CenterCrop.init(_:)", 3) { use(Transforms.CenterCrop($0)) },
    call("CenterCrop.init(height:width:)", 3, 2) { use(Transforms.CenterCrop(height: $0, width: $1)) },
    call("CenterCrop.callAsFunction(_:)", picture) { Transforms.CenterCrop(3)($0) },
    call("Pad.init(_:fill:mode:)", 1, 0.0) { use(Transforms.Pad($0, fill: $1)) },
    call("Pad.init(left:top:right:bottom:fill:mode:)", 1, 2, 3, 4, 0.0) {
      use(Transforms.Pad(left: $0, top: $1, right: $2, bottom: $3, fill: $4))
    },
    call("Pad.callAsFunction(_:)", picture) { Transforms.Pad(1, mode: .reflect)($0) },
    call("RandomCrop.init(_:padding:padIfNeeded:fill:generator:)", 3, 1, 0.0) {
      use(Transforms.RandomCrop($0, padding: $1, padIfNeeded: true, fill: $2))
    },
    call("RandomCrop.init(height:width:padding:padIfNeeded:fill:generator:)", 3, 2, 1, 0.0) {
      use(Transforms.RandomCrop(height: $0, width: $1, padding: $2, fill: $3))
    },
    call("RandomCrop.callAsFunction(_:)", picture) { Transforms.RandomCrop(3)($0) },
    call("RandomResizedCrop.init(_:scale:ratio:generator:)", 3, 0.1...1, 0.5...2) {
      use(Transforms.RandomResizedCrop($0, scale: $1, ratio: $2))
    },
    call("RandomResizedCrop.callAsFunction(_:)", picture) { Transforms.RandomResizedCrop(3)($0) },
    call("RandomHorizontalFlip.init(p:generator:)", 0.5) { use(Transforms.RandomHorizontalFlip(p: $0)) },
    call("RandomHorizontalFlip.callAsFunction(_:)", picture) { Transforms.RandomHorizontalFlip()($0) },
    call("RandomVerticalFlip.init(p:generator:)", 0.5) { use(Transforms.RandomVerticalFlip(p: $0)) },
    call("RandomVerticalFlip.callAsFunction(_:)", picture) { Transforms.RandomVerticalFlip()($0) },
    call("RandomErasing.init(p:scale:ratio:value:generator:)", 1.0, 0.1...0.3, 0.5...2, Optional([0.0])) {
      use(Transforms.RandomErasing(p: $0, scale: $1, ratio: $2, value: $3))
    },
    call("RandomErasing.callAsFunction(_:)", picture) { Transforms.RandomErasing(p: 1)($0) },
    call("Resize.init(_:maxSize:)", 3, Optional(6)) { use(Transforms.Resize($0, maxSize: $1)) },
    call("Resize.init(height:width:)", 3, 6) { use(Transforms.Resize(height: $0, width: $1)) },
    call("Resize.callAsFunction(_:)", picture) { Transforms.Resize(3)($0) },
    call("ColorJitter.init(brightness:contrast:saturation:hue:generator:)", 0.5, 0.5, 0.5, 0.1) {
      use(Transforms.ColorJitter(brightness: $0, contrast: $1, saturation: $2, hue: $3))
    },
    call("ColorJitter.callAsFunction(_:)", picture) {
      Transforms.ColorJitter(brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.1)($0)
    },
    call("RandomRotation.init(_:fill:generator:)", 30.0, [0.0]) { use(Transforms.RandomRotation($0, fill: $1)) },
    call("RandomRotation.init(degrees:fill:generator:)", 10.0...20, [0.0]) { use(Transforms.RandomRotation(degrees: $0, fill: $1)) },
    call("RandomRotation.callAsFunction(_:)", picture) { Transforms.RandomRotation(30)($0) },
    call("TrivialAugmentWide.init(bins:fill:generator:)", 31, [0.0]) { use(Transforms.TrivialAugmentWide(bins: $0, fill: $1)) },
    call("TrivialAugmentWide.callAsFunction(_:)", picture) { Transforms.TrivialAugmentWide()($0) },
    call("Tensor.exponential(_:lambd:dtype:generator:)", [2, 3], 1.5) { Tensor.exponential($0, lambd: $1) },
    call("Tensor.gumbelSoftmax(tau:hard:dim:generator:)", x, 0.5, -1) { $0.gumbelSoftmax(tau: $1, hard: true, dim: $2) },
    call("Tensor.multinomial(_:replacement:generator:)", x, 2) { $0.multinomial($1) },
    call("Tensor.randintLike(_:_:dtype:generator:)", x, 1, 5) { $0.randintLike($1, $2) },
    call("Tensor.normal(mean:std:generator:)", x, x) { .normal(mean: $0, std: $1) as Tensor },
    call("Tensor.normal(mean:std:generator:)", x, 1.0) { .normal(mean: $0, std: $1) as Tensor },
    call("Tensor.normal(mean:std:generator:)", 1.0, x) { .normal(mean: $0, std: $1) as Tensor },
  ]
}
