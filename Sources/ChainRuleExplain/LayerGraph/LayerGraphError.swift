public import ChainRule

/// What is wrong with a `LayerGraph`, by name.
public enum LayerGraphError: ChainRuleError, Hashable {
  /// A layer reads something that is neither a variable nor a layer.
  case unknownInput(name: String, layer: String, known: [String])
  /// Something was asked about a name that is neither a variable nor a layer.
  case unknownName(String, known: [String])
  /// Two layers have one name.
  case duplicateLayer(String)
  /// A name was given to a layer and to a variable.
  case nameInUse(String)
  /// Layers need one another in a circle: each reads the one after it, the last the first.
  case cycle([String])
  /// `backward(from:)` came before `forward()`, or after something that made its values old.
  case notForward(String)
  /// What can be updated is a variable that a gradient has reached.
  case noGradient(variable: String)
  /// A tensor operation failed in a layer.
  case layerFailed(name: String, TensorErrorText)

  /// The text of an error from within a layer.
  public struct TensorErrorText: Sendable, Hashable {
    /// The error as printed.
    public let text: String
  }

  /// One line: the names, and what to do.
  public var description: String {
    switch self {
    case .unknownInput(let name, let layer, let known):
      "layer '\(layer)' reads '\(name)', which is neither a variable nor a layer\(Self.suggestion(name, known))"
    case .unknownName(let name, let known): "'\(name)' is neither a variable nor a layer\(Self.suggestion(name, known))"
    case .duplicateLayer(let name): "there is already a layer '\(name)': give each layer a name of its own"
    case .nameInUse(let name): "'\(name)' names a layer and a variable: a layer's value is computed, so give the variable another name"
    case .cycle(let names): "the layers \(names.map { "'\($0)'" }.joined(separator: " -> ")) read one another in a circle"
    case .notForward(let name): "'\(name)' has no value yet: call forward() first, and again after a value has changed"
    case .noGradient(let name): "the variable '\(name)' has no gradient: call backward(from:) with a layer that depends on it"
    case .layerFailed(let name, let error): "layer '\(name)' failed: \(error.text)"
    }
  }

  private static func suggestion(_ name: String, _ known: [String]) -> String {
    guard !known.isEmpty else { return "; there are none" }
    let shown = known.prefix(12).joined(separator: ", ")
    return "; known are \(shown)\(known.count > 12 ? ", ..." : "")"
  }
}
