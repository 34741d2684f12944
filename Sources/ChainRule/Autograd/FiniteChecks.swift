import CKernels

/// A loss, a gradient or a parameter that is NaN or infinite, and where that began.
public struct NonFiniteError: ChainRuleError, Equatable {
  /// What was found not to be finite.
  public enum Subject: Sendable, Equatable {
    /// What a gradient was to be taken of.
    case loss
    /// The gradient of a parameter, by its name.
    case gradient(of: String)
    /// A parameter after an update, by its name.
    case parameter(String)
  }

  /// Where the first value since the last good step came up that is not finite.
  public struct Origin: Sendable, Equatable, CustomStringConvertible {
    /// The operation, or in the backward pass its node: `linear`, `SqrtBackward0`.
    public let operation: String
    /// The path of the module that applied it, or the name of a parameter it read; nil where neither is known.
    public let layer: String?
    /// The last layer before it; nil where `layer` is known, or none came before.
    public let after: String?
    /// The value: NaN or an infinity.
    public let value: Double
    /// Whether an operand was not finite already.
    public let isInput: Bool
    /// Whether it is a gradient.
    public let isGradient: Bool

    /// Equal places and values, where NaN equals NaN.
    public static func == (a: Origin, b: Origin) -> Bool { a.description == b.description }

    /// Where it is, as a part of a sentence.
    public var description: String {
      let place = layer.map { " in layer \"\($0)\"" } ?? after.map { " after layer \"\($0)\"" } ?? ""
      if isInput { return "the first operand that was not finite went into \(operation)\(place)" }
      return "the first \(isGradient ? "gradient" : "result") that was not finite: \(nonFiniteText(value)), from \(operation)\(place)"
    }
  }

  /// What was found not to be finite.
  public let subject: Subject
  /// Its first value that is not finite.
  public let value: Double
  /// The optimizer's step under way, from 1.
  public let step: Int
  /// The learning rate of the last update; nil before the first.
  public let rate: Double?
  /// The first result of an operation that was not finite; nil where every result was.
  public let output: Origin?
  /// The first gradient that was not finite; nil where the pass did not begin, or all were.
  public let gradient: Origin?

  /// Equal in all its parts, where NaN equals NaN.
  public static func == (a: NonFiniteError, b: NonFiniteError) -> Bool { a.description == b.description }

  /// All of it, as sentences on one line.
  public var description: String {
    let rate = rate.map { ", learning rate \($0)" } ?? ""
    var text = "step \(step)\(rate): "
    switch subject {
    case .loss: text += "the loss is \(nonFiniteText(value))."
    case .gradient(let name): text += "the gradient of \"\(name)\" has \(nonFiniteText(value))."
    case .parameter(let name): text += "the update made \"\(name)\" \(nonFiniteText(value))."
    }
    if let origin = output ?? gradient { text += " \(origin.description.prefix(1).uppercased() + origin.description.dropFirst())." }
    return text
  }

  /// What is often to be done.
  var hint: String {
    switch subject {
    case .loss, .gradient: "Look at the inputs of that operation; a smaller learning rate, clipGradNorm or a normalised input often helps."
    case .parameter: "A smaller learning rate or clipGradNorm keeps updates within range."
    }
  }
}

/// Runs `body`, a training loop or a part of one, and ends it at the first loss, gradient or parameter that is NaN or infinite.
///
///     try withFiniteChecks(parameters: [("w", w)]) {
///       for (x, y) in batches { ... loss.backward(); optimizer.step() }
///     }
///
/// Looked at are what `backward` and the like start from, every gradient that reaches a leaf, and every parameter that an optimizer
/// has updated. Infinities on the way that none of these sees, such as a mask of -inf before a softmax, are no error. The first gradient
/// that is not finite reaches no leaf, so the parameters are still those of the last good step. As in `catching`, an operation that
/// refuses makes this call throw, and after the first error nothing more is written.
///
/// Every result in the scope is looked at once, which costs some microseconds for each operation; outside the scope nothing is paid.
/// For a model of modules pass the model (in ChainRuleNN), and layers are called by their paths.
///
/// - Parameters:
///   - parameters: the names to use for leaves; others are called by their own names (`named(_:)`) or shapes.
///   - body: what runs meanwhile.
/// - Throws: `NonFiniteError`; else what `catching` would throw.
public func withFiniteChecks<R>(parameters: [(name: String, tensor: Tensor)] = [], _ body: () throws -> R) throws -> R {
  try withFiniteChecks(parameters: parameters, modules: [], body)
}

package func withFiniteChecks<R>(
  parameters: [(name: String, tensor: Tensor)], modules: [(name: String, module: AnyObject)], _ body: () throws -> R
) throws -> R {
  let watch = FiniteWatch(parameters, modules)
  do {
    return try catching {
      try Modes.slowly { modes in
        let outer = modes.finite
        modes.finite = watch
        defer { modes.finite = outer }
        return try body()
      }
    }
  } catch let error as TensorError {
    if let failure = watch.failure, failure.description == error.message { throw failure }
    throw error
  }
}

/// Runs `body` as the work of a module, so that what is found inside `withFiniteChecks` is said to be there; elsewhere it only runs it.
package func moduleScope<R>(_ module: AnyObject, _ body: () throws -> R) rethrows -> R {
  guard cr_thread().pointee.slow != 0, let watch = Modes.currentIfAny?.finite, let path = watch.modules[ObjectIdentifier(module)] else {
    return try body()
  }
  watch.stack.append(path)
  defer { watch.stack.removeLast() }
  return try body()
}

/// Tells a `withFiniteChecks` scope that an optimizer has made a step; elsewhere it does nothing.
package func checkUpdated(_ groups: @autoclosure () -> [(parameters: [Tensor], rate: Double?)]) {
  guard cr_thread().pointee.slow != 0, let watch = Modes.currentIfAny?.finite else { return }
  watch.endStep(groups())
}

/// A value that is not finite, as text: `nan`, whatever its sign bit is, `inf` or `-inf`.
package func nonFiniteText(_ value: Double) -> String { value.isNaN ? "nan" : "\(value)" }

/// What a `withFiniteChecks` scope knows.
final class FiniteWatch {
  /// The paths of modules, by identity.
  let modules: [ObjectIdentifier: String]
  private let names: [ObjectIdentifier: String]
  /// The order of the parameters, so that the first is named.
  private let ranks: [ObjectIdentifier: Int]
  /// The paths of the modules at work, outermost first.
  var stack: [String] = []
  private var lastLayer: String?
  /// The layers of recorded operations, by their nodes' sequence numbers.
  private var layers: [UInt64: String] = [:]
  private var output: NonFiniteError.Origin?
  private var gradient: NonFiniteError.Origin?
  private var steps = 0
  private var rate: Double?
  private(set) var failure: NonFiniteError?

  init(_ parameters: [(name: String, tensor: Tensor)], _ modules: [(name: String, module: AnyObject)]) {
    var names: [ObjectIdentifier: String] = [:], ranks: [ObjectIdentifier: Int] = [:]
    for (i, (name, tensor)) in parameters.enumerated() {
      guard let identity = tensor.leafIdentity, names[identity] == nil else { continue }
      (names[identity], ranks[identity]) = (name, i)
    }
    (self.names, self.ranks) = (names, ranks)
    self.modules = Dictionary(modules.map { (ObjectIdentifier($0.module), $0.name) }) { first, _ in first }.filter { !$0.value.isEmpty }
  }

  /// Sees an operation that may be recorded.
  func observe(_ op: any Operation, _ inputs: [Tensor], _ values: [Tensor], _ outputs: [Tensor], _ node: Node?) {
    guard isGradEnabled else { return }
    let layer = stack.last ?? inputs.lazy.compactMap(parent).first
    defer { if let layer { lastLayer = layer } }
    if let node, let layer { layers[node.sequence] = layer }
    guard output == nil, let value = outputs.lazy.compactMap(\.firstNonFinite).first else { return }
    output = .init(
      operation: type(of: op).info.name, layer: layer, after: layer == nil ? lastLayer : nil, value: value,
      isInput: values.contains { !$0.isAllFinite }, isGradient: false)
  }

  /// Sees a gradient on its way from one node to the next.
  func observe(_ new: Tensor, from node: Node, to next: Node) {
    guard gradient == nil, let value = new.firstNonFinite else { return }
    let layer = layers[node.sequence] ?? names[ObjectIdentifier(next)].flatMap(Self.parent)
    gradient = .init(operation: node.name, layer: layer, after: nil, value: value, isInput: false, isGradient: true)
  }

  /// The error for what a gradient is to be taken of, where it is not finite.
  func error(ofRoot root: Tensor) -> TensorError? { root.firstNonFinite.map { failed(.loss, $0) } }

  /// The error for the first of these gradients that is not finite; nil where all are, and the pass is a good one.
  func error(of gradients: [(node: Node, gradient: Tensor)]) -> TensorError? {
    let first = gradients.compactMap { node, gradient in gradient.firstNonFinite.map { (node: node, value: $0) } }
      .min { (ranks[ObjectIdentifier($0.node)] ?? .max) < (ranks[ObjectIdentifier($1.node)] ?? .max) }
    guard let first else {
      (output, gradient, lastLayer) = (nil, nil, nil)
      layers.removeAll(keepingCapacity: true)
      return nil
    }
    return failed(.gradient(of: names[ObjectIdentifier(first.node)] ?? first.node.extra?.names[0] ?? first.node.name), first.value)
  }

  func endStep(_ groups: [(parameters: [Tensor], rate: Double?)]) {
    for group in groups {
      rate = group.rate
      for parameter in group.parameters {
        guard let value = parameter.firstNonFinite else { continue }
        let name = parameter.leafIdentity.flatMap { names[$0] } ?? parameter.name ?? "a parameter of shape \(parameter.shape)"
        fail(failed(.parameter(name), value))
        return
      }
    }
    rate = groups.first?.rate
    steps += 1
  }

  private func failed(_ subject: NonFiniteError.Subject, _ value: Double) -> TensorError {
    let failure = NonFiniteError(subject: subject, value: value, step: steps + 1, rate: rate, output: output, gradient: gradient)
    self.failure = failure
    return TensorError(.gradient, failure.description, hint: failure.hint, operation: "withFiniteChecks")
  }

  private func parent(_ input: Tensor) -> String? { input.leafIdentity.flatMap { names[$0] }.flatMap(Self.parent) }

  /// The module that a parameter belongs to: what stands before the last point.
  private static func parent(_ name: String) -> String? {
    name.lastIndex(of: ".").map { String(name[..<$0]) }
  }
}

extension Tensor {
  /// Whether no element is NaN or infinite. Elements that a transform has wrapped are not looked at.
  package var isAllFinite: Bool {
    let value = detach()
    guard value.dtype.isFloatingPoint, value.count > 0, !value.box.flags.contains(.wrapped), !value.box.flags.contains(.poison) else {
      return true
    }
    let thread = cr_thread()!
    let slow = thread.pointee.slow, noGrad = thread.pointee.no_grad
    (thread.pointee.slow, thread.pointee.no_grad) = (0, 1)
    defer { (thread.pointee.slow, thread.pointee.no_grad) = (slow, noGrad) }
    // One NaN or infinity makes the sum one, in one pass; so do finite elements too large to add, which the second look clears.
    return value.sum().item().isFinite || value.isFinite().all().item(as: Bool.self)
  }

  /// The first element that is NaN or infinite.
  package var firstNonFinite: Double? {
    isAllFinite ? nil : detach().array(of: Double.self).first { !$0.isFinite }
  }
}
