import CKernels

// What the calls of modules need of the tape: who watches them, and where a backward pass passes a module's ends.

/// Sees the calls of modules on the thread where it was set.
package protocol CallObserver: AnyObject {
  func begin(_ module: AnyObject, _ inputs: [Tensor])
  func end(_ module: AnyObject, _ inputs: [Tensor], _ outputs: [Tensor])
  /// An operation made so many multiplications with an addition each.
  func multiplied(_ count: Double)
}

/// An operation of products that are summed, whose floating-point operations are two for each of them.
protocol SumsOfProducts: Operation {}

extension Matmul: SumsOfProducts {}
extension LinearMap: SumsOfProducts {}
extension Convolution: SumsOfProducts {}
extension AttentionProduct: SumsOfProducts {}
extension SelfAttention: SumsOfProducts {}
extension Recurrent: SumsOfProducts {}

extension CallObserver {
  func observe(_ op: any Operation, _ values: [Tensor], _ outputs: [Tensor]) {
    if op is any SumsOfProducts { multiplied(op.flops(values, outputs) / 2) }
  }
}

package enum ModuleCalls {
  /// Whether a scope is open on this thread that looks at calls; one test where no scope of any kind is.
  package static var areWatched: Bool { cr_thread().pointee.slow != 0 && hasWatcher }

  @inline(never)
  private static var hasWatcher: Bool { Modes.currentIfAny.map { $0.calls != nil || $0.finite != nil } ?? false }

  /// Who sees the calls on this thread.
  package static var observer: (any CallObserver)? { Modes.currentIfAny?.calls }

  /// Runs `body` with `observer` seeing the calls of modules.
  package static func observed<R>(by observer: any CallObserver, _ body: () throws -> R) rethrows -> R {
    try Modes.slowly { modes in
      let outer = modes.calls
      modes.calls = observer
      defer { modes.calls = outer }
      return try body()
    }
  }

  /// A number that no other hook has.
  package static func nextHook() -> UInt64 { HookHandle.nextID() }

  /// The tensors themselves; a backward pass hands the gradients of all of them to `body`, whose results take their place.
  package static func boundary(_ x: [Tensor], _ body: @escaping ([Tensor?]) -> [Tensor?]) -> [Tensor] {
    ModuleBoundary(body: ModuleBoundary.Body(run: body))(x)
  }
}

/// The identity of a module's inputs or results.
private struct ModuleBoundary: VariadicOperation {
  static var takesNarrow: Bool { true }
  /// A closure is no `Sendable` by itself: it is the user's hooks, called by the thread that runs the pass, as tensor hooks are.
  struct Body: @unchecked Sendable {
    let run: ([Tensor?]) -> [Tensor?]
  }

  static let info = OperationInfo(
    "module_boundary", "Where the hooks of a module see gradients.", call: "", formula: "x", derivative: "1", shapes: "", samples: [])
  let body: Body
  var nodeName: String { "BackwardHookFunctionBackward" }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { (needs.map { _ in false }, needs.map { _ in false }) }
  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] { x }
  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] { body.run(dy) }
  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] { dx }
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] {
    zip(x, batched).map { $0.whole($1, size) }
  }
}
