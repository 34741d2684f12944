package import ChainRule
import Testing

/// A sample made into a function of its differentiable inputs, each of which may reach the operation as a view of something
/// else: then the function's own inputs are what the views are taken of.
struct SampleForm {
  enum Layout: String, CaseIterable { case plain, transposed, sliced, expanded }

  let label: String
  let inputs: [Tensor]
  let call: ([Tensor]) -> Tensor

  /// Nil where the layout gives nothing new for the sample.
  init?(_ sample: OperationSample, _ layout: Layout, _ random: inout TestRandom) {
    var views: [(Tensor) -> Tensor] = [], sources: [Tensor] = [], fixed: [Int: Tensor] = [:]
    var differs = layout == .plain
    for (i, input) in sample.inputs.enumerated() {
      guard input.domain.isDifferentiable else {
        fixed[i] = random.tensor(input.shape, input.domain)
        continue
      }
      var shape = input.shape
      var view: (Tensor) -> Tensor = { $0 }
      switch layout {
      case .plain: break
      case .transposed where shape.count > 1:
        shape.reverse()
        view = { $0.permuted(Array((0..<$0.rank).reversed())) }
        differs = true
      case .sliced where !shape.isEmpty:
        shape[shape.count - 1] = 2 * shape[shape.count - 1] + 1
        view = { $0[.ellipsis, .slice(from: 1, by: 2)] }
        differs = true
      case .expanded where !shape.isEmpty && shape[0] > 1 && !input.domain.isDistinct:
        let whole = shape
        shape[0] = 1
        view = { $0.expanded(whole) }
        differs = true
      default: break
      }
      sources.append(random.tensor(shape, input.domain))
      views.append(view)
    }
    guard differs else { return nil }
    let count = sample.inputs.count
    label = "\(sample.label) \(layout)"
    inputs = sources
    call = { x in
      var next = 0
      let all = (0..<count).map { i in
        if let known = fixed[i] { return known }
        defer { next += 1 }
        return views[next](x[next])
      }
      return sample.call(all)
    }
  }

  /// The same tensor for the first two inputs, where they have one shape; nil elsewhere.
  init?(twice sample: OperationSample, _ random: inout TestRandom) {
    guard sample.inputs.count == 2, sample.inputs[0].shape == sample.inputs[1].shape, sample.inputs.allSatisfy({ $0.domain.isReal })
    else { return nil }
    label = "\(sample.label) same tensor twice"
    inputs = [random.tensor(sample.inputs[0].shape, sample.inputs[0].domain)]
    call = { sample.call([$0[0], $0[0]]) }
  }
}

extension Domain {
  var isDistinct: Bool { if case .distinct = self { true } else { false } }

  /// Whether any numbers between -2 and 2 will do.
  var isReal: Bool { if case .interval(-2, 2) = self { true } else { false } }
}

extension OperationInfo: CustomTestStringConvertible {
  package var testDescription: String { name }
}
