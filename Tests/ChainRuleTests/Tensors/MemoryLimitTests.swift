import CKernels
import ChainRule
import Testing

/// More than there is: refused with the number of bytes before anything is touched, inside `catching` as an error.
@Suite struct MemoryLimitTests {
  static let requests: [(name: String, make: @Sendable () -> Tensor)] = [
    ("zeros", { Tensor.zeros(1 << 45) }),
    ("arange", { Tensor.arange(1e18) }),
    ("arange of integers", { Tensor.arange(1 << 60) }),
    ("linspace", { Tensor.linspace(0, 1, 1 << 60) }),
    ("eye", { Tensor.eye(1 << 24) }),
    ("randn", { Tensor.randn(1 << 45) }),
    ("diagflat", { Tensor.ones(1).expanded(1 << 40).diagflat() }),
    ("unbind", { Tensor.ones(1).expanded(1 << 44).unbind()[0] }), ("split", { split(Tensor.ones(1).expanded(1 << 44), 2)[0] }),
    ("diagEmbed", { Tensor.ones(1).diagEmbed(offset: 1 << 40) }),
    ("repeated", { Tensor.ones(4).repeated(1 << 45) }),
    ("padded", { Tensor.ones(4).padded([1 << 45, 0]) }),
    ("broadcast", { Tensor.ones(1, 1).expanded(1 << 22, 1) + Tensor.ones(1, 1).expanded(1, 1 << 22) }),
    ("broadcast beyond integers", { Tensor.ones(1, 1).expanded(1 << 40, 1) + Tensor.ones(1, 1).expanded(1, 1 << 40) }),
    ("expanded beyond integers", { Tensor.ones(1, 1).expanded(1 << 40, 1 << 40) }),
    ("a wrapped product", { Tensor.ones(1).expanded(1 << 61).to(.float64) }),
    ("one operand", { Tensor.ones(1).expanded(1 << 45).exp() }),
    ("matmul", { Tensor.ones(1, 1).expanded(1 << 22, 1).matmul(Tensor.ones(1, 1).expanded(1, 1 << 22)) }),
    ("cat", { cat([Tensor.ones(1).expanded(1 << 45), Tensor.ones(1)]) }),
    ("contiguous", { Tensor.ones(1).expanded(1 << 45).contiguous() }),
    ("oneHot", { Tensor([1]).oneHot(1 << 45) }),
    ("read", { Tensor(Tensor.ones(1).expanded(1 << 45).array(of: Double.self)) }),
  ]

  @Test(arguments: requests.indices) func isRefused(_ i: Int) throws {
    let request = Self.requests[i], before = cr_live_bytes()
    let error = #expect(throws: TensorError.self, "\(request.name)") { try catching(request.make) }
    let message = error?.message ?? ""
    #expect(
      message.contains("you tried to allocate") && message.hasSuffix(" bytes") || message.hasPrefix("Storage size calculation overflowed"),
      "\(request.name): \(message)")
    #expect(error?.operation.isEmpty == false, "\(request.name)")
    #expect(cr_live_bytes() <= before + 1 << 20, "\(request.name)")
  }

  /// What kernels work in, beside operands and results.
  static let working: [(name: String, make: @Sendable () -> Tensor)] = [
    ("sum", { Tensor.ones(1).expanded(1 << 45).sum() }),
    ("mean along a dimension", { Tensor.ones(1, 1).expanded(1 << 44, 1).mean(dim: 0) }),
    ("any", { Tensor.ones(1).expanded(1 << 45).any(dim: 0) }),
    ("amax", { Tensor.ones(1).expanded(1 << 45).amax(dim: 0) }),
    ("argmax", { Tensor.ones(1).expanded(1 << 45).argmax() }),
    ("logsumexp", { Tensor.ones(1).expanded(1 << 45).logsumexp(dim: 0) }),
    ("var", { Tensor.ones(1).expanded(1 << 45).var() }),
    ("max", { Tensor.ones(1).expanded(1 << 45).max() }),
  ]

  @Test(arguments: working.indices) func isRefusedByTheKernel(_ i: Int) throws {
    let request = Self.working[i]
    let error = #expect(throws: TensorError.self, "\(request.name)") { try catching(request.make) }
    #expect(error?.message.contains("you tried to allocate") == true, "\(request.name): \(error?.message ?? "")")
  }

  /// A result that waits has its memory set aside: one for which there is none is refused by the operation, not by whoever reads it.
  @Test func pendingResultsHaveTheirMemory() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor.ones(1 << 22), others = Int(cr_memory_limit()) - (64 << 20)
      precondition(cr_reserve(others))
      do {
        _ = try catching { (1...8).map { x * Double($0) } }
        preconditionFailure("there is memory for three or so of eight results")
      } catch {
        precondition("\(error)".contains("you tried to allocate 16777216 bytes"))
      }
      cr_unreserve(others)
      precondition((x * 2).sum().item() == 0x1p23)
    }
  }

  @Test func theSentence() {
    let error = #expect(throws: TensorError.self) { try catching { Tensor.zeros(1 << 45) } }
    #expect(error?.message == "DefaultCPUAllocator: can't allocate memory: you tried to allocate 140737488355328 bytes")
    #expect(error?.hint.hasPrefix("The memory here has \(cr_memory_limit()) bytes") == true)
  }

  /// What a failed operation leaves behind is as it was.
  @Test func lifeGoesOn() throws {
    let x = Tensor([1.0, 2.0], requiresGrad: true)
    #expect(throws: TensorError.self) { try catching { (x.expanded(1 << 45, 2).exp()).sum().backward() } }
    #expect(x.grad == nil)
    (x * x).sum().backward()
    #expect(x.grad?.array(of: Double.self) == [2, 4])
  }
}
