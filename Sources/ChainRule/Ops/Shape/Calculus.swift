/// Integrals and derivatives of functions that are known at points: compositions.
enum Calculus {
  static let catalog: [OperationInfo] = [
    OperationInfo(
      "trapezoid, cumulativeTrapezoid", "The integral along a dimension by the trapezoidal rule, whole or up to each point.",
      call: "y.trapezoid(x)", formula: "sum of (x[i + 1] - x[i]) (y[i] + y[i + 1])/2",
      derivative: "half of the two steps beside each point",
      shapes: "[a, b] -> [a] or [a, b - 1]",
      samples: [
        .init("points", [.init([3, 4]), .init([4])]) { $0[0].trapezoid($0[1]) },
        .init("running", [.init([3, 4])]) { $0[0].cumulativeTrapezoid(dx: 0.5, dim: 0) },
      ]),
    OperationInfo(
      "gradient", "The derivative along dimensions by central differences, of order 1 or 2 at the edges.",
      call: "x.gradient(spacing: [0.5])",
      formula: "(x[i + 1] - x[i - 1])/(2 h)", derivative: "1/(2 h) for the neighbours", shapes: "unchanged, one for each dimension",
      samples: [
        .init("", [.init([3, 4])]) { $0[0].gradient(spacing: [0.5])[1] },
        .init("edges", [.init([5])]) { $0[0].gradient(edgeOrder: 2)[0] },
      ]),
  ]
}

extension Tensor {
  /// Returns the integral of this function along a dimension by the trapezoidal rule, at the points `x`, a vector or a tensor that broadcasts.
  public func trapezoid(_ x: Tensor, dim: Int = -1) -> Tensor {
    areas(x, 1, dim, "trapezoid", isWhole: true) { $0.sum(dim: $1) }
  }
  /// Returns the integral of this function along a dimension by the trapezoidal rule, at points `dx` apart.
  public func trapezoid(dx: Double = 1, dim: Int = -1) -> Tensor { areas(nil, dx, dim, "trapezoid", isWhole: true) { $0.sum(dim: $1) } }
  /// Returns the integrals up to each point along a dimension, at the points `x`; one fewer than points.
  public func cumulativeTrapezoid(_ x: Tensor, dim: Int = -1) -> Tensor {
    areas(x, 1, dim, "cumulativeTrapezoid") { $0.cumsum(dim: $1) }
  }
  /// Returns the integrals up to each point along a dimension, at points `dx` apart; one fewer than points.
  public func cumulativeTrapezoid(dx: Double = 1, dim: Int = -1) -> Tensor {
    areas(nil, dx, dim, "cumulativeTrapezoid") { $0.cumsum(dim: $1) }
  }

  private func areas(
    _ x: Tensor?, _ dx: Double, _ dim: Int, _ operation: String, isWhole: Bool = false, _ summed: (Tensor, Int) -> Tensor
  ) -> Tensor {
    orFail([self]) { () throws(TensorError) in
      let d = try Dims.wrapped(dim, rank, operation)
      guard rank > 0 else {
        throw TensorError(
          .shape, "\(operation)() expects a tensor of one dimension or more", hint: "One number has no area.", operation: operation)
      }
      if dtype == .bool || x?.dtype == .bool {
        throw TensorError(
          .dtype, "\(operation): received a bool input for `x` or `y`, but bool is not supported", hint: "Convert first: x.to(.int64).",
          operation: operation)
      }
      let n = size(d)
      if let x, x.rank == 1, x.count != n {
        throw TensorError(
          .shape, "\(operation)(): There must be one `x` value for each sample point",
          hint: "There are \(n) points, and \(x.count) values of x.",
          operation: operation)
      }
      if n == 0, isWhole { return detach().to(defaultDType).sum(dim: d).to(dtype) }
      // Of m points there are m - 1 steps; of none, none.
      func sides(_ t: Tensor, _ d: Int) -> (Tensor, Tensor) {
        let m = t.size(d), steps = Swift.max(m - 1, 0)
        return (t.narrow(dim: d, start: 0, count: steps), t.narrow(dim: d, start: Swift.min(1, m), count: steps))
      }
      let (first, second) = sides(self, d), heights = first + second
      guard let x else { return summed(heights, d) * (dx / 2) }
      var points = x
      if x.rank == 1 {
        points = x.reshaped((0..<rank).map { $0 == d ? n : 1 })
      } else if x.rank < rank {
        points = x.reshaped(Array(repeating: 1, count: rank - x.rank) + x.shape)
      }
      let at = points.rank - rank + d, (start, end) = sides(points, at)
      return summed((end - start) * heights, at) / 2
    }
  }

  /// Returns for each of `dim`, all where it is nil, the derivative by central differences of points `spacing` apart: one number for all
  /// dimensions, or one for each. At the edges the differences are one-sided, of two points, or with `edgeOrder` 2 of three.
  public func gradient(spacing: [Double] = [1], dim: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
    func step(_ i: Int) -> Double { spacing[spacing.count == 1 ? 0 : i] }
    return slopes(dim, edgeOrder, spacing.count, isOneForAll: true, step) { d, i in
      Tensor.full([size(d) - 1], step(i), dtype: dtype.isFloatingPoint ? dtype : defaultDType)
    }
  }

  /// Returns for each of `dim`, all where it is nil, the derivative by central differences at the coordinates given: a vector for each.
  public func gradient(coordinates: [Tensor], dim: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
    slopes(dim, edgeOrder, coordinates.count, isOneForAll: false) { d, i in
      guard coordinates[i].shape == [size(d)] else {
        return fail(
          TensorError(
            .shape,
            "torch.gradient expected each tensor to be 1-dimensional and of the dimension's size, but got shape \(coordinates[i].shape)",
            hint: "Dimension \(d) has \(size(d)) points.", operation: "gradient"))
      }
      return coordinates[i].diff()
    }
  }

  private func slopes(
    _ dim: [Int]?, _ order: Int, _ count: Int, isOneForAll: Bool, _ step: (Int) -> Double? = { _ in nil },
    _ steps: (Int, Int) -> Tensor
  ) -> [Tensor] {
    do throws(TensorError) {
      let dims = try dim.map { (dim) throws(TensorError) in try Dims.wrapped(dim, rank, "gradient") } ?? Array(0..<rank)
      guard order == 1 || order == 2 else {
        throw TensorError(
          .argument, "torch.gradient only supports edge_order=1 and edge_order=2.", hint: "It is \(order).", operation: "gradient")
      }
      guard count == dims.count || isOneForAll && count == 1 else {
        throw TensorError(
          .argument, "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to the number of dimensions",
          hint: "There are \(dims.count) dimensions and \(count) spacings.", operation: "gradient")
      }
      for d in dims where size(d) <= order {
        throw TensorError(
          .shape, "torch.gradient expected each dimension size to be at least edge_order+1", hint: "Dimension \(d) has \(size(d)) points.",
          operation: "gradient")
      }
      return dims.enumerated().map { i, d in movedim(d, -1).slope(steps(d, i), step(i), order).movedim(-1, d) }
    } catch {
      return [fail(error.describing([self]))]
    }
  }

  /// The derivative along the last dimension, whose points are `steps` apart, or all `step`.
  private func slope(_ steps: Tensor, _ step: Double?, _ order: Int) -> Tensor {
    let n = size(rank - 1)
    func x(_ start: Int, _ count: Int) -> Tensor { narrow(dim: -1, start: start, count: count) }
    func h(_ start: Int, _ count: Int) -> Tensor { steps.narrow(dim: 0, start: start, count: count) }
    func edge(_ near: Tensor, _ middle: Tensor, _ far: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
      let one = -(a * 2 + b) / (a * (a + b)) * near, two = (a + b) / (a * b) * middle
      return one + two - a / (b * (a + b)) * far
    }
    var parts: [Tensor] = []
    parts.append(order == 1 ? (x(1, 1) - x(0, 1)) / h(0, 1) : edge(x(0, 1), x(1, 1), x(2, 1), h(0, 1), h(1, 1)))
    if n > 2, let step {
      // The point between takes no part, be it infinite.
      parts.append((x(2, n - 2) - x(0, n - 2)) / (2 * step))
    } else if n > 2 {
      let a = h(0, n - 2), b = h(1, n - 2)
      let before = b / (a * (a + b)) * x(0, n - 2), here = (b - a) / (a * b) * x(1, n - 2), after = a / (b * (a + b)) * x(2, n - 2)
      parts.append(after + here - before)
    }
    let last = h(n - 2, 1)
    parts.append(order == 1 ? (x(n - 1, 1) - x(n - 2, 1)) / last : -edge(x(n - 1, 1), x(n - 2, 1), x(n - 3, 1), last, h(n - 3, 1)))
    return cat(parts, dim: -1)
  }
}
