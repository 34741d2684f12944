import ChainRule
import ChainRuleOptim
import Testing

struct ScheduleTests {
  private func make(_ name: String, _ o: Optimizer) -> LearningRateSchedule? {
    switch name {
    case "StepLR": StepLR(o, stepSize: 3, gamma: 0.5)
    case "MultiStepLR": MultiStepLR(o, milestones: [2, 5, 5], gamma: 0.5)
    case "ExponentialLR": ExponentialLR(o, gamma: 0.9)
    case "LambdaLR": LambdaLR(o) { 1 / Double(1 + $0) }
    case "LinearLR": LinearLR(o, startFactor: 0.25, totalIters: 4)
    case "CosineAnnealingLR": CosineAnnealingLR(o, tMax: 4, etaMin: 0.01)
    case "OneCycleLR": OneCycleLR(o, maxLR: 1, totalSteps: 12)
    case "OneCycleLR three phases": OneCycleLR(o, maxLR: 1, totalSteps: 12, annealStrategy: .linear, threePhase: true)
    default: nil
    }
  }

  /// The rates of twelve epochs as PyTorch 2.13 gives them.
  private let expected: [(name: String, rates: [Double])] = [
    (
      "StepLR",
      [
        0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125, 0.0125, 0.0125,
      ]
    ),
    (
      "MultiStepLR",
      [
        0.1, 0.1, 0.05, 0.05, 0.05, 0.0125, 0.0125, 0.0125, 0.0125, 0.0125, 0.0125, 0.0125,
      ]
    ),
    (
      "ExponentialLR",
      [
        0.1, 0.09000000000000001, 0.08100000000000002, 0.07290000000000002, 0.06561000000000002, 0.05904900000000002,
        0.05314410000000002, 0.04782969000000002, 0.043046721000000024, 0.03874204890000002, 0.03486784401000002, 0.03138105960900001,
      ]
    ),
    (
      "LambdaLR",
      [
        0.1, 0.05, 0.03333333333333333, 0.025, 0.020000000000000004, 0.016666666666666666, 0.014285714285714285, 0.0125,
        0.011111111111111112, 0.010000000000000002, 0.009090909090909092, 0.008333333333333333,
      ]
    ),
    (
      "LinearLR",
      [
        0.025, 0.043750000000000004, 0.06250000000000001, 0.08125000000000002, 0.10000000000000002, 0.10000000000000002,
        0.10000000000000002, 0.10000000000000002, 0.10000000000000002, 0.10000000000000002, 0.10000000000000002, 0.10000000000000002,
      ]
    ),
    (
      "CosineAnnealingLR",
      [
        0.1, 0.08681980515339464, 0.05500000000000001, 0.023180194846605363, 0.01, 0.023180194846605363, 0.05500000000000002,
        0.08681980515339469, 0.10000000000000006, 0.0868198051533947, 0.05500000000000005, 0.023180194846605412,
      ]
    ),
    (
      "OneCycleLR",
      [
        0.040000000000000036, 0.3497896542195831, 0.8792851591221287, 0.9944154354509117, 0.9330129698414117, 0.811745653949763,
        0.6473789976951033, 0.46263710266697505, 0.28306099820869923, 0.1334775301888306, 0.03456698742539522, 4e-06,
      ]
    ),
    (
      "OneCycleLR three phases",
      [
        0.04, 0.4092307692307693, 0.7784615384615386, 0.8523076923076922, 0.48307692307692296, 0.1138461538461536, 0.03448331034482758,
        0.027587448275862066, 0.020691586206896546, 0.01379572413793103, 0.0068998620689655135, 3.9999999999970615e-06,
      ]
    ),
  ]

  @Test func ratesOfPyTorch() throws {
    for (name, rates) in expected {
      let p = Tensor.ones(1, requiresGrad: true)
      let optimizer = SGD([p], lr: 0.1, momentum: 0.9)
      p.grad = Tensor.zeros(1)
      optimizer.step()
      let schedule = try #require(make(name, optimizer))
      for (epoch, rate) in rates.enumerated() {
        #expect(abs(schedule.rates[0] - rate) <= 1e-15, "\(name) \(epoch): \(schedule.rates[0]) \(rate)")
        schedule.step()
      }
      if name == "OneCycleLR" { #expect(abs(optimizer.groups[0].number("momentum") - 0.9465436874322102) < 1e-15) }
    }
  }

  @Test func plateau() {
    let optimizer = SGD([Tensor.ones(1, requiresGrad: true)], lr: 0.1)
    let schedule = ReduceLROnPlateau(optimizer, factor: 0.5, patience: 1, cooldown: 1)
    let rates = [1, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.8, 0.8, 0.8, 0.8].map { figure in
      schedule.step(figure)
      return optimizer.groups[0].lr
    }
    #expect(rates == [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125, 0.0125])
  }

  @Test func schedulesOfOneOptimizerMultiply() {
    let optimizer = SGD([Tensor.ones(1, requiresGrad: true)], lr: 1)
    let a = ExponentialLR(optimizer, gamma: 0.5), b = StepLR(optimizer, stepSize: 2, gamma: 0.1)
    for _ in 0..<2 {
      a.step()
      b.step()
    }
    #expect(abs(optimizer.groups[0].lr - 0.025) < 1e-15)
    #expect(a.baseRates == [1] && b.baseRates == [1])
  }

  /// PyTorch's warning of a schedule that goes on before its optimizer has: once, on the standard error.
  @Test func stepsInTheWrongOrder() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let schedule = StepLR(SGD([Tensor([1.0], requiresGrad: true)], lr: 0.1), stepSize: 2)
      schedule.step()
      schedule.step()
    }
    let lines = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self).split(separator: "\n")
    #expect(lines.filter { $0.hasPrefix("ChainRule: Detected call of `lr_scheduler.step()` before `optimizer.step()`.") }.count == 1)
  }

  /// The names of before still compile and mean the same.
  @available(*, deprecated)
  @Test func namesOfBefore() {
    func optimizer() -> SGD { SGD([Tensor.ones(1, requiresGrad: true)], lr: 0.1, momentum: 0.9) }
    let pairs: [(LearningRateSchedule, LearningRateSchedule)] = [
      (LinearLR(optimizer(), startFactor: 0.25, total: 4), LinearLR(optimizer(), startFactor: 0.25, totalIters: 4)),
      (CosineAnnealingLR(optimizer(), tMax: 4, minimum: 0.01), CosineAnnealingLR(optimizer(), tMax: 4, etaMin: 0.01)),
      (
        OneCycleLR(optimizer(), maximum: 1, totalSteps: 12, warmUp: 0.4, annealing: .cosine, cyclesMomentum: false),
        OneCycleLR(optimizer(), maxLR: 1, totalSteps: 12, pctStart: 0.4, annealStrategy: .cos, cycleMomentum: false)
      ),
    ]
    for (old, new) in pairs {
      for _ in 0..<6 {
        #expect(old.rates == new.rates)
        old.step()
        new.step()
      }
    }
    let a = ReduceLROnPlateau(optimizer(), higherIsBetter: true, patience: 0, minimum: 0.05)
    let b = ReduceLROnPlateau(optimizer(), mode: .max, patience: 0, minLR: 0.05)
    for figure in [1.0, 0.5, 0.4] {
      a.step(figure)
      b.step(figure)
      #expect(a.rates == b.rates)
    }
  }
}
