import ChainRule
import ChainRuleNN
import ChainRuleOptim
import Figures

/// A deep Q-network (Mnih et al. 2015), with the double estimate of van Hasselt et al. (2016), balances a pole on a cart.
@main
struct DQN {
  static func main() throws {
    var figures = Figures("dqn"), losses: [Double] = []
    if Figures.isSmall {
      let steps = try episodesToSolve(seed: 0, most: 15, &losses).steps
      figures.report("first loss", losses[0], within: 1e-5)
      figures.report("steps of 15 episodes", Double(steps), within: 0)
    } else {
      var counts: [Int] = []
      for seed in 0..<10 {
        counts.append(try episodesToSolve(seed: seed, most: 1000, &losses).episodes)
        print("seed \(seed): \(counts[seed]) episodes")
      }
      counts.sort()
      figures.report("first loss", losses[0], within: 1e-5)
      // One rounding sends a run another way: what compares is how long it takes over several seeds.
      figures.report("median episodes of 10 seeds", Double(counts[4] + counts[5]) / 2, within: 0.5, isRelative: true)
    }
    figures.finish()
  }

  static func network() -> Sequential {
    Sequential {
      Linear(4, 128)
      ReLU()
      Linear(128, 128)
      ReLU()
      Linear(128, 2)
    }
  }

  /// What was seen last: a ring of states, what was done there, what came next, and whether it went on.
  struct Memory {
    static let capacity = 20_000
    var states = Tensor.zeros(capacity, 4), nexts = Tensor.zeros(capacity, 4)
    var actions = Tensor.zeros([capacity], dtype: .int64), goesOn = Tensor.zeros(capacity)
    var count = 0

    mutating func add(_ state: [Double], _ action: Int, _ next: [Double], _ fell: Bool) {
      let i = count % Self.capacity
      states[i] = Tensor(state)
      nexts[i] = Tensor(next)
      actions[i] = action
      goesOn[i] = fell ? 0.0 : 1.0
      count += 1
    }
  }

  /// How many episodes, and steps, it takes until the last 100 episodes lasted 195 steps on average.
  static func episodesToSolve(seed: Int, most: Int, _ losses: inout [Double]) throws -> (episodes: Int, steps: Int) {
    manualSeed(seed)
    let q = network(), target = network()
    try target.load(q.stateDict())
    let optimizer = Adam(q.parameters(), lr: 5e-4)
    var world = CartPole(), memory = Memory(), lengths: [Int] = []
    while lengths.count < most {
      world.reset()
      var isOver = false
      while !isOver {
        let state = world.state
        let explores = Tensor.rand(1).item() < max(0.02, 1 - Double(memory.count) / 5000)
        let action =
          explores ? Tensor.randint(0, 2, [1]).item(as: Int.self) : noGrad { q(Tensor([state])).argmax(dim: 1).item(as: Int.self) }
        let outcome = world.step(action)
        isOver = outcome.isOver
        memory.add(state, action, world.state, outcome.fell)
        if memory.count >= 200 { losses.append(learn(q, target, optimizer, memory)) }
        if memory.count % 200 == 0 { try target.load(q.stateDict()) }
      }
      lengths.append(world.steps)
      if lengths.count >= 100 && lengths.suffix(100).reduce(0, +) >= 195 * 100 { break }
    }
    return (lengths.count, memory.count)
  }

  /// One step on 64 moves out of the memory.
  static func learn(_ q: Sequential, _ target: Sequential, _ optimizer: Adam, _ memory: Memory) -> Double {
    let rows = Tensor.randint(0, min(memory.count, Memory.capacity), [64])
    let next = memory.nexts[rows]
    let goal = noGrad {
      let best = q(next).argmax(dim: 1, keepDim: true)
      return 1 + 0.99 * memory.goesOn[rows] * target(next).gather(dim: 1, index: best).squeezed(1)
    }
    let value = q(memory.states[rows]).gather(dim: 1, index: memory.actions[rows].unsqueezed(1)).squeezed(1)
    let loss = smoothL1Loss(value, goal)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
    return loss.item()
  }
}
