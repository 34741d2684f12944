public import ChainRule

/// All parameters as one vector, in their order; gradients pass through.
public func parametersToVector(_ parameters: [Tensor]) -> Tensor {
  if parameters.isEmpty {
    refuse(
      TensorError(
        .argument, "torch.cat(): expected a non-empty list of Tensors", hint: "Pass the parameters of a module.",
        operation: "parametersToVector"))
    return Tensor(0.0)
  }
  return cat(parameters.map { $0.flattened() })
}

/// Gives the parameters the values of a vector, in their order.
public func vectorToParameters(_ vector: Tensor, _ parameters: [Tensor]) {
  let count = parameters.reduce(0) { $0 + $1.count }
  guard vector.rank == 1, vector.count == count else {
    refuse(
      TensorError(
        .shape, "the parameters have \(count) elements, and the vector has shape \(vector.shape)",
        hint: "The vector is what parametersToVector makes of these parameters.", operation: "vectorToParameters"))
    return
  }
  var start = 0
  let values = vector.detach()
  for parameter in parameters {
    parameter.data = values[start..<(start + parameter.count)].reshaped(parameter.shape).to(parameter.dtype).clone()
    start += parameter.count
  }
}
