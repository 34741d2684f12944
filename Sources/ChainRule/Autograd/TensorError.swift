import CKernels

/// Every error that ChainRule's modules throw.
public protocol ChainRuleError: Error, Sendable, CustomStringConvertible {}

/// A wrong program: shapes that do not fit, an index out of range, a gradient that cannot be had.
///
/// Outside `catching` such an error traps with `description`, after the line of the program that called the operation where that can
/// be found; inside, it is thrown.
public struct TensorError: ChainRuleError {
  /// What kind of mistake it is.
  public enum Kind: Sendable, Equatable {
    /// Shapes or numbers of dimensions that do not fit the operation.
    case shape
    /// An element type that the operation does not take.
    case dtype
    /// A dimension or index outside its range.
    case index
    /// A misuse of gradients: no graph, a freed graph, a write to a leaf.
    case gradient
    /// An argument with a value that the operation does not take.
    case argument
    /// Something a transform (jvp, vmap) cannot do.
    case transform
  }

  private final class Details: Sendable {
    let kind: Kind
    let message: String
    let hint: String
    let operation: String
    let shapes: [[Int]]
    let names: [String]

    init(_ kind: Kind, _ message: String, hint: String, operation: String, shapes: [[Int]], names: [String]) {
      self.kind = kind
      self.message = message
      self.hint = hint
      self.operation = operation
      self.shapes = shapes
      self.names = names
    }
  }

  private let details: Details

  /// What kind of mistake it is.
  public var kind: Kind { details.kind }
  /// The sentence that says what is wrong; PyTorch's own where PyTorch has one, so that a search finds it.
  public var message: String { details.message }
  /// What to do about it.
  public var hint: String { details.hint }
  /// `hint` under its old name.
  @available(*, deprecated, renamed: "hint")
  public var mend: String { hint }
  /// The operation that refused, as the catalog names it.
  public var operation: String { details.operation }
  /// The shapes of the operands.
  public var shapes: [[Int]] { details.shapes }
  /// The names given with `named(_:)` to the operands, in their order; unnamed ones are left out.
  public var names: [String] { details.names }

  /// Makes an error from its parts.
  public init(
    _ kind: Kind, _ message: String, hint: String, operation: String, shapes: [[Int]] = [], names: [String] = []
  ) {
    details = Details(kind, message, hint: hint, operation: operation, shapes: shapes, names: names)
  }

  /// Makes an error, with the hint under its old name.
  @available(*, deprecated, renamed: "init(_:_:hint:operation:shapes:names:)")
  public init(_ kind: Kind, _ message: String, mend: String, operation: String, shapes: [[Int]] = [], names: [String] = []) {
    self.init(kind, message, hint: mend, operation: operation, shapes: shapes, names: names)
  }

  /// The error with the shapes and names of `operands`, where it has none yet.
  func describing(_ operands: [Tensor]) -> TensorError {
    guard shapes.isEmpty else { return self }
    return TensorError(
      kind, message, hint: hint, operation: operation, shapes: operands.map(\.shape), names: operands.compactMap(\.name))
  }

  /// The error under the name of the operation that met it, where it has none yet: memory that is wanting has none.
  func named(_ operation: String) -> TensorError {
    guard self.operation.isEmpty else { return self }
    return TensorError(kind, message, hint: hint, operation: operation, shapes: shapes, names: names)
  }

  /// All of it: sentence, operation, shapes, names and hint.
  public var description: String {
    var text = message
    if !text.hasSuffix(".") { text += "." }
    var place: [String] = []
    if !operation.isEmpty { place.append("operation: \(operation)") }
    if !shapes.isEmpty { place.append("shapes: " + shapes.map { "\($0)" }.joined(separator: ", ")) }
    if !names.isEmpty { place.append("names: " + names.joined(separator: ", ")) }
    if !place.isEmpty { text += " (" + place.joined(separator: "; ") + ")" }
    if !hint.isEmpty { text += " " + hint }
    return text
  }
}

/// The one way an operation refuses: traps, or inside `catching` keeps the first error and gives a poison tensor.
@inline(never)
@discardableResult
func fail(_ error: TensorError) -> Tensor {
  guard let frame = Modes.currentIfAny?.catching else { trap(error.description) }
  if frame.error == nil {
    frame.error = error
    cr_thread().pointee.slow += 1
  }
  return Tensor.poison
}

/// Whether an error is waiting for the end of its `catching` scope; writes to leaves, gradients, optimizers and generators
/// do nothing while one is.
package var isErrorPending: Bool {
  cr_thread().pointee.slow != 0 && Modes.currentIfAny?.catching?.error != nil
}

/// Refuses on behalf of another module: traps, or inside `catching` keeps the error.
package func refuse(_ error: TensorError) { fail(error) }

/// Runs `body`; an operation in it that would trap makes this call throw instead.
///
/// After the first error the remaining operations of `body` give empty results at once, and nothing is written to leaves,
/// gradients, optimizers or generators. Swift's own traps (`array[i]` out of range, `x.grad!` of nil) are not caught: return the tensor and
/// read it outside, or call `checkErrors()` before it is read.
///
///     let answer = try catching { model(untrusted) }
///     let best = try catching {
///       let scores = try model(untrusted).softmax(dim: -1).checked().array(of: Float.self)
///       return scores.indices.max { scores[$0] < scores[$1] }!
///     }
///
/// - Throws: `TensorError` for the first operation that failed, or what `body` throws.
public func catching<R>(_ body: () throws -> R) throws -> R {
  let (result, error) = withCatchFrame { Result { try body() } }
  if let error { throw error }
  return try result.get()
}

/// Runs `body`, which throws nothing of its own: all that this call throws is a `TensorError`.
///
///     do { print(try catching { model(x) }) } catch { print(error.hint) }
public func catching<R>(_ body: () -> R) throws(TensorError) -> R {
  let (result, error) = withCatchFrame(body)
  if let error { throw error }
  return result
}

/// Not for asynchronous work: the scope belongs to the thread, and a task may go on in another thread after each `await`.
@available(
  *, unavailable,
  message: "catching belongs to the thread, and after an await a task may go on in another one: await first, then catch the computation"
)
public func catching<R>(_ body: () async throws -> R) async throws -> R { fatalError("unavailable") }

/// Throws the error that an operation of the `catching` scope has met, if one has: from here on results are what they seem.
///
/// - Throws: `TensorError` for the first operation that failed.
public func checkErrors() throws(TensorError) {
  if let error = Modes.currentIfAny?.catching?.error { throw error }
}

extension Tensor {
  /// This tensor, where no operation of the `catching` scope has failed; reading it is safe then.
  ///
  /// - Throws: `TensorError` for the first operation that failed.
  public func checked() throws(TensorError) -> Tensor {
    try checkErrors()
    return self
  }
}

/// Runs `body` with a frame that keeps the first error of its operations.
private func withCatchFrame<R>(_ body: () -> R) -> (result: R, error: TensorError?) {
  _ = Rules.hearsOfShortages
  let frame = CatchFrame(), outer = Modes.enter()
  let previous = outer.catching
  outer.catching = frame
  defer {
    outer.catching = previous
    if frame.error != nil { cr_thread().pointee.slow -= 1 }
    Modes.leave()
  }
  let result = body()
  return (result, frame.error)
}

/// The state of one `catching` scope.
final class CatchFrame {
  var error: TensorError?
}
