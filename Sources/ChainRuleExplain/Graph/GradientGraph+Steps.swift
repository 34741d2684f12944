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
    public let text: String
    /// The same in Korean.
    public let korean: String
  }

  /// All steps: the values in the order of time, then the gradients back.
  public var steps: [Step] { forwardSteps + backwardSteps }

  private var forwardSteps: [Step] {
    nodes.indices.filter { nodes[$0].kind == .result || isFold($0) }.map { id in
      let value = valueText(of: id), line: String
      if isFold(id) {
        line = "\(title(of: id)) = \(value.isEmpty ? "?" : value)"
      } else {
        let operands = nodes[id].inputs.map { Self.factor(valueText(of: edges[$0].from)) }
        let numbers = operands.contains("()") || operands.contains("") ? "" : " = \(formula(of: id, operands: operands))"
        line = "\(nodes[id].name) = \(formula(of: id))\(numbers) = \(value.isEmpty ? "?" : value)"
      }
      return Step(direction: .forward, node: id, edges: nodes[id].inputs, sums: [], text: line, korean: line)
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
        text: "\(start)\nThe backward pass starts at the result: \(name) changes by as much as itself.",
        korean: "\(start)\n역전파는 결과에서 시작합니다: \(name) 자신에 대한 미분은 1입니다.")
    ]
    var partial: [Int: (gradient: Tensor, paths: Int)] = [:]
    noGrad {
      for id in nodes.indices.reversed() where nodes[id].gradient != nil {
        let carrying = nodes[id].inputs.filter(carries)
        guard !carrying.isEmpty else { continue }
        var sums: [(node: Int, gradient: Tensor)] = [], english: [String] = [], korean: [String] = []
        for edge in carrying {
          guard let contribution = edges[edge].contribution else { continue }
          let from = edges[edge].from, before = partial[from]
          let total = before.map { $0.gradient + contribution } ?? contribution
          partial[from] = (total, (before?.paths ?? 0) + 1)
          sums.append((from, total))
          let line = sentence(edge, contribution, before?.gradient, total)
          english.append(line)
          korean.append(line)
          if before != nil {
            english.append("\(nodes[from].symbol) is used more than once: the contributions of its paths are added.")
            korean.append("\(nodes[from].symbol)은(는) 여러 번 쓰였으므로 각 경로의 기여를 더합니다.")
          }
        }
        steps.append(
          Step(
            direction: .backward, node: id, edges: carrying, sums: sums, text: english.joined(separator: "\n"),
            korean: korean.joined(separator: "\n")))
      }
    }
    return steps
  }

  /// `dL/dw = dL/ds * ds/dw = 1 * 3 = 3`, or with what had arrived before: `dL/dw = 2 + dL/ds * ds/dw = 2 + 1 * 3 = 5`.
  private func sentence(_ edge: Int, _ contribution: Tensor, _ before: Tensor?, _ total: Tensor) -> String {
    let (from, to) = (edges[edge].from, edges[edge].to)
    let sum = before.map { TensorSummary($0).short + " + " } ?? ""
    let local = edges[edge].local.text
    let symbols = "\(sum)\(derivativeName(to)) * \(factorName(edge))"
    let numbers = local.isEmpty ? "" : " = \(sum)\(Self.product([gradientText(of: to), local]))"
    return "\(derivativeName(from)) = \(symbols)\(numbers) = \(TensorSummary(total).short)"
  }
}
