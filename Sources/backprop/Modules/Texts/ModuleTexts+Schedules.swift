// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let schedules = #"""
    ## SequentialLR

    One schedule after another: each from its milestone to the next, as if it began there.

    ```swift
    let warmUp = LinearLR(optimizer, startFactor: 0.1, totalIters: 5)
    let schedule = SequentialLR(optimizer, schedules: [warmUp, ExponentialLR(optimizer, gamma: 0.9)], milestones: [5])
    ```

    `SequentialLR(_:schedules:milestones:lastEpoch:)`

    Runs `schedules[0]` until epoch `milestones[0]`, then `schedules[1]`, and so on.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `schedules`: `[LearningRateSchedule]`
    - `milestones`: `[Int]`
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.

    ## ChainedScheduler

    Several schedules of one optimizer that step together; their factors multiply where they follow from the rates
    before.

    `ChainedScheduler(_:optimizer:)`

    Steps these schedules, one after the other, at each step.

    - `schedules`: `[LearningRateSchedule]`
    - `optimizer`: `Optimizer? = nil` - the optimizer whose rates are set.

    ## CosineAnnealingLR

    The rate along half a cosine from its base to `etaMin` in `tMax` epochs, and back (Loshchilov and Hutter
    2017).

    etaMin + (base - etaMin) (1 + cos(pi epoch / tMax)) / 2.

    `CosineAnnealingLR(_:tMax:etaMin:lastEpoch:)`

    Goes down to `etaMin` in `tMax` epochs.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `tMax`: `Int`
    - `etaMin`: `Double = 0`
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.

    ## CosineAnnealingWarmRestarts

    The rate along half a cosine from its base to `etaMin`, again and again: after `t0` epochs, then after `tMult`
    times as many as the time before (Loshchilov and Hutter 2017).

    `CosineAnnealingWarmRestarts(_:t0:tMult:etaMin:lastEpoch:)`

    Goes down to `etaMin` in `t0` epochs, then from the base again in `tMult` times as many.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `t0`: `Int`
    - `tMult`: `Int = 1`
    - `etaMin`: `Double = 0`
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.

    ## CyclicLR

    The rate up and down between two values, again and again, with the momentum the other way (Smith 2017).

    Steps once a batch: `stepSizeUp` batches up and `stepSizeDown` down.

    `CyclicLR(_:baseLR:maxLR:stepSizeUp:stepSizeDown:mode:gamma:scaleFn:scaleMode:cycleMomentum:baseMomentum:maxMomentum:lastEpoch:)`

    Goes from `baseLR` to `maxLR` in `stepSizeUp` steps and back in `stepSizeDown`, at first as many.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `baseLR`: `any PerGroup` - the lowest rate; a list has one for each group, as `maxLR`, `baseMomentum` and
      `maxMomentum` may.
    - `maxLR`: `any PerGroup` - the largest rate, for each group or for all.
    - `stepSizeUp`: `Int = 2000` - the steps of the rising half.
    - `stepSizeDown`: `Int? = nil` - the steps of the falling half; as many as of the rising one where none is
      given.
    - `mode`: `Mode = .triangular` - the form of the cycles.
    - `gamma`: `Double = 1` - the factor of each cycle.
    - `scaleFn`: `((Double) -> Double)? = nil` - what the height is multiplied by, in place of the mode's own: a
      function of what `scaleMode` says.
    - `scaleMode`: `ScaleMode = .cycle` - whether `scaleFn` takes the cycle or the step.
    - `cycleMomentum`: `Bool = true` - whether the momentum runs against the rate.
    - `baseMomentum`: `any PerGroup = 0.8` - the smallest momentum.
    - `maxMomentum`: `any PerGroup = 0.9` - the largest momentum.
    - `lastEpoch`: `Int = -1` - the step after which the schedule goes on; -1 at the beginning.

    ## LambdaLR

    The base rate times a function of the epoch.

    `LambdaLR(_:lastEpoch:_:)`

    Rates of base times `factor(epoch)`.

    ```swift
    LambdaLR(optimizer) { epoch in 1 / Double(1 + epoch) }
    ```

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.
    - `factor`: `@escaping (Int) -> Double`

    `LambdaLR(_:lrLambda:lastEpoch:)`

    Rates of base times `lrLambda[i](epoch)` for group `i`.

    - `lrLambda`: `[(Int) -> Double]`

    ## MultiplicativeLR

    The rate times a function of the epoch, every epoch.

    `MultiplicativeLR(_:lastEpoch:_:)`

    Multiplies the rates by `factor(epoch)` in each epoch but the first.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.
    - `factor`: `@escaping (Int) -> Double`

    `MultiplicativeLR(_:lrLambda:lastEpoch:)`

    Multiplies the rate of group `i` by `lrLambda[i](epoch)` in each epoch but the first.

    - `lrLambda`: `[(Int) -> Double]`

    ## OneCycleLR

    The rate up to a maximum and down to almost nothing, with the momentum the other way (Smith and Topin 2018).

    Steps once a batch: `totalSteps` batches in all.

    ```swift
    OneCycleLR(optimizer, maxLR: 0.1, epochs: 10, stepsPerEpoch: loader.count)
    ```

    `OneCycleLR(_:maxLR:totalSteps:epochs:stepsPerEpoch:pctStart:annealStrategy:cycleMomentum:baseMomentum:maxMomentum:divFactor:finalDivFactor:threePhase:lastEpoch:)`

    Goes from maxLR / divFactor up to `maxLR` in the first `pctStart` share of the steps, then down to maxLR /
    divFactor / finalDivFactor.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `maxLR`: `any PerGroup` - the highest rate; a list has one for each group, as `baseMomentum` and
      `maxMomentum` may.
    - `totalSteps`: `Int? = nil` - how many steps there are; where it is left out, epochs times stepsPerEpoch.
    - `epochs`: `Int? = nil` - the number of epochs.
    - `stepsPerEpoch`: `Int? = nil` - the steps of an epoch.
    - `pctStart`: `Double = 0.3` - the part of the steps in which the rate rises.
    - `annealStrategy`: `AnnealStrategy = .cos` - the form of the curve.
    - `cycleMomentum`: `Bool = true` - whether the momentum runs against the rate.
    - `baseMomentum`: `any PerGroup = 0.85` - the smallest momentum.
    - `maxMomentum`: `any PerGroup = 0.95` - the largest momentum.
    - `divFactor`: `Double = 25` - the largest rate over the first.
    - `finalDivFactor`: `Double = 1e4` - the first rate over the last.
    - `threePhase`: `Bool = false` - whether it goes down to the first value as fast as it went up, and on from
      there.
    - `lastEpoch`: `Int = -1` - the step after which the schedule goes on; -1 at the beginning.

    `OneCycleLR(_:maximum:totalSteps:warmUp:annealing:cyclesMomentum:baseMomentum:maxMomentum:divFactor:finalDivFactor:threePhase:)`

    - `maximum`: `Double`
    - `totalSteps`: `Int` - how many steps there are; where it is left out, epochs times stepsPerEpoch.
    - `warmUp`: `Double = 0.3`
    - `annealing`: `Annealing = .cos`
    - `cyclesMomentum`: `Bool = true`
    - `baseMomentum`: `Double = 0.85` - the smallest momentum.
    - `maxMomentum`: `Double = 0.95` - the largest momentum.

    ## SWALR

    The rate from where it is to `swaLR` in `annealEpochs` epochs, and then that: for averages of weights
    (Izmailov et al. 2018).

    `SWALR(_:swaLR:annealEpochs:annealStrategy:lastEpoch:)`

    Goes to `swaLR`, a list of one rate for each group or one for all.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `swaLR`: `any PerGroup`
    - `annealEpochs`: `Int = 10`
    - `annealStrategy`: `AnnealStrategy = .cos`
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.

    ## StepLR

    The rate times `gamma` every `stepSize` epochs.

    `StepLR(_:stepSize:gamma:lastEpoch:)`

    Multiplies by `gamma` after every `stepSize` epochs.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `stepSize`: `Int`
    - `gamma`: `Double = 0.1` - the factor.
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.

    ## MultiStepLR

    The rate times `gamma` at each milestone.

    `MultiStepLR(_:milestones:gamma:lastEpoch:)`

    Multiplies by `gamma` at these epochs; at one that is listed twice, twice.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `milestones`: `[Int]`
    - `gamma`: `Double = 0.1` - the factor.
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.

    ## ConstantLR

    The rate times `factor` for the first `totalIters` epochs, and then the rate itself.

    `ConstantLR(_:factor:totalIters:lastEpoch:)`

    Multiplies by `factor`, and divides by it again after `totalIters` epochs.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `factor`: `Double = 1.0 / 3`
    - `totalIters`: `Int = 5`
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.

    ## LinearLR

    The rate times a factor that goes from `startFactor` to `endFactor` in equal steps: a warm-up.

    `LinearLR(_:startFactor:endFactor:totalIters:lastEpoch:)`

    Goes from `startFactor` times the base to `endFactor` times the base in `totalIters` epochs.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `startFactor`: `Double = 1.0 / 3`
    - `endFactor`: `Double = 1`
    - `totalIters`: `Int = 5`
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.

    ## ExponentialLR

    The rate times `gamma` every epoch.

    `ExponentialLR(_:gamma:lastEpoch:)`

    Multiplies by `gamma` after every epoch.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `gamma`: `Double` - the factor.
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.

    ## PolynomialLR

    The rate down to 0 in `totalIters` epochs, along a power of what is left of them.

    base (1 - epoch / totalIters)^power.

    `PolynomialLR(_:totalIters:power:lastEpoch:)`

    Goes down to 0 in `totalIters` epochs; straight where `power` is 1.

    - `optimizer`: `Optimizer` - the optimizer whose rates are set.
    - `totalIters`: `Int = 5`
    - `power`: `Double = 1`
    - `lastEpoch`: `Int = -1` - the epoch to go on from; -1 at the start.

    """#
}
