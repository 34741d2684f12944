// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "ChainRule",
  platforms: [.macOS(.v13)],
  products: [
    .library(name: "ChainRule", targets: ["ChainRule", "ChainRuleSymbolic"])
  ],
  targets: [
    .target(
      name: "CKernels",
      cSettings: [
        // Kernels run at full speed in debug builds too. Fused multiply-adds are written where they are meant, so that
        // every instruction set gives the same bits where it can.
        .unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"])
      ]),
    .target(name: "ChainRule", dependencies: ["CKernels"], swiftSettings: settings),
    .target(name: "ChainRuleSymbolic", swiftSettings: settings),
    .testTarget(name: "ChainRuleTests", dependencies: ["ChainRule"], swiftSettings: settings),
    .testTarget(
      name: "ChainRuleSymbolicTests", dependencies: ["ChainRuleSymbolic"], exclude: ["Fixtures"], swiftSettings: settings),
  ]
)
