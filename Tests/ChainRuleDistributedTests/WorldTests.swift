import ChainRule
import ChainRuleDistributed
import Foundation
import Testing

/// What several ranks do together is in RankCheck, which these tests start under every launcher that is installed.
@Suite(.serialized, .enabled(if: !Launcher.all.isEmpty, "no MPI launcher is installed: apt-get install mpich openmpi-bin"))
struct WorldTests {
  private let check = Launcher.product("RankCheck")

  @Test(arguments: Launcher.all, [1, 2, 4])
  func `Every call gives what it says, with every library`(launcher: Launcher, ranks: Int) throws {
    let result = try launcher.run(ranks, check, ["calls"])
    #expect(result.code == 0, "\(result.output)")
    #expect(result.output.contains("calls: \(ranks) rank\(ranks == 1 ? "" : "s"), \(launcher.name) "), "\(result.output)")
  }

  @Test(arguments: Launcher.all)
  func `Ranks that call with other sizes are told so`(launcher: Launcher) throws {
    let result = try launcher.run(2, check, ["disagreement"])
    #expect(result.code == 0, "\(result.output)")
    #expect(
      result.output.contains(
        "rank 0 of 2, allReduce in step 3: it has allReduce of 5 elements of float32, rank 1 has allReduce of 6 elements of float32; hint:"),
      "\(result.output)")
  }

  @Test(arguments: Launcher.all)
  func `A call that never ends names the rank it waits for`(launcher: Launcher) throws {
    let result = try launcher.run(3, check, ["hang"])
    #expect(result.code != 0)
    #expect(result.output.contains("no end of allReduce in step 17 after 1 s"), "\(result.output)")
    #expect(result.output.contains("rank 1 is in no call; its last was barrier in step 17"), "\(result.output)")
    #expect(result.seconds < 30)
  }

  @Test(arguments: Launcher.all, ["error", "stop"])
  func `A rank that fails or is killed ends the job`(launcher: Launcher, how: String) throws {
    let result = try launcher.run(2, check, [how])
    #expect(result.code != 0)
    #expect(result.seconds < 20, "\(result.output)")
    if how == "error" { #expect(result.output.contains("wrong: rank 1 gives up") || result.output.contains("rank 1 gives up")) }
  }

  @Test(arguments: Launcher.all)
  func `What fails on one rank is thrown on all`(launcher: Launcher) throws {
    let result = try launcher.run(2, check, ["errors"])
    #expect(result.code != 0)
    #expect(result.output.contains("no such file"), "\(result.output)")
  }

  @Test(arguments: Launcher.all)
  func `A library that is missing, or another launcher's, is an error`(launcher: Launcher) throws {
    let missing = try launcher.run(2, check, ["calls"], environment: ["CHAINRULE_MPI": "/no/such/libmpi.so"])
    #expect(missing.code != 0)
    #expect(missing.output.contains("cannot be loaded"), "\(missing.output)")
    #expect(missing.output.contains("hint: CHAINRULE_MPI names /no/such/libmpi.so"), "\(missing.output)")
    guard Launcher.all.count > 1 else { return }
    let other = try launcher.run(
      2, check, ["calls"], environment: ["CHAINRULE_MPI": launcher.name == "MPICH" ? "libmpi.so.40" : "libmpich.so.12"])
    #expect(other.code != 0)
    #expect(other.output.contains("sees 1: the library is not the launcher's"), "\(other.output)")
  }

  /// A launcher that tells the number of its processes on this machine only.
  @Test func `A library that sees fewer ranks than were started here is an error`() throws {
    guard let hydra = Launcher.all.first(where: { $0.name == "MPICH" }) else { return }
    let result = try hydra.run(0, check, ["calls"], environment: ["MPI_LOCALNRANKS": "2"])
    #expect(result.code != 0)
    #expect(result.output.contains("(Hydra) started 2 processes"), "\(result.output)")
    #expect(result.output.contains("sees 1: the library is not the launcher's"), "\(result.output)")
  }
}

@Suite struct LonelyWorldTests {
  @Test func `Without a launcher a world has one rank, and its calls give back what they got`() throws {
    let world = try World()
    #expect(world.rank == 0 && world.size == 1 && world.library == nil && world.description == "1 rank")
    let tensor = Tensor([1.0, 2, 3])
    #expect(try world.allReduce(tensor).array(of: Double.self) == [1, 2, 3])
    #expect(try world.allGather(tensor).count == 1)
    #expect(try world.broadcast(tensor).array(of: Double.self) == [1, 2, 3])
    #expect(try world.reduceScatter(tensor).array(of: Double.self) == [1, 2, 3])
    try world.barrier()
  }

  @Test func `Wrong ranks, shapes and types are refused`() throws {
    let world = try World()
    func message(_ body: () throws -> Void) -> String {
      do { try catching { try body() } } catch { return "\(error)" }
      return ""
    }
    #expect(message { _ = try world.broadcast(Tensor(1.0), from: 1) }.contains("there is no rank 1 in a world of 1"))
    #expect(message { try world.send(Tensor(1.0), to: 0) }.contains("rank 0 is this rank itself"))
    #expect(message { _ = try world.receive(from: -1) }.contains("there is no rank -1"))
    #expect(message { _ = try world.allReduce(Tensor(1.0) .< 2) }.contains("allReduce sums numbers"))
    #expect(message { _ = try world.reduceScatter(Tensor(1.0)) }.contains("shares dimension 0"))
  }
}
