import CKernels
import ChainRule
import ChainRuleExplain

/// Times single operators: forward alone, and forward with backward where there is a derivative.
struct OperatorBench {
  let only: String?
  let json: Bool
  /// The least time of one call.
  let best: (_ step: () -> Void) -> Double

  /// What one operator takes at one size.
  private struct Figures {
    let forward: Double
    let both: Double?
    /// The bytes of inputs and result, which a forward pass moves at least.
    let bytes: Int
  }

  func run() throws {
    let chosen = OperatorWorkload.all.filter { only == nil || $0.name == only }
    if chosen.isEmpty {
      let names = OperatorWorkload.all.map(\.name).joined(separator: ", ")
      throw OptionError("--only \(only ?? ""): the operators are \(names)", "--only \(only ?? ""): 쓸 수 있는 연산은 \(names)입니다")
    }
    let limit = cr_measure_bandwidth(0.5)
    if json {
      print("{\"name\": \"copy\", \"bytes_per_second\": \(limit)}")
    } else {
      print("copies \(NumberText.fixed(limit / 1e9, decimals: 1)) GB/s")
    }
    for workload in chosen {
      for scale in OperatorScale.allCases {
        let found = figures(workload, scale)
        print(json ? Self.line(workload.name, scale, found) : Self.text(workload.name, scale, found, limit))
      }
    }
  }

  private func figures(_ workload: OperatorWorkload, _ scale: OperatorScale) -> Figures {
    let (inputs, call) = workload.prepare(scale)
    // A large result may wait until somebody looks.
    func computed() -> Tensor {
      let y = call(inputs)
      _ = y.elementsAddress
      return y
    }
    let forward = best { noGrad { _ = computed() } }, y = noGrad { computed() }
    let bytes = (inputs + [y]).reduce(0) { $0 + $1.count * $1.dtype.size }
    guard !inputs.isEmpty else { return Figures(forward: forward, both: nil, bytes: bytes) }
    let leaves = inputs.map { $0.asLeaf() }, seed = Tensor.ones(like: y)
    let both = best {
      call(leaves).backward(gradient: seed)
      for leaf in leaves { leaf.grad = nil }
    }
    return Figures(forward: forward, both: both, bytes: bytes)
  }

  private static func line(_ name: String, _ scale: OperatorScale, _ found: Figures) -> String {
    "{\"name\": \"\(name)\", \"elements\": \(scale.count), \"forward\": \(found.forward), "
      + "\"both\": \(found.both.map { "\($0)" } ?? "null"), \"bytes\": \(found.bytes)}"
  }

  private static func text(_ name: String, _ scale: OperatorScale, _ found: Figures, _ limit: Double) -> String {
    func padded(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
    let share = limit > 0 ? Double(found.bytes) / limit / found.forward : 0
    return name + padded("\(scale.count)", 42 - name.count) + padded(NumberText.duration(found.forward), 12)
      + padded(found.both.map { NumberText.duration($0) } ?? "", 12) + padded(NumberText.percent(share, decimals: 0), 8)
  }
}
