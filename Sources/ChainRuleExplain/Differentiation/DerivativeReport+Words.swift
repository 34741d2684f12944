import ChainRuleSymbolic

// What a report says, in each language.

extension DerivativeReport.Method {
  /// The name in a language.
  public func title(_ language: ExplanationLanguage) -> String {
    let korean =
      switch self {
      case .forwardDifference: "전진 차분"
      case .centralDifference: "중심 차분"
      case .complexStep: "복소 증분"
      case .richardson: "Richardson 외삽"
      case .symbolic: "기호 미분"
      case .reverse: "자동 미분(역방향)"
      case .forward: "자동 미분(순방향)"
      }
    return Phrase(rawValue, korean)(language)
  }
}

extension DerivativeReport.Cost {
  /// The cost in a language.
  package func text(_ language: ExplanationLanguage) -> String {
    switch self {
    case .evaluations(let count):
      let number = NumberText.count(count)
      return Phrase("\(number) evaluation" + (count == 1 ? "" : "s"), "함수 계산 \(number)번")(language)
    case .operations(let count):
      let number = NumberText.count(count)
      return Phrase("\(number) operation" + (count == 1 ? "" : "s"), "연산 \(number)개")(language)
    case .tensorOperations(let count):
      let number = NumberText.count(count)
      return Phrase("\(number) tensor operations", "텐서 연산 \(number)개")(language)
    }
  }
}

extension NumericDifferentiation.Result {
  /// `remark` in every language.
  var remarks: Phrase? { remark.map { Phrase($0, korean ?? $0) } }

  private var korean: String? {
    let name = order == 1 ? "도함수" : "\(order)계 도함수"
    let short = { (value: Double) in NumberText.significant(value, digits: 6) }
    let side = { (side: NumericDifferentiation.Side) in side == .left ? "왼쪽" : "오른쪽" }
    switch diagnosis {
    case nil: return nil
    case .converged:
      guard let nearby else { return nil }
      let kind =
        switch nearby.kind {
        case .kink: "꺾인 점"
        case .jump: "불연속점"
        case .pole: "극점"
        case .edge: "정의역의 끝"
        }
      return "\(short(nearby.place))에 \(kind)이 있어, 그 점에 닿지 않는 증분만 썼습니다"
    case .kink(let left, let right): return "꺾인 점입니다. 왼쪽 \(name)는 \(short(left)), 오른쪽 \(name)는 \(short(right))입니다"
    case .jump(let left, let right):
      return left == right
        ? "불연속점입니다. 함숫값이 양옆의 \(short(left))와 달라 \(name)가 없습니다"
        : "불연속점입니다. 함숫값이 \(short(left))에서 \(short(right))로 뛰어 \(name)가 없습니다"
    case .pole: return "극점입니다. 함숫값이 한없이 커져 \(name)가 없습니다"
    case .unbounded: return "증분을 줄일수록 차분의 몫이 한없이 커져 \(name)가 수로 존재하지 않습니다"
    case .edge(let one): return "함수가 \(side(one))에서만 정의되어, \(side(one)) \(name)입니다"
    case .notConverged: return "어떤 증분으로도 답을 얻지 못했습니다. 오차가 값만큼 클 수 있습니다"
    case .lostStep: return "점에 증분을 더해도 반올림되어 같은 점이 되므로 차분이 아무것도 말해 주지 않습니다"
    }
  }
}
