public import ChainRule

/// Parameters in a list, to be used as the owner likes; their names in a state are `0`, `1` and so on.
///
///     final class Mixture: Module {
///       let scales = ParameterList((0..<4).map { _ in Tensor.randn(8) })
///     }
public final class ParameterList: Module, ParameterContainer, RandomAccessCollection, SelfCopying {
  private var leaves: [Tensor]

  /// The parameters with these values; leaves are taken as they are.
  public init(_ values: [Tensor] = []) { leaves = values.map(asParameter) }
  init(copying other: ParameterList, _ copier: ModuleCopier) { leaves = other.leaves.map { copier($0) } }

  /// Adds a parameter at the end.
  public func append(_ value: Tensor) { leaves.append(asParameter(value)) }
  /// The position of the first parameter.
  public var startIndex: Int { 0 }
  /// The number of parameters.
  public var endIndex: Int { leaves.count }
  /// Parameter `i`.
  public subscript(i: Int) -> Tensor {
    guard leaves.indices.contains(i) else {
      refuse(
        TensorError(
          .index, "index \(i) is out of range", hint: "The container holds \(leaves.count), counted from 0.", operation: "ParameterList"))
      return Tensor.zeros(0)
    }
    return leaves[i]
  }
  var namedLeaves: [(name: String, tensor: Tensor)] { leaves.enumerated().map { ("\($0)", $1) } }
  /// What stands between the parentheses when the list is printed.
  public var extraDescription: String {
    leaves.enumerated().map { "  (\($0)): Parameter containing: [torch.\($1.dtype.name) of size \(sizes($1))]" }.joined(separator: "\n")
  }
}

/// Parameters by name, in the order they were added.
public final class ParameterDictionary: Module, ParameterContainer, RenamedClass, SelfCopying {
  /// The names in order.
  public private(set) var names: [String] = []
  private var leaves: [String: Tensor] = [:]

  /// The parameters with these values; of equal names the last counts, and leaves are taken as they are.
  public init(_ values: KeyValuePairs<String, Tensor> = [:]) { for (name, value) in values { self[name] = value } }
  init(copying other: ParameterDictionary, _ copier: ModuleCopier) {
    names = other.names
    leaves = other.leaves.mapValues { copier($0) }
  }

  /// The parameter of this name; assigning nil removes it, a new name goes to the end.
  public subscript(name: String) -> Tensor? {
    get { leaves[name] }
    set {
      guard let newValue else {
        if leaves.removeValue(forKey: name) != nil { names.removeAll { $0 == name } }
        return
      }
      if leaves.updateValue(asParameter(newValue), forKey: name) == nil { names.append(name) }
    }
  }
  var printedName: String { "ParameterDict" }
  var namedLeaves: [(name: String, tensor: Tensor)] { names.compactMap { name in leaves[name].map { (name, $0) } } }
  /// What stands between the parentheses when the dictionary is printed.
  public var extraDescription: String {
    // PyTorch's older names of its types.
    let types: [DType: String] = [.float32: "FloatTensor", .float64: "DoubleTensor", .int64: "LongTensor", .bool: "BoolTensor"]
    return namedLeaves.map { name, leaf in
      "  (\(name)): Parameter containing: [torch.\(types[leaf.dtype] ?? leaf.dtype.name) of size \(sizes(leaf))]"
    }.joined(separator: "\n")
  }
}

private func asParameter(_ value: Tensor) -> Tensor { value.isLeaf && value.requiresGrad ? value : value.detach().asParameter() }

private func sizes(_ leaf: Tensor) -> String { leaf.shape.map(String.init).joined(separator: "x") }
