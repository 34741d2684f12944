import CKernels
import Foundation
import Testing

extension KernelTests {
  private func logits(_ rows: Int, _ classes: Int) -> [Double] {
    var random = SplitMix(31)
    return (0..<rows * classes).map { _ in random.uniform(-5, 5) }
  }

  @Test(arguments: [(1, 1), (3, 10), (70, 10), (5, 200), (130, 33)]) func crossEntropyAgainstItsDefinition(rows: Int, classes: Int) {
    let values = logits(rows, classes)
    let target = (0..<rows).map { $0 % 4 == 2 ? Int64(-100) : Int64($0 * 7 % classes) }
    let x = Buffer(values, sizes: [rows, classes]), logp = Buffer(values, sizes: [rows, classes])
    let losses = Buffer([Double](repeating: 9, count: rows)), weights = Buffer((0..<rows).map { 0.5 + Double($0) })
    #expect(cr_cross_entropy_forward(&x.tensor, target, -100, &logp.tensor, &losses.tensor) == -1)
    let each = Buffer(values, sizes: [rows, classes]), common = Buffer(values, sizes: [rows, classes])
    cr_cross_entropy_backward(&logp.tensor, target, -100, &weights.tensor, 0, &each.tensor)
    cr_cross_entropy_backward(&logp.tensor, target, -100, nil, 0.25, &common.tensor)
    for r in 0..<rows {
      let row = values[r * classes..<(r + 1) * classes], total = log(row.reduce(0) { $0 + exp($1) })
      let ignored = target[r] == -100
      #expect(abs(losses.base[r] - (ignored ? 0 : total - values[r * classes + Int(target[r])])) < 1e-13)
      for c in 0..<classes {
        let i = r * classes + c, slope = ignored ? 0 : exp(values[i] - total) - (Int64(c) == target[r] ? 1 : 0)
        #expect(abs(logp.base[i] - (values[i] - total)) < 1e-13)
        #expect(abs(each.base[i] - slope * weights.base[r]) < 1e-12 * weights.base[r] && abs(common.base[i] - slope * 0.25) < 1e-13)
      }
    }
  }

  @Test func crossEntropyNamesTheFirstBadTarget() {
    let x = Buffer([Float](repeating: 1, count: 12), sizes: [4, 3]), logp = Buffer([Float](repeating: 7, count: 12), sizes: [4, 3])
    let losses = Buffer([Float](repeating: 7, count: 4))
    for (target, row) in [([0, 3, -1, 2], 1), ([0, -1, 5, 2], 1), ([3, 0, 0, 0], 0), ([-100, 0, 0, 9], 3)] as [([Int64], Int64)] {
      #expect(cr_cross_entropy_forward(&x.tensor, target, -100, &logp.tensor, &losses.tensor) == row)
    }
    #expect(logp.array == [Float](repeating: 7, count: 12) && losses.array == [7, 7, 7, 7])
  }
}
