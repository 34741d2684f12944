import ChainRule
import Testing

/// `compile` in the matrix of transforms inside transforms: each pair as one plan, and each transform of what has been compiled, against
/// the same without, bit for bit.
@Suite struct NestedTransformsTests {
  /// What no plan takes where it has something to do: a number is read, a search ends where it has converged, there are hooks.
  private static let refused: Set = ["control", "fixedPoint", "nodeHooks", "savedTensorHooks"]
  /// The other transforms, but for one that makes a module, and with it a leaf, at each call.
  private static let taken = TransformMatrix.transforms.filter { !refused.contains($0.name) && $0.name != "functionalCall" }

  private func bits(_ t: Tensor) -> [UInt64] { t.array(of: Double.self).map(\.bitPattern) }

  /// The error of `body`, with the operation that refused; nil for none.
  private static func refusal(_ body: () -> Void) -> String? {
    do {
      try catching { body() }
      return nil
    } catch {
      return "\(error.operation): \(error.message)"
    }
  }

  @Test(arguments: taken.indices) func everyPairIsOnePlan(_ outer: Int) {
    for inner in Self.taken.indices {
      let f = TransformMatrix.functions[(outer + inner) % TransformMatrix.functions.count]
      let name = "\(Self.taken[outer].name) of \(Self.taken[inner].name) of \(f.name)"
      let plain = Self.taken[outer].apply(Self.taken[inner].apply { f.apply($0, TransformMatrix.other) })
      let whole = compile { (x: Tensor) in plain(x).detach() }
      for i in 0..<3 {
        let x = TransformMatrix.point * (1 + 0.1 * Double(i)), expected = plain(x).detach()
        var found: Tensor?
        let refusal = Self.refusal { found = whole(x) }
        #expect(refusal == nil && found.map(bits) == bits(expected), "\(name), call \(i): \(refusal ?? "other bits")")
      }
      #expect(whole.plan != nil, "\(name): \(whole.reasonForEager ?? "")")
    }
  }

  @Test(arguments: refused) func whatIsNoPlanIsRefused(_ name: String) throws {
    let transform = try #require(TransformMatrix.transforms.first { $0.name == name }).apply
    let f = compile { (x: Tensor) in grad { transform { ($0 * TransformMatrix.other).sin() }($0).sum() }(x) }
    let refusal = Self.refusal { _ = f(TransformMatrix.point) }
    #expect(refusal?.hasPrefix("compile: a compiled function cannot be recorded") ?? false, "\(refusal ?? "not refused")")
  }

  @Test(arguments: TransformMatrix.transforms.indices) func everyTransformTakesACompiledFunction(_ outer: Int) {
    for (i, (name, f)) in TransformMatrix.functions.enumerated() {
      let plain = { (z: Tensor) in f(z, TransformMatrix.other) }, compiled = compile(plain)
      let x = TransformMatrix.point * (1 + 0.1 * Double(i))
      // The plan is ready before the transform comes.
      for _ in 0..<3 { _ = compiled(TransformMatrix.point) }
      #expect(compiled.plan != nil)
      let transform = TransformMatrix.transforms[outer], found = transform.apply { compiled($0) }(x), expected = transform.apply(plain)(x)
      #expect(bits(found.detach()) == bits(expected.detach()), "\(transform.name) of \(name)")
    }
  }
}
