/// Images and volumes read at points.
enum GridSampling {
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "gridSample", "Images (volumes) read at the points of a grid, whose coordinates run from -1 to 1.", call: "gridSample(x, grid)",
      formula: "sum over the neighbours of weight x", derivative: "dy times its weight for x, the slope between neighbours for the grid",
      shapes: "[n, c, h, w], [n, h', w', 2] -> [n, c, h', w']", takesIntegers: false,
      samples: [
        .init("bilinear", [.init([1, 2, 3, 4]), .init([1, 2, 2, 2], .interval(0.05, 0.3))]) {
          gridSample($0[0], $0[1], alignCorners: false)
        },
        .init("bicubic", [.init([1, 1, 4, 4]), .init([1, 2, 1, 2], .interval(0.05, 0.3))]) {
          gridSample($0[0], $0[1], mode: .bicubic, paddingMode: .border, alignCorners: false)
        },
        .init("nearest, volume", [.init([1, 1, 2, 2, 3]), .init([1, 1, 2, 1, 3], .interval(0.1, 0.3))]) {
          gridSample($0[0], $0[1], mode: .nearest, paddingMode: .reflection, alignCorners: false)
        },
      ]),
    OperationInfo(
      "affineGrid", "The points that affine maps make of a grid over images (volumes), for gridSample.",
      call: "affineGrid(theta, [1, 3, 4, 4])",
      formula: "theta (x, y, 1) for each point (x, y)", derivative: "the points times dy", shapes: "[n, 2, 3] -> [n, h, w, 2]",
      takesIntegers: false,
      samples: [
        .init("", [.init([2, 2, 3])]) { affineGrid($0[0], [2, 1, 2, 3]) },
        .init("volume", [.init([1, 3, 4])]) { affineGrid($0[0], [1, 1, 2, 1, 2], alignCorners: true) },
      ]),
  ]
}

/// How a value between elements is found.
public enum GridSampleMode: Sendable {
  /// Between the neighbours, along each dimension.
  case bilinear
  /// The nearest element; at a tie the one with the even place.
  case nearest
  /// A cubic through four neighbours along each dimension (Keys 1981, with a = -0.75).
  case bicubic
}

/// What is read outside an image.
public enum GridSamplePadding: Sendable {
  /// Zeros.
  case zeros
  /// The nearest element of the border.
  case border
  /// The image mirrored at its border.
  case reflection
}

/// Returns the points that affine maps make of a grid over images (volumes): what `gridSample` reads at (Jaderberg et al. 2015).
///
///     let turned = gridSample(x, affineGrid(theta, x.shape))
///
/// - Parameters:
///   - theta: [n, 2, 3], or [n, 3, 4] for volumes: a map for each image.
///   - size: the shape of the result of `gridSample`, [n, c, h, w] or [n, c, d, h, w].
///   - alignCorners: whether -1 and 1 are the middles of the outer elements, else their outer edges; as in `gridSample`.
/// - Returns: [n, h, w, 2] or [n, d, h, w, 3].
public func affineGrid(_ theta: Tensor, _ size: [Int], alignCorners: Bool = false) -> Tensor {
  orFail([theta]) { () throws(TensorError) in
    let dims = size.count - 2
    guard theta.dtype.isFloatingPoint else {
      throw TensorError(
        .dtype, "Expected theta to have floating point type, but got \(theta.dtype.name)", hint: "Convert it: to(.float32).",
        operation: "affineGrid")
    }
    guard dims == 2 || dims == 3, size.allSatisfy({ $0 > 0 }) else {
      throw TensorError(
        .shape, "Expected non-zero, positive output size. Got \(size)", hint: "It is [n, c, h, w] or [n, c, d, h, w].",
        operation: "affineGrid")
    }
    guard theta.shape == [size[0], dims, dims + 1] else {
      throw TensorError(
        .shape,
        "Expected a batch of \(dims)D affine matrices of shape Nx\(dims)x\(dims + 1) for size \(size). Got \(theta.shape).",
        hint: "One matrix for each image.", operation: "affineGrid")
    }
    // x runs along the last dimension, y along the one before.
    let sizes = Array(size[2...]), shape = sizes + [1]
    let places = (0..<dims).reversed().map { d in
      let n = sizes[d]
      let line = n == 1 ? Tensor.zeros([1], dtype: theta.dtype) : Tensor.linspace(-1, 1, n, dtype: theta.dtype)
      let place = alignCorners || n == 1 ? line : line * (Double(n - 1) / Double(n))
      return place.reshaped(sizes.indices.map { $0 == d ? n : 1 } + [1]).expanded(shape)
    }
    let points = cat(places + [Tensor.ones(shape, dtype: theta.dtype)], dim: -1).reshaped([1, -1, dims + 1])
    return points.matmul(theta.transposed(1, 2)).reshaped([size[0]] + sizes + [dims])
  }
}

/// Returns the images (volumes) read at the points of a grid.
///
/// - Parameters:
///   - x: [n, c, h, w] or [n, c, d, h, w].
///   - grid: [n, h', w', 2] or [n, d', h', w', 3]: the coordinates (x, y) or (x, y, z), which run from -1 to 1 over the image.
///   - mode: how points between elements are read.
///   - paddingMode: what lies outside the image.
///   - alignCorners: whether -1 and 1 are the middles of the outer elements, else their outer edges.
/// - Returns: [n, c, h', w'] or [n, c, d', h', w'].
public func gridSample(
  _ x: Tensor, _ grid: Tensor, mode: GridSampleMode = .bilinear, paddingMode: GridSamplePadding = .zeros, alignCorners: Bool = false
) -> Tensor {
  orFail([x, grid]) { () throws(TensorError) in
    func refusal(_ kind: TensorError.Kind, _ message: String, _ hint: String) -> TensorError {
      TensorError(kind, "grid_sampler(): \(message)", hint: hint, operation: "gridSample")
    }
    try Rules.refuseIntegers(x, "grid_sampler_cpu", "gridSample")
    guard x.dtype == grid.dtype else {
      throw refusal(
        .dtype, "expected input and grid to have same dtype, but input has \(x.dtype.name) and grid has \(grid.dtype.name)", "Convert one.")
    }
    let dims = x.rank - 2
    guard dims == 2 || dims == 3, grid.rank == x.rank, grid.size(grid.rank - 1) == dims, grid.size(0) == x.size(0) else {
      throw refusal(
        .shape,
        "expected 4D or 5D input and grid with same number of dimensions, but got input with sizes \(x.shape) and grid with sizes "
          + "\(grid.shape)", "The grid's last dimension holds the coordinates of each point.")
    }
    guard !x.shape[2...].contains(0) else {
      throw refusal(
        .shape, "expected input to have non-empty spatial dimensions, but input has sizes \(x.shape)", "Nothing can be read there.")
    }
    return GridReader(x: x, grid: grid, padding: paddingMode, alignCorners: alignCorners).read(mode)
  }
}

private struct GridReader {
  let x: Tensor
  let grid: Tensor
  let padding: GridSamplePadding
  let alignCorners: Bool

  private var sizes: [Int] { Array(x.shape[2...]) }
  private var points: Int { grid.shape[1..<(grid.rank - 1)].reduce(1, *) }

  /// The coordinates of all points along spatial dimension `d` in elements: [n, 1, points].
  private func place(_ d: Int) -> Tensor {
    let n = Double(sizes[d]), c = grid.select(dim: -1, index: sizes.count - 1 - d).reshaped([grid.size(0), 1, points])
    return alignCorners ? (c + 1) / 2 * (n - 1) : ((c + 1) * n - 1) / 2
  }

  /// A coordinate brought into the image, where the padding says how.
  private func inside(_ c: Tensor, _ d: Int) -> Tensor {
    let last = Double(sizes[d] - 1)
    guard padding != .zeros else { return c }
    // A coordinate that is no number is 0.
    guard padding == .reflection else { return c.clamp(min: 0.0, max: last).nanToNum() }
    let low = alignCorners ? 0 : -0.5, span = alignCorners ? last : last + 1
    if span == 0 { return c * 0 }
    let distance = (c - low).abs(), flips = (distance.detach() / span).floor(), rest = distance - flips * span
    return (Tensor.where(flips.remainder(2.0) .== 0, rest, span - rest) + low).clamp(min: 0.0, max: last).nanToNum()
  }

  /// The neighbours of each point along a dimension, with their weights.
  private func taps(_ mode: GridSampleMode, _ d: Int) -> [(index: Tensor, weight: Tensor?)] {
    switch mode {
    case .nearest: return [(inside(place(d), d).detach().round(), nil)]
    case .bilinear:
      let c = inside(place(d), d), low = c.detach().floor(), t = c - low
      return [(low, 1 - t), (low + 1, t)]
    case .bicubic:
      let c = place(d), low = c.detach().floor(), t = c - low, a = -0.75
      func outer(_ x: Tensor) -> Tensor { ((x * a - 5 * a) * x + 8 * a) * x - 4 * a }
      func inner(_ x: Tensor) -> Tensor { (x * (a + 2) - (a + 3)) * x * x + 1 }
      let weights = [outer(t + 1), inner(t), inner(1 - t), outer(2 - t)]
      return weights.enumerated().map { (inside(low + Double($0 - 1), d).round(), $1) }
    }
  }

  func read(_ mode: GridSampleMode) -> Tensor {
    let count = points, flat = x.reshaped([x.size(0), x.size(1), sizes.reduce(1, *)])
    // Every choice of a neighbour along each dimension: its flat place, its weight, and whether it lies in the image.
    var corners: [(place: Tensor, weight: Tensor?)] = [(Tensor.zeros([], dtype: .int64), nil)]
    for d in sizes.indices {
      let size = sizes[d]
      let taps = taps(mode, d).map { tap in
        let isIn = (tap.index .>= 0).logicalAnd(tap.index .<= Double(size - 1)), one = tap.weight ?? Tensor.ones([], dtype: x.dtype)
        return (tap.index.clamp(min: 0.0, max: Double(size - 1)).nanToNum().to(.int64), Tensor.where(isIn, one, 0))
      }
      corners = corners.flatMap { corner in
        taps.map { index, weight in (corner.place * size + index, corner.weight.map { $0 * weight } ?? weight) }
      }
    }
    let parts = corners.map { corner in
      let index = corner.place.expanded([x.size(0), x.size(1), count])
      let values = flat.gather(dim: 2, index: index)
      return corner.weight.map { values * $0 } ?? values
    }
    let sum = parts.dropFirst().reduce(parts[0]) { $0 + $1 }
    return sum.reshaped([x.size(0), x.size(1)] + grid.shape[1..<(grid.rank - 1)])
  }
}
