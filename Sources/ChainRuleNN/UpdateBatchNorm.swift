public import ChainRule

/// Measures the running statistics of all batch norms in `model` anew: they become the plain means over the batches that `pass` gives it.
///
///     updateBatchNorm(model) { for (x, _) in loader { _ = model(x) } }
///
/// For weights that were averaged: the statistics of before belong to other weights. Within, the model trains and nothing is recorded;
/// after it, modes and momenta are what they were. A model without batch norms is not called.
public func updateBatchNorm(_ model: any Module, _ pass: () throws -> Void) rethrows {
  let norms = model.namedModules().compactMap { $0.module as? ChannelNormLayer }.filter { $0.isBatchNorm && $0.runningMean != nil }
  if norms.isEmpty { return }
  let modes = model.namedModules().map { (module: $0.module, isTraining: $0.module.isTraining) }
  let momenta = norms.map(\.momentum)
  model.train()
  for norm in norms {
    if let mean = norm.runningMean { mean.value = Tensor.zeros(like: mean.value) }
    if let variance = norm.runningVar { variance.value = Tensor.ones(like: variance.value) }
    norm.batchesTracked?.value = Tensor(0)
    norm.momentum = nil
  }
  defer {
    for (norm, momentum) in zip(norms, momenta) { norm.momentum = momentum }
    for (module, isTraining) in modes { TrainingModes.set(module, isTraining) }
  }
  try noGrad(pass)
}

/// Measures the running statistics of all batch norms in `model` anew, over these batches.
public func updateBatchNorm(_ batches: some Sequence<Tensor>, _ model: any Layer) {
  updateBatchNorm(model) { for batch in batches { _ = model(batch) } }
}
