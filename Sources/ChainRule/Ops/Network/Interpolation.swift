import CKernels

/// Images in other sizes.
enum Interpolation {
  static let catalog: [OperationInfo] = [Resampling.info]
}

/// Which elements of a line each new element is a weighted sum of.
struct ResamplingMap: Sendable {
  let from: Int
  let taps: Int
  let index: [Int64]
  let weight: [Double]
  var to: Int { index.count / taps }
}

/// A dimension in another size, each new element a weighted sum of old ones: a linear map.
struct Resampling: LinearOperation {
  static let info = OperationInfo(
    "interpolate", "Sequences and images in another size.", call: "interpolate(x, scaleFactor: 2)",
    formula: "sum over t of weight[o, t] x[index[o, t]], along each dimension",
    derivative: "dy times its weight, added where it was taken", shapes: "[n, c, h, w] -> [n, c, h', w']",
    takesIntegers: false,
    samples: [
      .init("nearest", [.init([1, 2, 3, 4])]) { interpolate($0[0], scaleFactor: 2) },
      .init("nearest-exact", [.init([2, 1, 5])]) { interpolate($0[0], size: 3, mode: .nearestExact) },
      .init("linear", [.init([2, 2, 4])]) { interpolate($0[0], size: 7, mode: .linear) },
      .init("bilinear", [.init([1, 2, 3, 4])]) { interpolate($0[0], size: [5, 3], mode: .bilinear) },
      .init("corners", [.init([1, 1, 3, 3])]) { interpolate($0[0], size: [5, 4], mode: .bilinear, alignCorners: true) },
      .init("bicubic", [.init([1, 1, 4, 3])]) { interpolate($0[0], size: [3, 6], mode: .bicubic) },
    ])
  let map: ResamplingMap
  /// The dimension, counted from the end, so that dimensions may be put in front.
  let fromEnd: Int
  let nodeName: String
  /// Whether this is the transposed map.
  var isTransposed = false
  var attributes: [(name: String, value: String)] { [("from", "\(map.from)"), ("to", "\(map.to)")] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let input = try x.packed
    guard input.dtype.isFloatingPoint else { throw Rules.notImplemented("upsample", input.dtype, "interpolate") }
    let shape = input.box.shape, dim = shape.rank - fromEnd
    let out = try TensorBox.uninitialized(shape.replacing(dim, with: isTransposed ? map.from : map.to), input.box.dtype)
    guard out.count > 0 else { return Tensor(out) }
    map.index.withUnsafeBufferPointer { index in
      map.weight.withUnsafeBufferPointer { weight in
        var form = cr_resampling(
          outer: Int64(shape[..<dim].reduce(1, *)), in: Int64(map.from), out: Int64(map.to),
          inner: Int64(shape[(dim + 1)...].reduce(1, *)), taps: Int64(map.taps), index: index.baseAddress, weight: weight.baseAddress)
        if isTransposed {
          cr_resample_transposed(input.dtype.kernelType, &form, input.box.c.pointee.data, out.c.pointee.data)
        } else {
          cr_resample(input.dtype.kernelType, &form, input.box.c.pointee.data, out.c.pointee.data)
        }
      }
    }
    withExtendedLifetime(input) {}
    return Tensor(out)
  }

  func transpose(_ dy: Tensor) -> Tensor { Resampling(map: map, fromEnd: fromEnd, nodeName: nodeName, isTransposed: !isTransposed)(dy) }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}

/// How `interpolate` fills in new elements.
public enum InterpolationMode: String, Sendable, CaseIterable {
  /// The element at the rounded-down place, as PyTorch has always done it.
  case nearest
  /// The element whose middle is nearest.
  case nearestExact = "nearest-exact"
  /// Between two elements of a sequence.
  case linear
  /// Between four elements of an image.
  case bilinear
  /// Between eight elements of a volume.
  case trilinear
  /// A cubic through sixteen elements of an image (Keys 1981, with a = -0.75).
  case bicubic
  /// The mean of the window that falls on each new element.
  case area

  /// The rank of the inputs it takes; nil: any.
  var rank: Int? {
    switch self {
    case .linear: 3
    case .bilinear, .bicubic: 4
    case .trilinear: 5
    default: nil
    }
  }

  var nodeName: String {
    switch self {
    case .nearest: "UpsampleNearest"
    case .nearestExact: "UpsampleNearestExact"
    case .linear: "UpsampleLinear"
    case .bilinear: "UpsampleBilinear"
    case .trilinear: "UpsampleTrilinear"
    case .bicubic: "UpsampleBicubic"
    case .area: "AdaptiveAvgPool"
    }
  }
}

extension ResamplingMap {
  /// The same with weights in whole parts of `unit`, a power of 2: the largest for which they fit 16 bits, as PyTorch weighs bytes.
  var inWholeNumbers: (map: ResamplingMap, unit: Double) {
    let largest = weight.max() ?? 1
    var unit = 1.0
    while unit < 0x1p22, (0.5 + largest * unit * 2).rounded(.down) < 0x1p15 { unit *= 2 }
    let whole = weight.map { ($0 * unit + ($0 < 0 ? -0.5 : 0.5)).rounded(.towardZero) }
    return (ResamplingMap(from: from, taps: taps, index: index, weight: whole), unit)
  }

  /// `scale` is that of the result over the source where a user gave it, else nil.
  init(_ mode: InterpolationMode, from: Int, to: Int, scale: Double?, alignCorners: Bool) {
    let ratio = scale.map { 1 / $0 } ?? Double(from) / Double(Swift.max(to, 1))
    let step = alignCorners ? (to > 1 ? Double(from - 1) / Double(to - 1) : 0) : ratio
    var index: [Int64] = [], weight: [Double] = []
    for o in 0..<to {
      let source = alignCorners ? step * Double(o) : step * (Double(o) + 0.5) - 0.5
      switch mode {
      case .nearest, .nearestExact, .area:
        // In single precision, as PyTorch rounds.
        let place = mode == .nearest ? Float(o) * Float(ratio) : Float((Double(o) + 0.5) * Double(Float(ratio)))
        index.append(Int64(Swift.min(Int(place.rounded(.down)), from - 1)))
        weight.append(1)
      case .linear, .bilinear, .trilinear:
        let place = Swift.max(source, 0), low = Swift.min(Int(place), from - 1)
        let share = Swift.min(Swift.max(place - Double(low), 0), 1)
        index += [Int64(low), Int64(low < from - 1 ? low + 1 : low)]
        weight += [1 - share, share]
      case .bicubic:
        let low = source.rounded(.down), t = source - low
        for k in -1...2 { index.append(Int64(Swift.min(Swift.max(Int(low) + k, 0), from - 1))) }
        weight += [ResamplingMap.outer(t + 1), ResamplingMap.inner(t), ResamplingMap.inner(1 - t), ResamplingMap.outer(2 - t)]
      }
    }
    self.from = from
    self.index = index
    self.weight = weight
    switch mode {
    case .nearest, .nearestExact, .area: taps = 1
    case .linear, .bilinear, .trilinear: taps = 2
    case .bicubic: taps = 4
    }
  }

  /// The cubic convolution kernel within 1 of its middle, and between 1 and 2.
  private static func inner(_ x: Double) -> Double { ((-0.75 + 2) * x - (-0.75 + 3)) * x * x + 1 }
  private static func outer(_ x: Double) -> Double {
    let a = -0.75
    return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
  }
}

private func resample(
  _ x: Tensor, _ mode: InterpolationMode, _ alignCorners: Bool, _ sizes: (Int) throws(TensorError) -> [(to: Int, scale: Double?)]
) -> Tensor {
  orFail([x]) { () throws(TensorError) in
    func refuse(_ message: String, _ hint: String) -> TensorError {
      TensorError(.argument, message, hint: hint, operation: "interpolate")
    }
    guard (3...5).contains(x.rank), mode.rank.map({ $0 == x.rank }) ?? true else {
      throw refuse(
        "Input Error: Only 3D, 4D and 5D input Tensors supported (got \(x.rank)D) for the modes: nearest | linear | bilinear | bicubic | "
          + "trilinear | area | nearest-exact (got \(mode.rawValue))",
        mode.rank.map { "\(mode.rawValue) takes \($0) dimensions." } ?? "The first two dimensions are batch and channels.")
    }
    if alignCorners, mode.rank == nil {
      throw refuse(
        "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear",
        "Leave it out.")
    }
    let dims = x.rank - 2, targets = try sizes(dims)
    guard targets.allSatisfy({ $0.to > 0 }), x.shape[2...].allSatisfy({ $0 > 0 }) else {
      throw refuse(
        "Input and output sizes should be greater than 0, but got input (\(x.shape[2...])) and output (\(targets.map(\.to)))",
        "A size of 0 has nothing to interpolate.")
    }
    if mode != .area, dims == 2 || mode == .linear, x.size(1) == 0 {
      throw TensorError(
        .shape, "Non-empty \(x.rank)D data tensor expected but got a tensor with sizes \(x.shape)", hint: "It has no channels.",
        operation: "interpolate")
    }
    for target in targets { try Rules.checkMemory(target.to, bytes: 64) }
    if mode == .area { return area(x, targets.map(\.to)) }
    if x.dtype == .uint8, mode == .linear || mode == .trilinear {
      throw Rules.notImplemented("compute_indices_weights_linear", .uint8, "interpolate")
    }
    let isByte = x.dtype == .uint8, isWeighed = mode == .bilinear || mode == .bicubic
    var y = isByte ? x.to(.float64) : x
    // Bytes are rounded after each dimension, the last of which comes first.
    for d in isByte ? (0..<dims).reversed() : Array(0..<dims) where !(isByte && isWeighed && x.size(2 + d) == targets[d].to) {
      let map = ResamplingMap(mode, from: x.size(2 + d), to: targets[d].to, scale: targets[d].scale, alignCorners: alignCorners)
      let (used, unit) = isByte && isWeighed ? map.inWholeNumbers : (map, 1)
      y = Resampling(map: used, fromEnd: dims - d, nodeName: "\(mode.nodeName)\(dims)DBackward0")(y)
      if unit > 1 { y = ((y + unit / 2) / unit).floor().clamp(min: 0, max: 255) }
    }
    return isByte ? y.to(.uint8) : y
  }
}

private func area(_ x: Tensor, _ sizes: [Int]) -> Tensor {
  switch sizes.count {
  case 1: return adaptiveAvgPool1d(x, sizes[0])
  case 2: return adaptiveAvgPool2d(x, sizes)
  default: return adaptiveAvgPool3d(x, sizes)
  }
}

/// Returns sequences [n, c, l], images [n, c, h, w] or volumes in the sizes given.
///
///     interpolate(images, size: [64, 64], mode: .bilinear)
///
/// - Parameters:
///   - x: the input.
///   - size: one size for all spatial dimensions, or one for each.
///   - mode: how new elements are filled in.
///   - alignCorners: whether the corners' middles, not their outer edges, fall on each other; not for nearest and area.
public func interpolate(
  _ x: Tensor, size: some SpatialSizes, mode: InterpolationMode = .nearest, alignCorners: Bool = false
) -> Tensor {
  let sizes = size.spatialSizes
  return resample(x, mode, alignCorners) { dims throws(TensorError) in
    try Spatial.spread(sizes, dims, "size", "interpolate").map { ($0, nil) }
  }
}

/// Returns sequences, images or volumes enlarged by a factor for each spatial dimension, sizes rounded down.
///
/// - Parameters:
///   - x: the input.
///   - scaleFactor: the new size over the old one.
///   - mode: how values between elements are found.
///   - alignCorners: whether the corners of input and result lie on one another.
///   - recomputeScaleFactor: whether places follow from the rounded sizes instead of from the factor.
public func interpolate(
  _ x: Tensor, scaleFactor: [Double], mode: InterpolationMode = .nearest, alignCorners: Bool = false,
  recomputeScaleFactor: Bool = false
) -> Tensor {
  resample(x, mode, alignCorners) { dims throws(TensorError) in
    let factors = scaleFactor.count == 1 ? Array(repeating: scaleFactor[0], count: dims) : scaleFactor
    if let bad = factors.first(where: { !$0.isFinite }) {
      throw Rules.overflow("\(bad)", "int64_t", .int64, "interpolate", place: "A factor")
    }
    guard factors.count == dims, factors.allSatisfy({ $0 > 0 && $0 < 1e6 }) else {
      throw TensorError(
        .argument, "scale_factor shape must match input shape. Input is \(dims)D, scale_factor shape is \(scaleFactor.count)",
        hint: "Give one positive factor, or \(dims).", operation: "interpolate")
    }
    return (0..<dims).map { d in
      (Int((Double(x.size(2 + d)) * factors[d]).rounded(.down)), recomputeScaleFactor ? nil : factors[d])
    }
  }
}

/// Returns sequences, images or volumes enlarged by one factor in all spatial dimensions, sizes rounded down.
public func interpolate(
  _ x: Tensor, scaleFactor: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false, recomputeScaleFactor: Bool = false
) -> Tensor {
  interpolate(x, scaleFactor: [scaleFactor], mode: mode, alignCorners: alignCorners, recomputeScaleFactor: recomputeScaleFactor)
}
