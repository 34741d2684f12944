public import ChainRule

/// Which elements of a head turn together in a rotary embedding.
public enum RotaryPairs: String, Sendable {
  /// 2i and 2i + 1, as in the paper and torchtune.
  case interleaved
  /// i and i + size/2, as in GPT-NeoX and LLaMA's files on Hugging Face.
  case halves
}

/// Returns x with each pair of elements turned by an angle that grows with the position (Su et al. 2021): for pair i of position p,
///
///     a = p base^(-2 i / size);   (u, v) becomes (u cos a - v sin a, v cos a + u sin a)
///
/// so that the product of a query and a key depends on how far apart they stand.
///
///     let q = rotaryEmbedding(queries)      // [batch, positions, heads, size]
///
/// - Parameters:
///   - x: [batch, positions, heads, size] with an even size; or [positions, heads, size].
///   - positions: the position of each, [positions] or [batch, positions]; 0, 1, 2, ... where nil.
///   - base: what the angles' powers are of.
///   - pairs: which elements turn together.
public func rotaryEmbedding(_ x: Tensor, positions: Tensor? = nil, base: Double = 10_000, pairs: RotaryPairs = .interleaved) -> Tensor {
  let name = "rotaryEmbedding"
  func problem(_ message: String, _ hint: String) -> Tensor {
    refuse(TensorError(.shape, message, hint: hint, operation: name, shapes: [x.shape]))
    return x
  }
  guard x.rank == 3 || x.rank == 4, let size = x.shape.last, size % 2 == 0, x.dtype.isFloatingPoint else {
    return problem("expected an input [batch, positions, heads, size] with an even size, got \(x.shape)", "Give real numbers.")
  }
  guard base > 0, base.isFinite else { return problem("base must be positive, got \(base)", "The paper's is 10000.") }
  let lead = Array(x.shape.dropLast(2)), count = lead[lead.count - 1]
  let places = positions ?? Tensor.arange(count, dtype: .int64)
  guard places.shape == [count] || places.shape == lead else {
    return problem("positions must be of shape \([count]) or \(lead), got \(places.shape)", "There is one for each vector.")
  }
  // In float64, as far positions would lose their angles' last digits in float32.
  let rates = (Tensor.arange(size / 2, dtype: .float64) * (-2 / Double(size)) * Tensor(base, dtype: .float64).log()).exp()
  let angles = places.to(.float64).unsqueezed(-1) * rates
  let cos = angles.cos().to(x.dtype).unsqueezed(-2), sin = angles.sin().to(x.dtype).unsqueezed(-2)
  switch pairs {
  case .halves:
    let part = x.chunk(2, dim: -1)
    guard part.count == 2 else { return x }
    return cat([part[0] * cos - part[1] * sin, part[1] * cos + part[0] * sin], dim: -1)
  case .interleaved:
    let part = x.unflattened(-1, [size / 2, 2]), u = part.select(dim: -1, index: 0), v = part.select(dim: -1, index: 1)
    return stack([u * cos - v * sin, v * cos + u * sin], dim: -1).flattened(from: -2)
  }
}

/// Returns the table [count, size] of sinusoidal positions (Vaswani et al. 2017, section 3.5): at position p, for each even place 2i,
///
///     sin(p / 10000^(2 i / size)) there, and cos of the same at 2i + 1
public func sinusoidalPositions(_ count: Int, _ size: Int, base: Double = 10_000, dtype: DType? = nil) -> Tensor {
  let count = layerSize(count, "max_len", "sinusoidalPositions"), size = layerSize(size, "d_model", "sinusoidalPositions")
  guard base > 0, base.isFinite else {
    refuse(TensorError(.argument, "base must be positive, got \(base)", hint: "The paper's is 10000.", operation: "sinusoidalPositions"))
    return Tensor.zeros(count, size)
  }
  let half = (size + 1) / 2, type = dtype ?? Tensor.zeros(0).dtype
  let rates = (Tensor.arange(half, dtype: .float64) * (-2 / Double(Swift.max(size, 1))) * Tensor(base, dtype: .float64).log()).exp()
  let angles = Tensor.arange(count, dtype: .float64).unsqueezed(1) * rates
  return stack([angles.sin(), angles.cos()], dim: -1).flattened(from: 1).narrow(dim: 1, start: 0, count: size).to(type)
}
