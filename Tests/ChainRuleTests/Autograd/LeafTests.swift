import ChainRule
import Foundation
import Testing

/// Leaves: flags, cells shared by copies, data and grad written from outside.
struct LeafTests {
  @Test func leavesAndFlags() {
    let x = Tensor([1.0, 2], requiresGrad: true), plain = Tensor([1.0, 2])
    #expect(x.isLeaf && x.requiresGrad && x.gradFn == nil && x.grad == nil)
    #expect(plain.isLeaf && !plain.requiresGrad)
    let y = x * 2
    #expect(!y.isLeaf && y.requiresGrad && y.gradFn?.name == "MulBackward0")
    let z = noGrad { x * 2 }
    #expect(z.isLeaf && !z.requiresGrad && z.gradFn == nil)
    #expect((plain * 2).isLeaf && !(x .> 1).requiresGrad && !x.argmax().requiresGrad)
  }

  @Test func requiresGradSetter() {
    var x = Tensor([1.0, 2])
    x.requiresGrad = true
    #expect(x.isLeaf && x.requiresGrad)
    let copy = x
    x.requiresGrad = false
    #expect(!copy.requiresGrad && (copy * 2).gradFn == nil)
    x.requiresGrad = true
    (copy * 3).sum().backward()
    #expect(x.grad!.doubles == [3, 3])
    var y = x * 2
    y.requiresGrad = true
    #expect(
      message { y.requiresGrad = false }
        == "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't "
        + "require differentiation use var_no_grad = var.detach().")
    var n = Tensor([1, 2])
    #expect(message { n.requiresGrad = true } == "Only Tensors of floating point and complex dtype can require gradients")
    #expect(
      message { _ = Tensor([1, 2], requiresGrad: true) } == "Only Tensors of floating point and complex dtype can require gradients")
    #expect(!n.requiresGrad && n.array(of: Int.self) == [1, 2])
  }

  /// A refused setter leaves the tensor as it was, also where the error is caught.
  @Test func refusedFlagChangesNothing() {
    var n = Tensor([1, 2])
    _ = message { n.requiresGrad = true }
    #expect(n.array(of: Int.self) == [1, 2])
  }

  @Test func copiesShareOneCell() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let copy = x
    struct Holder { let w: Tensor }
    let holder = Holder(w: x)
    (copy * copy).sum().backward()
    #expect(holder.w.grad!.doubles == [2, 4])
    holder.w.data = Tensor([5.0, 6])
    #expect(x.doubles == [5, 6] && copy.doubles == [5, 6])
    copy.data[0] = 9
    x.data *= 2
    #expect(holder.w.doubles == [18, 12])
  }

  /// What a graph has saved is not disturbed by a later write: PyTorch's "modified by an inplace operation" cannot happen.
  @Test func writesDoNotDisturbRecordedGraphs() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = (x * x).sum(), z = x.exp().sum()
    let seen = x.data
    x.data -= 100
    x.data[1] = 7
    #expect(seen.doubles == [1, 2] && x.doubles == [-99, 7])
    y.backward()
    #expect(x.grad!.doubles == [2, 4])
    x.zeroGrad()
    z.backward()
    #expect(distance(x.grad!, Tensor([1.0, 2]).exp()) < 1e-6)
  }

  @Test func dataStaysOutsideTheGraph() {
    let x = Tensor([1.0, 2], requiresGrad: true), w = Tensor([3.0, 4], requiresGrad: true)
    x.data = w * 2
    #expect(x.isLeaf && !x.data.requiresGrad && x.doubles == [6, 8])
    (x * 1).sum().backward()
    #expect(w.grad == nil && x.grad!.doubles == [1, 1])
  }

  @Test func refusedDataLeavesTheValue() {
    let x = Tensor([1.0, 2], requiresGrad: true), frozen = Tensor([1, 2]).asLeaf(requiresGrad: false)
    #expect(
      message { x.data = Tensor([1, 2]) } == "data set to a tensor that requires gradients must be floating point or complex dtype")
    #expect(message { x.data -= Tensor([1.0, 2, 3]) } != nil)
    #expect(message { x.data[5] = 1 } != nil)
    #expect(
      message { frozen.data += Tensor([0.5, 1]) } == "result type Float can't be cast to the desired output type Long")
    #expect(message { (x * 2).data += 1 } == "data can be written on leaves only")
    #expect(x.doubles == [1, 2] && frozen.array(of: Int.self) == [1, 2])
  }

  @Test func gradAssignment() {
    let x = Tensor([1.0, 2, 3], requiresGrad: true)
    x.grad = Tensor([1.0, 1, 1])
    x.sum().backward()
    #expect(x.grad!.doubles == [2, 2, 2])
    #expect(
      message { x.grad = Tensor([1.0, 2, 3, 4]) }
        == "attempting to assign a gradient of size '[4]' to a tensor of size '[3]'. Please ensure that the gradient and the tensor are the "
        + "same size")
    #expect(
      message { x.grad = Tensor([1.0, 2, 3], dtype: .float64) }?.hasPrefix(
        "attempting to assign a gradient with dtype 'double' to a tensor with grad_dtype 'Float'. The gradient must match the tensor's "
          + "grad_dtype (defaults to the tensor's dtype).") == true)
    #expect(x.grad!.doubles == [2, 2, 2])
    x.grad = nil
    #expect(x.grad == nil)
  }

  @Test func detachAndAsLeaf() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let d = (x * 3).detach()
    #expect(d.isLeaf && !d.requiresGrad && d.doubles == [3, 6])
    let fresh = (x * 3).asLeaf()
    (fresh * fresh).sum().backward()
    #expect(fresh.grad!.doubles == [6, 12] && x.grad == nil)
    (x * x.detach()).sum().backward()
    #expect(x.grad!.doubles == [1, 2])
  }

  @Test func gradModesNest() {
    let x = Tensor([1.0], requiresGrad: true)
    #expect(isGradEnabled)
    noGrad {
      #expect(!isGradEnabled && !(x * 2).requiresGrad)
      enableGrad {
        #expect((x * 2).requiresGrad)
        withGradMode(false) { #expect(!(x * 2).requiresGrad) }
        #expect(isGradEnabled)
      }
      #expect(!isGradEnabled)
    }
    struct Stop: Error {}
    #expect(throws: Stop.self) { try noGrad { throw Stop() } }
    #expect(isGradEnabled)
    // A leaf made inside noGrad is a leaf all the same.
    let w = noGrad { Tensor([1.0], requiresGrad: true) }
    #expect(w.requiresGrad && (w * 2).requiresGrad)
  }

  @Test func namesTravel() {
    let w = Tensor([1.0], requiresGrad: true).named("w"), plain = Tensor([1.0, 2]).named("input")
    #expect(w.name == "w" && plain.name == "input" && (plain + 1).name == nil)
    let h = (w + 2).named("h")
    #expect(h.name == "h" && h.requiresGrad)
    (h * 2).backward()
    #expect(w.grad!.item() == 2)
    let error = #expect(throws: TensorError.self) { try catching { plain.matmul(Tensor([1.0, 2, 3]).named("weight")) } }
    #expect(error?.names == ["input", "weight"] && error?.shapes == [[2], [3]])
    #expect(error?.description.contains("names: input, weight") == true)
    // A named plain tensor goes through transforms and onto tapes as any other.
    #expect(grad { ($0 * $0).sum() }(plain).doubles == [2, 4])
    #expect(jvp({ $0 * $0 }, plain, Tensor([1.0, 0])).tangent.doubles == [2, 0])
  }

  @Test func assignmentToALeafTraps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var w = Tensor([1.0, 2], requiresGrad: true).named("weight")
      w -= 0.1
    }
    #expect(text(result).contains("a leaf Variable that requires grad is being used in an in-place operation."))
    #expect(text(result).contains("weight.data -= ..."))
    let inside = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var w = Tensor([1.0, 2], requiresGrad: true)
      noGrad { w[0] = 5 }
    }
    #expect(text(inside).contains("a leaf Variable that requires grad is being used in an in-place operation."))
  }

  @Test func nonLeafGradWarnsOnce() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let y = (Tensor([1.0], requiresGrad: true) * 2).named("hidden")
      y.backward()
      #expect(y.grad == nil)
      #expect(y.grad == nil)
    }
    let printed = text(result)
    #expect(printed.contains("The .grad attribute of a Tensor that is not a leaf Tensor is being accessed.") && printed.contains("hidden"))
    #expect(printed.components(separatedBy: "The .grad attribute").count == 2)
  }
}
