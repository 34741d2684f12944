import ChainRule
import ChainRuleExplain
import Foundation
import Testing

/// Profiles by schedule, with spans, of several threads, and with what was allocated.
struct ProfileScopeTests {
  @Test func spans() throws {
    struct Own: Error {}
    let x = Tensor.ones(8)
    #expect(profileSpan("nothing") { 3 } == 3)
    let report = profile {
      let y = profileSpan("outer") { profileSpan("inner") { x + 1 } * 2 }
      #expect(y.shape == [8])
      #expect(throws: Own.self) { try profileSpan("failed") { throw Own() } }
    }
    #expect(report.events.map(\.name) == ["add (scalar)", "inner", "mul (scalar)", "outer", "failed"])
    let outer = try #require(report.events.first { $0.name == "outer" }), inner = try #require(report.events.first { $0.name == "inner" })
    #expect(outer.phase == .span && outer.duration >= inner.duration && report.total().seconds <= report.duration)
    #expect(report.totals["outer"]?[.span]?.calls == 1)
    #expect((report.totals["outer"]?[.span]?.seconds ?? 1) < outer.duration)
    #expect(report.chromeTrace().contains("\"span\"") && report.table().contains("outer"))
  }

  @Test func allocations() throws {
    let x = Tensor.ones(1000, 100), small = Tensor.ones(4)
    let report = profile {
      _ = profileSpan("both") { (x.exp(), x.cumsum(dim: 0)) }
      _ = small + 1
      _ = x.reshaped(100, 1000)
    }
    #expect(report.totals["exp"]?[.forward]?.allocated == 400_000 && report.totals["cumsum"]?[.forward]?.allocated == 400_000)
    #expect(report.events.first { $0.name == "both" }?.allocated == 800_000 && report.totals["both"]?[.span]?.allocated == 0)
    #expect(report.total().allocated == 800_000)
    #expect(report.table().contains("allocated"))
  }

  @Test func otherThreads() {
    let x = Tensor.ones(8)
    let report = profile {
      let scope = ProfileScope.current, done = DispatchGroup()
      for _ in 0..<2 {
        done.enter()
        Thread {
          #expect(ProfileScope.current == nil)
          scope?.run { _ = x.exp() }
          _ = x.log()
          done.leave()
        }.start()
      }
      done.wait()
      _ = x.sin()
    }
    #expect(report.threads == 3 && report.totals["exp"]?[.forward]?.calls == 2 && report.totals["log"] == nil)
    #expect(Set(report.events.map(\.thread)) == [0, 1, 2])
    #expect(report.events.allSatisfy { $0.start >= 0 && $0.start + $0.duration <= report.duration })
    #expect(report.chromeTrace().contains("forward, thread 2") && !report.table().contains("outside"))
    #expect(ProfileScope.current == nil)
  }

  /// Which steps torch.profiler.schedule(wait=1, warmup=1, active=2, repeat=2, skip_first=1) records, of ten.
  @Test func schedules() {
    func steps(_ schedule: ProfileSchedule, _ count: Int) -> [[Int]] {
      profile(schedule: schedule) { steps in
        for i in 0..<count {
          _ = Tensor.ones(i + 1) + 1
          steps.step()
        }
      }.map { $0.events.map { $0.shapes[0][0] - 1 } }
    }
    #expect(steps(ProfileSchedule(wait: 1, warmUp: 1, active: 2, repeats: 2, skipFirst: 1), 10) == [[3, 4], [7, 8]])
    #expect(steps(ProfileSchedule(wait: 1, warmUp: 1, active: 2, skipFirst: 1), 12) == [[3, 4], [7, 8], [11]])
    #expect(steps(ProfileSchedule(wait: 0, warmUp: 0, active: 2), 5) == [[0, 1], [2, 3], [4]])
    #expect(steps(ProfileSchedule(wait: 9, warmUp: 1, active: 1), 5) == [])
    #expect(throws: TensorError.self) { try catching { _ = ProfileSchedule(wait: -1, warmUp: 0, active: 0) } }
    // Outside of its steps nothing is slower: no scope is open.
    _ = profile(schedule: ProfileSchedule(wait: 1, warmUp: 0, active: 1)) { steps in
      #expect(ProfileScope.current == nil)
      steps.step()
      #expect(ProfileScope.current != nil)
    }
    #expect(ProfileScope.current == nil)
  }
}
