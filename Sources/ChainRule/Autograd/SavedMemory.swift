/// What a graph keeps in memory for its backward pass, and which operations keep it.
///
///     print(savedMemory(of: loss))
///
/// Every block of memory is listed once, with all that hold it: to let go of a large one, end the graph at each of them (`detach()`,
/// `checkpoint`, `noGrad`).
public struct SavedMemory: Sendable, CustomStringConvertible {
  /// An operation that saved a tensor.
  public struct Holder: Sendable, Equatable {
    /// PyTorch's name of its node: `MulBackward0`.
    public let node: String
    /// What the tensor is to the operation: `self`, `other`, `result`.
    public let field: String
    /// The node's number, see `Node.sequenceNumber`.
    public let sequenceNumber: UInt64
  }

  /// One block of memory that something saved lies in.
  public struct Block: Sendable {
    /// The shape of the tensor that was saved first.
    public let shape: [Int]
    /// Its type.
    public let dtype: DType
    /// The bytes of its elements.
    public let bytes: Int
    /// Whether it is the value of a leaf, which the leaf keeps in any case.
    public let isLeaf: Bool
    /// The leaf's name, where it is one and has one.
    public let leafName: String?
    /// Which operations hold it, the latest first.
    public internal(set) var holders: [Holder]
  }

  /// The blocks, the largest first.
  public internal(set) var blocks: [Block] = []

  /// The bytes that are kept for the backward pass alone: without the values of leaves.
  public var bytes: Int { blocks.reduce(0) { $0 + ($1.isLeaf ? 0 : $1.bytes) } }

  /// A line for each block: its bytes, type and shape, and who holds it.
  public var description: String {
    let lines = blocks.map { block in
      let leaf = block.isLeaf ? " (a leaf\(block.leafName.map { ", \"\($0)\"" } ?? ""))" : ""
      return "\(block.bytes) bytes: \(block.dtype.name) \(block.shape)\(leaf), held by "
        + block.holders.map { "\($0.node).\($0.field)" }.joined(separator: ", ")
    }
    return (["\(bytes) bytes saved beside leaves, in \(blocks.count { !$0.isLeaf }) blocks"] + lines).joined(separator: "\n")
  }
}

/// What the graphs of `tensors` keep in memory for their backward passes. Tensors that hooks have packed are unpacked to be looked at.
public func savedMemory(of tensors: Tensor...) -> SavedMemory {
  var seen: Set<ObjectIdentifier> = [], stack = tensors.compactMap { $0.isTracked ? $0.box.head.pointee.node : nil }
  stack.removeAll { !seen.insert(ObjectIdentifier($0)).inserted }
  var nodes: [Node] = []
  while let node = stack.popLast() {
    nodes.append(node)
    node.forEachEdge { edge in if let edge, seen.insert(ObjectIdentifier(edge.node)).inserted { stack.append(edge.node) } }
  }
  func memory(_ box: TensorBox) -> ObjectIdentifier { box.head.pointee.payload.map { ObjectIdentifier($0) } ?? ObjectIdentifier(box) }
  var leaves: [ObjectIdentifier: LeafNode] = [:], held: [TensorBox] = []
  for case let leaf as LeafNode in nodes {
    let value = leaf.current
    held.append(value)
    leaves[memory(value)] = leaf
  }
  var places: [ObjectIdentifier: Int] = [:], result = SavedMemory()
  for node in nodes.sorted(by: { $0.sequence > $1.sequence }) {
    for (field, value) in node.saved {
      // Held while addresses are compared.
      held.append(value.box)
      let key = memory(value.box), holder = SavedMemory.Holder(node: node.name, field: field, sequenceNumber: node.sequence)
      if let place = places[key] {
        result.blocks[place].holders.append(holder)
      } else {
        places[key] = result.blocks.count
        result.blocks.append(
          .init(
            shape: value.shape, dtype: value.dtype, bytes: value.byteCount, isLeaf: leaves[key] != nil,
            leafName: leaves[key]?.extra?.names[0],
            holders: [holder]))
      }
    }
  }
  withExtendedLifetime(held) {}
  let order = result.blocks.indices.sorted { a, b in
    let (x, y) = (result.blocks[a].bytes, result.blocks[b].bytes)
    return x == y ? a < b : x > y
  }
  result.blocks = order.map { result.blocks[$0] }
  return result
}
