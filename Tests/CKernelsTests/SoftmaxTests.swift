import CKernels
import Foundation
import Testing

extension KernelTests {
  private func random(_ n: Int, _ seed: UInt64) -> [Double] {
    var generator = SplitMix(seed)
    return (0..<n).map { _ in generator.uniform(-3, 3) }
  }

  @Test(arguments: [0, 1, 2]) func softmaxAgainstItsDefinition(dim: Int) {
    let sizes = [3, 5, 4], x = Buffer(random(60, 1), sizes: sizes), out = Buffer(random(60, 2), sizes: sizes)
    let log = Buffer(random(60, 2), sizes: sizes)
    cr_softmax(&x.tensor, Int32(dim), &out.tensor)
    cr_log_softmax(&x.tensor, Int32(dim), &log.tensor)
    let values = x.array, all = indices(of: sizes)
    for (i, index) in all.enumerated() {
      let line = all.indices.filter { k in index.indices.allSatisfy { $0 == dim || all[k][$0] == index[$0] } }
      let want = exp(values[i]) / line.reduce(0) { $0 + exp(values[$1]) }
      #expect(abs(out.base[i] - want) < 1e-14 && abs(exp(log.base[i]) - want) < 1e-14)
    }
  }

  /// The backward kernels against central differences of the forward ones.
  @Test func backwardAgainstDifferences() {
    let n = 6, x = random(n, 3), dy = random(n, 4), weight = random(n, 5), bias = random(n, 6), h = 1e-6
    func soft(_ v: [Double], log: Bool) -> [Double] {
      let a = Buffer(v), out = Buffer(v)
      if log { cr_log_softmax(&a.tensor, 0, &out.tensor) } else { cr_softmax(&a.tensor, 0, &out.tensor) }
      return out.array
    }
    func norm(_ v: [Double]) -> (y: [Double], mean: Buffer<Double>, rstd: Buffer<Double>) {
      let a = Buffer(v, sizes: [1, n]), out = Buffer(v, sizes: [1, n]), w = Buffer(weight), b = Buffer(bias)
      let mean = Buffer([0.0]), rstd = Buffer([0.0])
      cr_layer_norm(&a.tensor, &w.tensor, &b.tensor, 1e-5, &out.tensor, &mean.tensor, &rstd.tensor)
      return (out.array, mean, rstd)
    }
    func differences(_ f: ([Double]) -> [Double]) -> [Double] {
      x.indices.map { i in
        var up = x, down = x
        up[i] += h
        down[i] -= h
        return zip(zip(f(up), f(down)), dy).reduce(0) { $0 + ($1.0.0 - $1.0.1) / (2 * h) * $1.1 }
      }
    }
    let cotangent = Buffer(dy), out = Buffer(dy)
    let y = Buffer(soft(x, log: false)), logs = Buffer(soft(x, log: true))
    cr_softmax_backward(&cotangent.tensor, &y.tensor, 0, &out.tensor)
    for (a, b) in zip(out.array, differences { soft($0, log: false) }) { #expect(abs(a - b) < 1e-8) }
    cr_log_softmax_backward(&cotangent.tensor, &logs.tensor, 0, &out.tensor)
    for (a, b) in zip(out.array, differences { soft($0, log: true) }) { #expect(abs(a - b) < 1e-8) }
    let saved = norm(x), input = Buffer(x), w = Buffer(weight), dw = Buffer(x), db = Buffer(x)
    cr_layer_norm_backward(
      &cotangent.tensor, &input.tensor, &saved.mean.tensor, &saved.rstd.tensor, &w.tensor, &out.tensor, &dw.tensor, &db.tensor)
    for (a, b) in zip(out.array, differences { norm($0).y }) { #expect(abs(a - b) < 1e-7) }
    #expect(db.array == dy)
    for i in 0..<n { #expect(abs(dw.base[i] * weight[i] - dy[i] * (saved.y[i] - bias[i])) < 1e-12) }
  }
}
