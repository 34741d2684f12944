public import ChainRule

/// Applies the layers of a network in `segments` checkpoints, the last of which is none: what their backward pass needs is computed again
/// when its turn comes. PyTorch's `checkpoint_sequential`.
///
///     let y = checkpointSequential(network, segments: 4, x)
public func checkpointSequential(_ network: Sequential, segments: Int, _ x: Tensor) -> Tensor {
  checkpointSequential(network.layers.map { layer in { layer($0) } }, segments: segments, x)
}
