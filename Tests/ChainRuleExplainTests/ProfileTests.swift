import ChainRule
import ChainRuleExplain
import ChainRuleOptim
import Foundation
import Testing

struct ProfileTests {
  /// A step of y = relu(x w' + b): what runs is known.
  private let x = Tensor.randn(8, 16), w = Tensor.randn(4, 16).asLeaf(), b = Tensor.zeros(4).asLeaf()

  private func step(_ optimizer: Optimizer) {
    optimizer.zeroGrad()
    linear(x, w, b).relu().sum().backward()
    optimizer.step()
  }

  @Test func everythingIsCountedOnce() {
    let optimizer = SGD([w, b], lr: 0.1)
    let report = profile { for _ in 0..<3 { step(optimizer) } }
    #expect(Set(report.totals.keys) == ["linear", "relu", "sum", "SGD"])
    for name in ["linear", "relu", "sum"] {
      #expect(report.totals[name]?[.forward]?.calls == 3 && report.totals[name]?[.backward]?.calls == 3, "\(name)")
    }
    #expect(report.totals["SGD"]?[.update]?.calls == 3)
    #expect(report.events.count == 3 * 7)
    #expect(report.events.allSatisfy { $0.start >= 0 && $0.duration > 0 && $0.start + $0.duration <= report.duration })
    #expect(report.total().seconds <= report.duration)
    #expect(report.total(.update).calls == 3 && report.total().calls == 21)
  }

  @Test func operationsAndBytesAreThoseOfTheMathematics() throws {
    let report = profile { step(SGD([w, b], lr: 0.1)) }
    let forward = try #require(report.totals["linear"]?[.forward]), backward = try #require(report.totals["linear"]?[.backward])
    #expect(forward.flops == 2 * 8 * 4 * 16 && forward.bytes == 4 * (8 * 16 + 4 * 16 + 4 + 8 * 4))
    // Only w and b want gradients.
    #expect(backward.flops == forward.flops && backward.bytes == forward.bytes + 4 * (4 * 16 + 4))
    #expect(report.totals["relu"]?[.forward]?.flops == 32 && report.totals["relu"]?[.forward]?.bytes == 2 * 4 * 32)
    #expect(report.totals["SGD"]?[.update]?.bytes == 3 * 4 * (4 * 16 + 4))
    #expect(report.events.first { $0.name == "linear" }?.shapes == [[8, 16], [4, 16], [4]])
    // Small tensors are copied, which is faster than to share them.
    let large = Tensor.zeros(64, 64), views = profile { _ = large.reshaped(4, 16, 64)[0].T }
    #expect(views.events.map(\.bytes) == [0, 0, 0] && views.total().flops == 0)
    let known = profile { _ = conv2d(Tensor.zeros(2, 3, 5, 5), Tensor.zeros(4, 3, 3, 3)) }.totals["conv2d"]?[.forward]
    #expect(known?.flops == Double(2 * 2 * 4 * 3 * 3 * 3 * 3 * 3))
  }

  /// The numbers of a step are the same bits with and without it: the same kernels run.
  @Test func itChangesNothing() {
    func gradients(_ body: (() -> Void) -> Void) -> [[Float]] {
      let q = Tensor.arange(48).to(.float32).sin().reshaped(2, 6, 4).asLeaf()
      body { (layerNorm(scaledDotProductAttention(q, q, q, isCausal: true), [4]).gelu() * q).sum().backward() }
      return [q.grad!.array(of: Float.self)]
    }
    #expect(gradients { body in body() } == gradients { body in _ = profile(body) })
  }

  @Test func timesOfWhatRunsInsideAreNotCountedTwice() {
    // A hook runs inside the backward pass, a second derivative inside a gradient.
    let leaf = Tensor([1.0, 2.0], requiresGrad: true)
    let report = profile {
      let y = leaf * leaf * leaf
      let first = gradients(of: y.sum(), withRespectTo: [leaf], createGraph: true)[0]
      first.sum().backward()
    }
    #expect(report.total().seconds <= report.duration)
    #expect((report.totals["mul"]?[.backward]?.calls ?? 0) >= 4)
  }

  @Test func failuresLeaveItInOrder() {
    let report = profile {
      #expect(throws: TensorError.self) { try catching { Tensor.zeros(2) + Tensor.zeros(3) } }
      _ = Tensor.zeros(2) + Tensor.zeros(2)
    }
    #expect(report.totals["add"]?[.forward]?.calls == 1)
  }

  @Test func nothingIsSeenOutside() {
    let report = profile {}
    _ = Tensor.zeros(2) + 1
    #expect(report.events.isEmpty && report.total() == Profile.Total())
  }

  @Test func textAndTraceSayTheSame() throws {
    let report = profile { step(SGD([w, b], lr: 0.1)) }
    let table = report.table()
    for text in ["operation", "linear", "backward", "update", "GFLOP/s", "outside"] { #expect(table.contains(text), "\(text)") }
    #expect(report.table(rows: 2).contains("5 others"))
    let korean = report.table(rows: 2, language: .korean)
    for word in ["연산 ", "순전파", "나머지 5개", "전체", "연산 밖"] { #expect(korean.contains(word), "\(word): \(korean)") }
    let json = try #require(try JSONSerialization.jsonObject(with: Data(report.chromeTrace().utf8)) as? [String: Any])
    let events = try #require(json["traceEvents"] as? [[String: Any]])
    let spans = events.filter { $0["ph"] as? String == "X" }
    #expect(spans.count == 7 && events.count == 10)
    for (span, event) in zip(spans, report.events) {
      #expect(span["name"] as? String == event.name && span["cat"] as? String == event.phase.rawValue)
      let start = try #require(span["ts"] as? Double), duration = try #require(span["dur"] as? Double)
      #expect(abs(start - event.start * 1e6) < 1e-6 && abs(duration - event.duration * 1e6) < 1e-6)
    }
  }
}
