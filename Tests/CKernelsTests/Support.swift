import CKernels
import Testing

/// The pool, the instruction set and the cache are the process's own: these tests run one after the other.
@Suite(.serialized) struct KernelTests {}

/// A deterministic generator (SplitMix64; Steele, Lea and Flood 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
  mutating func below(_ n: Int) -> Int { Int(next() % UInt64(n)) }
  /// Between -1 and 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-52 - 1 }
  mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * Double(next() >> 11) * 0x1p-53 }
}

protocol Element: Comparable, BitwiseCopyable {
  static var dtype: cr_dtype { get }
  static func random(_ g: inout SplitMix) -> Self
}
extension Float: Element {
  static var dtype: cr_dtype { CR_FLOAT32 }
  static func random(_ g: inout SplitMix) -> Float { Float(g.unit()) }
}
extension Double: Element {
  static var dtype: cr_dtype { CR_FLOAT64 }
  static func random(_ g: inout SplitMix) -> Double { g.unit() }
}
extension Int32: Element {
  static var dtype: cr_dtype { CR_INT32 }
  static func random(_ g: inout SplitMix) -> Int32 { Int32(truncatingIfNeeded: g.next()) }
}
extension Int64: Element {
  static var dtype: cr_dtype { CR_INT64 }
  static func random(_ g: inout SplitMix) -> Int64 { Int64(bitPattern: g.next()) }
}
extension UInt8: Element {
  static var dtype: cr_dtype { CR_UINT8 }
  static func random(_ g: inout SplitMix) -> UInt8 { UInt8(truncatingIfNeeded: g.next()) }
}

/// Values with a descriptor; `view` shares the values under other sizes and strides.
final class Box<T: Element> {
  let storage: UnsafeMutableBufferPointer<T>
  private let owner: Box<T>?
  private let dims: UnsafeMutablePointer<Int64>
  var t: cr_tensor

  init(_ values: [T], _ sizes: [Int], strides: [Int]? = nil, dtype: cr_dtype = T.dtype) {
    storage = .allocate(capacity: max(values.count, 1))
    _ = storage.initialize(from: values)
    owner = nil
    (dims, t) = Box.describe(storage.baseAddress, sizes, strides, dtype)
  }

  private init(_ owner: Box<T>, _ sizes: [Int], _ strides: [Int], _ offset: Int) {
    self.owner = owner
    storage = owner.storage
    (dims, t) = Box.describe(owner.storage.baseAddress.map { $0 + offset }, sizes, strides, owner.t.dtype)
  }

  deinit {
    dims.deallocate()
    if owner == nil { storage.deallocate() }
  }

  func view(_ sizes: [Int], strides: [Int], offset: Int = 0) -> Box { Box(self, sizes, strides, offset) }

  static func random(_ sizes: [Int], _ g: inout SplitMix) -> Box {
    Box((0..<sizes.reduce(1, *)).map { _ in T.random(&g) }, sizes)
  }

  private static func describe(
    _ data: UnsafeMutablePointer<T>?, _ sizes: [Int], _ strides: [Int]?, _ dtype: cr_dtype
  ) -> (UnsafeMutablePointer<Int64>, cr_tensor) {
    var rowMajor = [Int](repeating: 1, count: sizes.count)
    for d in sizes.indices.dropLast().reversed() { rowMajor[d] = rowMajor[d + 1] * sizes[d + 1] }
    let dims = UnsafeMutablePointer<Int64>.allocate(capacity: max(2 * sizes.count, 1))
    for (d, size) in sizes.enumerated() {
      dims[d] = Int64(size)
      dims[sizes.count + d] = Int64((strides ?? rowMajor)[d])
    }
    let t = cr_tensor(
      data: data, dims: dims, count: Int64(sizes.reduce(1, *)), dtype: dtype, rank: UInt8(sizes.count),
      contiguous: strides == nil || strides == rowMajor, flags: 0, output: 0)
    return (dims, t)
  }

  var sizes: [Int] { (0..<Int(t.rank)).map { Int(dims[$0]) } }

  /// The elements in row-major order.
  var values: [T] {
    let base = t.data.assumingMemoryBound(to: T.self)
    return positions(sizes).map { position in
      base[position.enumerated().reduce(0) { $0 + $1.element * Int(dims[Int(t.rank) + $1.offset]) }]
    }
  }
}

/// All positions of a shape, row-major.
func positions(_ sizes: [Int]) -> [[Int]] {
  sizes.reduce([[]]) { prefixes, size in prefixes.flatMap { prefix in (0..<size).map { prefix + [$0] } } }
}

func withThreads<R>(_ count: Int32, _ body: () -> R) -> R {
  let before = cr_thread_count()
  cr_set_thread_count(count)
  defer { cr_set_thread_count(before) }
  return body()
}

/// The instruction sets of this machine, best first.
let instructionSets = (0..<CR_ISA_COUNT.rawValue).map { cr_isa(rawValue: $0) }.filter { cr_isa_available($0) }

/// Runs the body once for each instruction set of this machine.
func forEachInstructionSet(_ body: (String) -> Void) {
  let before = cr_isa_in_use()
  for set in instructionSets where cr_isa_use(set) { body(String(cString: cr_isa_name(set))) }
  _ = cr_isa_use(before)
}
