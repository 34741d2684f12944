public import ChainRule

// Pools of volumes, made of pools of planes: each layer in depth first, then along the depth. A window is the product of its sides, so
// that means of means and largest of largest are what they should be, the first of equal elements included.

/// Sizes of a pool for each of three dimensions, the depth first.
private struct VolumeSizes {
  let depth: Int
  let plane: [Int]

  init?(_ sizes: [Int], _ name: String, _ operation: String) {
    guard sizes.count == 1 || sizes.count == 3 else {
      refuse(
        TensorError(
          .argument, "\(operation): \(name) must be either a single int, or a tuple of three ints",
          hint: "Depth comes first, then height and width.", operation: operation))
      return nil
    }
    depth = sizes[0]
    plane = sizes.count == 1 ? [sizes[0]] : Array(sizes[1...])
  }
}

/// A volume as images whose channels are its depth, [n channels, depth, height, width], and the shape in front of the depth.
private func layers(_ x: Tensor, _ operation: String) -> (x: Tensor, lead: [Int])? {
  guard x.rank == 4 || x.rank == 5 else {
    refuse(
      TensorError(
        .shape, "\(operation): Expected 4D or 5D (batch mode) tensor, but got \(x.rank)D",
        hint: "It is [n, channels, depth, height, width], or one volume.", operation: operation, shapes: [x.shape]))
    return nil
  }
  let lead = Array(x.shape.dropLast(3))
  return (x.reshaped([lead.reduce(1, *)] + x.shape.suffix(3)), lead)
}

/// The depth as the height of a plane, and what lies in a layer as its width.
private func columns(_ x: Tensor) -> Tensor { x.reshaped([x.shape[0], 1, x.shape[1], x.shape[2] * x.shape[3]]) }

/// Returns the mean of each window of volumes.
///
/// - Parameters:
///   - x: [n, channels, depth, height, width], or one volume.
///   - kernel: the size of a window.
///   - stride: how far apart windows lie; the kernel's size where nil.
///   - padding: how many zeros surround the volume.
///   - ceilMode: whether the last window may reach over the border.
///   - countIncludePad: whether the padding counts among what a sum is divided by.
///   - divisorOverride: what a sum is divided by instead of the window's size.
public func avgPool3d(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0, ceilMode: Bool = false,
  countIncludePad: Bool = true, divisorOverride: Int? = nil
) -> Tensor {
  let name = "avg_pool3d"
  guard let (input, lead) = layers(x, name), let k = VolumeSizes(kernel.spatialSizes, "kernel_size", name),
    let s = VolumeSizes(stride?.spatialSizes ?? kernel.spatialSizes, "stride", name),
    let p = VolumeSizes(padding.spatialSizes, "padding", name)
  else { return x }
  if divisorOverride == 0 {
    refuse(TensorError(.argument, "divisor must be not zero", hint: "Leave it out to divide by the size.", operation: name))
    return x
  }
  let divisor = divisorOverride.map { _ in 1 }
  let planes = avgPool2d(
    input, kernel: k.plane, stride: s.plane, padding: p.plane, ceilMode: ceilMode, countIncludePad: countIncludePad,
    divisorOverride: divisor)
  if isErrorPending { return x }
  let all = avgPool2d(
    columns(planes), kernel: [k.depth, 1], stride: [s.depth, 1], padding: [p.depth, 0], ceilMode: ceilMode,
    countIncludePad: countIncludePad, divisorOverride: divisor)
  if isErrorPending { return x }
  let y = all.reshaped(lead + [all.shape[2]] + planes.shape.suffix(2))
  return divisorOverride.map { y / Double($0) } ?? y
}

/// Returns the largest element of each window of volumes, as `maxPool2d` of images.
public func maxPool3d(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  dilation: some SpatialSizes = 1, ceilMode: Bool = false
) -> Tensor {
  maxPool3dWithIndices(x, kernel: kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode).values
}

/// Returns `maxPool3d` and where each largest element stands, counted row by row in its volume.
public func maxPool3dWithIndices(
  _ x: Tensor, kernel: some SpatialSizes, stride: (any SpatialSizes)? = nil, padding: some SpatialSizes = 0,
  dilation: some SpatialSizes = 1, ceilMode: Bool = false
) -> ValuesAndIndices {
  let name = "max_pool3d"
  guard let (input, lead) = layers(x, name), let k = VolumeSizes(kernel.spatialSizes, "kernel_size", name),
    let s = VolumeSizes(stride?.spatialSizes ?? kernel.spatialSizes, "stride", name),
    let p = VolumeSizes(padding.spatialSizes, "padding", name),
    let d = VolumeSizes(dilation.spatialSizes, "dilation", name)
  else { return ValuesAndIndices(values: x, indices: x) }
  return largest(
    input, lead, { maxPool2dWithIndices($0, kernel: k.plane, stride: s.plane, padding: p.plane, dilation: d.plane, ceilMode: ceilMode) },
    {
      maxPool2dWithIndices(
        $0, kernel: [k.depth, 1], stride: [s.depth, 1], padding: [p.depth, 0], dilation: [d.depth, 1], ceilMode: ceilMode)
    })
}

/// Pools each layer, then along the depth, and puts the places together.
private func largest(
  _ x: Tensor, _ lead: [Int], _ inPlane: (Tensor) -> ValuesAndIndices, _ inDepth: (Tensor) -> ValuesAndIndices
) -> ValuesAndIndices {
  let planes = inPlane(x)
  if isErrorPending { return planes }
  let all = inDepth(columns(planes.values))
  if isErrorPending { return planes }
  let size = x.shape[2] * x.shape[3], width = planes.values.shape[2] * planes.values.shape[3]
  // A place after the second pool is a layer and a window of the first pool, which has its own place in the layer.
  let at = all.indices.flattened(from: 1), windows = planes.indices.flattened(from: 1)
  let layer = at.floorDivide(Swift.max(width, 1))
  let place = layer * size + windows.gather(dim: 1, index: at)
  let shape = lead + [all.values.shape[2]] + planes.values.shape.suffix(2)
  return ValuesAndIndices(values: all.values.reshaped(shape), indices: place.reshaped(shape))
}

/// Returns the means of the windows that share a volume out among outputs of the sizes given; nil keeps a size.
public func adaptiveAvgPool3d(_ x: Tensor, _ sizes: [Int?]) -> Tensor {
  let name = "adaptive_avg_pool3d"
  guard let (input, lead) = layers(x, name), let (depth, plane) = adaptiveSizes(sizes, name) else { return x }
  let planes = adaptiveAvgPool2d(input, plane)
  if isErrorPending { return x }
  let all = adaptiveAvgPool2d(columns(planes), [depth, nil])
  if isErrorPending { return x }
  return all.reshaped(lead + [all.shape[2]] + planes.shape.suffix(2))
}

/// Returns the largest elements of the windows that share a volume out among outputs of the sizes given; nil keeps a size.
public func adaptiveMaxPool3d(_ x: Tensor, _ sizes: [Int?]) -> Tensor { adaptiveMaxPool3dWithIndices(x, sizes).values }

/// Returns `adaptiveMaxPool3d` and where each largest element stands, counted row by row in its volume.
public func adaptiveMaxPool3dWithIndices(_ x: Tensor, _ sizes: [Int?]) -> ValuesAndIndices {
  let name = "adaptive_max_pool3d"
  guard let (input, lead) = layers(x, name), let (depth, plane) = adaptiveSizes(sizes, name) else {
    return ValuesAndIndices(values: x, indices: x)
  }
  return largest(input, lead, { adaptiveMaxPool2dWithIndices($0, plane) }, { adaptiveMaxPool2dWithIndices($0, [depth, nil]) })
}

private func adaptiveSizes(_ sizes: [Int?], _ operation: String) -> (depth: Int?, plane: [Int?])? {
  if sizes.count == 1 { return (sizes[0], [sizes[0], sizes[0]]) }
  if sizes.count == 3 { return (sizes[0], Array(sizes[1...])) }
  refuse(
    TensorError(
      .argument, "\(operation): internal error: output_size.size() must be 3", hint: "Give one size or three.", operation: operation))
  return nil
}
