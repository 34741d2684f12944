import ChainRule
import ChainRuleNN
import ChainRuleOptim

/// A run that ended because a number was none: nothing could be learned from then on.
struct TrainingFailure: Error, CustomStringConvertible {
  let description: String

  /// - Parameters:
  ///   - what: the sentence that says what was not finite, and where.
  ///   - rate: the learning rate.
  ///   - checkpoint: the last checkpoint of the run, and the step it was written after; nil where none has been.
  init(_ what: String, step: Int, rate: Double, checkpoint: (path: String, step: Int)?) {
    let kept =
      checkpoint.map { "the last good checkpoint, of step \($0.step), is kept: \($0.path)" } ?? "no checkpoint had been written yet"
    description = "step \(step), learning rate \(rate): \(what); \(kept)"
  }
}

extension Module {
  /// The first parameter, or gradient of one, that is not finite.
  func firstNonFinite(_ tensor: (Tensor) -> Tensor? = { $0 }) -> (name: String, value: Double)? {
    for (name, parameter) in namedParameters() {
      if let value = tensor(parameter)?.firstNonFinite { return (name, value) }
    }
    return nil
  }
}

extension NamedTensors {
  /// The first tensor that holds a value that is not finite.
  var firstNonFinite: (name: String, value: Double)? {
    for (name, tensor) in self { if let value = tensor.firstNonFinite { return (name, value) } }
    return nil
  }
}
