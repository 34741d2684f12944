import Testing

@testable package import ChainRule

/// What graphs, explanations and profiles say of an operation is what it was told.
struct ShownAttributesTests {
  /// Properties that are no options, but what an operation keeps of its inputs or of how it is carried out.
  private static let internals: Set<String> = [
    "nodeName", "kernel", "result", "function", "name", "from", "size", "isByNumber", "isTransposed", "isAdaptive", "face", "hasBias",
    "fromEnd", "way", "largest", "all", "isProjected", "isPlain", "tolerance",
  ]
  /// What is shown under PyTorch's name.
  private static let names = [
    "keepDim": "keepdim", "isCausal": "is_causal", "padding": "padding_idx", "slope": "negative_slope", "approximation": "approximate",
    "rounding": "rounding_mode", "p": "ord", "ignoreIndex": "ignore_index", "isReversed": "reverse", "order": "dims", "count": "end",
    "before": "pad", "after": "pad", "shape": "size", "map": "from", "place": "offset", "variance": "correction", "over": "dim",
    "windows": "stride", "geometry": "stride", "hasLower": "min", "hasUpper": "max", "classes": "num_classes", "lower": "min_val",
    "upper": "max_val", "outInt32": "out_int32", "reduction": "reduce", "unit": "unitriangular", "isComplete": "mode",
    "isFull": "full_matrices", "isHermitian": "hermitian", "isUpper": "UPLO", "readsUpper": "upper",
  ]

  @Test(arguments: Catalog.all)
  func optionsAreShownInWords(_ info: OperationInfo) {
    for sample in info.samples {
      for operation in operations(sample, info) {
        #expect(!operation.name.contains(","), "\(operation.name) is the name of several operations")
        let shown = Set(operation.attributes.map(\.name))
        for child in Mirror(reflecting: operation).children {
          let label = child.label ?? "", note = "\(operation.name): \(label)"
          let text = operation.attributes.first { $0.name == label }?.value
          if Mirror(reflecting: child.value).displayStyle == .enum { #expect(text.map { Int($0) == nil } ?? true, "\(note) is a number") }
          // An option of no value may be left out, and so may the dimensions of a reduction of everything.
          if Self.internals.contains(label) || "\(child.value)" == "nil" || "\(child.value)".contains("dims: []") { continue }
          if child.value is Scalar || child.value is Scalar? || label == "kind" || label == "sizes" || label == "region" { continue }
          if let flag = child.value as? Bool, !flag { continue }
          // The windows of an adaptive pool follow from the size of its result.
          let isAdaptive = label == "windows" && operation.name.hasPrefix("adaptive")
          #expect(
            shown.contains(label) || Self.names[label].map(shown.contains) ?? false || label == "shape" || isAdaptive,
            "\(note) is not shown")
        }
      }
    }
  }

  /// The operations that a sample's call records.
  private func operations(_ sample: OperationSample, _ info: OperationInfo) -> [any ChainRule.Operation] {
    var random = TestRandom(1, info.name + sample.label)
    let inputs = sample.inputs.map { input -> Tensor in
      switch input.domain {
      case .index(let n): Tensor((0..<input.shape.reduce(1, *)).map { $0 % n }, shape: input.shape, dtype: .int64)
      case .mask: random.tensor(input.shape) .> 0
      default: (random.tensor(input.shape).abs() * 0.3 + 0.3).asLeaf()
      }
    }
    return recordingGraph {
      let y = sample.call(inputs)
      var found = Modes.currentIfAny?.recorder?.makers.values.map(\.record.operation) ?? [], stack = [y.gradFn]
      while let node = stack.popLast() {
        guard let node else { continue }
        if let operation = node.extra?.record?.operation { found.append(operation) }
        stack += node.nextFunctions.map { $0?.node }
      }
      return found
    }
  }
}
