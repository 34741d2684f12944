/// Runs `body` with every tensor that its operations save for the backward pass packed, and unpacked when a pass wants it. PyTorch's
/// `saved_tensors_hooks`.
///
///     let y = savedTensorHooks(pack: { $0.to(.bfloat16) }, unpack: { $0.to(.float32) }) { network(x) }
///
/// Each tensor is packed once, as its operation is recorded, and unpacked in every pass that reads it. What `pack` returns may be
/// anything: a smaller tensor, the name of a file, the tensor itself. Both run without recording and are called by the thread that
/// records, or that runs the pass. Of nested scopes the innermost packs. `unpack` gives a tensor of the shape and type that was packed.
///
/// Inside `grad`, `vjp` and other transforms what belongs to an outer transform stays as it is; plain tensors are packed.
///
/// - Parameters:
///   - pack: what to keep of a saved tensor, which it sees outside every graph.
///   - unpack: the tensor again.
///   - body: what is recorded.
public func savedTensorHooks<Packed, R, E: Error>(
  pack: @escaping (Tensor) -> Packed, unpack: @escaping (Packed) -> Tensor, _ body: () throws(E) -> R
) throws(E) -> R {
  try SavedTensorPacker { tensor, _ in
    let packed = pack(tensor)
    return { unpack(packed) }
  }.run(body)
}

/// Runs `body` so that `savedTensorHooks` and `saveOnFile` in it are refused: where tensors must be saved as they are. PyTorch's
/// `disable_saved_tensors_hooks`. A scope of hooks around it does not pack what `body` saves.
///
/// - Parameters:
///   - message: the sentence of the error.
///   - body: what is recorded.
public func withoutSavedTensorHooks<R, E: Error>(_ message: String, _ body: () throws(E) -> R) throws(E) -> R {
  try SavedTensorPacker(refusal: message).run(body)
}

/// How the tensors that operations save are packed on a thread.
final class SavedTensorPacker {
  /// How a tensor is had again.
  typealias Unpack = () -> Tensor

  /// Given a value outside every graph, and whether it is a leaf's, which stays in memory anyway; nil where it is to be saved as it is.
  private let pack: (_ tensor: Tensor, _ isLeaf: Bool) -> Unpack?
  /// Why no other may be set inside.
  private let refusal: String?

  init(_ pack: @escaping (_ tensor: Tensor, _ isLeaf: Bool) -> Unpack?) {
    self.pack = pack
    refusal = nil
  }

  init(refusal: String) {
    pack = { _, _ in nil }
    self.refusal = refusal
  }

  func run<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    try Modes.slowly { (modes) throws(E) -> R in
      let outer = modes.packer
      if let text = outer?.refusal {
        fail(TensorError(.gradient, text, hint: "Call it outside of withoutSavedTensorHooks.", operation: "savedTensorHooks"))
      }
      if refusal == nil {
        modes.tracer?.refuse("saved tensors are packed", "What a hook does beside computing would be done once: leave the hooks outside.")
      }
      modes.packer = self
      defer { modes.packer = outer }
      return try body()
    }
  }

  /// Packs what a node has saved; nobody else has seen it yet.
  func packSaved(of node: Node, _ modes: Modes) {
    // What packing itself computes is none of anybody's saved tensors.
    modes.packer = nil
    defer { modes.packer = self }
    noGrad {
      node.packSaved { box, source in
        if node.level > 0, box.flags.contains(.wrapped) || box.head.pointee.maker != nil { return box }
        let value = Levels.stripped(Tensor(box))
        guard let unpack = pack(value, source?.isAccumulator ?? false) else { return box }
        return PackedTensor(unpack).boxed(like: value)
      }
    }
  }
}

/// What stands in a node for a tensor that hooks have packed.
final class PackedTensor {
  private let unpack: SavedTensorPacker.Unpack

  init(_ unpack: @escaping SavedTensorPacker.Unpack) { self.unpack = unpack }

  /// A box with the sizes and the type of the tensor, and no elements.
  func boxed(like tensor: Tensor) -> TensorBox {
    let box = TensorBox.wrapping(self, tensor.internalShape, tensor.dtype)
    box.flags = [.indirect, .packed]
    return box
  }

  fileprivate func value(_ shape: Shape, _ dtype: DType) -> TensorBox {
    let modes = Modes.currentIfAny, packer = modes?.packer
    modes?.packer = nil
    defer { modes?.packer = packer }
    let value = noGrad { unpack() }.detach()
    guard value.internalShape == shape, value.dtype == dtype else {
      return fail(
        TensorError(
          .gradient, "unpack gave a \(value.dtype.name) tensor of shape \(value.shape) for one of \(dtype.name) and shape \(Array(shape))",
          hint: "unpack returns what pack was given: the same shape and type, and nearly the same numbers.", operation: "savedTensorHooks"
        )
      ).box
    }
    return value.box
  }
}

extension TensorBox {
  /// The box itself, or what its hooks unpack of it.
  @inline(__always) var unpacked: TensorBox { flags.contains(.packed) ? unpackedSlowly : self }

  @inline(never)
  private var unpackedSlowly: TensorBox {
    unsafeDowncast(head.pointee.payload.unsafelyUnwrapped, to: PackedTensor.self).value(shape, dtype)
  }
}
