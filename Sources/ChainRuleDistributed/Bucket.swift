import CMPI
import ChainRule

/// Some parameters' gradients side by side, as they are summed over the ranks, and behind them for each whether a rank has it.
final class Bucket {
  let dtype: DType
  /// Which parameters, by their numbers, and where each begins.
  let parameters: [Int]
  private let starts: [Int]
  private let counts: [Int]
  private let elements: Int
  private let memory: UnsafeMutableRawPointer
  private let call: UnsafeMutablePointer<cr_mpi_call>
  /// How many gradients have not come.
  private(set) var missing = 0

  /// - Parameters:
  ///   - dtype: float32 or float64.
  init(_ parameters: [Int], counts: [Int], _ dtype: DType, _ order: SumOrder) {
    self.parameters = parameters
    self.counts = counts
    self.dtype = dtype
    var starts: [Int] = [], end = 0
    for count in counts {
      starts.append(end)
      end += count
    }
    self.starts = starts
    elements = end + counts.count
    memory = .allocate(byteCount: elements * dtype.size, alignment: 64)
    call = .allocate(capacity: 1)
    call.initialize(to: cr_mpi_call())
    call.pointee.kind = Int32(order == .fixed ? Kind.sumInOrder : Kind.sum)
    call.pointee.dtype = (dtype == .float64 ? Wire.float64 : .float32).rawValue
    call.pointee.data = memory
    call.pointee.count = Int64(elements)
  }

  deinit {
    // The communication thread may still write there.
    if call.pointee.state == 1 { _ = cr_mpi_wait(call) }
    memory.deallocate()
    call.deallocate()
  }

  /// Nothing has come yet.
  func begin(_ label: String) {
    missing = parameters.count
    call.pointee.name(label)
  }

  /// Takes the gradient of the parameter at a place; nil where there is none.
  func fill(_ place: Int, _ gradient: Tensor?) {
    let size = dtype.size, target = memory + starts[place] * size
    if let gradient {
      gradient.to(dtype).withBytes { if let from = $0.baseAddress { target.copyMemory(from: from, byteCount: counts[place] * size) } }
    } else {
      target.initializeMemory(as: UInt8.self, repeating: 0, count: counts[place] * size)
    }
    let flag = memory + (elements - counts.count + place) * size
    if dtype == .float64 {
      flag.storeBytes(of: gradient == nil ? 0 : 1, as: Double.self)
    } else {
      flag.storeBytes(of: gradient == nil ? 0 : 1, as: Float.self)
    }
    missing -= 1
  }

  /// Hands the bucket to the communication thread.
  func submit() { cr_mpi_submit(call) }

  /// Waits for the sum; gives MPI's error code and how long the call itself took, in seconds.
  func wait() -> (error: Int32, seconds: Double) {
    let error = cr_mpi_wait(call)
    return (error, Double(call.pointee.took) * 1e-9)
  }

  /// The sum for the parameter at a place, flat; nil where no rank has a gradient.
  func sum(_ place: Int) -> Tensor? {
    let size = dtype.size, flag = memory + (elements - counts.count + place) * size
    let isThere = dtype == .float64 ? flag.load(as: Double.self) > 0 : flag.load(as: Float.self) > 0
    guard isThere else { return nil }
    return Tensor(
      bytes: UnsafeRawBufferPointer(start: memory + starts[place] * size, count: counts[place] * size), shape: [counts[place]], dtype: dtype
    )
  }

  /// Parameters in buckets: the first of a megabyte, so that the sums begin soon, the others of 25.
  ///
  /// - Parameters:
  ///   - order: the numbers of all parameters, in the order in which their gradients come.
  static func all(_ order: [Int], _ parameters: [Tensor], bytes: Int, _ sumOrder: SumOrder) -> [Bucket] {
    var result: [Bucket] = [], open: [(dtype: DType, numbers: [Int], bytes: Int)] = []
    func close(_ i: Int) {
      let it = open.remove(at: i)
      result.append(Bucket(it.numbers, counts: it.numbers.map { parameters[$0].count }, it.dtype, sumOrder))
    }
    for number in order {
      let parameter = parameters[number], dtype: DType = parameter.dtype == .float64 ? .float64 : .float32
      let i = open.firstIndex { $0.dtype == dtype } ?? open.count
      if i == open.count { open.append((dtype, [], 0)) }
      open[i].numbers.append(number)
      open[i].bytes += parameter.count * dtype.size
      if open[i].bytes >= (result.isEmpty ? Swift.min(bytes, 1 << 20) : bytes) { close(i) }
    }
    while !open.isEmpty { close(0) }
    return result
  }
}

/// A few numbers that are summed over the ranks by the communication thread, while others compute.
final class PendingSum {
  private let values: UnsafeMutablePointer<Double>
  private let count: Int
  private let call: UnsafeMutablePointer<cr_mpi_call>
  private let world: World
  private let label: String

  init(_ numbers: [Double], _ world: World, _ operation: String) {
    count = numbers.count
    self.world = world
    label = world.label(operation)
    values = .allocate(capacity: Swift.max(count, 1))
    values.initialize(from: numbers, count: count)
    call = .allocate(capacity: 1)
    call.initialize(to: cr_mpi_call())
    call.pointee.kind = Int32(Kind.sumInOrder)
    call.pointee.dtype = Wire.float64.rawValue
    call.pointee.data = UnsafeMutableRawPointer(values)
    call.pointee.count = Int64(count)
    call.pointee.name(label)
    if world.size > 1 { cr_mpi_submit(call) } else { call.pointee.state = 2 }
  }

  deinit {
    // A thread may still write there.
    _ = cr_mpi_wait(call)
    values.deallocate()
    call.deallocate()
  }

  /// The sums.
  func result() throws(DistributedError) -> [Double] {
    let error = cr_mpi_wait(call)
    if error != 0 { throw world.failure(label, error) }
    return Array(UnsafeBufferPointer(start: values, count: count))
  }
}
