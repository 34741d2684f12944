import ChainRule
import ChainRuleNN
import ChainRuleOptim

extension ModuleExample {
  static let losses: [String: ModuleExample] = [
    "MSELoss": loss("MSELoss()", { MSELoss() }),
    "L1Loss": loss("L1Loss()", { L1Loss() }),
    "SmoothL1Loss": loss("SmoothL1Loss()", { SmoothL1Loss() }),
    "HuberLoss": loss("HuberLoss()", { HuberLoss() }),
    "KLDivLoss": loss("KLDivLoss(reduction: .batchMean)", { KLDivLoss(reduction: .batchMean) }),
    "PoissonNLLLoss": loss("PoissonNLLLoss()", { PoissonNLLLoss() }),
    "HingeEmbeddingLoss": loss("HingeEmbeddingLoss()", { HingeEmbeddingLoss() }),
    "SoftMarginLoss": loss("SoftMarginLoss()", { SoftMarginLoss() }),
    "BCEWithLogitsLoss": loss("BCEWithLogitsLoss()", { BCEWithLogitsLoss() }),
    "MultiLabelSoftMarginLoss": loss("MultiLabelSoftMarginLoss()", { MultiLabelSoftMarginLoss() }),
    "BCELoss": loss("BCELoss()", { BCELoss() }, input: [[0.2, 0.9], [0.6, 0.4]]),
    "CrossEntropyLoss": loss("CrossEntropyLoss()", { CrossEntropyLoss() }, target: Tensor([1, 0])),
    "NLLLoss": loss("NLLLoss()", { NLLLoss() }, target: Tensor([1, 0])),
    "MultiMarginLoss": loss("MultiMarginLoss()", { MultiMarginLoss() }, target: Tensor([1, 0])),
    "MultiLabelMarginLoss": loss("MultiLabelMarginLoss()", { MultiLabelMarginLoss() }, target: Tensor([[1, -1], [0, 1]])),
  ]

  static let optimizers: [String: ModuleExample] = [
    "SGD": optimizer("SGD(weights, lr: 0.1, momentum: 0.9)") { weights in SGD(weights, lr: 0.1, momentum: 0.9) },
    "Adam": optimizer("Adam(weights, lr: 0.1)") { weights in Adam(weights, lr: 0.1) },
    "AdamW": optimizer("AdamW(weights, lr: 0.1)") { weights in AdamW(weights, lr: 0.1) },
    "Adamax": optimizer("Adamax(weights, lr: 0.1)") { weights in Adamax(weights, lr: 0.1) },
    "NAdam": optimizer("NAdam(weights, lr: 0.1)") { weights in NAdam(weights, lr: 0.1) },
    "RAdam": optimizer("RAdam(weights, lr: 0.1)") { weights in RAdam(weights, lr: 0.1) },
    "Adagrad": optimizer("Adagrad(weights, lr: 0.1)") { weights in Adagrad(weights, lr: 0.1) },
    "Adadelta": optimizer("Adadelta(weights)") { weights in Adadelta(weights) },
    "RMSprop": optimizer("RMSprop(weights, lr: 0.1)") { weights in RMSprop(weights, lr: 0.1) },
    "Rprop": optimizer("Rprop(weights)") { weights in Rprop(weights) },
    "ASGD": optimizer("ASGD(weights, lr: 0.1)") { weights in ASGD(weights, lr: 0.1) },
    "Adafactor": optimizer("Adafactor(weights, lr: 0.1)") { weights in Adafactor(weights, lr: 0.1) },
    "Muon": optimizer("Muon(weights, lr: 0.1)") { weights in Muon(weights, lr: 0.1) },
    "LBFGS": optimizer("LBFGS(weights, lr: 0.1)") { weights in LBFGS(weights, lr: 0.1) },
  ]

  static let schedules: [String: ModuleExample] = [
    "StepLR": schedule("StepLR(optimizer, stepSize: 2, gamma: 0.5)") { optimizer in StepLR(optimizer, stepSize: 2, gamma: 0.5) },
    "MultiStepLR": schedule("MultiStepLR(optimizer, milestones: [2, 4])") { optimizer in MultiStepLR(optimizer, milestones: [2, 4]) },
    "ConstantLR": schedule(
      "ConstantLR(optimizer, factor: 0.5, totalIters: 3)"
    ) { optimizer in
      ConstantLR(optimizer, factor: 0.5, totalIters: 3)
    },
    "LinearLR": schedule(
      "LinearLR(optimizer, startFactor: 0.25, totalIters: 4)"
    ) { optimizer in
      LinearLR(optimizer, startFactor: 0.25, totalIters: 4)
    },
    "ExponentialLR": schedule("ExponentialLR(optimizer, gamma: 0.5)") { optimizer in ExponentialLR(optimizer, gamma: 0.5) },
    "PolynomialLR": schedule("PolynomialLR(optimizer, totalIters: 4)") { optimizer in PolynomialLR(optimizer, totalIters: 4) },
    "CosineAnnealingLR": schedule("CosineAnnealingLR(optimizer, tMax: 4)") { optimizer in CosineAnnealingLR(optimizer, tMax: 4) },
    "CosineAnnealingWarmRestarts": schedule(
      "CosineAnnealingWarmRestarts(optimizer, t0: 2)"
    ) { optimizer in
      CosineAnnealingWarmRestarts(optimizer, t0: 2)
    },
    "OneCycleLR": schedule(
      "OneCycleLR(optimizer, maxLR: 1.0, totalSteps: 6)"
    ) { optimizer in
      OneCycleLR(optimizer, maxLR: 1.0, totalSteps: 6)
    },
    "CyclicLR": schedule(
      "CyclicLR(optimizer, baseLR: 0.1, maxLR: 1.0, stepSizeUp: 2)"
    ) { optimizer in
      CyclicLR(optimizer, baseLR: 0.1, maxLR: 1.0, stepSizeUp: 2)
    },
    "LambdaLR": schedule("LambdaLR(optimizer) { 1 / Double($0 + 1) }") { optimizer in LambdaLR(optimizer) { 1 / Double($0 + 1) } },
    "MultiplicativeLR": schedule("MultiplicativeLR(optimizer) { _ in 0.5 }") { optimizer in MultiplicativeLR(optimizer) { _ in 0.5 } },
    "SequentialLR": schedule(
      "SequentialLR(optimizer, schedules: [ConstantLR(optimizer, totalIters: 2), ExponentialLR(optimizer, gamma: 0.5)], milestones: [2])"
    ) { optimizer in
      SequentialLR(optimizer, schedules: [ConstantLR(optimizer, totalIters: 2), ExponentialLR(optimizer, gamma: 0.5)], milestones: [2])
    },
    "ChainedScheduler": schedule(
      "ChainedScheduler([ConstantLR(optimizer, totalIters: 2), ExponentialLR(optimizer, gamma: 0.5)])"
    ) { optimizer in
      ChainedScheduler([ConstantLR(optimizer, totalIters: 2), ExponentialLR(optimizer, gamma: 0.5)])
    },
    "SWALR": schedule("SWALR(optimizer, swaLR: 0.1, annealEpochs: 3)") { optimizer in SWALR(optimizer, swaLR: 0.1, annealEpochs: 3) },
  ]
}
