import CKernels
import Testing

extension KernelTests {
  private static var unaryOps: [cr_unary_op] { (0..<CR_ISNAN.rawValue).map { cr_unary_op(rawValue: $0) } }

  private func run(_ op: cr_unary_op, _ values: [Float], offset: Int = 0) -> [Float] {
    let x = Buffer([Float](repeating: 3, count: offset) + values, sizes: [values.count], offset: offset)
    let out = Buffer([Float](repeating: 0, count: values.count + offset), sizes: [values.count], offset: offset)
    cr_unary(op, &x.tensor, &out.tensor)
    return out.array
  }

  /// One element by itself is the remainder loop; among 70 it may be in the body.
  @Test func bodyAndTailAgree() {
    var random = SplitMix(5)
    var values = specials.map { Float($0) }
    while values.count < 70 { values.append(Float(random.uniform(-10, 10))) }
    for op in Self.unaryOps where cr_has_unary(op, CR_FLOAT32) && op != CR_LOGICAL_NOT {
      let single = values.map { run(op, [$0])[0] }
      for length in 1...70 {
        let shift = length * 7 % 70
        let rotated = (0..<length).map { ($0 + shift) % 70 }
        let out = run(op, rotated.map { values[$0] }, offset: length % 16)
        for (i, k) in rotated.enumerated() {
          #expect(same(out[i], single[k]), "op \(op.rawValue) of \(values[k]), element \(i) of \(length): \(out[i]), alone \(single[k])")
        }
      }
    }
  }

  @Test func instructionSetsAgree() {
    let chosen = cr_isa_in_use()
    defer { #expect(cr_isa_use(chosen)) }
    var random = SplitMix(9)
    var values = specials.map { Float($0) }
    while values.count < 1000 { values.append(Float(random.uniform(-30, 30))) }
    let others = values.map { _ in Float(random.uniform(-5, 5)) }
    func everything() -> [[Float]] {
      var results = Self.unaryOps.filter { cr_has_unary($0, CR_FLOAT32) && $0 != CR_LOGICAL_NOT }.map { run($0, values) }
      for raw in 0..<CR_LOGICAL_AND.rawValue where cr_has_binary(cr_binary_op(rawValue: raw), CR_FLOAT32) {
        let a = Buffer(values), b = Buffer(others), out = Buffer(values)
        _ = cr_binary(cr_binary_op(rawValue: raw), &a.tensor, &b.tensor, &out.tensor)
        results.append(out.array)
      }
      let x = Buffer(others, sizes: [10, 100]), out = Buffer([Float](repeating: 0, count: 100))
      for op in [CR_SUM, CR_PROD, CR_AMAX, CR_AMIN, CR_SUM_OF_SQUARES, CR_LOGSUMEXP] {
        cr_reduce(op, &x.tensor, [true, false], &out.tensor)
        results.append(out.array)
      }
      let soft = Buffer(others, sizes: [10, 100])
      cr_softmax(&x.tensor, 1, &soft.tensor)
      results.append(soft.array)
      return results
    }
    #expect(cr_isa_use(CR_ISA_portable))
    let portable = everything()
    for isa in instructionSets where cr_isa_use(isa) {
      for (k, (a, b)) in zip(portable, everything()).enumerated() {
        for i in a.indices where !same(a[i], b[i]) {
          Issue.record(
            "\(String(cString: cr_isa_name(isa))): result \(k) of \(values[i % 1000]), \(others[i % 1000]): \(b[i]), portable \(a[i])")
        }
      }
    }
  }
}
