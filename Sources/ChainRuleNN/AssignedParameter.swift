import ChainRule

/// What a layer takes for a parameter that is assigned: a leaf, which may be another module's (the two are tied then), or nil where the
/// layer can do without it; else, refused, what was there before.
func assigned<Parameter>(_ new: Parameter, _ old: Parameter, _ name: String, _ module: any Module) -> Parameter {
  guard let tensor = new as? Tensor, !tensor.isLeafCell, !isErrorPending else { return new }
  refuse(
    TensorError(
      .argument, "cannot assign a Tensor as parameter '\(name)' (a leaf or nil expected)",
      hint: "Make it one with asParameter().", operation: "\(type(of: module))", shapes: [tensor.shape]))
  return old
}
