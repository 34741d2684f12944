import Foundation
import Testing

/// What a learner pastes from a program for PyTorch: the compiler itself says what it is called here.
struct PastedNamesTests {
  /// Each line of a program, and a part of what the compiler says of it.
  private static let pasted: [(code: String, sentence: String)] = [
    ("_ = x.requires_grad_(true)", "x.requiresGrad = true"), ("_ = x.requires_grad", "renamed to 'requiresGrad'"),
    ("_ = x.grad_fn", "renamed to 'gradFn'"), ("_ = x.is_leaf", "renamed to 'isLeaf'"), ("x.retain_grad()", "renamed to 'retainGrad()'"),
    ("x.zero_grad()", "renamed to 'zeroGrad()'"), ("x.grad.data.zero_()", "w.zeroGrad() forgets a gradient"),
    ("x.grad.zero_()", "w.zeroGrad() forgets a gradient"), ("x.grad!.data.zero_()", "of a gradient: x.zeroGrad()"),
    ("_ = x.detach_()", "x = x.detach()"), ("_ = x.sub_(x)", "x -= y"), ("_ = x.div_(x)", "x /= y"), ("_ = x ** 2", "pow"),
    ("_ = x.tolist()", "array(of: Double.self)"),
    ("x.backward(retain_graph: true)", "expected 'retainGraph:'"),
    ("_ = x.sum(1)", "missing argument label 'dim:'"), ("_ = torch.tensor([1.0, 2])", "Tensor([1, 2], requiresGrad: true)"),
    ("_ = torch.nn.Linear(2, 1)", "leave `torch.` out"), ("manual_seed(0)", "renamed to 'manualSeed"),
    ("_ = nn.Linear(2, 1)", "leave `nn.` out: Linear(2, 1)"), ("final class Net: nn.Module {}", "class Net: Module"),
    ("layer.zero_grad()", "renamed to 'zeroGrad()'"), ("_ = layer.requires_grad_(false)", "renamed to 'requiresGrad(_:)'"),
    ("_ = layer.named_parameters()", "renamed to 'namedParameters()'"), ("_ = layer.state_dict()", "renamed to 'stateDict()'"),
    ("layer.load_state_dict([:])", "load(state)"), ("optimizer.zero_grad()", "renamed to 'zeroGrad()'"),
  ]

  private static var products: URL {
    #if os(macOS)
    for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") { return bundle.bundleURL.deletingLastPathComponent() }
    #endif
    return Bundle.main.bundleURL
  }

  @Test func theCompilerTeachesOurNames() throws {
    let start = [
      "import ChainRule", "import ChainRuleNN", "import ChainRuleOptim", "let x = Tensor([1.0, 2], requiresGrad: true)",
      "let layer = Linear(2, 1), optimizer = SGD(layer.parameters(), lr: 0.1)",
    ]
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("pasted-\(UUID().uuidString).swift")
    try (start + Self.pasted.map(\.code)).joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    let compiler = Process(), pipe = Pipe()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    compiler.arguments = [
      "swiftc", "-typecheck", "-diagnostic-style", "llvm", "-I", Self.products.appendingPathComponent("Modules").path, "-Xcc",
      "-fmodule-map-file=\(Self.products.path)/CKernels.build/module.modulemap", file.path,
    ]
    compiler.standardError = pipe
    try compiler.run()
    let said = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    compiler.waitUntilExit()
    for (i, line) in Self.pasted.enumerated() {
      let errors = said.split(separator: "\n").filter { $0.contains(".swift:\(start.count + i + 1):") && $0.contains("error: ") }
      #expect(errors.contains { $0.contains(line.sentence) }, "\(line.code): \(errors.isEmpty ? Substring(said.prefix(400)) : errors[0])")
    }
  }
}
