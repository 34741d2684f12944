import CKernels

extension Tensor {
  /// A tensor of a number or of arrays of any depth: `Tensor([[1, 2], [3, 4]])`.
  ///
  /// Real numbers take the default type, integers int64, truth values bool, unless `dtype` says otherwise. Arrays whose
  /// lengths differ trap with the place.
  ///
  /// - Parameters:
  ///   - elements: the values.
  ///   - dtype: the element type.
  ///   - requiresGrad: whether the tensor is a leaf whose gradient is wanted.
  public init<E: NestedElements>(_ elements: E, dtype: DType? = nil, requiresGrad: Bool = false) {
    var sizes = [Int](repeating: 0, count: E.nestingDepth)
    elements.collectSizes(&sizes, at: 0)
    var flat: [E.Leaf] = []
    flat.reserveCapacity(sizes.reduce(1, *))
    do throws(RaggedArray) {
      try elements.append(to: &flat, sizes: sizes, path: [])
      self = Tensor.make(flat, Shape(sizes), dtype, requiresGrad)
    } catch {
      let place = error.path.map { "[\($0)]" }.joined()
      self = fail(
        TensorError(
          .shape, "expected sequence of length \(error.expected) at dim \(error.path.count) (got \(error.count))",
          mend: "The array at \(place) has \(error.count) elements, its siblings have \(error.expected): all arrays at one "
            + "depth must have one length.",
          operation: "Tensor"))
    }
  }

  /// A tensor of `elements` in row-major order, in the sizes given.
  public init<E: TensorElement>(_ elements: [E], shape: [Int], dtype: DType? = nil, requiresGrad: Bool = false) {
    guard shape.allSatisfy({ $0 >= 0 }), Tensor.product(shape) == elements.count else {
      self = fail(
        TensorError(
          .shape, "shape '\(shape)' is invalid for input of size \(elements.count)",
          mend: "The sizes must multiply to the number of elements, \(elements.count).", operation: "Tensor"))
      return
    }
    self = Tensor.make(elements, Shape(shape), dtype, requiresGrad)
  }

  private static func make<E: TensorElement>(_ elements: [E], _ shape: Shape, _ dtype: DType?, _ requiresGrad: Bool) -> Tensor {
    let target = dtype ?? (E.self == Double.self ? defaultDType : E.dtype)
    let source = TensorBox.uninitialized(shape, E.dtype)
    elements.withUnsafeBytes { bytes in
      if let base = bytes.baseAddress { source.c.pointee.data.copyMemory(from: base, byteCount: bytes.count) }
    }
    let value = Tensor(source).to(target)
    return requiresGrad ? value.asLeaf() : value
  }

  /// A tensor of the elements in `bytes`, row-major, as the type lays them out in memory.
  package init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
    let box = TensorBox.uninitialized(Shape(shape), dtype)
    precondition(bytes.count == box.count * dtype.size, "byte count does not match shape and type")
    if let base = bytes.baseAddress { box.c.pointee.data.copyMemory(from: base, byteCount: bytes.count) }
    self.init(box)
  }

  /// A tensor of the sizes given whose every element is `value`.
  static func filled(_ shape: Shape, _ value: Scalar, _ dtype: DType) -> Tensor {
    let box = TensorBox.uninitialized(shape, dtype)
    cr_fill(box.c, value.kernel)
    return Tensor(box)
  }

  /// Checks sizes that a user wrote.
  private static func checked(
    _ shape: [Int], _ dtype: DType, _ operation: String, requiresGrad: Bool = false, _ make: (Shape) -> Tensor
  ) -> Tensor {
    if let bad = shape.first(where: { $0 < 0 }) {
      return fail(
        TensorError(
          .shape, "Trying to create tensor with negative dimension \(bad): \(shape)", mend: "Sizes are 0 or more.",
          operation: operation))
    }
    guard let count = product(shape), count.multipliedReportingOverflow(by: dtype.size).overflow == false else {
      return fail(
        TensorError(
          .shape, "Storage size calculation overflowed with sizes=\(shape)", mend: "The sizes multiply to more than memory can hold.",
          operation: operation))
    }
    guard dtype.hasKernels else {
      return fail(
        TensorError(
          .dtype, "tensors of type \(dtype.name) cannot be made yet",
          mend: "Use one of bool, uint8, int32, int64, float32, float64.", operation: operation))
    }
    let value = make(Shape(shape))
    return requiresGrad ? value.asLeaf() : value
  }

  /// A tensor of zeros.
  public static func zeros(_ sizes: Int..., dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
    zeros(sizes, dtype: dtype, requiresGrad: requiresGrad)
  }
  /// A tensor of zeros.
  public static func zeros(_ shape: [Int], dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
    full(shape, 0.0, dtype: dtype ?? defaultDType, requiresGrad: requiresGrad)
  }
  /// Zeros in the shape and type of `other`.
  public static func zeros(like other: Tensor) -> Tensor { filled(other.internalShape, Scalar(0), other.dtype) }

  /// A tensor of ones.
  public static func ones(_ sizes: Int..., dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
    ones(sizes, dtype: dtype, requiresGrad: requiresGrad)
  }
  /// A tensor of ones.
  public static func ones(_ shape: [Int], dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
    full(shape, 1.0, dtype: dtype ?? defaultDType, requiresGrad: requiresGrad)
  }
  /// Ones in the shape and type of `other`.
  public static func ones(like other: Tensor) -> Tensor { filled(other.internalShape, Scalar(1), other.dtype) }

  /// A tensor whose every element is `value`; of an integer it is int64, of a real number the default type.
  public static func full(_ shape: [Int], _ value: some TensorScalar, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
    let scalar = value.scalar
    let type = dtype ?? scalar.dtype
    return checked(shape, type, "full", requiresGrad: requiresGrad) { filled($0, scalar, type) }
  }
  /// A tensor whose every element is `value`, in the shape and type of `other`.
  public static func full(like other: Tensor, _ value: some TensorScalar) -> Tensor {
    filled(other.internalShape, value.scalar, other.dtype)
  }

  /// The identity matrix of `n` rows and `m` (or `n`) columns.
  public static func eye(_ n: Int, _ m: Int? = nil, dtype: DType? = nil) -> Tensor {
    let columns = m ?? n
    let type = dtype ?? defaultDType
    return checked([n, columns], type, "eye") { shape in
      let matrix = filled(shape, Scalar(0), type)
      let diagonal = matrix.box.view([Swift.min(n, columns)], strides: [columns + 1], offset: 0)
      guard matrix.box.head.pointee.payload != nil else {
        // Small elements live in the box: a view is a copy, so the diagonal is written directly.
        let bytes = type.size
        let one = filled([], Scalar(1), type)
        for i in 0..<Swift.min(n, columns) {
          (matrix.box.c.pointee.data + i * (columns + 1) * bytes).copyMemory(from: one.box.c.pointee.data, byteCount: bytes)
        }
        return matrix
      }
      cr_fill(diagonal.c, Scalar(1).kernel)
      return matrix
    }
  }

  /// The numbers from 0 up to, not including, `end`: int64 for an integer, else the default type.
  public static func arange(_ end: some TensorScalar, dtype: DType? = nil) -> Tensor { arange(0, end, 1, dtype: dtype) }

  /// The numbers from `start` up to, not including, `end` in steps: int64 where all three are integers.
  public static func arange<A: TensorScalar, B: TensorScalar, C: TensorScalar>(
    _ start: A, _ end: B, _ step: C, dtype: DType? = nil
  ) -> Tensor {
    if let a = start.intValue, let b = end.intValue, let c = step.intValue {
      guard c != 0, (b - a).signum() * c.signum() >= 0 else { return badRange(c == 0) }
      let (distance, unit) = (b - a).magnitude.addingReportingOverflow(c.magnitude - 1)
      let n = unit ? 0 : Int(distance / c.magnitude)
      return checked([n], .int64, "arange") { shape in
        let box = TensorBox.uninitialized(shape, .int64)
        cr_linear_fill_integer(box.c, Int64(a), Int64(c))
        return Tensor(box)
      }.to(dtype ?? .int64)
    }
    let a = start.doubleValue, b = end.doubleValue, c = step.doubleValue
    // Of int64 the bounds are, as in PyTorch, integers before anything is counted.
    if dtype == .int64, Swift.max(a.magnitude, b.magnitude, c.magnitude) < 1e15 { return arange(Int(a), Int(b), Int(c)) }
    guard c != 0, (b - a) / c >= 0, ((b - a) / c).isFinite, (b - a) / c < 1e15 else { return badRange(c == 0) }
    let type = dtype ?? defaultDType
    return checked([Int(((b - a) / c).rounded(.up))], type, "arange") { shape in
      let box = TensorBox.uninitialized(shape, type.isFloatingPoint ? type : .float64)
      cr_linear_fill(box.c, a, c)
      return Tensor(box).converted(to: type)
    }
  }

  /// The numbers from `start` up to, not including, `end`.
  public static func arange(_ start: some TensorScalar, _ end: some TensorScalar, dtype: DType? = nil) -> Tensor {
    arange(start, end, 1, dtype: dtype)
  }

  private static func badRange(_ isZero: Bool) -> Tensor {
    fail(
      TensorError(
        .argument, isZero ? "step must be nonzero" : "upper bound and lower bound inconsistent with step sign",
        mend: "The step must lead from the start to the end.", operation: "arange"))
  }

  /// `count` numbers at equal distances from `start` through `end`: numbers, or tensors of one element, which are read.
  public static func linspace(_ start: some TensorOperand, _ end: some TensorOperand, _ count: Int, dtype: DType? = nil) -> Tensor {
    let type = dtype ?? defaultDType
    return checked([count], type, "linspace") { shape in
      let box = TensorBox.uninitialized(shape, .float64)
      // Of integers the ends lose their fractions before anything is counted, as in PyTorch.
      func whole(_ x: Double) -> Double { type.isFloatingPoint ? x : x.rounded(.towardZero) }
      let a = whole(start.operand.number), b = whole(end.operand.number)
      let values = box.c.pointee.data.assumingMemoryBound(to: Double.self)
      let step = count > 1 ? (b - a) / Double(count - 1) : 0
      // From both ends, so that the last number is exactly `end`.
      for i in 0..<count { values[i] = i < count / 2 || count == 1 ? a + step * Double(i) : b - step * Double(count - 1 - i) }
      return Tensor(box).converted(to: type)
    }
  }
}
