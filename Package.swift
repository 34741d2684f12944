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
    .library(
      name: "ChainRule",
      targets: [
        "ChainRule", "ChainRuleSymbolic", "ChainRuleNN", "ChainRuleOptim", "ChainRuleData", "ChainRuleExplain",
        "ChainRuleDistributed",
      ])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    .target(
      name: "CKernels",
      cSettings: [
        .headerSearchPath("."),
        // Kernels run at full speed in debug builds too. Fused multiply-adds are written where they are meant, so that
        // every instruction set gives the same bits where it can.
        .unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"]),
      ]),
    .target(name: "ChainRule", dependencies: ["CKernels"], swiftSettings: settings),
    .target(name: "ChainRuleSymbolic", swiftSettings: settings),
    .target(name: "ChainRuleNN", dependencies: ["ChainRule"], swiftSettings: settings),
    .target(name: "ChainRuleOptim", dependencies: ["CKernels", "ChainRule", "ChainRuleNN", "ChainRuleData"], swiftSettings: settings),
    .target(name: "ChainRuleData", dependencies: ["ChainRule"], swiftSettings: settings),
    .target(
      name: "ChainRuleExplain", dependencies: ["ChainRule", "ChainRuleData", "ChainRuleSymbolic"], swiftSettings: settings),
    // MPI is loaded at run time: nothing of it is needed to build.
    .target(name: "CMPI"),
    .target(
      name: "ChainRuleDistributed", dependencies: ["CMPI", "ChainRule", "ChainRuleNN", "ChainRuleOptim", "ChainRuleData"],
      swiftSettings: settings),
    .executableTarget(
      name: "backprop",
      dependencies: [
        "CKernels", "ChainRule", "ChainRuleSymbolic", "ChainRuleNN", "ChainRuleOptim", "ChainRuleData", "ChainRuleExplain",
        "ChainRuleDistributed",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      swiftSettings: settings),
    // Its races show in a release build only, so it is no test of `swift test`: .ci/races runs it.
    .executableTarget(
      name: "RaceCheck", dependencies: ["ChainRule", "ChainRuleNN", "ChainRuleOptim"], path: "Tests/RaceCheck", swiftSettings: settings),
    .executableTarget(
      name: "ArgumentSweep",
      dependencies: [
        "ChainRule", "ChainRuleSymbolic", "ChainRuleNN", "ChainRuleOptim", "ChainRuleData", "ChainRuleExplain", "ChainRuleDistributed",
        "TestSupport",
      ],
      path: "Tests/ArgumentSweep", swiftSettings: settings),
    .testTarget(name: "ArgumentSweepTests", dependencies: ["ArgumentSweep"], swiftSettings: settings),
    // What several ranks do together under mpiexec, which the tests of ChainRuleDistributed run.
    .executableTarget(
      name: "RankCheck", dependencies: ["ChainRule", "ChainRuleNN", "ChainRuleOptim", "ChainRuleData", "ChainRuleDistributed"],
      path: "Tests/RankCheck", swiftSettings: settings),
    .testTarget(
      name: "ChainRuleDistributedTests", dependencies: ["backprop", "ChainRule", "ChainRuleNN", "ChainRuleDistributed", "RankCheck"],
      swiftSettings: settings),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .testTarget(
      name: "CKernelsTests", dependencies: ["CKernels"], exclude: ["make_torch_random.py"], swiftSettings: settings),
    .testTarget(
      name: "ChainRuleTests", dependencies: ["ChainRule", "ChainRuleNN", "CKernels", "TestSupport"], exclude: ["Verification/Verdicts.txt"],
      swiftSettings: settings),
    .testTarget(
      name: "ChainRuleSymbolicTests", dependencies: ["ChainRuleSymbolic"], exclude: ["Fixtures"], swiftSettings: settings),
    .testTarget(
      name: "ChainRuleNNTests", dependencies: ["ChainRule", "ChainRuleNN"], swiftSettings: settings),
    .testTarget(
      name: "ChainRuleOptimTests", dependencies: ["ChainRule", "ChainRuleNN", "ChainRuleOptim", "ChainRuleData"],
      exclude: ["States", "make_optimizer_states.py"], swiftSettings: settings),
    .testTarget(
      name: "ChainRuleDataTests", dependencies: ["ChainRule", "ChainRuleData"], exclude: ["Fixtures"], swiftSettings: settings),
    .testTarget(
      name: "ChainRuleConformanceTests", dependencies: ["ChainRule", "ChainRuleNN", "ChainRuleOptim", "ChainRuleData"],
      exclude: [
        "Fixture", "TrainingFixture", "make_calls.py", "make_fixture.py", "make_refusals.py", "make_training_fixture.py", "other_inputs.py",
        "other_modules.py", "required.txt",
      ], swiftSettings: settings),
    .testTarget(
      name: "ChainRuleExplainTests",
      dependencies: [
        "ChainRule", "ChainRuleData", "ChainRuleExplain", "ChainRuleNN", "ChainRuleOptim", "ChainRuleSymbolic", "TestSupport",
      ],
      exclude: ["Snapshots"], swiftSettings: settings),
    .testTarget(
      name: "BackpropTests",
      dependencies: [
        "backprop", "ChainRule", "ChainRuleNN", "ChainRuleOptim", "ChainRuleData", "ChainRuleExplain",
        "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["Snapshots"], swiftSettings: settings),
  ]
)
