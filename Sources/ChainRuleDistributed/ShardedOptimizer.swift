import ChainRule
public import ChainRuleOptim

extension DataParallel {
  /// Returns the optimizer, of whose state each rank now keeps its part: stage 1 of ZeRO (Rajbhandari et al. 2020).
  ///
  ///     let optimizer = trainer.shardedOptimizer(AdamW(model.parameters(), lr: 3e-4))
  ///
  /// A step updates this rank's part of the elements, and the ranks then give each other what they have updated; the parameters have the
  /// same bits as without. `stateDict()` gathers the whole state, so all ranks call it together; what it gives is written once and loads
  /// on any number of ranks, or without any of this. Optimizers whose update of an element looks at others (LBFGS, Muon, Adafactor,
  /// SparseAdam) are refused.
  public func shardedOptimizer<O: Optimizer>(_ optimizer: O) -> O {
    if world.size > 1 { optimizer.share(SharedSteps(world)) }
    return optimizer
  }
}

/// Steps of which each rank does its part of the elements.
private final class SharedSteps: StateSharing {
  private let world: World
  private var pieces: [ObjectIdentifier: Piece] = [:]

  /// This rank's part of one parameter.
  private final class Piece {
    /// Which elements of the parameter, and where they lie in this rank's part of all elements of the type.
    let rows: Range<Int>
    let start: Int
    let leaf: Tensor
    let state = Optimizer.ParameterState()
    var isUsed = false

    init(_ rows: Range<Int>, start: Int, _ parameter: Tensor) {
      self.rows = rows
      self.start = start
      leaf = parameter.data.flattened()[rows].clone().asLeaf()
    }
  }

  /// All parameters of a type, as one row of elements that is cut into as many parts as there are ranks.
  private struct Row {
    let dtype: DType
    var members: [(parameter: Tensor, start: Int)] = []
    var count = 0
    func part(_ size: Int) -> Int { (count + size - 1) / size }
  }

  init(_ world: World) { self.world = world }

  private func rows(_ optimizer: Optimizer) -> [Row] {
    var rows: [Row] = []
    for parameter in optimizer.groups.flatMap(\.parameters) {
      let i = rows.firstIndex { $0.dtype == parameter.dtype } ?? rows.count
      if i == rows.count { rows.append(Row(dtype: parameter.dtype)) }
      rows[i].members.append((parameter, rows[i].count))
      rows[i].count += parameter.count
    }
    return rows
  }

  /// The pieces of the parameters that the optimizer has now.
  private func prepare(_ rows: [Row]) {
    for row in rows {
      let part = row.part(world.size), own = (world.rank * part)..<((world.rank + 1) * part)
      for (parameter, start) in row.members {
        guard let identity = parameter.leafIdentity, pieces[identity] == nil else { continue }
        let overlap = own.clamped(to: start..<(start + parameter.count))
        pieces[identity] = Piece(
          (overlap.lowerBound - start)..<(overlap.upperBound - start), start: overlap.lowerBound - own.lowerBound, parameter)
      }
    }
  }

  private func piece(_ parameter: Tensor) -> Piece? { parameter.leafIdentity.flatMap { pieces[$0] } }

  func step(_ optimizer: Optimizer) {
    let rows = rows(optimizer)
    prepare(rows)
    for group in optimizer.groups {
      let update = optimizer.update(for: group)
      for parameter in group.parameters {
        guard let gradient = parameter.grad, let piece = piece(parameter) else { continue }
        piece.isUsed = true
        piece.state.step += 1
        if piece.rows.isEmpty { continue }
        // Weights may have been loaded since the last step.
        piece.leaf.data = parameter.data.flattened()[piece.rows].clone()
        update(piece.leaf, gradient.flattened()[piece.rows].clone(), piece.state)
      }
    }
    for row in rows {
      let whole = gathered(row) { $0.grad == nil ? nil : self.piece($0)?.leaf.data }
      for (parameter, start) in row.members where parameter.grad != nil {
        parameter.data = whole[start..<(start + parameter.count)].reshaped(parameter.shape).clone()
      }
    }
  }

  /// One row of elements from all ranks' parts of it: `part` gives this rank's part of a parameter, zeros where it is nil.
  private func gathered(_ row: Row, _ part: (Tensor) -> Tensor?) -> Tensor {
    let length = row.part(world.size)
    var parts: [Tensor] = [], end = 0
    for (parameter, _) in row.members {
      guard let piece = piece(parameter), !piece.rows.isEmpty else { continue }
      parts.append(part(parameter) ?? Tensor.zeros([piece.rows.count], dtype: row.dtype))
      end += piece.rows.count
    }
    parts.append(Tensor.zeros([length - end], dtype: row.dtype))
    return refusing { () throws(DistributedError) in cat(try world.allGather(cat(parts))) }
  }

  private func refusing(_ body: () throws(DistributedError) -> Tensor) -> Tensor {
    do throws(DistributedError) {
      return try body()
    } catch {
      refuse(
        TensorError(.argument, error.description, hint: "See Documentation/Distributed.md on faults.", operation: "shardedOptimizer"))
      return Tensor(0.0)
    }
  }

  func wholeStates(_ optimizer: Optimizer) -> [ObjectIdentifier: Optimizer.ParameterState] {
    let rows = rows(optimizer), parameters = optimizer.groups.flatMap(\.parameters), names = optimizer.stateNumbers
    prepare(rows)
    // Which buffers there are, and the numbers beside them: a rank without elements of a parameter does not know.
    let width = 1 + optimizer.stateNames.count, numbers = width + names.count
    var own: [Double] = []
    for parameter in parameters {
      let piece = piece(parameter), buffers = piece?.state.buffers ?? []
      own.append(piece?.isUsed == true ? 1 : 0)
      for i in 0..<(width - 1) { own.append(buffers.indices.contains(i) ? (buffers[i].count > 0 ? 2 : 1) : 0) }
      for name in names { own.append(piece?.state.numbers[name] ?? -.infinity) }
    }
    let all = refusing { () throws(DistributedError) in stack(try world.allGather(Tensor(own, dtype: .float64))) }
    if isErrorPending || own.isEmpty { return [:] }
    let known = all.max(dim: 0).values.array(of: Double.self)
    var states: [ObjectIdentifier: Optimizer.ParameterState] = [:]
    for (p, parameter) in parameters.enumerated() where known[p * numbers] > 0 {
      guard let identity = parameter.leafIdentity, let piece = piece(parameter) else { continue }
      let state = Optimizer.ParameterState()
      state.step = piece.state.step
      for (i, name) in names.enumerated() where known[p * numbers + width + i] > -.infinity {
        state.numbers[name] = known[p * numbers + width + i]
      }
      let kinds = known[(p * numbers + 1)..<(p * numbers + width)]
      state.buffers = kinds.contains { $0 > 0 } ? kinds.map { _ in Tensor.zeros([0], dtype: parameter.dtype) } : []
      states[identity] = state
    }
    for row in rows {
      for i in 0..<(width - 1) {
        func isThere(_ parameter: Tensor) -> Bool {
          parameters.firstIndex { $0.leafIdentity == parameter.leafIdentity }.map { known[$0 * numbers + 1 + i] == 2 } ?? false
        }
        let members = row.members.filter { isThere($0.parameter) }
        if members.isEmpty { continue }
        let whole = gathered(row) { parameter in
          self.piece(parameter)?.state.buffers.dropFirst(i).first.flatMap { $0.count > 0 ? $0.flattened() : nil }
        }
        for (parameter, start) in members {
          guard let identity = parameter.leafIdentity else { continue }
          states[identity]?.buffers[i] = whole[start..<(start + parameter.count)].reshaped(parameter.shape).clone()
        }
      }
    }
    return states
  }

  func keep(_ states: [ObjectIdentifier: Optimizer.ParameterState], _ optimizer: Optimizer) {
    pieces = [:]
    prepare(rows(optimizer))
    for (identity, whole) in states {
      guard let piece = pieces[identity] else { continue }
      piece.isUsed = true
      piece.state.step = whole.step
      piece.state.numbers = whole.numbers
      if piece.rows.isEmpty { continue }
      piece.state.buffers = whole.buffers.map { $0.count == 0 ? $0 : $0.flattened()[piece.rows].clone() }
    }
  }
}
