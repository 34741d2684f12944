import ChainRuleDistributed
import Foundation

/// The processes that a launcher has started to train together; this one alone where there is no launcher.
enum Ranks {
  /// The world; joined when it is first asked for.
  static func world() throws -> World { try joined.get() }

  nonisolated(unsafe) private static let joined: Result<World, any Error> = Result {
    let world = try World()
    if world.library != nil {
      // Rank 0 speaks for all.
      if world.isFirst { print(world.description) } else { dup2(open("/dev/null", O_WRONLY), 1) }
    }
    return world
  }

  /// Whether this process prints and writes files.
  static var isFirst: Bool { number == 0 }

  /// How many parts a batch is cut into, for the same weights whatever the number of ranks: eight, or as many as ranks need.
  static func shards(_ world: World) -> Int { (8 + world.size - 1) / world.size * world.size }

  /// Before an end with an error: the launcher ends the other ranks as soon as one has ended. Rank 0 goes at once; another waits, and what
  /// it has to say is told only if rank 0 has not said it by then.
  static func yieldToFirst() -> String {
    guard number > 0, let world = try? joined.get() else { return "" }
    Thread.sleep(forTimeInterval: 2)
    return "rank \(world.rank) of \(world.size): "
  }

  /// The rank, as the launcher says: also where the world could not be joined.
  private static let number: Int = {
    let environment = ProcessInfo.processInfo.environment
    return ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"].lazy.compactMap { environment[$0].flatMap { Int($0) } }.first ?? 0
  }()
}
