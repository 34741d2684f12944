// swift-tools-version: 6.1
import PackageDescription

/// A program of `Sources/NAME`, with the whole library and the comparison with PyTorch's figures.
func example(_ name: String) -> Target {
  .executableTarget(name: name, dependencies: ["Figures", .product(name: "ChainRule", package: "ChainRule")])
}

let package = Package(
  name: "Examples",
  platforms: [.macOS(.v13)],
  dependencies: [.package(name: "ChainRule", path: "..")],
  targets: [
    .target(name: "Figures", dependencies: [.product(name: "ChainRule", package: "ChainRule")]),
    example("Quickstart"),
    example("Digits"),
    example("CharacterRNN"),
    example("Translation"),
    example("TransformerLM"),
    example("NanoGPT"),
    example("VAE"),
    example("DCGAN"),
    example("FineTuning"),
    example("DQN"),
    example("Physics"),
    example("NeuralODE"),
  ]
)
