/// The shape and the element type of a tensor.
public struct TensorMetadata: Sendable, Equatable {
  /// The sizes of its dimensions.
  public let shape: [Int]
  /// The type of its elements.
  public let dtype: DType
}

extension Node {
  /// The shape and type of each output of the operation, which are those of the gradients that come in here: PyTorch's
  /// `_input_metadata`.
  ///
  /// A node keeps no shapes but of what it saves, so that recording costs nothing: they are found when they are asked for, from the leaves
  /// on. Nil where that fails: after a pass has freed what the shape depends on, and where it depends on a constant that is not saved.
  public final var inputMetadata: [TensorMetadata?] {
    OutputForms.found(for: self).map { $0.map { TensorMetadata(shape: Array($0.shape), dtype: $0.dtype) } }
  }

  /// The shape and type of each gradient that goes out, in the order of `nextFunctions`: those of the operation's inputs. Nil where an
  /// input needs none, and where it cannot be told.
  public final var outputMetadata: [TensorMetadata?] {
    nextFunctions.map { next in next.flatMap { $0.node.inputMetadata[$0.output] } }
  }
}

/// An operation that knows the forms of its outputs once it is recorded.
protocol FormKeeping {
  var outputForms: [InputForm] { get }
}

/// The forms of nodes' outputs, found from what is saved, else from those of the inputs.
private enum OutputForms {
  typealias Forms = [InputForm?]

  static func found(for root: Node) -> Forms {
    var known: [ObjectIdentifier: Forms] = [:], stack = [root]
    while let node = stack.last {
      if known[ObjectIdentifier(node)] == nil {
        var waiting: [Node] = []
        let own = node.ownForms
        if own == nil { node.forEachEdge { edge in if let edge, known[ObjectIdentifier(edge.node)] == nil { waiting.append(edge.node) } } }
        if !waiting.isEmpty {
          stack += waiting
          continue
        }
        known[ObjectIdentifier(node)] = own ?? computed(node) { known[ObjectIdentifier($0.node)]?[$0.output] }
      }
      stack.removeLast()
    }
    return known[ObjectIdentifier(root)] ?? []
  }

  /// The operation's own forward computation, of zeros where an input is not saved; nothing of it is left.
  private static func computed(_ node: Node, _ form: (Edge) -> InputForm?) -> Forms {
    let unknown = Forms(repeating: nil, count: node.outputCount)
    guard let operation = node.operation?.value, !(operation is any FormKeeping), let inputs = node.inputValues(form) else {
      return unknown
    }
    let (outputs, journal) = Journal.keeping {
      noGrad { try? withoutSlowPath { try Narrow.outputs(ErasedOperation(value: operation), inputs) } }
    }
    journal.undo()
    return outputs.map { $0.map { InputForm($0.box) } } ?? unknown
  }
}

extension Node {
  /// The forms that are known without the inputs'; nil where there are none.
  fileprivate var ownForms: [InputForm?]? {
    if let forms = (operation?.value as? any FormKeeping)?.outputForms, !forms.isEmpty { return forms }
    if let own = resultForm { return [own] }
    let saved = saved,
      results = (0..<outputCount).map { i in saved.first { $0.name == (outputCount == 1 ? "result" : "result\(i)") }?.value }
    return results.contains { $0 == nil } ? nil : results.map { $0.map { InputForm($0.box) } }
  }

  /// Zeros of the form that goes along an edge.
  final func zeros(along edge: Edge?, _ form: (Edge) -> InputForm?) -> Tensor? { edge.flatMap(form).map(InputForm.zeros) }
}

extension InputForm {
  /// Zeros that share one place.
  static func zeros(_ form: InputForm) -> Tensor { Tensor.zeros([], dtype: form.dtype).expanded(Array(form.shape)) }
}
