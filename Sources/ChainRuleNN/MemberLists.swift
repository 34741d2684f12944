import ChainRule

// What the layers store that every call of `parameters()`, `stateDict()` or `functionalCall` meets many of: listed, because reflection takes
// microseconds for each. All other modules are reflected.

extension ModuleTree {
  fileprivate static func list(
    _ parameters: KeyValuePairs<String, Tensor?>, buffers: KeyValuePairs<String, Buffer?> = [:]
  ) -> [(name: String, member: Member)] {
    var result: [(name: String, member: Member)] = []
    result.reserveCapacity(parameters.count + buffers.count)
    for (name, tensor) in parameters { if let tensor { result.append((name, .parameter(tensor))) } }
    for (name, buffer) in buffers { if let buffer { result.append((name, .buffer(buffer))) } }
    return result
  }
}

extension Linear: MemberListing {
  var listedMembers: [(name: String, member: ModuleTree.Member)] { ModuleTree.list(["weight": weight, "bias": bias]) }
}

extension ConvolutionLayer: MemberListing {
  var listedMembers: [(name: String, member: ModuleTree.Member)] { ModuleTree.list(["weight": weight, "bias": bias]) }
}

extension Embedding: MemberListing {
  var listedMembers: [(name: String, member: ModuleTree.Member)] { ModuleTree.list(["weight": weight]) }
}

extension LayerNorm: MemberListing {
  var listedMembers: [(name: String, member: ModuleTree.Member)] { ModuleTree.list(["weight": weight, "bias": bias]) }
}

extension GroupNorm: MemberListing {
  var listedMembers: [(name: String, member: ModuleTree.Member)] { ModuleTree.list(["weight": weight, "bias": bias]) }
}

extension RMSNorm: MemberListing {
  var listedMembers: [(name: String, member: ModuleTree.Member)] { ModuleTree.list(["weight": weight]) }
}

extension ChannelNormLayer: MemberListing {
  var listedMembers: [(name: String, member: ModuleTree.Member)] {
    ModuleTree.list(
      ["weight": weight, "bias": bias],
      buffers: ["running_mean": runningMean, "running_var": runningVar, "num_batches_tracked": batchesTracked])
  }
}

extension ReLU: OptionsOnly {}
extension ReLU6: OptionsOnly {}
extension LeakyReLU: OptionsOnly {}
extension GELU: OptionsOnly {}
extension SiLU: OptionsOnly {}
extension Mish: OptionsOnly {}
extension ELU: OptionsOnly {}
extension Softplus: OptionsOnly {}
extension Tanh: OptionsOnly {}
extension Sigmoid: OptionsOnly {}
extension Softmax: OptionsOnly {}
extension LogSoftmax: OptionsOnly {}
extension Identity: OptionsOnly {}
extension Flatten: OptionsOnly {}
extension DropoutLayer: OptionsOnly {}
extension MaxPoolLayer: OptionsOnly {}
extension AvgPoolLayer: OptionsOnly {}
extension AdaptiveAvgPool2d: OptionsOnly {}
extension PaddingLayer: OptionsOnly {}
extension UpsampleLayer: OptionsOnly {}
