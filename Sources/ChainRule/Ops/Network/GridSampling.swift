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
      ])
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
    guard padding == .reflection else { return c.clamp(min: 0.0, max: last) }
    let low = alignCorners ? 0 : -0.5, span = alignCorners ? last : last + 1
    if span == 0 { return c * 0 }
    let distance = (c - low).abs(), flips = (distance.detach() / span).floor(), rest = distance - flips * span
    return (Tensor.where(flips.remainder(2.0) .== 0, rest, span - rest) + low).clamp(min: 0.0, max: last)
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
