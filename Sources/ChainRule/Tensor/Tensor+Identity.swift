extension Tensor: Identifiable {
  /// What tells this tensor from others, as Python's `id(tensor)`: all copies of one have it in common, and a leaf keeps it when its value
  /// changes. It is good while the tensor lives.
  ///
  ///     var rates: [Tensor.ID: Double] = [:]
  ///     for parameter in model.parameters() { rates[parameter.id] = 0.1 }
  public var id: ObjectIdentifier { leafIdentity ?? ObjectIdentifier(box) }
}

// A set would ask `==`, which is not there, as it would be read as PyTorch's, which compares elements: none of both is picked silently.
@available(*, unavailable, message: "use `id` as the key of a set or a dictionary; `.==` compares elements, `equal(_:)` all at once")
extension Tensor: Hashable {
  /// Not there: hash `id`.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
