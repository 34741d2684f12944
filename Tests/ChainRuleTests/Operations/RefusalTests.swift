import ChainRule
import Testing

/// What the operations refuse, in PyTorch's words.
struct RefusalTests {
  private let x = Tensor([[1.0, 2, 3], [4, 5, 6]]), n = Tensor([1, 2, 3])

  private func expect(_ text: String, _ body: () -> Void, sourceLocation: SourceLocation = #_sourceLocation) {
    let found = message(body)
    #expect(found == text, sourceLocation: sourceLocation)
  }

  @Test func elementwise() {
    expect("ZeroDivisionError") { _ = n.floorDivide(0) }
    expect("ZeroDivisionError") { _ = n.remainder(Tensor([1, 0, 1])) }
    expect("\"remainder_cpu\" not implemented for 'Bool'") { _ = Tensor([true]).remainder(Tensor([true])) }
    expect("\"logaddexp_cpu\" not implemented for 'Long'") { _ = n.logaddexp(n) }
    expect("The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1") { _ = x.atan2(Tensor([1.0, 2])) }
    expect("The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1") {
      _ = x.clamp(min: Tensor([1.0, 2]))
    }
    expect("\"elu_cpu\" not implemented for 'Long'") { _ = n.elu() }
    expect("Halving dimension must be even, but dimension 1 is size 3") { _ = x.glu() }
    expect("Mismatch of parameter numbers and input channel size. Found parameter numbers = 2 and channel size = 3.") {
      _ = x.prelu(Tensor([0.1, 0.2]))
    }
  }

  @Test func reductions() {
    expect("std and var only support floating point and complex dtypes") { _ = n.std() }
    expect("linalg.vector_norm: Expected a floating point or complex tensor as input. Got Long") { _ = n.norm() }
    expect("Dimension out of range (expected to be in range of [-2, 1], but got 2)") { _ = x.cumsum(dim: 2) }
    expect("selected index k out of range") { _ = x.topk(4) }
    expect("median(): Expected reduction dim 1 to have non-zero size.") { _ = Tensor.zeros(2, 0).median(dim: 1) }
  }

  @Test func shapes() {
    expect("shifts and dimensions must align. shifts: 2, dims:1") { _ = x.roll([1, 2], dims: [0]) }
    expect("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor") { _ = x.repeated(2) }
    expect("Length of pad must be even but instead it equals 3") { _ = x.padded([1, 2, 3]) }
    expect("diag(): Supports 1D or 2D tensors. Got 3D") { _ = Tensor.zeros(1, 1, 1).diag() }
    expect("tril: input tensor must have at least 2 dimensions") { _ = n.tril() }
    expect("diagonal dimensions cannot be identical 0, 0") { _ = x.diagonal(dim1: 0, dim2: 0) }
    expect("shape '[2, 2]' is invalid for input of size 3") { _ = x.unflattened(1, [2, 2]) }
    expect("Padding size should be less than the corresponding input dimension, but got: padding (3, 0) at dimension 1 of input [2, 3]") {
      _ = x.padded([3, 0], mode: .reflect)
    }
    expect("Padding value causes wrapping around more than once.") { _ = x.padded([4, 0], mode: .circular) }
    expect("torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: [2, 3]") { _ = meshgrid([x]) }
    expect("trace: expected a matrix, but got tensor with dim 1") { _ = n.trace() }
    expect("Class values must be smaller than num_classes.") { _ = n.oneHot(3) }
    expect("diff expects input to be at least one-dimensional") { _ = Tensor(1.0).diff() }
  }

  @Test func selection() {
    expect("index 5 is out of bounds for dimension 1 with size 3") { _ = x.scatter(dim: 1, index: Tensor([[5]]), value: 1) }
    expect("scatter(): Expected self.dtype to be equal to src.dtype") { _ = x.scatter(dim: 1, index: Tensor([[0]]), source: Tensor([[1]])) }
    expect("Number of elements of source < number of ones in mask") { _ = x.maskedScatter(x .> 0, Tensor([1.0])) }
    expect("masked_select: expected BoolTensor for mask, but got Long") { _ = n.maskedSelect(n) }
  }

  @Test func products() {
    expect("mm: self must be a matrix") { _ = n.mm(x) }
    expect("batch1 must be a 3D tensor") { _ = x.bmm(x) }
    expect("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)") { _ = x.mm(x) }
    expect("einsum(): fewer operands were provided than specified in the equation") { _ = einsum("ij,jk", [x]) }
    expect("einsum(): output subscript k does not appear in the equation for any input operand") { _ = einsum("ij->k", [x]) }
    expect("einsum(): subscript i has size 3 for operand 1 which does not broadcast with previously seen size 2") {
      _ = einsum("ij,ik->jk", [x, x.T])
    }
    expect("einsum(): invalid subscript given at index 1 in the equation string, subscripts must be in [a-zA-Z]") { _ = einsum("i1", [x]) }
  }

  @Test func einsumOfEveryKind() {
    let m = Tensor([[1.0, 2], [3, 4]])
    #expect(einsum("ii", [m]).item() == 5 && einsum("ii->i", [m]).doubles == [1, 4] && einsum("ba", [m]).doubles == [1, 3, 2, 4])
    #expect(einsum("ij,jk,kl", [m, m, m]).doubles == m.matmul(m).matmul(m).doubles)
    #expect(einsum("...ij,...jk->...ik", [m.unsqueezed(0), m]).shape == [1, 2, 2])
    #expect(
      einsum("i...->...", [m]).doubles == [4, 6] && einsum("ij->", [m]).item() == 10 && einsum("i,j", [m[0], m[1]]).shape == [2, 2])
  }
}
