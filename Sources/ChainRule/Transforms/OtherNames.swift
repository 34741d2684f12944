// Names that readers of torch.func, torch.autograd and JAX try first: the compiler answers with ours.

/// Not available.
@available(*, unavailable, message: "jacobian(f, x, mode: .reverse)")
public func jacrev(_ f: (Tensor) -> Tensor) -> (Tensor) -> Tensor { fatalError("unavailable") }
/// Not available.
@available(*, unavailable, message: "jacobian(f, x, mode: .forward)")
public func jacfwd(_ f: (Tensor) -> Tensor) -> (Tensor) -> Tensor { fatalError("unavailable") }
/// Not available: see `valueAndGrad(_:)`.
@available(*, unavailable, renamed: "valueAndGrad(_:)")
public func gradAndValue(_ f: (Tensor) -> Tensor) -> (Tensor) -> (Tensor, Tensor) { fatalError("unavailable") }
/// Not available.
@available(*, unavailable, message: "dualLevel { ... }, with makeDual and unpackDual inside")
public func enterDualLevel() -> Int { fatalError("unavailable") }
/// Not available.
@available(*, unavailable, message: "dualLevel { ... } closes its level itself")
public func exitDualLevel() { fatalError("unavailable") }
/// Not available.
@available(*, unavailable, message: "withGradMode(flag) { ... }: a mode has a scope")
public func setGradEnabled(_ mode: Bool) { fatalError("unavailable") }
/// Not available: see `withAnomalyDetection(_:)`.
@available(*, unavailable, message: "withAnomalyDetection { ... }")
public func setDetectAnomaly(_ mode: Bool) { fatalError("unavailable") }
/// Not available: see `withAnomalyDetection(_:)`.
@available(*, unavailable, message: "withAnomalyDetection { ... }")
public func detectAnomaly<R>(_ body: () throws -> R) rethrows -> R { fatalError("unavailable") }
/// Not available.
@available(
  *, unavailable,
  message:
    "a Swift closure cannot be left midway: the second run of a checkpoint goes to its end; results that nobody needs wait uncomputed"
)
public func setCheckpointEarlyStop(_ enable: Bool) { fatalError("unavailable") }
/// Not available: see `Tensor.detach()`.
@available(*, unavailable, message: "x.detach()")
public func stopGradient(_ x: Tensor) -> Tensor { fatalError("unavailable") }
/// Not available: see `TensorTree.mapTensors(_:)`.
@available(*, unavailable, message: "tree.mapTensors { ... }")
public func treeMap<Tree: TensorTree>(_ f: (Tensor) -> Tensor, _ tree: Tree) -> Tree { fatalError("unavailable") }
/// Not available: see `TensorTree.tensors`.
@available(*, unavailable, message: "tree.tensors, or tree.namedTensors with the paths; tree.replacingTensors(_:) puts them back")
public func treeFlatten<Tree: TensorTree>(_ tree: Tree) -> [Tensor] { fatalError("unavailable") }
/// Not available: see `TensorTree.replacingTensors(_:)`.
@available(*, unavailable, message: "tree.replacingTensors(tensors), of a tree of the form wanted")
public func treeUnflatten(_ tensors: [Tensor]) { fatalError("unavailable") }
/// Not available: see `implicitRoot(_:_:linearSolver:tolerance:maxIterations:solve:)`.
@available(*, unavailable, message: "implicitRoot(f, parameters) { solve($0) }, or fixedPoint(f, start, parameters)")
public func customRoot(_ f: (Tensor) -> Tensor, _ initialGuess: Tensor) -> Tensor { fatalError("unavailable") }
