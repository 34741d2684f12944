import CKernels

/// Summaries of windows of images and volumes.
enum Pooling {
  static let catalog: [OperationInfo] = [MaxPool.info, MeanPool.info] + composed + volumes
}

/// The windows of a pooling over the last dimensions: for each output the elements `start`, `start + step`, ... below `end`.
struct PoolWindows: Sendable {
  /// The windows along one dimension.
  struct Line: Sendable {
    var size: Int
    var step = 1
    var start: [Int64] = []
    var end: [Int64] = []
    /// By how much a mean divides.
    var divisor: [Int64] = []
  }
  /// How the windows were asked for, to be shown.
  enum Form: Sendable {
    case sliding(kernel: [Int], stride: [Int], padding: [Int], dilation: [Int], ceilMode: Bool)
    case adaptive([Int])
  }
  let lines: [Line]
  let form: Form
  /// In place of the lines' divisors, where not 0.
  var fixedDivisor = 0.0

  var attributes: [(name: String, value: String)] {
    switch form {
    case .sliding(let kernel, let stride, let padding, let dilation, let ceilMode):
      [
        ("kernel_size", "\(kernel)"), ("stride", "\(stride)"), ("padding", "\(padding)"), ("dilation", "\(dilation)"),
        ("ceil_mode", "\(ceilMode)"),
      ]
    case .adaptive(let sizes): [("output_size", "\(sizes)")]
    }
  }

  /// How many dimensions, the last ones, the windows cover.
  var dims: Int { lines.count }

  func result(_ shape: Shape) -> Shape { replaced(shape) { $0.start.count } }
  func source(_ shape: Shape) -> Shape { replaced(shape, \.size) }

  private func replaced(_ shape: Shape, _ size: (Line) -> Int) -> Shape {
    lines.enumerated().reduce(shape) { $0.replacing(shape.rank - dims + $1.offset, with: size($1.element)) }
  }

  /// Calls `body` with the kernels' form of the windows.
  func with(_ shape: Shape, _ body: (UnsafePointer<cr_windows>) -> Void) {
    let volumes = shape.dropLast(dims).reduce(1, *)
    let all = Array(repeating: Line(size: 1, start: [0], end: [1], divisor: [1]), count: 3 - dims) + lines
    // Something stands there even where no window does.
    let table: [Int64] = all.flatMap { $0.start + $0.end + $0.divisor } + [0]
    table.withUnsafeBufferPointer { table in
      var next = table.baseAddress!
      func part(_ values: [Int64]) -> UnsafePointer<Int64> {
        defer { next += values.count }
        return next
      }
      let p = all.map { (start: part($0.start), end: part($0.end), divisor: part($0.divisor)) }
      func each(_ value: (Line) -> Int) -> (Int64, Int64, Int64) { (Int64(value(all[0])), Int64(value(all[1])), Int64(value(all[2]))) }
      var windows = cr_windows(
        volumes: Int64(volumes), in: each(\.size), out: each { $0.start.count }, step: each(\.step),
        start: (p[0].start, p[1].start, p[2].start), end: (p[0].end, p[1].end, p[2].end),
        divisor: (p[0].divisor, p[1].divisor, p[2].divisor), fixed_divisor: fixedDivisor)
      body(&windows)
    }
  }
}

/// The largest element of each window over the last dimensions; the first among equals takes the gradient.
struct MaxPool: VariadicOperation {
  static let info = OperationInfo(
    "maxPool2d", "The largest element of each window.", call: "maxPool2d(x, kernel: 2)",
    formula: "max over the window",
    derivative: "dy at the first largest, else 0", shapes: "[..., h, w] -> [..., h', w']",
    samples: [
      .init("", [.init([2, 2, 4, 6], .distinct)]) { maxPool2d($0[0], kernel: 2) },
      .init("one image", [.init([1, 4, 4], .distinct)]) { maxPool2d($0[0], kernel: 2) },
      .init("overlapping", [.init([1, 2, 5, 5], .distinct)]) { maxPool2d($0[0], kernel: 3, stride: 2, padding: 1, ceilMode: true) },
      .init("dilation", [.init([2, 5, 6], .distinct)]) { maxPool2d($0[0], kernel: [2, 3], stride: 1, dilation: 2) },
      .init("maxPool1d", [.init([2, 3, 7], .distinct)]) { maxPool1d($0[0], kernel: 3, stride: 2) },
      .init("adaptive", [.init([1, 2, 5, 4], .distinct)]) { adaptiveMaxPool2d($0[0], [2, 3]) },
    ])
  let windows: PoolWindows
  let isAdaptive: Bool
  var name: String { (isAdaptive ? "adaptiveMaxPool" : "maxPool") + "\(windows.dims)d" }
  var nodeName: String { isAdaptive ? "AdaptiveMaxPool\(windows.dims)DBackward0" : "MaxPool\(windows.dims)DWithIndicesBackward0" }
  var attributes: [(name: String, value: String)] { windows.attributes }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) { ([false], [false, true]) }
  func isDifferentiable(output i: Int) -> Bool { i == 0 }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let input = try x[0].packed
    guard input.dtype.isFloatingPoint else {
      if isAdaptive || input.dtype == .bool {
        throw Rules.notImplemented((isAdaptive ? "adaptive_max_pool" : "max_pool") + "\(windows.dims)d", input.dtype, name)
      }
      return try Rules.throughDoubles(x, name, forward)
    }
    let shape = windows.result(input.box.shape)
    let values = try TensorBox.uninitialized(shape, input.box.dtype), indices = try TensorBox.uninitialized(shape, .int64)
    guard values.count > 0 else { return [Tensor(values), Tensor(indices)] }
    windows.with(shape) {
      cr_max_pool(
        input.dtype.kernelType, $0, input.box.c.pointee.data, values.c.pointee.data,
        indices.c.pointee.data.assumingMemoryBound(to: Int64.self))
    }
    withExtendedLifetime(input) {}
    return [Tensor(values), Tensor(indices)]
  }

  /// The volumes as rows, which the indices count along.
  private func rows(_ x: Tensor) -> Tensor {
    x.reshaped(Array(x.shape.dropLast(windows.dims)) + [x.shape.suffix(windows.dims).reduce(1, *)])
  }

  func vjp(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dy = dy[0] else { return [nil] }
    let indices = s.output(1), source = windows.source(dy.internalShape)
    if isPlain(dy), let gradient = try? dy.bare.packed, let out = try? TensorBox.uninitialized(source, gradient.box.dtype) {
      let from = indices.bare
      guard out.count > 0 else { return [Tensor(out)] }
      windows.with(source) {
        cr_max_pool_backward(
          gradient.dtype.kernelType, $0, gradient.box.c.pointee.data, from.box.c.pointee.data.assumingMemoryBound(to: Int64.self),
          out.c.pointee.data)
      }
      withExtendedLifetime((gradient, from)) {}
      return [Tensor(out)]
    }
    let zeros = rows(Tensor.zeros(source.array, dtype: dy.dtype))
    return [zeros.scatterAdd(dim: -1, index: rows(indices), source: rows(dy)).reshaped(source.array)]
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    guard let dx = dx[0] else { return [nil, nil] }
    let indices = s.output(1)
    return [rows(dx).gather(dim: -1, index: rows(indices)).reshaped(indices.shape), nil]
  }

  /// Whatever stands before the windows' dimensions is volumes.
  func batch(_ x: [Tensor], batched: [Bool], size: Int) throws(TensorError) -> [Tensor] { self(x) }
}

/// The sum of each window over the last dimensions, divided; a linear map.
struct MeanPool: LinearOperation {
  static let info = OperationInfo(
    "avgPool2d", "The mean of each window.", call: "avgPool2d(x, kernel: 2)",
    formula: "sum over the window / size",
    derivative: "dy / size, added to each element of the window", shapes: "[..., h, w] -> [..., h', w']",
    samples: [
      .init("", [.init([2, 2, 4, 6])]) { avgPool2d($0[0], kernel: 2) },
      .init("one image", [.init([1, 4, 4])]) { avgPool2d($0[0], kernel: 2) },
      .init("padding", [.init([1, 2, 5, 5])]) {
        avgPool2d($0[0], kernel: 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false)
      },
      .init("divisor", [.init([2, 5, 6])]) { avgPool2d($0[0], kernel: [2, 3], stride: 1, divisorOverride: 5) },
      .init("avgPool1d", [.init([2, 3, 7])]) { avgPool1d($0[0], kernel: 3, stride: 2, padding: 1) },
      .init("adaptive", [.init([1, 2, 5, 4])]) { adaptiveAvgPool2d($0[0], [2, 3]) },
      .init("global", [.init([2, 2, 3, 4])]) { adaptiveAvgPool2d($0[0], 1) },
    ])
  let windows: PoolWindows
  let isAdaptive: Bool
  /// Whether this is the transposed map, which spreads each output over its window.
  var isTransposed = false
  var name: String { (isAdaptive ? "adaptiveAvgPool" : "avgPool") + "\(windows.dims)d" }
  var nodeName: String { (isAdaptive ? "AdaptiveAvgPool" : "AvgPool") + "\(windows.dims)DBackward0" }
  var attributes: [(name: String, value: String)] { windows.attributes }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let input = try x.packed
    guard input.dtype.isFloatingPoint else {
      if isAdaptive || input.dtype != .int64 {
        throw Rules.notImplemented((isAdaptive ? "adaptive_avg_pool" : "avg_pool") + "\(windows.dims)d", input.dtype, name)
      }
      return try Rules.throughDoubles([input], name) { x throws(TensorError) in [try forward(x[0])] }[0]
    }
    let shape = isTransposed ? windows.source(input.box.shape) : windows.result(input.box.shape)
    let out = try TensorBox.uninitialized(shape, input.box.dtype)
    guard out.count > 0 else { return Tensor(out) }
    windows.with(shape) {
      if isTransposed {
        cr_mean_pool_transposed(input.dtype.kernelType, $0, input.box.c.pointee.data, out.c.pointee.data)
      } else {
        cr_mean_pool(input.dtype.kernelType, $0, input.box.c.pointee.data, out.c.pointee.data)
      }
    }
    withExtendedLifetime(input) {}
    return Tensor(out)
  }

  func transpose(_ dy: Tensor) -> Tensor {
    MeanPool(windows: windows, isAdaptive: isAdaptive, isTransposed: !isTransposed)(dy)
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { self(x) }
}
