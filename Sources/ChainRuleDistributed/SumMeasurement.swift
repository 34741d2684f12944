import CMPI

/// The time of one sum of a buffer over all ranks, in each way there is.
package final class SumMeasurement {
  /// How the sum is taken.
  package enum Way: CaseIterable {
    /// By MPI_Allreduce itself, which waits busily.
    case plain
    case any
    case fixed
  }

  private let world: World
  private let count: Int
  private let data: UnsafeMutablePointer<Float>

  package init(_ world: World, count: Int) {
    self.world = world
    self.count = count
    data = .allocate(capacity: count)
    data.initialize(repeating: 0, count: count)
  }

  deinit { data.deallocate() }

  /// The seconds of one sum.
  package func time(_ way: Way) throws(DistributedError) -> Double {
    try world.barrier()
    var call = cr_mpi_call()
    call.kind = Int32(way == .plain ? Int(CR_MPI_SUM_PLAIN) : way == .any ? Kind.sum : Kind.sumInOrder)
    call.dtype = Wire.float32.rawValue
    call.data = UnsafeMutableRawPointer(data)
    call.count = Int64(count)
    call.name("a sum to measure")
    if cr_mpi_run(&call) != 0 { throw world.failure("a sum to measure", call.error) }
    return Double(call.took) * 1e-9
  }
}
