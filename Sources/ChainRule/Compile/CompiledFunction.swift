import CKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A function, or a whole training step, that runs as one plan.
///
///     let step = compile { (x: Tensor, y: Tensor) in
///       let loss = crossEntropy(model(x), y)
///       optimizer.zeroGrad(); loss.backward(); optimizer.step()
///       return loss
///     }
///     for (x, y) in loader { total += step(x, y).item() }
///
/// The first two calls run the function as it is and write down what it does to tensors; where both did the same, later calls do that
/// again, without the function: same operations, same kernels, same bits, but no graph and no bookkeeping. Leaves, gradients, the state of
/// optimizers and generators are read and written at each call, as eager code does.
///
/// **What the function captures from outside and is no leaf is read once**: a Swift number, a flag, an array, a plain tensor in a variable.
/// Pass what changes as an argument, a number as a 0-dimensional tensor. What an optimizer or a schedule keeps (`lr`, the step count) is read
/// at each call.
///
/// Refused while it is recorded: reading a number out (`item()`, `array(of:)`, printing), hooks, leaves made inside. Arguments of other
/// shapes, types or layouts, and modules in another mode, are recorded anew. A result whose graph has been walked by `backward()` comes back
/// without it. A function whose result is still to be differentiated by the caller, and one called inside a transform, runs as it is:
/// `grad { f($0) }(x)` is right, and `compile(grad(f))` is fast.
///
/// A compiled function belongs to one thread at a time.
public func compile<each Argument: TensorTree, Result: TensorTree>(
  _ f: @escaping (repeat each Argument) -> Result
) -> CompiledFunction<(repeat each Argument), Result> {
  CompiledFunction(
    tensors: { arguments in
      var all: [Tensor] = []
      // Once, and not again with each of the first arguments.
      all.reserveCapacity(4)
      repeat append(each arguments, to: &all)
      return all
    },
    replaced: { arguments, tensors in
      var rest = tensors[...]
      return (repeat replaced(each arguments, &rest))
    },
    body: { arguments in f(repeat each arguments) })
}

private func append<Tree: TensorTree>(_ tree: Tree, to all: inout [Tensor]) {
  // The usual arguments need no walk through a tree.
  if Tree.self == Tensor.self {
    all.append(unsafeBitCast(tree, to: Tensor.self))
  } else if Tree.self == [Tensor].self {
    all += unsafeBitCast(tree, to: [Tensor].self)
  } else {
    all += tree.tensors
  }
}

private func replaced<Tree: TensorTree>(_ tree: Tree, _ rest: inout ArraySlice<Tensor>) -> Tree {
  let count = tree.tensors.count
  defer { rest = rest.dropFirst(count) }
  return tree.replacingTensors(Array(rest.prefix(count)))
}

/// What `compile` makes of a function.
public final class CompiledFunction<Arguments, Result: TensorTree> {
  private let tensors: (Arguments) -> [Tensor]
  private let replaced: (Arguments, [Tensor]) -> Arguments
  private let body: (Arguments) -> Result
  private var recordings: [Recording] = []
  private var isWarned = false

  /// What is known of the function for one kind of arguments.
  private final class Recording {
    let signature: PlanSignature
    var plan: ExecutionPlan
    /// A result, for its form.
    let form: Result
    /// Whether a second call did the same.
    var isConfirmed = false
    /// Why it runs as it is.
    let obstacle: String?

    init(_ signature: PlanSignature, _ plan: ExecutionPlan, _ form: Result, _ obstacle: String?) {
      self.signature = signature
      self.plan = plan
      self.form = form
      self.obstacle = obstacle
    }
  }

  init(
    tensors: @escaping (Arguments) -> [Tensor], replaced: @escaping (Arguments, [Tensor]) -> Arguments,
    body: @escaping (Arguments) -> Result
  ) {
    self.tensors = tensors
    self.replaced = replaced
    self.body = body
  }

  /// Runs the function.
  public func callAsFunction<each Argument>(_ arguments: repeat each Argument) -> Result where Arguments == (repeat each Argument) {
    run((repeat each arguments))
  }

  /// The plan that ran last, or was recorded last; nil before the first call, and where the function runs as it is.
  public private(set) var plan: ExecutionPlan?

  /// Why the last call ran the function as it is; nil where it ran, or will run, a plan.
  public private(set) var reasonForEager: String?

  private func run(_ arguments: Arguments) -> Result {
    guard CompileMode.current != .off, !isErrorPending, Modes.allowPlans else { return body(arguments) }
    let given = tensors(arguments)
    if isGradEnabled, given.contains(where: { $0.isTracked && !$0.isCell }) {
      return eager(arguments, "an argument has a graph that the result may become a part of")
    }
    var rivals: [Recording] = []
    for recording in recordings where recording.signature.matches(given) {
      if recording.obstacle == nil, recording.isConfirmed, CompileMode.current == .on, !recording.plan.isBusy {
        guard recording.plan.mayRun() else { continue }
        if plan !== recording.plan { (plan, reasonForEager) = (recording.plan, nil) }
        return result(recording.plan.run(given), like: recording.form)
      }
      guard recording.plan.couldRun else { continue }
      if let obstacle = recording.obstacle { return eager(arguments, obstacle) }
      rivals.append(recording)
    }
    return record(arguments, given, rivals)
  }

  private func eager(_ arguments: Arguments, _ reason: String) -> Result {
    reasonForEager = reason
    plan = nil
    return body(arguments)
  }

  private func result(_ tensors: [Tensor], like form: Result) -> Result {
    // The usual results need no walk through a tree.
    if Result.self == Tensor.self { return unsafeBitCast(tensors[0], to: Result.self) }
    if Result.self == [Tensor].self { return unsafeBitCast(tensors, to: Result.self) }
    return form.replacingTensors(tensors)
  }

  /// Runs the function and writes down what it does.
  private func record(_ arguments: Arguments, _ given: [Tensor], _ rivals: [Recording]) -> Result {
    let signature = PlanSignature(given)
    // Boxes of their own, so that a tensor that the function also captures is not taken for the argument.
    let own = given.map { $0.isCell ? $0 : Tensor($0.box.alias()) }
    let tracer = Tracer(arguments: own.map(\.box))
    let computed = Modes.slowly { modes in
      modes.tracer = tracer
      defer { modes.tracer = nil }
      return body(replaced(arguments, own))
    }
    if isErrorPending { return computed }
    let outputs = tracer.outputs(computed.tensors), plan = ExecutionPlan(tracer, outputs)
    let result = computed.mapTensors { $0.isTracked && tracer.isWalked($0) ? $0.detach() : $0 }
    if CompileMode.current == .check, let difference = plan.difference(from: tracer) { refuseDifference(difference) }
    if let same = rivals.first(where: { $0.plan.difference(from: plan) == nil }) {
      same.isConfirmed = true
      same.plan = plan
    } else if let last = rivals.last, rivals.count > 1, let difference = last.plan.difference(from: plan) {
      refuseDifference(difference)
    } else {
      recordings.append(Recording(signature, plan, result, tracer.obstacle))
      warnOfMany()
    }
    reasonForEager = tracer.obstacle
    self.plan = tracer.obstacle == nil ? plan : nil
    return result
  }

  private func refuseDifference(_ difference: String) {
    fail(
      TensorError(
        .transform, "a compiled function does not do the same at each call: \(difference)",
        hint: "What changes must be an argument, a number as a 0-dimensional tensor: what the function captures is read once.",
        operation: "compile"))
  }

  private func warnOfMany() {
    let kinds = Set(recordings.map { $0.signature.text }).count
    if kinds <= 8 || isWarned { return }
    isWarned = true
    Warnings.manyRecordings(recordings.last?.signature.text ?? "")
  }
}

/// What the environment says about compiled functions: `CHAINRULE_COMPILE`.
enum CompileMode {
  case on
  /// Every function runs as it is.
  case off
  /// Every call runs the function as it is, and the plan beside it, and compares all bits.
  case check

  static let current: CompileMode =
    switch getenv("CHAINRULE_COMPILE").map({ String(cString: $0) }) {
    case "off", "0": .off
    case "check": .check
    default: .on
    }
}

/// The shapes, types and layouts of arguments, and the modes of the thread, that a plan holds for.
struct PlanSignature {
  private let arguments: [Argument]
  private let isGradEnabled: Bool
  private let dtype: DType

  private struct Argument {
    let box: TensorBox
    /// A leaf is itself, whatever value it has.
    let leaf: LeafNode?
  }

  init(_ arguments: [Tensor]) {
    self.arguments = arguments.map { Argument(box: TensorBox.description(of: $0.bare.box), leaf: $0.leaf) }
    isGradEnabled = ChainRule.isGradEnabled
    dtype = defaultDType
  }

  func matches(_ given: [Tensor]) -> Bool {
    guard given.count == arguments.count, isGradEnabled == ChainRule.isGradEnabled, dtype == defaultDType else { return false }
    for (argument, tensor) in zip(arguments, given) {
      if argument.leaf != nil || tensor.isCell {
        guard argument.leaf === tensor.leaf else { return false }
      } else if !argument.box.hasLayout(of: tensor.box) {
        return false
      }
    }
    return true
  }

  /// The shapes and types.
  var text: String { arguments.map { "\($0.box.dtype) \(Array($0.box.shape))" }.joined(separator: ", ") }
}

extension TensorBox {
  /// Whether sizes, strides and type are those of another.
  func hasLayout(of other: TensorBox) -> Bool { cr_same_layout(meta, other.meta) }
}

extension Modes {
  /// Whether nothing is going on here in which a function must run operation by operation.
  static var allowPlans: Bool {
    guard cr_thread().pointee.slow != 0, let modes = currentIfAny else { return true }
    return modes.depth == 0 && modes.substitutions.isEmpty && modes.recorder == nil && modes.anomalies == nil && modes.finite == nil
      && modes.selection == nil && modes.packer == nil && modes.calls == nil && modes.tracer == nil && modes.journal == nil
  }
}
