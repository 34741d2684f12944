/// The rules of recurrent layers in tensor operations, one step after the other.
extension Recurrent {
  /// The gradients of all inputs.
  func stepwise(_ dy: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let h = s.output(0), w = s.input(stateWeight), blocks = s.output(kept), hBefore = before(h, s.input(1)), projection = projection
    let applied = mode == .lstm ? before(s.output(1), s.input(2)) : hBefore
    var dh = Tensor.zeros(like: s.input(1)), carry = mode == .lstm ? Tensor.zeros(like: s.input(2)) : dh
    var steps: [Tensor] = [], outer: [Tensor] = []
    for t in order(h.size(0)).reversed() {
      if let gradient = dy[0] { dh = dh + gradient[t] }
      if let projection {
        outer.append(dh)
        dh = dh.matmul(s.input(projection))
        if let gradient = whole.flatMap({ dy[$0] }) { dh = dh + gradient[t] }
      }
      let step = Step(
        blocks: blocks[t].chunk(mode.blocks, dim: 1), applied: applied[t], cell: mode == .lstm ? s.output(1)[t] : nil,
        outer: kept > 0 ? dy[kept]?[t].chunk(mode.blocks, dim: 1) : nil)
      if mode == .lstm, let gradient = dy[1] { carry = carry + gradient[t] }
      let dz = gradient(step, dh, &carry)
      steps.append(dz)
      dh = ownPart(dz, 1).matmul(w)
    }
    let dz = inTime(steps)
    return gradients(dz, mode == .gru ? dh + carry : dh, carry, hBefore, outer.isEmpty ? nil : inTime(outer), s)
  }

  /// One step: its blocks, the state that they were applied to, c after it, and what comes into the blocks from outside.
  private struct Step {
    let blocks: [Tensor]
    let applied: Tensor
    let cell: Tensor?
    let outer: [Tensor]?
  }

  /// The gradients of a step's blocks before their activations, and in place of `carry` what goes past them to the step before.
  private func gradient(_ step: Step, _ dh: Tensor, _ carry: inout Tensor) -> Tensor {
    let b = step.blocks
    func outer(_ i: Int, _ value: Tensor) -> Tensor { step.outer.map { value + $0[i] } ?? value }
    switch mode {
    case .tanh, .relu: return dh * slope(b[0])
    case .gru:
      let total = dh + carry, dn = outer(0, total * (1 - b[2])) * (1 - b[0] * b[0])
      let dr = outer(1, dn * b[3]) * b[1] * (1 - b[1]), dz = outer(2, total * (step.applied - b[0])) * b[2] * (1 - b[2])
      carry = total * b[2]
      return cat([dn, dr, dz, outer(3, dn * b[1])], dim: 1)
    case .lstm:
      let tanh = step.cell!.tanh(), dc = carry + dh * b[3] * (1 - tanh * tanh)
      let raw = [outer(0, dc * b[2]), outer(1, dc * step.applied), outer(2, dc * b[0]), outer(3, dh * tanh)]
      carry = dc * b[1]
      return cat(raw, dim: 1) * slopes(b)
    }
  }

  /// What the blocks' gradients make those of the inputs.
  private func gradients(
    _ dz: Tensor, _ dh0: Tensor, _ dc0: Tensor, _ hBefore: Tensor, _ outer: Tensor?, _ s: SavedList
  ) -> [Tensor?] {
    func rows(_ x: Tensor) -> Tensor { x.reshaped(-1, x.size(2)) }
    func weight(_ d: Tensor, _ from: Tensor) -> Tensor { rows(d).T.matmul(rows(from)) }
    let input = inputPart(dz), own = ownPart(dz, 2)
    return s.needs.indices.map { i in
      guard s.needs[i] else { return nil }
      if i == 0 { return input.matmul(s.input(inputWeight)) }
      if i == 1 { return dh0 }
      if i == inputWeight { return weight(input, s.input(0)) }
      if i == stateWeight { return weight(own, hBefore) }
      if i == bias { return rows(dz).sum(dim: 0) }
      if i == projection { return outer.flatMap { outer in whole.map { weight(outer, s.output($0)) } } }
      return dc0
    }
  }

  /// What the state goes into, of blocks along `dim`.
  private func ownPart(_ blocks: Tensor, _ dim: Int) -> Tensor {
    mode == .gru ? cat(Array(blocks.chunk(4, dim: dim)[1...]), dim: dim) : blocks
  }

  /// What the input goes into, in the order of its weights' rows.
  private func inputPart(_ blocks: Tensor) -> Tensor {
    guard mode == .gru else { return blocks }
    let part = blocks.chunk(4, dim: 2)
    return cat([part[1], part[2], part[0]], dim: 2)
  }

  /// The derivative of a simple layer's function in terms of its result.
  private func slope(_ h: Tensor) -> Tensor { mode == .tanh ? 1 - h * h : (h .> 0).to(h.dtype) }

  /// The derivatives of the activations of a long short-term memory in terms of their results.
  private func slopes(_ gates: [Tensor]) -> Tensor {
    cat(gates.enumerated().map { $0 == 2 ? 1 - $1 * $1 : $1 * (1 - $1) }, dim: 1)
  }

  private func order(_ steps: Int) -> [Int] { isReversed ? (0..<steps).reversed() : Array(0..<steps) }

  /// What was made from the last step that ran to the first, in the order of time.
  private func inTime(_ steps: [Tensor]) -> Tensor { stack(isReversed ? steps : steps.reversed()) }

  /// The states that each step started from.
  private func before(_ state: Tensor, _ first: Tensor) -> Tensor {
    isReversed ? cat([state[1...], first.unsqueezed(0)]) : cat([first.unsqueezed(0), state[..<(-1)]])
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let h = s.output(0), blocks = s.output(kept), hBefore = before(h, s.input(1))
    let applied = mode == .lstm ? before(s.output(1), s.input(2)) : hBefore
    var state = (0..<mode.states).map { dx[1 + $0] ?? Tensor.zeros(like: s.input(1 + $0)) }, results: [[Tensor]] = []
    for t in order(h.size(0)) {
      let step = Step(
        blocks: blocks[t].chunk(mode.blocks, dim: 1), applied: applied[t], cell: mode == .lstm ? s.output(1)[t] : nil, outer: nil)
      var input = Tensor.zeros([h.size(1), s.input(inputWeight).size(0)], dtype: h.dtype), own = state[0].matmul(s.input(stateWeight).T)
      if let tangent = dx[0] { input = input + tangent[t].matmul(s.input(inputWeight).T) }
      if let tangent = dx[inputWeight] { input = input + s.input(0)[t].matmul(tangent.T) }
      if let tangent = dx[stateWeight] { own = own + hBefore[t].matmul(tangent.T) }
      var (next, dblocks) = tangent(step, state, (input, own), bias.flatMap { dx[$0] })
      let dwhole = next[0]
      if let projection {
        next[0] = dwhole.matmul(s.input(projection).T)
        if let tangent = dx[projection], let whole { next[0] = next[0] + s.output(whole)[t].matmul(tangent.T) }
      }
      state = next
      results.append(state + (kept > 0 ? [dblocks] : []) + (isProjected ? [dwhole] : []))
    }
    if isReversed { results.reverse() }
    return results[0].indices.map { i in stack(results.map { $0[i] }) }
  }

  /// The tangents of a step's states, before a projection, and of its blocks.
  ///
  /// - Parameter d: those of what input and state add to the gates.
  private func tangent(
    _ step: Step, _ state: [Tensor], _ d: (input: Tensor, own: Tensor), _ bias: Tensor?
  ) -> (states: [Tensor], blocks: Tensor) {
    let b = step.blocks
    func biased(_ z: Tensor) -> Tensor { bias.map { z + $0 } ?? z }
    switch mode {
    case .tanh, .relu:
      let dh = biased(d.input + d.own) * slope(b[0])
      return ([dh], dh)
    case .gru:
      let x = d.input.chunk(3, dim: 1), own = d.own.chunk(3, dim: 1)
      let z = biased(cat([x[2], x[0] + own[0], x[1] + own[1], own[2]], dim: 1)).chunk(4, dim: 1)
      let dr = z[1] * b[1] * (1 - b[1]), du = z[2] * b[2] * (1 - b[2])
      let dn = (z[0] + dr * b[3] + b[1] * z[3]) * (1 - b[0] * b[0])
      return ([dn + du * (step.applied - b[0]) + b[2] * (state[0] - dn)], cat([dn, dr, du, z[3]], dim: 1))
    case .lstm:
      let gates = biased(d.input + d.own) * slopes(b), g = gates.chunk(4, dim: 1), tanh = step.cell!.tanh()
      let dc = g[1] * step.applied + b[1] * state[1] + g[0] * b[2] + b[0] * g[2]
      return ([g[3] * tanh + b[3] * (1 - tanh * tanh) * dc, dc], gates)
    }
  }
}
