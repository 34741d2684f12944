import ChainRule
import ChainRuleOptim
import Testing

/// Arguments that make no sense are refused where they are given, with PyTorch's sentence where PyTorch has one.
struct ArgumentTests {
  private func message(_ body: () -> Void) -> String {
    do {
      try catching(body)
      return "no error"
    } catch { return (error as? TensorError)?.message ?? "\(error)" }
  }

  private func optimizer(groups: Int = 1) -> SGD {
    SGD(groups: (0..<groups).map { _ in ParameterGroup([Tensor.ones(1, requiresGrad: true)]) }, lr: 0.1, momentum: 0.9)
  }

  private static let p = [Tensor([1.0], requiresGrad: true)]

  @Test func optimizers() {
    let p = Self.p, nan = Double.nan, kept = SGD(p, lr: 1)
    let cases: [(String, () -> Void)] = [
      ("Invalid learning rate: -1", { _ = SGD(p, lr: -1) }),
      ("Invalid learning rate: nan", { _ = SGD(p, lr: nan) }),
      ("Invalid learning rate: inf", { _ = Adam(p, lr: .infinity) }),
      ("Invalid momentum value: -0.5", { _ = SGD(p, momentum: -0.5) }),
      ("Invalid dampening: nan", { _ = SGD(p, dampening: nan) }),
      ("Invalid weight_decay value: -1", { _ = AdamW(p, weightDecay: -1) }),
      ("Invalid epsilon value: -1e-08", { _ = Adam(p, eps: -1e-8) }),
      ("Invalid beta parameter at index 1: 1", { _ = Adam(p, betas: (0.9, 1)) }),
      ("Invalid beta parameter at index 0: nan", { _ = Adam(p, betas: (nan, 0.9)) }),
      ("Invalid alpha value: -1", { _ = RMSprop(p, alpha: -1) }),
      ("Invalid lr_decay value: nan", { _ = Adagrad(p, lrDecay: nan) }),
      ("Invalid initial_accumulator_value value: -1", { _ = Adagrad(p, initialAccumulatorValue: -1) }),
      ("Invalid learning rate: -3", { _ = SGD(groups: [ParameterGroup(p, ["lr": -3])], lr: 1) }),
      ("there is no option \"weigth_decay\"", { _ = SGD(groups: [ParameterGroup(p, ["weigth_decay": 0.1])], lr: 1) }),
      ("there is no option \"nesterov\"", { _ = Adam(groups: [ParameterGroup(p, ["nesterov": true])]) }),
      ("the option \"betas\" is a pair of numbers, not a number", { _ = Adam(groups: [ParameterGroup(p, ["betas": 0.9])]) }),
      ("there is no option \"momentun\"", { kept.groups[0].set("momentun", 0.9) }),
      ("Invalid momentum value: -1", { kept.groups[0].set("momentum", -1) }),
      // The optimizer is gone, and the group still knows its options.
      ("there is no option \"momentun\" in the group", { SGD(p, lr: 1).groups[0].set("momentun", 0.9) }),
      ("there is no option \"wd\" in the group", { _ = SGD(p, lr: 1).groups[0].number("wd") }),
      ("there is no option \"betas\" in the group", { _ = SGD(p, lr: 1).groups[0].pair("betas") }),
      ("the option \"lr\" is a number, not a pair of numbers", { _ = SGD(p, lr: 1).groups[0].pair("lr") }),
      ("there is no option \"amsgrad\" in the group", { _ = SGD(p, lr: 1).groups[0].flag("amsgrad") }),
    ]
    for (expected, body) in cases {
      let got = message(body)
      #expect(got == expected)
    }
    // What is set rightly is there.
    let group = SGD(p, lr: 1).groups[0]
    group.set("momentum", 0.5)
    #expect(group.number("momentum") == 0.5 && !group.flag("nesterov"))
  }

  @Test func schedules() {
    let o = optimizer(), nan = Double.nan
    let cases: [(String, () -> Void)] = [
      (
        "division by zero: phase 1 of OneCycleLR has a length of 0, it begins and ends at step 0",
        { _ = OneCycleLR(o, maxLR: 1, totalSteps: 10, pctStart: 0.1) }
      ),
      ("Expected positive div_factor, but got 0", { _ = OneCycleLR(o, maxLR: 1, totalSteps: 10, divFactor: 0) }),
      ("Expected positive final_div_factor, but got 0", { _ = OneCycleLR(o, maxLR: 1, totalSteps: 10, finalDivFactor: 0) }),
      ("Expected positive div_factor, but got nan", { _ = OneCycleLR(o, maxLR: 1, totalSteps: 10, divFactor: nan) }),
      ("Invalid max_lr: nan", { _ = OneCycleLR(o, maxLR: nan, totalSteps: 10) }),
      ("Expected positive integer total_steps, but got 0", { _ = OneCycleLR(o, maxLR: 1, totalSteps: 0) }),
      ("Expected positive integer epochs, but got -1", { _ = OneCycleLR(o, maxLR: 1, epochs: -1, stepsPerEpoch: 3) }),
      ("Expected positive integer steps_per_epoch, but got 0", { _ = OneCycleLR(o, maxLR: 1, epochs: 1, stepsPerEpoch: 0) }),
      ("You must define either total_steps OR (epochs AND steps_per_epoch)", { _ = OneCycleLR(o, maxLR: 1, epochs: 3) }),
      ("Expected float between 0 and 1 pct_start, but got nan", { _ = OneCycleLR(o, maxLR: 1, totalSteps: 10, pctStart: nan) }),
      (
        "max_lr must have the same length as optimizer.param_groups. max_lr has 2 values, param_groups has 1.",
        { _ = OneCycleLR(o, maxLR: [1, 2], totalSteps: 10) }
      ),
      (
        "optimizer must support momentum or beta1 with `cycle_momentum` option enabled",
        { _ = OneCycleLR(Adagrad([Tensor.ones(1, requiresGrad: true)]), maxLR: 1, totalSteps: 10) }
      ),
      ("Expected positive integer step_size, but got 0", { _ = StepLR(o, stepSize: 0) }),
      ("Invalid gamma: nan", { _ = StepLR(o, stepSize: 1, gamma: nan) }),
      ("Invalid gamma: inf", { _ = ExponentialLR(o, gamma: .infinity) }),
      ("Invalid gamma: nan", { _ = MultiStepLR(o, milestones: [1], gamma: nan) }),
      ("Constant multiplicative factor expected to be between 0 and 1.", { _ = ConstantLR(o, factor: nan) }),
      (
        "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.", { _ = LinearLR(o, startFactor: 0) }
      ),
      ("Ending multiplicative factor expected to be between 0 and 1.", { _ = LinearLR(o, endFactor: 2) }),
      ("Ending multiplicative factor expected to be between 0 and 1.", { _ = LinearLR(o, endFactor: nan) }),
      ("Expected positive integer T_max, but got 0", { _ = CosineAnnealingLR(o, tMax: 0) }),
      ("Invalid eta_min: nan", { _ = CosineAnnealingLR(o, tMax: 4, etaMin: nan) }),
      ("Expected positive integer T_0, but got 0", { _ = CosineAnnealingWarmRestarts(o, t0: 0) }),
      ("Expected integer T_mult >= 1, but got 0", { _ = CosineAnnealingWarmRestarts(o, t0: 1, tMult: 0) }),
      ("Invalid power: nan", { _ = PolynomialLR(o, power: nan) }),
      ("Expected positive integer step_size_up, but got 0", { _ = CyclicLR(o, baseLR: 0.1, maxLR: 1, stepSizeUp: 0) }),
      ("Expected step_size_down >= 0, but got -1", { _ = CyclicLR(o, baseLR: 0.1, maxLR: 1, stepSizeDown: -1) }),
      ("Invalid base_lr: nan", { _ = CyclicLR(o, baseLR: nan, maxLR: 1) }),
      ("Factor should be < 1.0.", { _ = ReduceLROnPlateau(o, factor: 1) }),
      ("Factor should be < 1.0.", { _ = ReduceLROnPlateau(o, factor: nan) }),
      ("Invalid threshold: nan", { _ = ReduceLROnPlateau(o, threshold: nan) }),
      ("expected 1 min_lrs, got 2", { _ = ReduceLROnPlateau(o, minLR: [0.1, 0.2]) }),
      ("Expected 1 lr_lambdas, but got 2", { _ = LambdaLR(o, lrLambda: [{ _ in 1 }, { _ in 1 }]) }),
      ("LambdaLR gives group 0 a learning rate of nan in epoch 0", { _ = LambdaLR(o) { _ in nan } }),
      ("anneal_epochs must be equal or greater than 0, got -1", { _ = SWALR(o, swaLR: 0.1, annealEpochs: -1) }),
      ("SequentialLR expects at least one scheduler, but got no scheduler.", { _ = SequentialLR(o, schedules: [], milestones: []) }),
      (
        "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number "
          + "of schedulers 1 and the number of milestones to be equal to 1",
        { _ = SequentialLR(o, schedules: [StepLR(o, stepSize: 1)], milestones: [2]) }
      ),
      ("ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.", { _ = ChainedScheduler([]) }),
      (
        "ChainedScheduler expects all schedulers to belong to the same optimizer, but got scheduler StepLR at index 1 has SGD, which is "
          + "different from SGD.", { _ = ChainedScheduler([StepLR(o, stepSize: 1), StepLR(optimizer(), stepSize: 1)]) }
      ),
      (
        "param 'initial_lr' is not specified in param_groups[0] when resuming scheduler with last_epoch >= 0.",
        { _ = StepLR(optimizer(), stepSize: 1, lastEpoch: 3) }
      ),
    ]
    for (expected, body) in cases {
      let got = message(body)
      #expect(got == expected)
    }
    // Nothing of it has changed the rate.
    #expect(o.groups[0].lr == 0.1 && o.groups[0].number("momentum") == 0.9)
  }

  /// A schedule that was refused may be stepped: it does nothing.
  @Test func refusedSchedulesDoNothing() {
    let o = optimizer()
    let schedule = StepLR(o, stepSize: 2)
    let got = message {
      _ = StepLR(o, stepSize: 0)
      schedule.step()
    }
    #expect(got == "Expected positive integer step_size, but got 0" && schedule.epoch == 0)
    let constant = ConstantLR(o, factor: 0, totalIters: 2)
    schedule.step()
    constant.step()
    #expect(message { constant.step() } == "ConstantLR gives group 0 a learning rate of nan in epoch 2")
    #expect(CosineAnnealingLR(optimizer(), tMax: .max).rates == [0.1])
  }

  /// What once ended the process without a sentence.
  @Test func whatIsNotThere() {
    let schedule = LambdaLR(optimizer(groups: 2)) { _ in 0.5 }
    #expect(schedule.rate(of: 1, current: 1) == 0.05)
    for i in [-1, 2, .min, .max] { #expect(message { _ = schedule.rate(of: i, current: 1) } == "there is no parameter group \(i)") }
    let going = optimizer()
    going.groups[0].set("initial_lr", 0.1)
    for epoch in [Int.max, (1 << 53) + 1] {
      #expect(message { _ = StepLR(going, stepSize: 2, lastEpoch: epoch) } == "Expected last_epoch <= 2^53, but got \(epoch)")
      #expect(
        message { _ = SequentialLR(going, schedules: [ConstantLR(going)], milestones: [], lastEpoch: epoch) }
          == "Expected last_epoch <= 2^53, but got \(epoch)")
    }
    let leaf = Tensor([1.0], requiresGrad: true)
    leaf.grad = Tensor([1.0])
    let idle = Optimizer(groups: [ParameterGroup([leaf])], defaults: ["lr": 0.1])
    #expect(message { idle.step() } == "Optimizer must override update(for:)")
  }
}
