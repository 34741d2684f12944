import CMPI
import ChainRule

/// The processes that a launcher has started together, of which this one is `rank` of `size`.
///
///     let world = try World()                       // under mpiexec -n 4: one of four; without a launcher: one of one, at no cost
///     let total = try world.allReduce(Tensor([Double(world.rank)]))
///
/// MPI does the work: the installed library (MPICH, Open MPI, Intel MPI, or one with the standard ABI of MPI 5) is loaded at run time.
/// The launcher's variables say which; the environment variable CHAINRULE_MPI names another. All ranks call the same operations in the
/// same order, from one thread at a time; where they do not, an error says who calls what. A call that does not end within the timeout ends
/// the process with a line that names the operation and what the other ranks do, and the launcher then ends the job.
public final class World {
  /// The number of this process, from 0.
  public let rank: Int
  /// How many processes there are.
  public let size: Int
  /// The library and its version, such as `MPICH 4.0.2`; nil where no launcher started the process.
  public let library: String?
  /// The step that messages name, where there is one.
  public var step: Int?

  /// Whether this is rank 0, which prints and writes files.
  public var isFirst: Bool { rank == 0 }

  /// `4 ranks, MPICH 4.0.2`.
  public var description: String {
    let ranks = "\(size) rank\(size == 1 ? "" : "s")"
    return library.map { "\(ranks), \($0)" } ?? ranks
  }

  /// Joins the world of the launcher, or makes one of this process alone where there is none. A process joins once: a second world is the
  /// same.
  ///
  /// - Parameter timeout: how long one call may wait for the others before the process ends with an error; zero for ever.
  /// - Throws: `DistributedError` where the launcher's library cannot be loaded, or does not see the processes that it started.
  public init(timeout: Duration = .seconds(300)) throws(DistributedError) {
    let launch = cr_mpi_launcher()
    guard launch.is_launched else {
      (rank, size, library) = (0, 1, nil)
      return
    }
    if let problem = World.problem { throw DistributedError(.start, problem) }
    (rank, size) = (Int(cr_mpi_rank()), Int(cr_mpi_size()))
    library = String(cString: cr_mpi_library())
    cr_mpi_set_timeout(Double(timeout.components.seconds) + Double(timeout.components.attoseconds) * 1e-18)
    if size > 1 { SharedBatch.share(by: RankSums(self)) }
  }

  /// Why no world could be joined; nil where it could.
  private static let problem: String? = {
    let path = Environment.value("CHAINRULE_MPI")
    guard let problem = cr_mpi_start(path) else { return nil }
    let hint = path == nil ? "; hint: CHAINRULE_MPI names the library to load" : "; hint: CHAINRULE_MPI names \(path ?? "")"
    let text = String(cString: problem)
    return text.contains("hint:") ? text : text + hint
  }()

  /// Tells that this process ends because of an error: it then waits for no other on its way out, and the launcher ends those.
  public func abandon() { cr_mpi_abandon() }

  // MARK: Calls

  /// An operation as an error names it.
  func label(_ operation: String) -> String { step.map { "\(operation) in step \($0)" } ?? operation }

  /// Runs a call on this thread, after a look at whether every rank calls the same.
  func run(
    _ kind: Int, _ operation: String, _ type: Wire, data: UnsafeMutableRawPointer?, other: UnsafeMutableRawPointer? = nil, count: Int,
    peer: Int = 0, checked: Bool = true
  ) throws(DistributedError) {
    if checked { try agree(kind, operation, type, count, peer) }
    try perform(kind, operation, type, data: data, other: other, count: count, peer: peer)
  }

  private func perform(
    _ kind: Int, _ operation: String, _ type: Wire, data: UnsafeMutableRawPointer?, other: UnsafeMutableRawPointer?, count: Int, peer: Int
  ) throws(DistributedError) {
    var call = cr_mpi_call()
    (call.kind, call.dtype, call.data, call.other) = (Int32(kind), type.rawValue, data, other)
    (call.count, call.peer) = (Int64(count), Int32(peer))
    call.name(label(operation))
    if cr_mpi_run(&call) != 0 { throw failure(label(operation), call.error) }
  }

  /// The sums of a few numbers, which the ranks are known to agree on.
  func sums(_ numbers: [Double], _ operation: String) throws(DistributedError) -> [Double] {
    if size == 1 { return numbers }
    var bits = numbers.map { Int(bitPattern: UInt($0.bitPattern)) }
    try bits.withAddress { data throws(DistributedError) in
      try run(Kind.sumInOrder, operation, .float64, data: data, count: numbers.count, checked: false)
    }
    return bits.map { Double(bitPattern: UInt64(UInt(bitPattern: $0))) }
  }

  func failure(_ label: String, _ code: Int32) -> DistributedError {
    DistributedError(.communication, "rank \(rank) of \(size), \(label): \(String(cString: cr_mpi_error_text(code)))")
  }

  /// Whether every rank has come to the same call: MPI would hang, or hand on a wrong number, where they differ.
  private func agree(_ kind: Int, _ operation: String, _ type: Wire, _ count: Int, _ peer: Int) throws(DistributedError) {
    let own = [kind, Int(type.rawValue), count, peer]
    for (other, theirs) in try calls(own, operation).enumerated() where theirs != own { throw disagreement(operation, own, other, theirs) }
  }

  /// The call that each rank has come to: its kind, type, count and peer.
  func calls(_ own: [Int], _ operation: String) throws(DistributedError) -> [[Int]] {
    var all = [Int](repeating: 0, count: own.count * size), mine = own
    try mine.withAddress { mine throws(DistributedError) in
      try all.withAddress { all throws(DistributedError) in
        try perform(Kind.allGather, operation, .int64, data: mine, other: all, count: own.count, peer: 0)
      }
    }
    return (0..<size).map { Array(all[($0 * own.count)..<(($0 + 1) * own.count)]) }
  }

  func disagreement(_ operation: String, _ own: [Int], _ other: Int, _ theirs: [Int]) -> DistributedError {
    DistributedError(
      .disagreement,
      "rank \(rank) of \(size), \(label(operation)): it has \(World.text(own)), rank \(other) has \(World.text(theirs)); hint: every rank "
        + "calls the same operations in the same order, with the same sizes and types")
  }

  private static func text(_ call: [Int]) -> String {
    let type = Wire(rawValue: Int32(truncatingIfNeeded: call[1])).map { "\($0)" } ?? "?"
    let name = Kind.names.indices.contains(call[0]) ? Kind.names[call[0]] : "?"
    return "\(name) of \(call[2]) \(type == "bytes" ? "bytes" : "elements of \(type)")" + (call[3] == 0 ? "" : ", root \(call[3])")
  }
}

extension [Int] {
  /// Gives `body` where the numbers lie. `withUnsafeMutableBytes` does not say which error it throws.
  mutating func withAddress(_ body: (UnsafeMutableRawPointer?) throws(DistributedError) -> Void) throws(DistributedError) {
    var failure: DistributedError?
    withUnsafeMutableBytes { bytes in
      do throws(DistributedError) { try body(bytes.baseAddress) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}

/// How elements travel.
enum Wire: Int32 {
  case float32, float64, int64, bytes
}

/// The kinds of calls, by the numbers of C's enumeration.
enum Kind {
  static let barrier = Int(CR_MPI_BARRIER), broadcast = Int(CR_MPI_BROADCAST), sumInOrder = Int(CR_MPI_SUM_IN_ORDER)
  static let sum = Int(CR_MPI_SUM), reduceScatter = Int(CR_MPI_REDUCE_SCATTER), allGather = Int(CR_MPI_ALL_GATHER)
  static let send = Int(CR_MPI_SEND), receive = Int(CR_MPI_RECEIVE)
  /// No call of MPI, but what the ranks agree on: see `RankSums`.
  static let statistics = names.count - 1
  static let names = [
    "barrier", "broadcast", "allReduce", "allReduce", "reduceScatter", "allGather", "send", "receive", "allReduce", "batch statistics",
  ]
}

extension cr_mpi_call {
  /// Gives the call the name that is told where it never ends, cut where it is long.
  mutating func name(_ text: String) {
    withUnsafeMutableBytes(of: &label) { label in
      let bytes = text.utf8.prefix(label.count - 1)
      label.copyBytes(from: bytes)
      label[bytes.count] = 0
    }
  }
}
