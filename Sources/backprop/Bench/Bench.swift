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
