import ChainRule

extension LayerGraph {
  /// One example to learn from.
  public struct Sample: Sendable {
    /// Values for variables.
    public var inputs: [String: Double]
    /// What the output should then be.
    public var target: Double

    /// An example.
    public init(inputs: [String: Double], target: Double) {
      self.inputs = inputs
      self.target = target
    }
  }

  /// Learns from examples one after the other: after each, every parameter moves against the gradient of the squared error (y - target)^2.
  ///
  /// - Returns: the mean squared error of every epoch, each sample's taken before its step.
  /// - Throws: `LayerGraphError`.
  @discardableResult
  public mutating func train(
    _ parameters: [String], output: String, on samples: [Sample], epochs: Int, lr: Double
  ) throws -> [Double] {
    var losses: [Double] = []
    for _ in 0..<max(0, epochs) {
      var sum = 0.0
      for sample in samples {
        let error = try predict(output, sample.inputs) - sample.target
        sum += error * error
        try backward(from: output, seed: 2 * error)
        update(parameters, lr: lr)
      }
      losses.append(samples.isEmpty ? .nan : sum / Double(samples.count))
    }
    return losses
  }

  /// A layer's value for other values of some variables, which they keep.
  ///
  /// - Throws: `LayerGraphError`.
  public mutating func predict(_ output: String, _ inputs: [String: Double]) throws -> Double {
    for (name, value) in inputs { self[name] = value }
    try forward()
    guard let value = self[output] else { throw unknown(output) }
    return value
  }
}
