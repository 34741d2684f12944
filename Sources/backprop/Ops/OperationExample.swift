import ChainRule
import ChainRuleExplain

/// One call of an operation with numbers: what the documentation shows of it.
struct OperationExample {
  /// What is special about the call; empty where nothing is.
  let label: String
  /// The inputs, called as in the documentation's call.
  let inputs: [(name: String, value: Tensor)]
  let result: Tensor
  /// The gradients of the sum of the result; none where the operation is not differentiable.
  let gradients: [(name: String, value: Tensor)]

  /// The smallest sample that says something, at fixed points of its domain; nil where even that is too large to read.
  init?(_ info: OperationInfo, largest: Int = 24) {
    func size(_ sample: OperationSample) -> Int { sample.inputs.reduce(0) { $0 + $1.shape.reduce(1, *) } }
    let candidates = info.samples.filter { sample in
      sample.inputs.allSatisfy { !$0.shape.contains(0) } && (3...largest).contains(size(sample))
    }
    let examples = candidates.sorted { size($0) < size($1) }.lazy.map { OperationExample($0, info) }
    guard let example = examples.first(where: { $0.result.count > 0 }) else { return nil }
    self = example
  }

  /// What the operation's node in the graph is called, or that of the last of its parts; nil where nothing is recorded.
  static func node(of info: OperationInfo) -> String? {
    guard info.isDifferentiable, let sample = info.samples.first else { return nil }
    // In float32, so that a conversion to float64 is one.
    return withDefaultDType(.float32) {
      let inputs = named(sample, info).map(\.value)
      let tape = RecordedTape(recording: { sample.call(inputs) })
      let own = tape.vertices.last { $0.operation == info.name } ?? tape.vertices[tape.root]
      return own.nodeName
    }
  }

  private init(_ sample: OperationSample, _ info: OperationInfo) {
    // Labels that only tell the shapes tell nothing that the inputs do not.
    label = sample.label.contains("[") ? "" : sample.label
    (inputs, result, gradients) = withDefaultDType(.float64) {
      let inputs = Self.named(sample, info), result = sample.call(inputs.map(\.value))
      guard result.requiresGrad else { return (inputs, result, []) }
      let leaves = inputs.filter { $0.value.requiresGrad }
      let found = ChainRule.gradients(of: [result.sum()], withRespectTo: leaves.map(\.value), allowUnused: true)
      let gradients = zip(leaves, found).compactMap { leaf, gradient in gradient.map { (name: leaf.name, value: $0) } }
      return (inputs, result.detach(), gradients)
    }
  }

  /// Values for the inputs of a sample, called what the documentation's call calls them.
  private static func named(_ sample: OperationSample, _ info: OperationInfo) -> [(name: String, value: Tensor)] {
    let words = info.call.split { !$0.isLetter }.map(String.init)
    var letters = words.filter { $0.count == 1 }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }[...], counter = 0
    return sample.inputs.enumerated().map { i, input in
      let name =
        switch input.domain {
        case .index where words.contains("index"): "index"
        case .mask where words.contains("mask"): "mask"
        default: letters.popFirst() ?? "input \(i)"
        }
      let value = input.domain.points(input.shape, from: &counter)
      return (name: name, value: input.domain.isDifferentiable && info.isDifferentiable ? value.asLeaf() : value)
    }
  }

  /// What stands above the lines.
  func title(_ language: ExplanationLanguage) -> String {
    let gradients = gradients.isEmpty ? "" : Phrase("gradients of the sum of the result", "기울기는 결과의 합을 미분한 값")(language)
    let parts = [label, gradients].filter { !$0.isEmpty }
    return Phrase("Example", "예")(language) + (parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))") + ":"
  }

  /// The example in lines, each tensor as it prints.
  func lines(_ language: ExplanationLanguage) -> [String] {
    withDefaultDType(.float64) {
      inputs.flatMap { Self.lines($0.name, $0.value.detach()) } + Self.lines(Phrase("result", "결과")(language), result)
        + gradients.flatMap { Self.lines(Phrase("gradient of \($0.name)", "\($0.name)의 기울기")(language), $0.value) }
    }
  }

  private static func lines(_ name: String, _ value: Tensor) -> [String] {
    let head = "\(name) = ", rows = "\(value)".split(separator: "\n")
    return rows.enumerated().map { ($0 == 0 ? head : String(repeating: " ", count: TextMetrics.columns(head))) + $1 }
  }
}

extension Domain {
  /// Numbers of the domain that are easy to read: each the last plus the golden section, so that they cover it evenly.
  fileprivate func points(_ shape: [Int], from counter: inout Int) -> Tensor {
    let count = shape.reduce(1, *)
    func fractions() -> Double {
      counter += 1
      let turns = Double(counter) * 0.618_033_988_749_895
      return turns - turns.rounded(.down)
    }
    func rounded(_ x: Double) -> Double { (x * 10).rounded() / 10 }
    switch self {
    case .interval(let low, let high):
      return Tensor((0..<count).map { _ in min(max(rounded(low + (high - low) * fractions()), low), high) }).reshaped(shape)
    case .avoiding(let kinks, let gap, let low, let high):
      let values = (0..<count).map { _ in
        var value: Double
        repeat { value = rounded(low + (high - low) * fractions()) } while kinks.contains { abs(value - $0) < gap }
        return value
      }
      return Tensor(values).reshaped(shape)
    case .distinct:
      let order = (0..<count).map { _ in fractions() }
      let ranks = order.map { x in Double(order.count { $0 < x }) / 2 }
      return Tensor(ranks).reshaped(shape)
    case .index(let bound):
      return Tensor((0..<count).map { _ in Int(Double(bound) * fractions()) }).reshaped(shape)
    case .mask:
      return Tensor((0..<count).map { _ in fractions() < 0.5 }).reshaped(shape)
    }
  }
}
