import ChainRule
import Foundation
import Testing

/// Values and gradients of the operations at ties, bounds, zeros, infinities and NaN: those PyTorch 2.13 gives.
struct SpecialPointTests {
  private func slope(_ at: [Double], _ f: (Tensor) -> Tensor) -> [Double] {
    let x = Tensor(at, dtype: .float64, requiresGrad: true)
    f(x).sum().backward()
    return x.grad!.doubles
  }

  @Test func logarithmOfASumOfPowersOfTwo() {
    let x = Tensor([3.0, 1000, -.infinity, .infinity], dtype: .float64), w = Tensor([3.0, 998, -.infinity, 1], dtype: .float64)
    let y = x.logaddexp2(w).doubles
    #expect(y[0] == 4 && abs(y[1] - 1000.3219280948873) < 1e-12 && y[2] == -.infinity && y[3] == .infinity)
    #expect(message { _ = Tensor([1]).logaddexp2(Tensor([1])) } == "\"logaddexp2_cpu\" not implemented for 'Long'")
  }

  /// Far from 0 the second derivative of ln sigmoid is a tiny difference of numbers near 1.
  @Test func logSigmoidFarOut() {
    let x = Tensor([-8.478374, -40, 8], dtype: .float32)
    let second = jvp(grad { $0.logSigmoid().sum() }, x, Tensor.ones(like: x)).tangent.doubles
    for (found, x) in zip(second, x.doubles) {
      let e = Foundation.exp(-abs(x)), expected = -e / ((1 + e) * (1 + e))
      #expect(abs(found - expected) <= 1e-6 * abs(expected), "at \(x)")
    }
  }

  /// What is cut off at one end does not come round to the other.
  @Test func circularBorders() {
    let x = Tensor([0, 1, 2, 3, 4] as [Double]).reshaped([1, 1, 5])
    #expect(x.padded([-1, 2], mode: .circular).doubles == [1, 2, 3, 4, 1, 2])
    #expect(x.padded([2, -1], mode: .circular).doubles == [2, 3, 0, 1, 2, 3])
  }

  @Test func bounds() {
    #expect(slope([0, 6]) { $0.relu6() } == [0, 0] && slope([-1, 1]) { $0.hardtanh() } == [0, 0])
    #expect(slope([-3, 3]) { $0.hardsigmoid() } == [0, 0] && slope([-3, 3]) { $0.hardswish() } == [0, 1])
    #expect(slope([0]) { $0.elu() } == [1] && slope([800]) { $0.elu() } == [1])
    let lower = Tensor([0.0, 2, 5], dtype: .float64), upper = Tensor([1.0, 1, 6], dtype: .float64)
    #expect(slope([0, 3, 6]) { $0.clamp(min: lower, max: upper) } == [1, 0, 1])
    // Where the bounds cross, the upper one is the result.
    #expect(slope([0, 2, 5]) { Tensor([-1.0, 1.5, 3], dtype: .float64).clamp(min: $0, max: upper) } == [1, 0, 1])
  }

  @Test func zeros() {
    for p in [0, 0.5, 1, 1.5, 2, 3, .infinity] { #expect(slope([0, 0]) { $0.norm(p) } == [0, 0], "\(p)") }
    #expect(slope([3, 0, 4]) { $0.norm() } == [0.6, 0, 0.8])
    #expect(slope([2, 2, 2]) { $0.std() } == [0, 0, 0])
    #expect(slope([0, 2, 3]) { $0.prod() } == [6, 0, 0] && slope([0, 0, 3]) { $0.prod() } == [0, 0, 0])
    #expect(slope([2, 0, 3, 4]) { $0.cumprod(dim: 0) } == [1, 2 * (1 + 3 + 12), 0, 0])
    #expect(slope([0]) { $0.atan2(Tensor([0.0], dtype: .float64)) } == [0])
    // Two zeros in the second derivative: only the product of the rest is left.
    let x = Tensor([0.0, 0, 3], dtype: .float64)
    #expect(jvp(grad { $0.prod() }, x, Tensor([1.0, 0, 0], dtype: .float64)).tangent.doubles == [0, 3, 0])
  }

  @Test func ties() {
    #expect(slope([1, 1, 2]) { $0.median() } == [0.5, 0.5, 0])
    #expect(slope([1, 1, 0]) { $0.topk(1).values } == [1, 0, 0])
    #expect(slope([1, 1, 0]) { $0.sort(descending: true).values.narrow(dim: 0, start: 0, count: 1) } == [1, 0, 0])
    #expect(slope([1, 1, 0]) { $0.norm(.infinity) } == [0.5, 0.5, 0])
  }

  @Test func infinitiesAndNaN() {
    let inf = Double.infinity
    #expect(Tensor([inf, -inf, inf]).logaddexp(Tensor([inf, -inf, 1])).doubles == [inf, -inf, inf])
    // Of two equal infinities each has a half of the derivative, as of two equal numbers.
    for f in [{ $0.logaddexp($1) }, { $0.logaddexp2($1) }] as [(Tensor, Tensor) -> Tensor] {
      let x = Tensor([inf, -inf, inf, 3], dtype: .float64), w = Tensor([inf, -inf, 1, inf], dtype: .float64), one = Tensor.ones(like: x)
      #expect(grad { f($0, w).sum() }(x).doubles == [0.5, 0.5, 1, 0] && jvp({ f(x, $0) }, w, one).tangent.doubles == [0.5, 0.5, 0, 1])
    }
    #expect(!Tensor(inf).allClose(Tensor(-inf)) && Tensor(inf).allClose(Tensor(inf)) && !Tensor(Double.nan).allClose(Tensor(Double.nan)))
    #expect(Tensor([1, .nan, inf, -inf]).isPosInf().array(of: Bool.self) == [false, false, true, false])
    #expect(Tensor([1, .nan, 3]).nansum().item() == 4 && Tensor([1, .nan, 3]).nanmean().item() == 2)
    let median = Tensor([[3.0, 1, 2, 4], [1, .nan, 0, .nan]]).median(dim: 1)
    #expect(median.values[0].item() == 2 && median.values[1].item().isNaN && median.indices.array(of: Int.self) == [2, 1])
    #expect(Tensor([2.0, .nan, 1]).sort().indices.array(of: Int.self) == [2, 0, 1])
    #expect(Tensor([1.0]).var().item().isNaN && Tensor([1.0]).var(correction: 0).item() == 0)
  }

  /// Integers and truth values keep their type where it can hold the result, and add and multiply in int64.
  @Test func otherElementTypes() {
    let n = Tensor([3, -1, 2]), mask = Tensor([true, false, true])
    #expect(n.prod().dtype == .int64 && n.prod().item() == -6 && mask.prod().dtype == .int64 && mask.prod().item() == 0)
    #expect(mask.cumsum(dim: 0).array(of: Int.self) == [1, 1, 2] && n.to(.int32).cumprod(dim: 0).dtype == .int64)
    #expect(n.sort().values.array(of: Int.self) == [-1, 2, 3] && mask.sort().values.array(of: Bool.self) == [false, true, true])
    #expect(n.flip(0).array(of: Int.self) == [2, -1, 3] && n.median().item() == 2 && n.to(.uint8).topk(1).values.dtype == .uint8)
    #expect(Tensor.ones([2, 2], dtype: .bool).tril().dtype == .bool && Tensor.ones([2, 2], dtype: .bool).tril()[0, 1].item() == 0)
    #expect(n.clamp(min: 0).dtype == .int64 && n.clamp(min: Tensor([0.5, 0, 0])).dtype == .float32)
    #expect(n.nansum().item() == 4 && mask.padded([1, 0]).dtype == .bool && mask.roll(1).array(of: Bool.self) == [true, true, false])
    #expect(n.div(2, rounding: .floor).array(of: Int.self) == [1, -1, 1] && n.div(2, rounding: .trunc).array(of: Int.self) == [1, 0, 1])
    #expect(
      n.floorDivide(2.0).dtype == .float32 && n.remainder(2).array(of: Int.self) == [1, 1, 0]
        && n.fmod(2).array(of: Int.self) == [1, -1, 0])
    #expect(mask.diff().array(of: Bool.self) == [true, true] && n.atan2(1).dtype == .float32 && n.countNonzero().item() == 3)
  }

  @Test func grouping() {
    let found = Tensor([[3, 1], [3, 2]]).unique()
    #expect(found.values.array(of: Int.self) == [1, 2, 3] && found.counts.array(of: Int.self) == [1, 1, 2])
    #expect(found.inverse.shape == [2, 2] && found.inverse.array(of: Int.self) == [2, 0, 2, 1])
    #expect(Tensor.zeros(0).unique().values.shape == [0])
    let rows = Tensor([[0, 2]]).oneHot()
    #expect(rows.shape == [1, 2, 3] && rows.array(of: Int.self) == [1, 0, 0, 0, 0, 1] && Tensor([1]).oneHot(4).shape == [1, 4])
  }
}
