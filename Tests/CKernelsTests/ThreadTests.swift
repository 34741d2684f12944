import CKernels
import Testing

extension KernelTests {
  /// The same bits for every number of threads: work is split by shape alone.
  @Test func threadCountsAgree() {
    let before = cr_thread_count()
    defer { cr_set_thread_count(before) }
    var random = SplitMix(40)
    let count = 300 * 700
    let x = Buffer((0..<count).map { _ in Float(random.uniform(-3, 3)) }, sizes: [300, 700])
    let y = Buffer((0..<count).map { _ in Float(random.uniform(-3, 3)) }, sizes: [300, 700], strides: [1, 300])
    let short = Buffer(x.array, sizes: [21_000, 10]), weight = Buffer((0..<700).map { _ in Float(random.uniform(-1, 1)) })

    func everything() -> [[Float]] {
      var results = [[Float]]()
      func keep(_ sizes: [Int], _ work: (inout cr_tensor) -> Void) {
        let out = Buffer([Float](repeating: 0, count: sizes.reduce(1, *)), sizes: sizes)
        work(&out.tensor)
        results.append(out.array)
      }
      keep([300, 700]) { _ = cr_binary(CR_MUL, &x.tensor, &y.tensor, &$0) }
      keep([300, 700]) { cr_unary(CR_GELU_ERF, &y.tensor, &$0) }
      keep([300, 700]) { cr_copy(&y.tensor, &$0) }
      for op in [CR_SUM, CR_AMAX, CR_LOGSUMEXP, CR_SUM_OF_SQUARES, CR_MEAN] {
        for reduced in [[false, true], [true, false], [true, true]] {
          keep([reduced[0] ? 1 : 300, reduced[1] ? 1 : 700]) { cr_reduce(op, &y.tensor, reduced, &$0) }
        }
        keep([21_000]) { cr_reduce(op, &short.tensor, [false, true], &$0) }
      }
      for dim: Int32 in [0, 1] {
        keep([300, 700]) { cr_softmax(&x.tensor, dim, &$0) }
        keep([300, 700]) { cr_log_softmax_backward(&y.tensor, &x.tensor, dim, &$0) }
        keep([300, 700]) { cr_cumulative(CR_CUMSUM, &x.tensor, dim, &$0, nil) }
      }
      let mean = Buffer([Float](repeating: 0, count: 300)), rstd = Buffer([Float](repeating: 0, count: 300))
      keep([300, 700]) { cr_layer_norm(&x.tensor, &weight.tensor, nil, 1e-5, &$0, &mean.tensor, &rstd.tensor) }
      let dweight = Buffer(weight.array), dbias = Buffer(weight.array)
      keep([300, 700]) {
        cr_layer_norm_backward(
          &y.tensor, &x.tensor, &mean.tensor, &rstd.tensor, &weight.tensor, &$0, &dweight.tensor, &dbias.tensor)
      }
      return results + [dweight.array, dbias.array]
    }
    cr_set_thread_count(1)
    let alone = everything()
    for threads: Int32 in [2, 3] {
      cr_set_thread_count(threads)
      for (k, (a, b)) in zip(alone, everything()).enumerated() { #expect(zip(a, b).allSatisfy(same), "result \(k), \(threads) threads") }
    }
  }
}
