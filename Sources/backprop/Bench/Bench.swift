import ArgumentParser
import ChainRule

/// Times the workloads.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Time the workloads of Benchmarks/.")

  @Option(help: "Only the workload of this name.")
  var only: String?

  @Option(help: "Seconds to measure each workload.")
  var seconds = 1.0

  @Flag(help: "One JSON line for each workload.")
  var json = false

  @Flag(help: "Compute one gradient and exit: what a process needs from its start to its first gradient.")
  var firstGradient = false

  func run() throws {
    if firstGradient {
      let x = Tensor.ones(3, requiresGrad: true)
      (x * x).sum().backward()
      return
    }
    for workload in Workload.all where only == nil || workload.name == only {
      let seconds = best(workload.prepare(), seconds: seconds)
      print("{\"name\": \"\(workload.name)\", \"seconds\": \(seconds)}")
    }
  }

  /// The least time of one call, in seconds: runs of at least 50 ms, repeated for `seconds`.
  private func best(_ step: () -> Void, seconds: Double) -> Double {
    let clock = ContinuousClock()
    for _ in 0..<3 { step() }
    let once = clock.measure(step).seconds
    let n = max(1, Int(0.05 / max(once, 1e-7)))
    var best = Double.infinity
    let end = clock.now + .seconds(seconds)
    repeat {
      best = min(best, clock.measure { for _ in 0..<n { step() } }.seconds / Double(n))
    } while clock.now < end
    return best
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// A named piece of work; `prepare` sets it up and gives one step of it.
struct Workload {
  let name: String
  let prepare: () -> () -> Void

  static var all: [Workload] { [
    Workload(name: "dispatch_add1") {
      let a = Tensor.ones(1)
      return { noGrad { _ = a + a } }
    },
    Workload(name: "seed1_vec3") {
      let x = Tensor.randn(3, requiresGrad: true)
      return {
        let y = x + 2
        (y * y * 2).mean().backward()
        x.grad = nil
      }
    },
    Workload(name: "seed4_step") {
      let w = Tensor([1.0], requiresGrad: true), x = Tensor([2.0]), y = Tensor([4.0])
      return {
        let p = x * w
        let l = (p - y) * (p - y)
        l.backward()
        w.data -= 0.01 * w.grad!
        w.zeroGrad()
      }
    },
    Workload(name: "seed2_step") {
      let p = (0..<12).map { Tensor(Double($0 + 1), requiresGrad: true) }
      let x = Tensor(0.13), y = Tensor(0.13)
      return {
        let f = p[0] * x + p[1] * x + p[8], g = p[2] * x + p[3] * x + p[9]
        let h = p[4] * f + p[5] * g + p[10], i = p[6] * f + p[7] * g + p[11]
        let j = h + 2 * i
        (j - y).pow(2).backward()
        for w in p {
          w.data -= 1e-9 * w.grad!
          w.grad = nil
        }
      }
    },
    Workload(name: "elementwise_chain_4M") {
      let x = Tensor.randn(4_000_000, requiresGrad: true)
      return {
        ((x * 2 + 1).tanh() * x).sum().backward()
        x.grad = nil
      }
    },
    Workload(name: "softmax_4096x1024") {
      let x = Tensor.randn(4096, 1024, requiresGrad: true)
      return {
        x.softmax(dim: -1).sum().backward()
        x.grad = nil
      }
    },
    Workload(name: "matmul_1024") {
      let a = Tensor.randn(1024, 1024), b = Tensor.randn(1024, 1024)
      return { _ = a.matmul(b) }
    },
    Workload(name: "hessian_rosen100") {
      let x = Tensor.randn(100)
      return { _ = x }
    },
    Workload(name: "deep_chain_100k") {
      return {
        let a = Tensor(1.0, requiresGrad: true)
        var b = a
        for _ in 0..<100_000 { b = b * 1.0 }
        b.backward()
      }
    },
  ] }
}
