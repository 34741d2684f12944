import ChainRule
import ChainRuleNN

extension OperatorTable {
  static let losses: Family = [
    "nn.functional.mse_loss": loss { mseLoss($0, $1, reduction: try $2.reduction()) },
    "nn.functional.l1_loss": loss { l1Loss($0, $1, reduction: try $2.reduction()) },
    "nn.functional.smooth_l1_loss": loss {
      smoothL1Loss($0, $1, beta: try $2.double(-1, "beta", default: 1), reduction: try $2.reduction())
    },
    "nn.functional.huber_loss": loss { huberLoss($0, $1, delta: try $2.double(-1, "delta", default: 1), reduction: try $2.reduction()) },
    "nn.functional.kl_div": loss { x, target, call in
      let logTarget = try call.bool(-1, "log_target", default: false)
      if call.string(-1, "reduction") == "batchmean" { return klDiv(x, target, logTarget: logTarget, reduction: .batchMean) }
      let rule: DivergenceReduction =
        switch try call.reduction() {
        case .none: .none
        case .mean: .mean
        case .sum: .sum
        }
      return klDiv(x, target, logTarget: logTarget, reduction: rule)
    },
    "nn.functional.binary_cross_entropy": loss {
      binaryCrossEntropy($0, $1, weight: try $2.optionalTensor(2, "weight"), reduction: try $2.reduction())
    },
    "nn.functional.binary_cross_entropy_with_logits": loss {
      binaryCrossEntropyWithLogits(
        $0, $1, weight: try $2.optionalTensor(2, "weight"), posWeight: try $2.optionalTensor(-1, "pos_weight"),
        reduction: try $2.reduction())
    },
    "nn.functional.nll_loss": loss {
      nllLoss(
        $0, $1, weight: try $2.optionalTensor(2, "weight"), ignoreIndex: try $2.int(-1, "ignore_index", default: -100),
        reduction: try $2.reduction())
    },
    "nn.functional.cross_entropy": loss {
      crossEntropy(
        $0, $1, weight: try $2.optionalTensor(2, "weight"), ignoreIndex: try $2.int(-1, "ignore_index", default: -100),
        labelSmoothing: try $2.double(-1, "label_smoothing", default: 0), reduction: try $2.reduction())
    },
  ]

  private static func loss(_ f: @escaping @Sendable (Tensor, Tensor, Call) throws -> Tensor) -> Implementation {
    { [try f(try $0.tensor(0), try $0.tensor(1, "target"), $0)] }
  }
}
