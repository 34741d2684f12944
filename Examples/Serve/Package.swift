// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "Serve",
  platforms: [.macOS(.v13)],
  dependencies: [
    .package(name: "ChainRule", path: "../.."),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    .executableTarget(
      name: "Serve",
      dependencies: [.product(name: "ChainRule", package: "ChainRule"), .product(name: "FlyingFox", package: "FlyingFox")])
  ]
)
