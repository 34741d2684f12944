import ChainRule
import Testing

/// No operation changes a tensor that another variable can see.
struct ValueSemanticsTests {
  /// Small enough to live in the object, and large enough for a buffer of its own.
  static let sizes = [4, 4096]

  @Test(arguments: sizes) func copiesDoNotChange(_ n: Int) {
    let original = Tensor.arange(Double(n))
    let before = original.doubles
    let changes: [(inout Tensor) -> Void] = [
      { $0 += 1 }, { $0 -= Tensor.ones(n) }, { $0 *= 3 }, { $0 /= 2 }, { $0[0] = 9 }, { $0[1...] = Tensor.zeros(n - 1) },
      { $0[0] += 5 }, { t in t[t .> 1] = -1 }, { $0[Tensor([0, 1])] = Tensor([7.0, 8]) },
    ]
    for change in changes {
      var copy = original
      change(&copy)
      #expect(original.doubles == before && copy.doubles != before)
      // The views of a tensor are values too, and a tensor is not disturbed by writes to its views.
      for view in [original[..<n], original.reshaped(n), original.unsqueezed(0).squeezed(0), original.detach(), original.contiguous()] {
        var v = view
        change(&v)
        #expect(original.doubles == before && view.doubles == before && v.doubles == copy.doubles)
      }
      var base = original + 0.0
      let view = base[1...]
      change(&base)
      #expect(view.doubles == Array(before[1...]) && base.doubles == copy.doubles)
    }
  }

  @Test(arguments: sizes) func writesAreRecorded(_ n: Int) {
    let x = Tensor.ones([n], dtype: .float64, requiresGrad: true)
    var y = x * 2
    let before = y
    y[0] = 5
    y[1] *= 3
    y += x
    y *= y
    (y.sum() + before.sum()).backward()
    var expected = [Double](repeating: 2 * 3 * 3 + 2, count: n)
    expected[0] = 2 * 6 + 2
    expected[1] = 2 * 7 * 7 + 2
    #expect(Array(x.grad!.doubles.prefix(4)) == Array(expected.prefix(4)))
    #expect(x.grad!.doubles == expected && before.doubles == Array(repeating: 2, count: n))
  }

  @Test func savedValuesSurviveWrites() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    var y = x.exp()
    let saved = y
    let z = y * y
    y[0] = 100
    y *= 0
    z.sum().backward()
    #expect(distance(x.grad!, 2 * saved.detach().square()) < 1e-6)
  }

  @Test func selfAssignment() {
    var a = Tensor([1.0, 2, 3])
    a += a
    a[0] = a[2]
    a[1...] = a[..<2]
    #expect(a.doubles == [6, 6, 4])
    var m = Tensor([[1.0, 2], [3, 4]])
    m += m.T
    #expect(m.doubles == [2, 5, 5, 8])
    m[.all] = m.T * 2
    #expect(m.doubles == [4, 10, 10, 16])
  }

  @Test func broadcastIntoAVariable() {
    var a = Tensor.zeros(2, 3)
    a += Tensor([1.0, 2, 3])
    a -= Tensor(1.0)
    #expect(a.doubles == [0, 1, 2, 0, 1, 2])
    // Growing by assignment gives a larger value, as a = a + b would.
    #expect(message { a[0] = Tensor.zeros(2, 3) } != nil)
  }

  @Test func stridesAndViews() {
    let a = Tensor.arange(24.0).reshaped(2, 3, 4)
    #expect(a.strides == [12, 4, 1] && a.isContiguous)
    let t = a.transposed(0, 2)
    #expect(t.shape == [4, 3, 2] && t.strides == [1, 4, 12] && !t.isContiguous && t.contiguous().isContiguous)
    #expect(a[.all, 1].strides == [12, 1] && a[.all, .slice(from: 0, by: 2)].shape == [2, 2, 4])
    let e = Tensor([1.0, 2]).unsqueezed(1).expanded(2, 3)
    #expect(e.strides[1] == 0 && e.doubles == [1, 1, 1, 2, 2, 2])
    #expect(a.T.shape == [4, 3, 2] && a.mT.shape == [2, 4, 3] && a.flattened().shape == [24] && a.flattened(from: 1).shape == [2, 12])
    #expect(Tensor.zeros(2, 0, 3).isContiguous && Tensor(1.0).isContiguous && Tensor(1.0).strides.isEmpty)
  }
}
