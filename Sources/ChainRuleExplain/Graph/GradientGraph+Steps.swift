public import ChainRule

extension GradientGraph {
  /// One step through the graph: a value is computed, or a gradient is passed on.
  public struct Step: Sendable {
    /// Which way.
    public enum Direction: Sendable {
      /// A value is computed.
      case forward
      /// A gradient is passed to the inputs.
      case backward
    }

    /// Which way.
    public let direction: Direction
    /// The node whose value is computed, or whose gradient is passed on.
    public let node: Int
    /// The edges a gradient goes along.
    public let edges: [Int]
    /// The gradients after the step, as far as they have been summed up.
    public let sums: [(node: Int, gradient: Tensor)]
    /// What happens, one sentence a line.
    public let words: Phrase
  }

  /// All steps: the values in the order of time, then the gradients back.
  public var steps: [Step] { forwardSteps + backwardSteps }

  private var forwardSteps: [Step] {
    nodes.indices.filter { nodes[$0].kind == .result || isFold($0) }.map { id in
      let value = valueText(of: id), line: String
      if isFold(id) {
        line = "\(title(of: id))\(Self.equals(Self.areExact(nodes[id].value)))\(value.isEmpty ? "?" : value)"
      } else {
        let operands = nodes[id].inputs.map { valueText(of: edges[$0].from) }
        let isExact = Self.areExact(nodes[id].inputs.map { nodes[edges[$0].from].value })
        let inserted = formula(of: id, operands: operands)
        let numbers = operands.contains("") || inserted == value ? "" : Self.equals(isExact) + inserted
        let result = Self.equals(isExact && Self.areExact(nodes[id].value)) + (value.isEmpty ? "?" : value)
        line = "\(nodes[id].name) = \(formula(of: id))\(numbers)\(result)"
      }
      return Step(direction: .forward, node: id, edges: nodes[id].inputs, sums: [], words: Phrase(line, line))
    }
  }

  private func isFold(_ id: Int) -> Bool { if case .folded = nodes[id].kind { true } else { false } }

  private var backwardSteps: [Step] {
    guard let seed = nodes[root].gradient else { return [] }
    let name = nodes[root].symbol
    let start = "\(derivativeName(root)) = \(TensorSummary(seed).short)"
    var steps = [
      Step(
        direction: .backward, node: root, edges: [], sums: [(root, seed)],
        words: Phrase(
          "\(start)\nThe backward pass starts at the result: \(name) changes by as much as itself."
            + "\nd\(name)/dv counts every path from v to \(name); ∂u/∂v is how u alone changes with v, its other inputs held.",
          "\(start)\n역전파는 결과에서 시작합니다. \(Particle.object.after(name)) 자기 자신으로 미분하면 1입니다."
            + "\nd\(name)/dv는 v에서 \(name)까지 가는 모든 경로를 합한 도함수이고, ∂u/∂v는 나머지 입력을 고정하고 구한 u의 국소 도함수입니다."))
    ]
    var partial: [Int: Tensor] = [:], arrived: [Int: Int] = [:]
    noGrad {
      for id in nodes.indices.reversed() where nodes[id].gradient != nil {
        let carrying = nodes[id].inputs.filter(carries)
        guard !carrying.isEmpty else { continue }
        var sums: [(node: Int, gradient: Tensor)] = [], english: [String] = [], korean: [String] = []
        for edge in carrying {
          guard let contribution = edges[edge].contribution else { continue }
          let from = edges[edge].from, total = partial[from].map { $0 + contribution } ?? contribution
          partial[from] = total
          arrived[from, default: 0] += 1
          sums.append((from, total))
          let line = sentence(edge, contribution), uses = uses(of: from)
          english.append(line)
          korean.append(line)
          guard uses.count > 1, arrived[from] == uses.count else { continue }
          let sum = sumSentence(from, uses), name = nodes[from].symbol, last = "\(name)(\(uses.count))"
          let times = uses.count == 2 ? "twice, as \(name)(1) and \(last)" : "\(uses.count) times, as \(name)(1) to \(last)"
          english += [sum, "\(name) is used \(times): its gradient is the sum over its uses."]
          korean += [
            sum,
            uses.count == 2
              ? "\(Particle.topic.after(name)) \(name)(1)과 \(last) 두 곳에 쓰였으므로 각 경로에서 온 기울기를 더합니다."
              : "\(Particle.topic.after(name)) \(name)(1)부터 \(last)까지 \(uses.count)곳에 쓰였으므로 각 경로에서 온 기울기를 더합니다.",
          ]
        }
        steps.append(
          Step(
            direction: .backward, node: id, edges: carrying, sums: sums,
            words: Phrase(english.joined(separator: "\n"), korean.joined(separator: "\n"))))
      }
    }
    return steps
  }

  /// `dL/dw = dL/ds * ∂s/∂w = 1 * 3 = 3`; of one use among several `dL/dw(2) = dL/ds * ∂s/∂w(2) = 1 * 3 = 3`.
  private func sentence(_ edge: Int, _ contribution: Tensor) -> String {
    let to = edges[edge].to, local = edges[edge].local.text
    let isExact = edges[edge].local.isExact && Self.areExact(nodes[to].gradient)
    let numbers = local.isEmpty ? "" : Self.equals(isExact) + Self.product([gradientText(of: to), local])
    let result = Self.equals(isExact && Self.areExact(contribution)) + TensorSummary(contribution).short
    return "\(contributionName(edge)) = \(derivativeName(to)) * \(factorName(edge))\(numbers)\(result)"
  }

  /// Beyond this many uses their sum is not written out.
  private static let writtenUses = 8

  /// `dL/dx = dL/dx(1) + dL/dx(2) = 2 + 1 = 3`.
  private func sumSentence(_ id: Int, _ uses: [Int]) -> String {
    let name = "\(derivativeName(id)) = ", isExact = Self.areExact(uses.map { edges[$0].contribution })
    let result = Self.equals(isExact && Self.areExact(nodes[id].gradient)) + gradientText(of: id)
    guard uses.count <= Self.writtenUses else {
      return name + "\(contributionName(uses[0])) + ... + \(contributionName(uses[uses.count - 1]))" + result
    }
    let numbers = uses.map { edges[$0].contribution.map { Self.leading(TensorSummary($0).short) } ?? "" }
    return name + uses.map(contributionName).joined(separator: " + ") + Self.equals(isExact) + Self.sum(numbers) + result
  }
}
