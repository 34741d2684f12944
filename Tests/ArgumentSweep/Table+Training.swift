import ChainRule
import ChainRuleData
import ChainRuleNN
import ChainRuleOptim
import Foundation

extension Table {
  private static func leaf() -> Tensor {
    let leaf = t(2).asLeaf()
    (leaf * leaf).sum().backward()
    return leaf
  }

  /// What two steps of an optimizer make of a leaf.
  private static func stepped(_ make: ([Tensor]) -> Optimizer) -> Tensor {
    let leaf = leaf(), optimizer = make([leaf])
    for _ in 0..<2 { optimizer.step() }
    return leaf
  }

  private static func matrixLeaf() -> Tensor {
    let leaf = t(2, 3).asLeaf()
    (leaf * leaf).sum().backward()
    return leaf
  }

  /// What two steps of an optimizer of matrices make of one.
  private static func steppedMatrix(_ make: ([Tensor]) -> Optimizer) -> Tensor {
    let leaf = matrixLeaf(), optimizer = make([leaf])
    for _ in 0..<2 { optimizer.step() }
    return leaf
  }

  /// What two searches of an optimizer with a closure make of a leaf.
  private static func minimized(_ make: ([Tensor]) -> Optimizer) -> Tensor {
    let leaf = leaf(), optimizer = make([leaf])
    for _ in 0..<2 {
      optimizer.step {
        optimizer.zeroGrad()
        let loss = (leaf * leaf).sum()
        loss.backward()
        return loss
      }
    }
    return leaf
  }

  private static func sgd() -> SGD { SGD([leaf()], lr: 0.1, momentum: 0.9) }

  /// The rate after some steps of a schedule.
  private static func scheduled(_ make: (Optimizer) -> LearningRateSchedule) -> Double {
    let optimizer = sgd(), schedule = make(optimizer)
    for _ in 0..<4 { schedule.step() }
    return optimizer.groups.first?.number("lr") ?? 0
  }

  static let training: [Call] = optimizers + schedules + data + modules + distributed

  private static let optimizers: [Call] = [
    call("SGD.init(_:lr:momentum:dampening:weightDecay:nesterov:maximize:)", 0.1, 0.9, 0.0, 0.1) { lr, m, d, w in
      stepped { SGD($0, lr: lr, momentum: m, dampening: d, weightDecay: w) }
    },
    call("SGD.init(groups:lr:momentum:dampening:weightDecay:nesterov:maximize:)", 0.1, 0.9, 0.0, 0.1) { lr, m, d, w in
      stepped { SGD(groups: [ParameterGroup($0)], lr: lr, momentum: m, dampening: d, weightDecay: w) }
    },
    call("Adam.init(_:lr:betas:eps:weightDecay:amsgrad:maximize:)", 0.1, 0.9, 0.99, 1e-8, 0.1) { lr, a, b, e, w in
      stepped { Adam($0, lr: lr, betas: (a, b), eps: e, weightDecay: w) }
    },
    call("Adam.init(groups:lr:betas:eps:weightDecay:amsgrad:maximize:)", 0.1, 0.9, 0.99, 1e-8, 0.1) { lr, a, b, e, w in
      stepped { Adam(groups: [ParameterGroup($0)], lr: lr, betas: (a, b), eps: e, weightDecay: w) }
    },
    call("AdamW.init(_:lr:betas:eps:weightDecay:amsgrad:maximize:)", 0.1, 0.9, 0.99, 1e-8, 0.1) { lr, a, b, e, w in
      stepped { AdamW($0, lr: lr, betas: (a, b), eps: e, weightDecay: w) }
    },
    call("AdamW.init(groups:lr:betas:eps:weightDecay:amsgrad:maximize:)", 0.1, 0.9, 0.99, 1e-8, 0.1) { lr, a, b, e, w in
      stepped { AdamW(groups: [ParameterGroup($0)], lr: lr, betas: (a, b), eps: e, weightDecay: w) }
    },
    call("RMSprop.init(_:lr:alpha:eps:weightDecay:momentum:centered:maximize:)", 0.1, 0.9, 1e-8, 0.1, 0.9) { lr, a, e, w, m in
      stepped { RMSprop($0, lr: lr, alpha: a, eps: e, weightDecay: w, momentum: m) }
    },
    call("RMSprop.init(groups:lr:alpha:eps:weightDecay:momentum:centered:maximize:)", 0.1, 0.9, 1e-8, 0.1, 0.9) { lr, a, e, w, m in
      stepped { RMSprop(groups: [ParameterGroup($0)], lr: lr, alpha: a, eps: e, weightDecay: w, momentum: m) }
    },
    call("Adagrad.init(_:lr:lrDecay:weightDecay:initialAccumulatorValue:eps:maximize:)", 0.1, 0.1, 0.1, 0.1, 1e-8) { lr, d, w, i, e in
      stepped { Adagrad($0, lr: lr, lrDecay: d, weightDecay: w, initialAccumulatorValue: i, eps: e) }
    },
    call("Adagrad.init(groups:lr:lrDecay:weightDecay:initialAccumulatorValue:eps:maximize:)", 0.1, 0.1, 0.1, 0.1, 1e-8) { lr, d, w, i, e in
      stepped { Adagrad(groups: [ParameterGroup($0)], lr: lr, lrDecay: d, weightDecay: w, initialAccumulatorValue: i, eps: e) }
    },
    call("clipGradNorm(_:maxNorm:normType:errorIfNonfinite:)", 1.0, 2.0) { clipGradNorm([leaf()], maxNorm: $0, normType: $1) },
    call("clipGradNorm(_:maxNorm:normType:errorIfNonfinite:)", [t(2).asLeaf()], 1.0) { clipGradNorm($0, maxNorm: $1) },
    call("clipGradValue(_:_:)", 1.0) { clipGradValue([leaf()], $0) },
    call("clipGradValue(_:_:)", [t(2).asLeaf()], 1.0) { clipGradValue($0, $1) },
    call("ParameterGroup.init(_:_:)", [t(2).asLeaf()]) { SGD(groups: [ParameterGroup($0)]).step() },
    call("OptionValue.init(floatLiteral:)", 0.1) { value in
      stepped { SGD(groups: [ParameterGroup($0, ["lr": OptionValue(floatLiteral: value)])]) }
    },
    call("OptionValue.init(integerLiteral:)", 1) { value in
      stepped { SGD(groups: [ParameterGroup($0, ["lr": OptionValue(integerLiteral: value)])]) }
    },
    call("Optimizer.stateShape(_:_:)", t(2)) { _ = sgd().stateShape("momentum_buffer", $0) },
    call("SGD.stateShape(_:_:)", t(2)) { _ = sgd().stateShape("momentum_buffer", $0) },
    call("Adam.stateShape(_:_:)", t(2)) { _ = Adam([leaf()]).stateShape("momentum_buffer", $0) },
    call("RMSprop.stateShape(_:_:)", t(2)) { _ = RMSprop([leaf()]).stateShape("momentum_buffer", $0) },
    call("Adagrad.stateShape(_:_:)", t(2)) { _ = Adagrad([leaf()]).stateShape("momentum_buffer", $0) },
    call("withFiniteChecks(parameters:_:)", t(2)) { a in try withFiniteChecks(parameters: [(name: "a", tensor: a)]) { a + 1 } },
    call("Optimizer.state(of:)", t(2)) { _ = sgd().state(of: $0) },
    call("Adadelta.init(_:lr:rho:eps:weightDecay:maximize:)", 0.1, 0.9, 1e-6, 0.1) { a, b, c, d in
      stepped { Adadelta($0, lr: a, rho: b, eps: c, weightDecay: d) }
    },
    call("Adadelta.init(groups:lr:rho:eps:weightDecay:maximize:)", 0.1, 0.9, 1e-6, 0.1) { a, b, c, d in
      stepped { Adadelta(groups: [ParameterGroup($0)], lr: a, rho: b, eps: c, weightDecay: d) }
    },
    call("Adadelta.stateShape(_:_:)", t(2)) { _ = Adadelta([leaf()]).stateShape("square_avg", $0) },
    call("Adafactor.init(_:lr:beta2Decay:eps:d:weightDecay:maximize:)", 0.1, -0.8, 1e-3, 1.0, 0.1) { a, b, c, d, e in
      stepped { Adafactor($0, lr: a, beta2Decay: b, eps: (nil, c), d: d, weightDecay: e) }
    },
    call("Adafactor.init(groups:lr:beta2Decay:eps:d:weightDecay:maximize:)", 0.1, -0.8, 1e-3, 1.0, 0.1) { a, b, c, d, e in
      stepped { Adafactor(groups: [ParameterGroup($0)], lr: a, beta2Decay: b, eps: (nil, c), d: d, weightDecay: e) }
    },
    call("Adafactor.stateShape(_:_:)", t(2)) { _ = Adafactor([leaf()]).stateShape("row_var", $0) },
    call("Adamax.init(_:lr:betas:eps:weightDecay:maximize:)", 0.1, 0.9, 0.99, 1e-8, 0.1) { a, b, c, d, e in
      stepped { Adamax($0, lr: a, betas: (b, c), eps: d, weightDecay: e) }
    },
    call("Adamax.init(groups:lr:betas:eps:weightDecay:maximize:)", 0.1, 0.9, 0.99, 1e-8, 0.1) { a, b, c, d, e in
      stepped { Adamax(groups: [ParameterGroup($0)], lr: a, betas: (b, c), eps: d, weightDecay: e) }
    },
    call("Adamax.stateShape(_:_:)", t(2)) { _ = Adamax([leaf()]).stateShape("exp_avg", $0) },
    call("ASGD.init(_:lr:lambd:alpha:t0:weightDecay:maximize:)", 0.1, 1e-4, 0.75, 1e6, 0.1) { a, b, c, d, e in
      stepped { ASGD($0, lr: a, lambd: b, alpha: c, t0: d, weightDecay: e) }
    },
    call("ASGD.init(groups:lr:lambd:alpha:t0:weightDecay:maximize:)", 0.1, 1e-4, 0.75, 1e6, 0.1) { a, b, c, d, e in
      stepped { ASGD(groups: [ParameterGroup($0)], lr: a, lambd: b, alpha: c, t0: d, weightDecay: e) }
    },
    call("ASGD.stateShape(_:_:)", t(2)) { _ = ASGD([leaf()]).stateShape("ax", $0) },
    call("NAdam.init(_:lr:betas:eps:weightDecay:momentumDecay:decoupledWeightDecay:maximize:)", 0.1, 0.9, 0.99, 1e-8, 0.1, 4e-3) {
      a, b, c, d, e, f in
      stepped { NAdam($0, lr: a, betas: (b, c), eps: d, weightDecay: e, momentumDecay: f) }
    },
    call("NAdam.init(groups:lr:betas:eps:weightDecay:momentumDecay:decoupledWeightDecay:maximize:)", 0.1, 0.9, 0.99, 1e-8, 0.1, 4e-3) {
      a, b, c, d, e, f in
      stepped { NAdam(groups: [ParameterGroup($0)], lr: a, betas: (b, c), eps: d, weightDecay: e, momentumDecay: f) }
    },
    call("NAdam.stateShape(_:_:)", t(2)) { _ = NAdam([leaf()]).stateShape("exp_avg", $0) },
    call("RAdam.init(_:lr:betas:eps:weightDecay:decoupledWeightDecay:maximize:)", 0.1, 0.9, 0.99, 1e-8, 0.1) { a, b, c, d, e in
      stepped { RAdam($0, lr: a, betas: (b, c), eps: d, weightDecay: e) }
    },
    call("RAdam.init(groups:lr:betas:eps:weightDecay:decoupledWeightDecay:maximize:)", 0.1, 0.9, 0.99, 1e-8, 0.1) { a, b, c, d, e in
      stepped { RAdam(groups: [ParameterGroup($0)], lr: a, betas: (b, c), eps: d, weightDecay: e) }
    },
    call("RAdam.stateShape(_:_:)", t(2)) { _ = RAdam([leaf()]).stateShape("exp_avg", $0) },
    call("Rprop.init(_:lr:etas:stepSizes:maximize:)", 0.1, 0.5, 1.2, 1e-6, 50.0) { a, b, c, d, e in
      stepped { Rprop($0, lr: a, etas: (b, c), stepSizes: (d, e)) }
    },
    call("Rprop.init(groups:lr:etas:stepSizes:maximize:)", 0.1, 0.5, 1.2, 1e-6, 50.0) { a, b, c, d, e in
      stepped { Rprop(groups: [ParameterGroup($0)], lr: a, etas: (b, c), stepSizes: (d, e)) }
    },
    call("Rprop.stateShape(_:_:)", t(2)) { _ = Rprop([leaf()]).stateShape("prev", $0) },
    call("Muon.init(_:lr:weightDecay:momentum:nesterov:nsCoefficients:eps:nsSteps:adjustLRFn:)", 0.1, 0.1, 0.95, 3.4445, 1e-7, 5) {
      a, b, c, d, e, f in
      steppedMatrix { Muon($0, lr: a, weightDecay: b, momentum: c, nsCoefficients: (d, -4.775, 2.0315), eps: e, nsSteps: f) }
    },
    call("Muon.init(groups:lr:weightDecay:momentum:nesterov:nsCoefficients:eps:nsSteps:adjustLRFn:)", 0.1, 0.1, 0.95, 3.4445, 1e-7, 5) {
      a, b, c, d, e, f in
      steppedMatrix {
        Muon(groups: [ParameterGroup($0)], lr: a, weightDecay: b, momentum: c, nsCoefficients: (d, -4.775, 2.0315), eps: e, nsSteps: f)
      }
    },
    call("Muon.stateShape(_:_:)", t(2)) { _ = Muon([matrixLeaf()]).stateShape("momentum_buffer", $0) },
    call(
      "LBFGS.init(_:lr:maxIter:maxEval:toleranceGrad:toleranceChange:historySize:lineSearchFn:maximize:)", 1.0, 5, Optional(6), 1e-7, 1e-9,
      10
    ) {
      a, b, c, d, e, f in
      minimized {
        LBFGS($0, lr: a, maxIter: b, maxEval: c, toleranceGrad: d, toleranceChange: e, historySize: f, lineSearchFn: .strongWolfe)
      }
    },
    call(
      "LBFGS.init(groups:lr:maxIter:maxEval:toleranceGrad:toleranceChange:historySize:lineSearchFn:maximize:)", 1.0, 5, Optional(6), 1e-7,
      1e-9, 10
    ) { a, b, c, d, e, f in
      minimized {
        LBFGS(
          groups: [ParameterGroup($0)], lr: a, maxIter: b, maxEval: c, toleranceGrad: d, toleranceChange: e, historySize: f,
          lineSearchFn: .strongWolfe)
      }
    },
    call("LBFGS.stateShape(_:_:)", t(2)) { _ = LBFGS([leaf()]).stateShape("d", $0) },
    // Its steps are refused whatever the options.
    call("SparseAdam.init(_:lr:betas:eps:maximize:)", 0.1, 0.9, 0.99, 1e-8) { a, b, c, d in
      _ = SparseAdam([leaf()], lr: a, betas: (b, c), eps: d)
    },
    call("getTotalNorm(_:normType:errorIfNonfinite:)", [t(2)], 2.0) { getTotalNorm($0, normType: $1) },
    call("clipGradsWithNorm(_:maxNorm:totalNorm:)", 1.0, t(1)) { clipGradsWithNorm([leaf()], maxNorm: $0, totalNorm: $1) },
    call("parametersToVector(_:)", [t(2)]) { parametersToVector($0) },
    call("vectorToParameters(_:_:)", t(2), [t(2)]) { vectorToParameters($0, $1.map { $0.asLeaf() }) },
    call("AveragedModel.init(_:averaging:useBuffers:)", 0.9) {
      let model = AveragedModel(Linear(2, 2), averaging: .ema(decay: $0))
      for _ in 0..<2 { model.updateParameters() }
    },
    call("AveragedModel.load(_:)", t(2, 2)) { weight in
      let model = AveragedModel(Linear(2, 2)), state = model.stateDict()
      try model.load(NamedTensors(state.map { (name: $0.name, tensor: $0.name.hasSuffix("weight") ? weight : $0.tensor) }))
    },
    call("AveragedModel.callAsFunction(_:)", t(3, 2)) { AveragedModel(Linear(2, 2))($0) },
    call("updateBatchNorm(_:_:)", [t(4, 2)]) { updateBatchNorm($0, Sequential(Linear(2, 2), BatchNorm1d(2))) },
  ]

  private static let schedules: [Call] = [
    call("StepLR.init(_:stepSize:gamma:lastEpoch:)", 2, 0.1, -1) { a, b, c in scheduled { StepLR($0, stepSize: a, gamma: b, lastEpoch: c) }
    },
    call("MultiStepLR.init(_:milestones:gamma:lastEpoch:)", [1, 3], 0.1, -1) { a, b, c in
      scheduled { MultiStepLR($0, milestones: a, gamma: b, lastEpoch: c) }
    },
    call("ExponentialLR.init(_:gamma:lastEpoch:)", 0.9, -1) { a, b in scheduled { ExponentialLR($0, gamma: a, lastEpoch: b) } },
    call("LinearLR.init(_:startFactor:endFactor:totalIters:lastEpoch:)", 0.3, 1.0, 5, -1) { a, b, c, d in
      scheduled { LinearLR($0, startFactor: a, endFactor: b, totalIters: c, lastEpoch: d) }
    },
    call("ConstantLR.init(_:factor:totalIters:lastEpoch:)", 0.3, 5, -1) { a, b, c in
      scheduled { ConstantLR($0, factor: a, totalIters: b, lastEpoch: c) }
    },
    call("PolynomialLR.init(_:totalIters:power:lastEpoch:)", 5, 2.0, -1) { a, b, c in
      scheduled { PolynomialLR($0, totalIters: a, power: b, lastEpoch: c) }
    },
    call("CosineAnnealingLR.init(_:tMax:etaMin:lastEpoch:)", 5, 0.01, -1) { a, b, c in
      scheduled { CosineAnnealingLR($0, tMax: a, etaMin: b, lastEpoch: c) }
    },
    call("CosineAnnealingWarmRestarts.init(_:t0:tMult:etaMin:lastEpoch:)", 2, 2, 0.01, -1) { a, b, c, d in
      scheduled { CosineAnnealingWarmRestarts($0, t0: a, tMult: b, etaMin: c, lastEpoch: d) }
    },
    call(
      "CyclicLR.init(_:baseLR:maxLR:stepSizeUp:stepSizeDown:mode:gamma:scaleFn:scaleMode:cycleMomentum:baseMomentum:maxMomentum:lastEpoch:)",
      0.1,
      0.2, 2, Optional(2), 0.9, 0.8, 0.9, -1
    ) { a, b, c, d, e, f, g, h in
      scheduled {
        CyclicLR($0, baseLR: a, maxLR: b, stepSizeUp: c, stepSizeDown: d, gamma: e, baseMomentum: f, maxMomentum: g, lastEpoch: h)
      }
    },
    call("LambdaLR.init(_:lastEpoch:_:)", -1, 0.5) { a, b in scheduled { LambdaLR($0, lastEpoch: a) { _ in b } } },
    call("LambdaLR.init(_:lrLambda:lastEpoch:)", -1) { a in scheduled { LambdaLR($0, lrLambda: [{ _ in 0.5 }], lastEpoch: a) } },
    call("MultiplicativeLR.init(_:lastEpoch:_:)", -1, 0.5) { a, b in scheduled { MultiplicativeLR($0, lastEpoch: a) { _ in b } } },
    call("MultiplicativeLR.init(_:lrLambda:lastEpoch:)", -1) { a in
      scheduled { MultiplicativeLR($0, lrLambda: [{ _ in 0.5 }], lastEpoch: a) }
    },
    call("LearningRateSchedule.init(_:lastEpoch:)", -1) { a in scheduled { LearningRateSchedule($0, lastEpoch: a) } },
    call(
      "OneCycleLR.init(_:maxLR:totalSteps:epochs:stepsPerEpoch:pctStart:annealStrategy:cycleMomentum:baseMomentum:maxMomentum:divFactor:finalDivFactor:threePhase:lastEpoch:)",
      1.0, Optional(10), 0.3, 0.85, 0.95, 25.0, 1e4, -1
    ) { a, b, c, d, e, f, g, h in
      scheduled {
        OneCycleLR(
          $0, maxLR: a, totalSteps: b, pctStart: c, baseMomentum: d, maxMomentum: e, divFactor: f, finalDivFactor: g, lastEpoch: h)
      }
    },
    call("ReduceLROnPlateau.init(_:mode:factor:patience:threshold:thresholdMode:cooldown:minLR:eps:)", 0.1, 2, 1e-4, 1, 0.0, 1e-8) {
      let schedule = ReduceLROnPlateau(sgd(), factor: $0, patience: $1, threshold: $2, cooldown: $3, minLR: $4, eps: $5)
      for _ in 0..<5 { schedule.step(1) }
    },
    call("SWALR.init(_:swaLR:annealEpochs:annealStrategy:lastEpoch:)", 0.05, 5, -1) { a, b, c in
      scheduled { SWALR($0, swaLR: a, annealEpochs: b, lastEpoch: c) }
    },
    call("SequentialLR.init(_:schedules:milestones:lastEpoch:)", [2], -1) { a, b in
      scheduled { SequentialLR($0, schedules: [ConstantLR($0), ExponentialLR($0, gamma: 0.9)], milestones: a, lastEpoch: b) }
    },
    call("ReduceLROnPlateau.step(_:)", 1.0) { ReduceLROnPlateau(sgd()).step($0) },
  ]
}
