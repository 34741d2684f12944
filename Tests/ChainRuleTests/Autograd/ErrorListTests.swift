import ChainRule
import ChainRuleNN
import Testing

/// The errors and warnings that PyTorch's users meet, by the numbers of a list of them: what each is here.
///
/// Those that have a counterpart are tested where they belong, or below. The others cannot arise:
///
/// - 4, 4b, 5, 15, 15b, 15c, 16, 16b, 16c, 40: a tensor is a value, so nothing that is saved can be changed under a graph, and there are
///   no views to change it through, no versions, and no inference mode to tell apart.
/// - 8: `array(of:)` reads the elements of any tensor outside transforms and leaves its graph alone.
/// - 9b: whether unused inputs give nil is chosen by the call, whose result then is of optionals; both cannot be asked for at once.
/// - 10d: `gradOutputs` of another number than the outputs is refused (BackwardTests).
/// - 12: a copy of a tensor is the tensor; `detach().clone().asLeaf()` makes a new leaf.
/// - 17c, 17d, 17f: a `DifferentiableFunction` without its rules does not compile; without a tangent rule its own is derived.
/// - 20, 20b: `Tensor(_:)` takes numbers, and `item()` says that it reads.
/// - 22, 23b: every operation has its derivatives of all orders, or says that its result has none.
/// - 24: `jacobian` of a function that does not depend on its input is zeros; there is no strict mode.
/// - 26, 26b: `checkpoint` is the variant that needs no input with a gradient: gradients reach what the function captures too.
/// - 27: tangents live in the scope of `jvp`, which no call can leave.
/// - 31: there is no condition on a tensor; `item(as: Bool.self)` is one on a number, and refuses more than one as 30 does.
/// - 32c: `reshaped` is a view where that is possible and a copy where it is not; nothing asks for one of the two.
/// - 37: `softmax` takes its dimension always.
/// - 42, 43: there are one device and no complex elements.
/// - 43b, 44: an optional must be unwrapped, and a closure that is required is an argument.
struct ErrorListTests {
  @Test func numbers() {
    #expect(message { _ = Tensor([1.0, 2, 3]).item() } == "a Tensor with 3 elements cannot be converted to Scalar")
    #expect(message { _ = Tensor([true, false]).item(as: Bool.self) } == "a Tensor with 2 elements cannot be converted to Scalar")
  }

  @Test func shapes() {
    let x = Tensor.zeros(2, 3)
    #expect(message { _ = x.reshaped(4) } == "shape '[4]' is invalid for input of size 6")
    #expect(message { _ = x.reshaped(4, -1) } == "shape '[4, -1]' is invalid for input of size 6")
    #expect(x.T.reshaped(6).shape == [6])
    #expect(
      message { _ = cat([x, Tensor.zeros(2, 4)], dim: 0) }
        == "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 4 for tensor number 1 in the list.")
    #expect(
      message { _ = stack([x, Tensor.zeros(2, 4)]) }
        == "stack expects each tensor to be equal size, but got [2, 3] at entry 0 and [2, 4] at entry 1")
    #expect(
      message { _ = conv2d(Tensor.zeros(1, 2, 8, 8), Tensor.zeros(4, 3, 3, 3)) }
        == "Given groups=1, weight of size [4, 3, 3, 3], expected input[1, 2, 8, 8] to have 3 channels, but got 2 channels instead")
    #expect(message { _ = Tensor.zeros(2, 3).mv(Tensor.zeros(4)) } == "size mismatch, got input (2), mat (2x3), vec (4)")
  }

  @Test func indices() {
    let table = Tensor.zeros(3, 2)
    #expect(message { _ = embedding(Tensor([0, 3]), table) } == "index out of range in self")
    #expect(message { _ = embedding(Tensor([-1]), table) } == "index out of range in self")
  }

  /// Every refusal says what to do about it.
  @Test func hints() {
    for body in [
      { _ = cat([Tensor.zeros(2, 3), Tensor.zeros(2, 4)]) }, { _ = stack([Tensor.zeros(2), Tensor.zeros(3)]) },
      { _ = embedding(Tensor([9]), Tensor.zeros(3, 2)) }, { _ = Tensor.zeros(2).item() }, { _ = Tensor.zeros(2).reshaped(3) },
    ] {
      let error = #expect(throws: TensorError.self) { try catching(body) }
      #expect(error!.hint.hasSuffix(".") && !error!.operation.isEmpty && !error!.shapes.isEmpty, "\(error!)")
    }
  }

  @Test func trapsSayTheSame() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = embedding(Tensor([0, 7]), Tensor.zeros(3, 2).named("vocabulary"))
    }
    #expect(text(result).contains("index out of range in self") && text(result).contains("names: vocabulary"))
  }

  /// Warnings go to the standard error, each once.
  @Test func warnings() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      for _ in 0..<2 { _ = mseLoss(Tensor.zeros(3, 1), Tensor.zeros(3)) }
      for _ in 0..<2 { _ = Tensor.zeros(2, 3, 4).T }
    }
    let lines = text(result).split(separator: "\n").filter { $0.hasPrefix("ChainRule: ") }
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("ChainRule: Using a target size ([3]) that is different to the input size ([3, 1]).") == true)
    #expect(lines.last?.hasPrefix("ChainRule: The use of `x.T` on tensors of dimension other than 2") == true)
  }
}
