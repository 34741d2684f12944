import CKernels

/// A source of random numbers: PyTorch's CPU generator (MT19937), so that one seed gives the numbers it gives there.
///
/// Locked for each fill, so several threads may draw; which thread gets which numbers is then theirs to settle.
public final class Generator: @unchecked Sendable {
  /// What draws from the state and fills a box.
  typealias Fill = (UnsafeMutablePointer<cr_mt19937>, TensorBox) -> Void

  private let lock = Lock()
  private let state: UnsafeMutablePointer<cr_mt19937>

  /// The process-wide generator that every random call uses unless given another; in a data loader's worker, the worker's own.
  public static var `default`: Generator { Modes.currentIfAny?.generator ?? shared }

  private static let shared = Generator(seed: 67_280_421_310_721)

  /// Runs `body` with another default generator on this thread.
  package static func withDefault<R>(_ generator: Generator, _ body: () throws -> R) rethrows -> R {
    try Modes.with(\.generator, generator, body)
  }

  /// A generator that starts from `seed`; only its low 32 bits count, as in PyTorch.
  public init(seed: Int) {
    state = .allocate(capacity: 1)
    state.initialize(to: cr_mt19937())
    cr_random_seed(state, UInt64(bitPattern: Int64(seed)))
  }

  deinit { state.deallocate() }

  /// Starts again from `seed`.
  public func manualSeed(_ seed: Int) {
    if isErrorPending { return }
    if let tracer = Tracer.current { return noteSeed(seed, tracer) }
    Journal.note(self)
    withState { cr_random_seed($0, UInt64(bitPattern: Int64(seed))) }
  }

  private func noteSeed(_ seed: Int, _ tracer: Tracer) {
    _ = tracer.call("seed a generator", []) { [self] _ in
      manualSeed(seed)
      return []
    }
  }

  /// The seed last set.
  public var seed: Int { withState { Int(truncatingIfNeeded: Int64(bitPattern: $0.pointee.seed)) } }

  /// Gives `body` the state under the lock.
  func withState<R: BitwiseCopyable>(_ body: (UnsafeMutablePointer<cr_mt19937>) -> R) -> R { lock.withLock { body(state) } }

  /// A copy of the whole state, to be restored later.
  public struct State: Sendable {
    fileprivate let value: cr_mt19937
    private static let wordCount = 624

    fileprivate init(value: cr_mt19937) { self.value = value }

    /// The state as numbers, to be kept in a file.
    public var values: [Int] {
      let words = withUnsafeBytes(of: value.state) { Array($0.bindMemory(to: UInt32.self)).map(Int.init) }
      return [
        Int(truncatingIfNeeded: value.seed), Int(value.position), value.has_cached ? 1 : 0,
        Int(truncatingIfNeeded: value.cached.bitPattern),
      ] + words
    }

    /// The state that `values` came from; nil where they are no state.
    public init?(_ values: [Int]) {
      guard values.count == 4 + Self.wordCount, (0...Self.wordCount).contains(values[1]), (0...1).contains(values[2]),
        values[4...].allSatisfy({ UInt32(exactly: $0) != nil })
      else { return nil }
      var state = cr_mt19937()
      state.seed = UInt64(truncatingIfNeeded: values[0])
      state.position = Int32(values[1])
      state.has_cached = values[2] == 1
      state.cached = Double(bitPattern: UInt64(truncatingIfNeeded: values[3]))
      withUnsafeMutableBytes(of: &state.state) { bytes in
        for (i, word) in values[4...].enumerated() {
          bytes.storeBytes(of: UInt32(truncatingIfNeeded: word), toByteOffset: 4 * i, as: UInt32.self)
        }
      }
      value = state
    }
  }

  /// The whole state; assigning it makes the generator go on from there.
  public var snapshot: State {
    get { State(value: withState { $0.pointee }) }
    set {
      if isErrorPending { return }
      if let tracer = Tracer.current { return tracer.refuse("the state of a generator is set", "Seed it with manualSeed(_:), or outside.") }
      withState { $0.pointee = newValue.value }
    }
  }

  /// A random 64-bit number, as PyTorch draws the seeds of samplers: 63 bits.
  package func nextSeed() -> Int {
    withState { state in
      var value: Int64 = 0
      cr_random_bits_i64(state, &value, 1)
      return Int(value)
    }
  }
}

/// Seeds the default generator: from here on the numbers are those of `torch.manual_seed(seed)`.
public func manualSeed(_ seed: Int) { Generator.default.manualSeed(seed) }

extension Tensor {
  private static func random(
    _ shape: [Int], _ dtype: DType?, _ generator: Generator?, _ operation: String, requiresGrad: Bool = false,
    _ fill: @escaping Generator.Fill
  ) -> Tensor {
    let type = dtype ?? defaultDType
    guard type.isFloatingPoint else {
      return fail(
        TensorError(
          .dtype, "\"\(operation)\" not implemented for '\(type.scalarTypeName)'",
          hint: "Draw real numbers and convert them with to(.\(type.name)), or use randint.", operation: operation))
    }
    let result = drawn(shape, type, generator, fill)
    return requiresGrad ? result.asLeaf() : result
  }

  /// A fresh tensor filled from the generator, as the open `vmap` scopes want it.
  static func drawn(
    _ shape: [Int], _ dtype: DType, _ generator: Generator?, _ fill: @escaping Generator.Fill
  ) -> Tensor {
    if isErrorPending { return .poison }
    // Drawn in the wide type, and rounded.
    if dtype.isNarrow { return drawn(shape, dtype.wide, generator, fill).to(dtype) }
    return Vectorized.random(shape) { shape in
      if let tracer = Tracer.current { return tracer.draw(Draw(shape: shape, dtype: dtype, generator: generator, fill: fill)) }
      return filled(shape, dtype, generator, fill)
    }
  }

  /// A fresh tensor filled from the generator.
  static func filled(_ shape: [Int], _ dtype: DType, _ generator: Generator?, _ fill: Generator.Fill) -> Tensor {
    let result = full(shape, 0, dtype: dtype)
    guard !result.box.flags.contains(.poison) else { return result }
    let generator = generator ?? .default
    Journal.note(generator)
    generator.withState { fill($0, result.box) }
    return result
  }

  /// Random numbers of the standard normal distribution: `torch.randn`'s for the same seed.
  public static func randn(_ sizes: Int..., dtype: DType? = nil, generator: Generator? = nil, requiresGrad: Bool = false) -> Tensor {
    randn(sizes, dtype: dtype, generator: generator, requiresGrad: requiresGrad)
  }
  /// Random numbers of the standard normal distribution: `torch.randn`'s for the same seed.
  public static func randn(_ shape: [Int], dtype: DType? = nil, generator: Generator? = nil, requiresGrad: Bool = false) -> Tensor {
    normal(shape, mean: 0, std: 1, dtype: dtype, generator: generator, requiresGrad: requiresGrad)
  }

  /// Random numbers of the normal distribution with this mean and standard deviation.
  public static func normal(
    _ shape: [Int], mean: Double = 0, std: Double = 1, dtype: DType? = nil, generator: Generator? = nil, requiresGrad: Bool = false
  ) -> Tensor {
    guard std >= 0 else {
      return fail(
        TensorError(
          .argument, "normal expects std >= 0.0, but found std \(Rules.short(std))", hint: "It is the width of the distribution.",
          operation: "normal"))
    }
    let result = normal(shape, mean, std, dtype: dtype, generator: generator, oneByOne: false)
    return requiresGrad ? result.asLeaf() : result
  }

  /// - Parameter oneByOne: whether they are drawn in turn, as PyTorch does for a tensor whose elements do not lie in the order of its
  ///   dimensions; else sixteen at a time.
  static func normal(
    _ shape: [Int], _ mean: Double = 0, _ std: Double = 1, dtype: DType?, generator: Generator?, oneByOne: Bool
  ) -> Tensor {
    let isNarrow = (dtype ?? defaultDType).isNarrow
    return random(shape, dtype, generator, "normal_kernel_cpu") { state, box in
      let data = box.c.pointee.data!, count = box.count
      func draw(_ range: Range<Int>) {
        if box.dtype == .float32 {
          cr_random_normal_f32(state, data.assumingMemoryBound(to: Float.self) + range.lowerBound, Int64(range.count), mean, std)
        } else {
          cr_random_normal_f64(state, data.assumingMemoryBound(to: Double.self) + range.lowerBound, Int64(range.count), mean, std)
        }
      }
      if oneByOne {
        for start in stride(from: 0, to: count, by: 15) { draw(start..<Swift.min(start + 15, count)) }
      } else if isNarrow, count > 16, count % 16 != 0 {
        // Of narrow types PyTorch draws whole blocks, and then the last sixteen.
        draw(0..<(count - count % 16))
        draw((count - 16)..<count)
      } else {
        draw(0..<count)
      }
    }
  }

  /// Random numbers spread evenly over [0, 1): `torch.rand`'s for the same seed.
  public static func rand(_ sizes: Int..., dtype: DType? = nil, generator: Generator? = nil, requiresGrad: Bool = false) -> Tensor {
    rand(sizes, dtype: dtype, generator: generator, requiresGrad: requiresGrad)
  }
  /// Random numbers spread evenly over [0, 1): `torch.rand`'s for the same seed.
  public static func rand(_ shape: [Int], dtype: DType? = nil, generator: Generator? = nil, requiresGrad: Bool = false) -> Tensor {
    uniform(shape, from: 0, to: 1, dtype: dtype, generator: generator, requiresGrad: requiresGrad)
  }

  /// Random numbers spread evenly over [low, high).
  public static func uniform(
    _ shape: [Int], from low: Double, to high: Double, dtype: DType? = nil, generator: Generator? = nil, requiresGrad: Bool = false
  ) -> Tensor {
    if let error = uniformRefusal(low, high, dtype ?? defaultDType) { return fail(error) }
    if let type = dtype ?? (defaultDType.isNarrow ? defaultDType : nil), type.isNarrow, type.isFloatingPoint {
      // What rounding brings up to the upper bound begins anew at the lower one, as in PyTorch.
      let rounded = uniform(shape, from: low, to: high, dtype: .float32, generator: generator).to(type)
      let result = rounded.maskedFill(rounded .== Tensor(high, dtype: type), low)
      return requiresGrad ? result.asLeaf() : result
    }
    return random(shape, dtype, generator, "check_uniform_bounds", requiresGrad: requiresGrad) { state, box in
      let data = box.c.pointee.data!
      if box.dtype == .float32 {
        cr_random_uniform_f32(state, data.assumingMemoryBound(to: Float.self), Int64(box.count), Float(low), Float(high))
      } else {
        cr_random_uniform_f64(state, data.assumingMemoryBound(to: Double.self), Int64(box.count), low, high)
      }
    }
  }

  /// Why no numbers can be spread over [low, high) in the type.
  private static func uniformRefusal(_ low: Double, _ high: Double, _ type: DType) -> TensorError? {
    let largest = type.largestFinite
    func refusal(_ message: String) -> TensorError {
      TensorError(.argument, message, hint: "The bounds are \(low) and \(high); the upper one is not included.", operation: "uniform")
    }
    // Written so that NaN fails.
    guard low.magnitude <= largest else { return refusal("from is out of bounds for \(type.elementTypeName)") }
    guard high.magnitude <= largest else { return refusal("to is out of bounds for \(type.elementTypeName)") }
    guard low <= high else {
      return refusal("uniform_ expects to return a [from, to) range, but found from=\(Rules.short(low)) > to=\(Rules.short(high))")
    }
    if high - low <= largest { return nil }
    return refusal(
      "uniform_ expects to-from <= std::numeric_limits<\(type.scalarTypeName)>::max(), but found to=\(Rules.short(high)) and "
        + "from=\(Rules.short(low)) which result in to-from to exceed the limit")
  }

  /// Random integers from `low` up to, not including, `high`: `torch.randint`'s for the same seed; int64.
  public static func randint(_ low: Int, _ high: Int, _ shape: [Int], dtype: DType = .int64, generator: Generator? = nil) -> Tensor {
    guard low < high else {
      return fail(
        TensorError(
          .argument, "random_ expects 'from' to be less than 'to', but got from=\(low) >= to=\(high)",
          hint: "The upper bound is not included.", operation: "randint"))
    }
    // The smallest and the largest number drawn must be elements of the type, here without wrapping around.
    let limits: ClosedRange<Int> =
      switch dtype {
      case .bool: 0...1
      case .uint8: 0...255
      case .int8: -128...127
      case .int16: Int(Int16.min)...Int(Int16.max)
      case .int32: Int(Int32.min)...Int(Int32.max)
      default: Int.min...Int.max
      }
    guard limits.contains(low), limits.contains(high - 1) else {
      return fail(
        TensorError(
          .argument, "\(limits.contains(low) ? "to - 1" : "from") is out of bounds for \(dtype.elementTypeName)",
          hint: "\(dtype.name) holds \(limits.lowerBound) to \(limits.upperBound); the bounds are \(low) and \(high).", operation: "randint"
        ))
    }
    return drawn(shape, dtype, generator) { state, box in
      cr_random_integers(state, box.dtype.kernelType, box.c.pointee.data, Int64(box.count), Int64(low), Int64(high))
    }
  }

  /// The numbers 0 to n - 1 in random order: `torch.randperm`'s for the same seed; int64.
  public static func randperm(_ n: Int, generator: Generator? = nil) -> Tensor {
    if isErrorPending { return .poison }
    if Modes.currentIfAny?.vmaps.contains(where: { $0.randomness == .different }) ?? false {
      return fail(
        TensorError(
          .transform, "vmap: randperm cannot give every element of the batch a permutation of its own",
          hint: "Draw the permutations outside vmap and pass them in, or use randomness: .same.", operation: "randperm"))
    }
    return drawn([n], .int64, generator) { state, box in
      cr_random_permutation(state, box.c.pointee.data.assumingMemoryBound(to: Int64.self), Int64(n))
    }
  }

  /// 1 with probability `p`, else 0, independently at each place.
  public static func bernoulli(_ shape: [Int], p: Double, dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
    guard p >= 0, p <= 1 else {
      return fail(
        TensorError(
          .argument, "bernoulli_ expects p to be in [0, 1], but got p=\(Rules.short(p))", hint: "A probability lies between 0 and 1.",
          operation: "bernoulli"))
    }
    let type = dtype ?? defaultDType
    return drawn(shape, type, generator) { state, box in
      cr_random_bernoulli(state, box.dtype.kernelType, box.c.pointee.data, Int64(box.count), p)
    }
  }
}
