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
          hint: "The array at \(place) has \(error.count) elements, its siblings have \(error.expected): all arrays at one "
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
          hint: "The sizes must multiply to the number of elements, \(elements.count).", operation: "Tensor"))
      return
    }
    self = Tensor.make(elements, Shape(shape), dtype, requiresGrad)
  }

  private static func make<E: TensorElement>(_ elements: [E], _ shape: Shape, _ dtype: DType?, _ requiresGrad: Bool) -> Tensor {
    let target = dtype ?? (E.self == Double.self ? defaultDType : E.dtype)
    let source = elements.withUnsafeBytes { Tensor(bytes: $0, shape: shape.array, dtype: E.dtype) }
    if let bad = source.box.firstUnfit(target) {
      return fail(Rules.overflow("\(elements[bad])", target.name, target, "Tensor", place: "Element \(bad)"))
    }
    let value = source.to(target)
    return requiresGrad ? value.asLeaf() : value
  }

  /// A tensor of the elements in `bytes`, row-major, as the type lays them out in memory.
  package init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
    do throws(TensorError) {
      let box = try TensorBox.uninitialized(Shape(shape), dtype)
      guard bytes.count == box.count * dtype.size else {
        throw TensorError(
          .shape, "shape '\(shape)' is invalid for input of size \(bytes.count / dtype.size)",
          hint: "The sizes must multiply to the number of elements.", operation: "Tensor")
      }
      if let base = bytes.baseAddress { box.c.pointee.data.copyMemory(from: base, byteCount: bytes.count) }
      self.init(box)
    } catch {
      self = fail(error)
    }
  }

  /// A tensor whose elements `body` writes, row-major, all of them.
  package init(shape: [Int], dtype: DType, writing body: (UnsafeMutableRawBufferPointer) -> Void) {
    do throws(TensorError) {
      let box = try TensorBox.uninitialized(Shape(shape), dtype)
      body(UnsafeMutableRawBufferPointer(start: box.c.pointee.data, count: box.count * dtype.size))
      self.init(box)
    } catch {
      self = fail(error)
    }
  }

  /// A tensor of the sizes given whose every element is `value`.
  static func filled(_ shape: Shape, _ value: Scalar, _ dtype: DType) throws(TensorError) -> Tensor {
    let box = try TensorBox.uninitialized(shape, dtype)
    cr_fill(box.c, value.kernel)
    return Tensor(box)
  }

  /// A 0-dimensional tensor.
  static func number(_ value: Scalar, _ dtype: DType) -> Tensor { orFail([]) { () throws(TensorError) in try filled([], value, dtype) } }

  /// A tensor of the sizes and type of `other` whose every element is `value`.
  private static func filled(like other: Tensor, _ value: Scalar, _ operation: String) -> Tensor {
    do throws(TensorError) {
      return try filled(other.internalShape, value, other.dtype)
    } catch {
      return fail(error.named(operation))
    }
  }

  /// Checks sizes that a user wrote.
  private static func checked(
    _ shape: [Int], _ dtype: DType, _ operation: String, requiresGrad: Bool = false, _ make: (Shape) throws(TensorError) -> Tensor
  ) -> Tensor {
    if let bad = shape.first(where: { $0 < 0 }) {
      return fail(
        TensorError(
          .shape, "Trying to create tensor with negative dimension \(bad): \(shape)", hint: "Sizes are 0 or more.",
          operation: operation))
    }
    guard dtype.hasKernels else {
      return fail(
        TensorError(
          .dtype, "tensors of type \(dtype.name) cannot be made yet",
          hint: "Use one of bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64.", operation: operation))
    }
    do throws(TensorError) {
      let value = try make(Shape(shape))
      return requiresGrad ? value.asLeaf() : value
    } catch {
      return fail(error.named(operation))
    }
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
  public static func zeros(like other: Tensor) -> Tensor { filled(like: other, Scalar(0), "zeros") }

  /// A tensor of ones.
  public static func ones(_ sizes: Int..., dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
    ones(sizes, dtype: dtype, requiresGrad: requiresGrad)
  }
  /// A tensor of ones.
  public static func ones(_ shape: [Int], dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
    full(shape, 1.0, dtype: dtype ?? defaultDType, requiresGrad: requiresGrad)
  }
  /// Ones in the shape and type of `other`.
  public static func ones(like other: Tensor) -> Tensor { filled(like: other, Scalar(1), "ones") }

  /// A tensor whose every element is `value`; of an integer it is int64, of a real number the default type.
  public static func full(_ shape: [Int], _ value: some TensorScalar, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
    let scalar = value.scalar
    let type = dtype ?? scalar.dtype
    return orFail([]) { () throws(TensorError) in
      let number = try scalar.fitting(type, "full", isStored: true)
      return checked(shape, type, "full", requiresGrad: requiresGrad) { (shape) throws(TensorError) in try filled(shape, number, type) }
    }
  }
  /// A tensor whose every element is `value`, in the shape and type of `other`.
  public static func full(like other: Tensor, _ value: some TensorScalar) -> Tensor {
    orFail([other]) { () throws(TensorError) in filled(like: other, try value.scalar.fitting(other.dtype, "full", isStored: true), "full") }
  }

  /// The identity matrix of `n` rows and `m` (or `n`) columns.
  public static func eye(_ n: Int, _ m: Int? = nil, dtype: DType? = nil) -> Tensor {
    let columns = m ?? n
    let type = dtype ?? defaultDType
    return checked([n, columns], type, "eye") { (shape) throws(TensorError) in
      let matrix = try filled(shape, Scalar(0), type)
      let diagonal = matrix.box.view([Swift.min(n, columns)], strides: [columns + 1], offset: 0)
      guard matrix.box.head.pointee.payload != nil else {
        // Small elements live in the box: a view is a copy, so the diagonal is written directly.
        let bytes = type.size
        let one = try filled([], Scalar(1), type)
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
  ///
  /// Of an integer type the first number and the step lose their fractions, and what does not fit wraps around, as in PyTorch.
  public static func arange<A: TensorScalar, B: TensorScalar, C: TensorScalar>(
    _ start: A, _ end: B, _ step: C, dtype: DType? = nil
  ) -> Tensor {
    orFail([]) { () throws(TensorError) in
      let a = start.scalar, b = end.scalar, c = step.scalar
      let isWhole = a.kind == .integer && b.kind == .integer && c.kind == .integer
      let type = dtype ?? (isWhole ? .int64 : defaultDType)
      guard type != .bool else { throw Rules.notImplemented("arange_cpu", .bool, "arange") }
      func refusal(_ message: String, _ hint: String) -> TensorError {
        TensorError(.argument, message, hint: hint, operation: "arange")
      }
      guard c.real < 0 || c.real > 0 else { throw refusal("step must be nonzero", "The step is \(c.text).") }
      guard a.real.isFinite, b.real.isFinite else { throw refusal("unsupported range: \(a.text) -> \(b.text)", "Both ends are finite.") }
      guard c.real > 0 ? a.real <= b.real : a.real >= b.real else {
        throw refusal("upper bound and lower bound inconsistent with step sign", "The step must lead from the start to the end.")
      }
      // Of float16 and bfloat16 they are float32 on the way.
      if type.isNarrow, type.isFloatingPoint { for number in [a, b, c] { _ = try number.fitting(.float32, "arange") } }
      let count: UInt?
      if isWhole || type == .int64 {
        // Of int64 the bounds are integers before anything is counted.
        let c = try c.fitting(.int64, "arange").integer
        guard c != 0 else { throw refusal("step must be nonzero", "The whole part of the step is 0.") }
        let from = try a.fitting(.int64, "arange").integer, to = try b.fitting(.int64, "arange").integer
        let distance = UInt(bitPattern: Int(c > 0 ? to &- from : from &- to)), step = UInt(c.magnitude)
        count = distance / step + (distance % step == 0 ? 0 : 1)
      } else {
        count = UInt(exactly: ((b.real - a.real) / c.real).rounded(.up))
      }
      guard let n = count.flatMap({ Int(exactly: $0) }) else {
        throw refusal("invalid size, possible overflow?", "A larger step gives fewer numbers.")
      }
      if type.isFloatingPoint, !isWhole {
        return checked([n], type, "arange") { (shape) throws(TensorError) in
          let box = try TensorBox.uninitialized(shape, type.wide)
          cr_linear_fill(box.c, a.real, c.real)
          return try Tensor(box).converted(to: type)
        }
      }
      let first = try a.fitting(.int64, "arange").integer, step = try c.fitting(.int64, "arange").integer
      return checked([n], .int64, "arange") { (shape) throws(TensorError) in
        let box = try TensorBox.uninitialized(shape, .int64)
        cr_linear_fill_integer(box.c, first, step)
        return Tensor(box)
      }.to(type)
    }
  }

  /// The numbers from `start` up to, not including, `end`.
  public static func arange(_ start: some TensorScalar, _ end: some TensorScalar, dtype: DType? = nil) -> Tensor {
    arange(start, end, 1, dtype: dtype)
  }

  /// `count` numbers at equal distances from `start` through `end`: numbers, or tensors of one element, which are read.
  ///
  /// Ends that do not fit in the type are refused.
  public static func linspace(_ start: some TensorOperand, _ end: some TensorOperand, _ count: Int, dtype: DType? = nil) -> Tensor {
    let type = dtype ?? defaultDType
    return orFail([]) { () throws(TensorError) in
      guard type != .bool else { throw Rules.notImplemented("linspace_cpu", .bool, "linspace") }
      let a = try start.operand.scalar.fitting(type, "linspace"), b = try end.operand.scalar.fitting(type, "linspace")
      return checked([count], type, "linspace") { (shape) throws(TensorError) in
        type.isFloatingPoint ? try line(shape, a.real, b.real, type) : try line(shape, a, b, type)
      }
    }
  }

  /// `count` powers of `base`, whose exponents lie at equal distances from `start` through `end`.
  public static func logspace(
    _ start: some TensorOperand, _ end: some TensorOperand, _ count: Int, base: Double = 10, dtype: DType? = nil
  ) -> Tensor {
    let type = dtype ?? defaultDType
    return orFail([]) { () throws(TensorError) in
      // Of an integer type the ends lose their fractions first.
      func exponent(_ end: some TensorOperand) throws(TensorError) -> Double {
        let number = try end.operand.scalar.fitting(type, "logspace")
        return type.isFloatingPoint ? number.real : Double(Tensor.number(number, type).item(as: Int.self))
      }
      return pow(base, linspace(try exponent(start), try exponent(end), count, dtype: .float64)).to(type)
    }
  }

  private static func line(_ shape: Shape, _ a: Double, _ b: Double, _ type: DType) throws(TensorError) -> Tensor {
    let box = try TensorBox.uninitialized(shape, .float64), count = shape[0]
    let values = box.c.pointee.data.assumingMemoryBound(to: Double.self)
    let parts = Double(count - 1), step = count < 2 ? 0 : (b - a).isFinite ? (b - a) / parts : b / parts - a / parts
    // From both ends, so that the last number is exactly `b`.
    for i in 0..<count { values[i] = i < count / 2 || count == 1 ? a + step * Double(i) : b - step * Double(count - 1 - i) }
    return try Tensor(box).converted(to: type)
  }

  /// Of integers the ends lose their fractions before anything is counted, and wrap around in a type without sign, as in PyTorch.
  private static func line(_ shape: Shape, _ a: Scalar, _ b: Scalar, _ type: DType) throws(TensorError) -> Tensor {
    let first = number(a, type).item(as: Int.self), last = number(b, type).item(as: Int.self), count = shape[0]
    let between = try line(shape, Double(first), Double(last), .float64).array(of: Double.self)
    let values = between.enumerated().map { i, x in i == 0 ? first : i == count - 1 ? last : Int(exactly: x.rounded(.towardZero)) ?? last }
    return Tensor(values, shape: shape.array, dtype: type)
  }
}
