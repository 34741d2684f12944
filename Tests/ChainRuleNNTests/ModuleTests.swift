import ChainRule
import ChainRuleNN
import Testing

struct ModuleTests {
  class Base: Module {
    let scale = Tensor([1.0], requiresGrad: true)
  }

  final class Net: Base {
    let fc = Linear(2, 2)
    let layers = [Linear(2, 2), Linear(2, 2)]
    let heads: [String: Linear] = ["b": Linear(2, 1), "a": Linear(2, 1)]
    let pair = (Linear(2, 2, bias: false), 3)
    var maybe: Linear? = nil
    let constant = Tensor([1.0, 2.0])
    let mean = Buffer(Tensor.zeros(2))
    let scratch = Buffer(Tensor.zeros(1), isPersistent: false)
    lazy var late = Linear(1, 1, bias: false)
    let offset = Tensor([0.5], requiresGrad: true)
    weak var owner: Net?
    let data = Array(repeating: 1.0, count: 1000)
  }

  @Test func namesByReflection() {
    let net = Net()
    net.owner = net
    #expect(
      net.namedParameters().map(\.name) == [
        "scale", "offset", "fc.weight", "fc.bias", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "heads.a.weight",
        "heads.a.bias", "heads.b.weight", "heads.b.bias", "pair.0.weight",
      ])
    #expect(net.namedBuffers().map(\.name) == ["mean", "scratch"])
    #expect(net.stateDict().names.contains("mean") && !net.stateDict().names.contains("scratch"))
    #expect(net.namedModules().map(\.name) == ["", "fc", "layers.0", "layers.1", "heads.a", "heads.b", "pair.0"])
    _ = net.late
    net.maybe = Linear(1, 1, bias: false)
    #expect(net.namedParameters().map(\.name).suffix(2) == ["maybe.weight", "late.weight"])
  }

  @Test func tiedLeavesCountOnce() {
    final class Tied: Module {
      let a = Linear(2, 2, bias: false)
      let b: Tensor
      init() { b = a.weight }
    }
    let tied = Tied()
    #expect(tied.parameters().count == 1)
    #expect(tied.stateDict().names == ["b", "a.weight"])
  }

  @Test func printing() {
    #expect("\(Linear(2, 1))" == "Linear(in_features=2, out_features=1, bias=True)")
    let three = Sequential(Linear(2, 3), ReLU(), Linear(3, 1))
    #expect(
      "\(three)" == """
        Sequential(
          (0): Linear(in_features=2, out_features=3, bias=True)
          (1): ReLU()
          (2): Linear(in_features=3, out_features=1, bias=True)
        )
        """)
    #expect(
      "\(ModuleList([Linear(2, 2), Linear(2, 2)]))" == """
        ModuleList(
          (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)
        )
        """)
    final class N: Module {
      let w = Tensor.ones(2, requiresGrad: true)
      let a = Linear(2, 2)
      let l: [any Module] = [Linear(2, 2), Linear(2, 2), ReLU(), Sequential(Linear(1, 1))]
    }
    #expect(
      "\(N())" == """
        N(
          (a): Linear(in_features=2, out_features=2, bias=True)
          (l): ModuleList(
            (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)
            (2): ReLU()
            (3): Sequential(
              (0): Linear(in_features=1, out_features=1, bias=True)
            )
          )
        )
        """)
    let others: [(any Module, String)] = [
      (LayerNorm(10), "LayerNorm((10,), eps=1e-05, elementwise_affine=True, bias=True)"),
      (LayerNorm([2, 3], elementwiseAffine: false), "LayerNorm((2, 3), eps=1e-05, elementwise_affine=False, bias=False)"),
      (Dropout(0.2), "Dropout(p=0.2, inplace=False)"), (Embedding(5, 3, paddingIndex: 1), "Embedding(5, 3, padding_idx=1)"),
      (LeakyReLU(0.1), "LeakyReLU(negative_slope=0.1)"), (GELU(approximate: .tanh), "GELU(approximate='tanh')"),
      (Softmax(dim: 1), "Softmax(dim=1)"), (Flatten(), "Flatten(start_dim=1, end_dim=-1)"), (Identity(), "Identity()"),
      (ModuleDictionary(["a": Linear(2, 2)]), "ModuleDict(\n  (a): Linear(in_features=2, out_features=2, bias=True)\n)"),
      (ModuleList(), "ModuleList()"), (Sequential([]), "Sequential()"),
    ]
    for (module, text) in others { #expect("\(module)" == text) }
  }

  @Test func builderTakesControlFlow() {
    func build(_ deep: Bool) -> Sequential {
      Sequential {
        Flatten()
        for width in [4, 5] { Linear(width, width + 1) }
        if deep { ReLU() } else { Tanh() }
        if deep { Linear(6, 6) }
      }
    }
    #expect(build(true).count == 5)
    #expect(build(false).count == 4)
    #expect(build(false)[3] is Tanh)
  }

  @Test func statesComeAndGo() throws {
    let
      a = Sequential {
        Linear(3, 4)
        Linear(4, 2)
      },
      b = Sequential {
        Linear(3, 4)
        Linear(4, 2)
      }
    let saved = a.stateDict()
    try b.load(saved)
    let x = Tensor.randn(5, 3)
    #expect(a(x).equal(b(x)))
    a.parameters()[0].data += 1
    #expect(saved["0.weight"].map { $0.equal(b.parameters()[0].detach()) } == true)
  }

  @Test func loadReportsAllAndChangesNothing() throws {
    let layer = Linear(3, 4)
    let before = layer.weight.detach().clone()
    let bad: NamedTensors = ["weight": Tensor.zeros(4, 2), "foo": Tensor.zeros(1)]
    let error = #expect(throws: StateDictError.self) { try layer.load(bad) }
    #expect(
      error?.description
        == "Error(s) in loading state_dict for Linear:\n\tMissing key(s) in state_dict: \"bias\". \n\tUnexpected key(s) in state_dict: "
        + "\"foo\". \n\tsize mismatch for weight: copying a param with shape torch.Size([4, 2]) from checkpoint, the shape in current "
        + "model is torch.Size([4, 3]).")
    #expect(layer.weight.detach().equal(before))
    let report = try layer.load(["weight": Tensor.ones(4, 3), "foo": Tensor.zeros(1)], strict: false)
    #expect(report.missing == ["bias"] && report.unexpected == ["foo"])
    #expect(layer.weight.detach().equal(Tensor.ones(4, 3)))
  }

  @Test func modesReachAllParts() {
    let net = Sequential {
      Linear(2, 2)
      Sequential { Dropout(0.5) }
    }
    let x = Tensor.ones(4, 2)
    #expect(net.isTraining)
    net.eval()
    #expect(!net.isTraining && !net[1].isTraining)
    #expect(net(x).equal(net(x)))
    net.train()
    #expect(net.isTraining && net[1].isTraining)
    // A module at the address of one that evaluated trains.
    for _ in 0..<100 {
      let fresh = Dropout()
      #expect(fresh.isTraining)
      fresh.eval()
    }
  }

  @Test func freezingAndTypes() {
    let net = Sequential {
      Linear(2, 2)
      Linear(2, 1)
    }
    net[0].requiresGrad(false)
    net(Tensor.ones(1, 2)).sum().backward()
    #expect(net.parameters().map { $0.grad != nil } == [false, false, true, true])
    net.to(.float64)
    #expect(net.parameters().allSatisfy { $0.dtype == .float64 && $0.isLeaf })
    #expect(net.parameters()[2].grad?.dtype == .float64)
    net.zeroGrad()
    #expect(net.parameters().allSatisfy { $0.grad == nil })
  }

  @Test func functionalCallSubstitutes() {
    let layer = Linear(2, 1)
    let weight = Tensor([[2.0, 3.0]], requiresGrad: true)
    let y = functionalCall(layer, ["weight": weight, "bias": Tensor.zeros(1)], Tensor([[1.0, 1.0]]))
    #expect(y.item() == 5)
    y.sum().backward()
    #expect(weight.grad?.array(of: Double.self) == [1, 1])
    #expect(layer.weight.grad == nil)
  }
}
