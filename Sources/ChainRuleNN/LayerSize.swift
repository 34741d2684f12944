import ChainRule

/// A layer's size as a user gave it; refused, and 0, where it is negative or so large that products of a few such sizes are no integers.
func layerSize(_ size: Int, _ name: String, _ layer: String, atLeast least: Int = 0, atMost most: Int = 1 << 30) -> Int {
  guard size < least || size > most else { return size }
  refuse(
    TensorError(
      .argument, "\(name) is out of range, got \(size)", hint: "Give a number from \(least) to \(most).", operation: layer))
  return 0
}
