import ChainRule
import Testing

/// `inferenceMode`: `noGrad` that nothing inside undoes.
@Suite struct InferenceModeTests {
  private let w = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)

  @Test func nothingInsideTurnsRecordingOn() {
    #expect(!isInferenceModeEnabled && isGradEnabled)
    inferenceMode {
      #expect(isInferenceModeEnabled && !isGradEnabled)
      #expect(!(w * 2).requiresGrad && !enableGrad { w * 2 }.requiresGrad && !withGradMode(true) { w * 2 }.requiresGrad)
      #expect(noGrad { isInferenceModeEnabled })
    }
    #expect(!isInferenceModeEnabled && (w * 2).requiresGrad)
    // The other way round, and where an error leaves it.
    noGrad { #expect(enableGrad { (w * 2).requiresGrad } && !inferenceMode { enableGrad { w * 2 } }.requiresGrad) }
    struct Stop: Error {}
    #expect(throws: Stop.self) { try inferenceMode { throw Stop() } }
    #expect(!isInferenceModeEnabled)
  }

  @Test func transformsWorkInside() {
    let x = w.detach()
    inferenceMode {
      #expect(grad { ($0 * $0).sum() }(x).equal(2 * x) && jvp({ $0 * $0 }, x, x).tangent.equal(2 * x * x))
      #expect(hessian({ $0.pow(3).sum() }, x).equal((6 * x).diag()) && vjp({ $0 * x }, x).pullback(x).equal(x * x))
      #expect(checkpoint({ $0 * 2 }, x).equal(2 * x) && !grad { ($0 * w).sum() }(x).requiresGrad)
    }
  }

  @Test func resultsAreConstantsLater() {
    let y = inferenceMode { w * w }
    (y * w).sum().backward()
    #expect(w.grad!.equal(y))
  }
}
