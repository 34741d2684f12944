// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let optimizers = #"""
    ## ASGD

    Averaged stochastic gradient descent (Polyak and Juditsky 1992): the mean of the parameters from step `t0` on
    is kept beside them, as the state `ax`.

    p = p (1 - lambd eta) - eta g; eta = lr / (1 + lambd lr t)^alpha; ax = ax + (p - ax) / max(1, t - t0).

    `ASGD(_:lr:lambd:alpha:t0:weightDecay:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-2` - the learning rate.
    - `lambd`: `Double = 1e-4`
    - `alpha`: `Double = 0.75`
    - `t0`: `Double = 1e6`
    - `weightDecay`: `Double = 0` - how much of a parameter is added to its gradient.
    - `maximize`: `Bool = false` - whether steps go uphill.

    `ASGD(groups:lr:lambd:alpha:t0:weightDecay:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - leaves to step, with options of their own.

    ## Adadelta

    Adadelta (Zeiler 2012): steps by the gradient times the root of the mean square of the changes over that of
    the gradients.

    v = rho v + (1 - rho) g^2; d = sqrt(u + eps) / sqrt(v + eps) g; u = rho u + (1 - rho) d^2; p = p - lr d.

    `Adadelta(_:lr:rho:eps:weightDecay:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1` - the learning rate.
    - `rho`: `Double = 0.9`
    - `eps`: `Double = 1e-6` - what is added to a divisor.
    - `weightDecay`: `Double = 0` - how much of a parameter is added to its gradient.
    - `maximize`: `Bool = false` - whether steps go uphill.

    `Adadelta(groups:lr:rho:eps:weightDecay:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - leaves to step, with options of their own.

    ## Adafactor

    Adafactor (Shazeer and Stern 2018): the mean square of a matrix's gradient is kept as one number for each row
    and each column.

    w = t^beta2Decay; R = lerp(R, mean of g^2 along the last dimension, w), C along the one before; V = R C / mean
    R (of a vector, V = lerp(V, g^2, w)); u = g / max(sqrt(V), eps1), divided by its root mean square over d where
    that is above 1; p = p (1 - lr weightDecay) - min(lr, 1 / sqrt t) max(eps2, root mean square of p) u.

    `Adafactor(_:lr:beta2Decay:eps:d:weightDecay:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-2` - the largest relative step.
    - `beta2Decay`: `Double = -0.8` - how fast the mean square forgets less, at most 0.
    - `eps`: `(Double?, Double) = (nil, 1e-3)` - the smallest root of the mean square, nil for the smallest
      relative difference of the parameter's type, and the smallest magnitude that a parameter counts as.
    - `d`: `Double = 1` - the largest root mean square of an update, at least 1.
    - `weightDecay`: `Double = 0` - the factor of the parameters that is added to their gradients.
    - `maximize`: `Bool = false` - whether the step goes up the gradient.

    `Adafactor(groups:lr:beta2Decay:eps:d:weightDecay:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - the parameters, or groups of parameters with options of their own.

    ## Adagrad

    Adagrad (Duchi, Hazan and Singer 2011): steps by the gradient over the root of the sum of its squares.

    s = s + g^2; p = p - lr / (1 + (t - 1) lrDecay) g / (sqrt(s) + eps).

    `Adagrad(_:lr:lrDecay:weightDecay:initialAccumulatorValue:eps:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-2` - the learning rate.
    - `lrDecay`: `Double = 0`
    - `weightDecay`: `Double = 0` - how much of a parameter is added to its gradient.
    - `initialAccumulatorValue`: `Double = 0`
    - `eps`: `Double = 1e-10` - what is added to a divisor.
    - `maximize`: `Bool = false` - whether steps go uphill.

    `Adagrad(groups:lr:lrDecay:weightDecay:initialAccumulatorValue:eps:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - leaves to step, with options of their own.

    ## Adam

    Adam (Kingma and Ba 2015): steps by the mean of the gradient over the root of its mean square, both corrected
    for their start at 0.

    m = lerp(m, g, 1 - b1); v = b2 v + (1 - b2) g^2; p = p - lr / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps).

    `Adam(_:lr:betas:eps:weightDecay:amsgrad:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-3` - the learning rate.
    - `betas`: `(Double, Double) = (0.9, 0.999)` - the decay rates of the averages of gradient and square.
    - `eps`: `Double = 1e-8` - added to the denominator.
    - `weightDecay`: `Double = 0` - the factor of the parameters that is added to their gradients.
    - `amsgrad`: `Bool = false` - divides by the largest mean square so far (Reddi, Kale and Kumar 2018).
    - `maximize`: `Bool = false` - whether the step goes up the gradient.

    `Adam(groups:lr:betas:eps:weightDecay:amsgrad:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - the parameters, or groups of parameters with options of their own.

    ## AdamW

    Adam with a weight decay that acts on the parameter and not through the gradient (Loshchilov and Hutter 2019).

    `AdamW(_:lr:betas:eps:weightDecay:amsgrad:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-3` - the learning rate.
    - `betas`: `(Double, Double) = (0.9, 0.999)` - how much of the mean gradient and of the mean square a step
      keeps.
    - `eps`: `Double = 1e-8` - what is added to a divisor.
    - `weightDecay`: `Double = 1e-2` - how much of a parameter is added to its gradient.
    - `amsgrad`: `Bool = false`
    - `maximize`: `Bool = false` - whether steps go uphill.

    `AdamW(groups:lr:betas:eps:weightDecay:amsgrad:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - leaves to step, with options of their own.

    ## Adamax

    Adamax (Kingma and Ba 2015): Adam with the largest magnitude of the gradient so far, which fades, in place of
    its mean square.

    m = lerp(m, g, 1 - b1); u = max(b2 u, |g| + eps); p = p - lr / (1 - b1^t) m / u.

    `Adamax(_:lr:betas:eps:weightDecay:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 2e-3` - the learning rate.
    - `betas`: `(Double, Double) = (0.9, 0.999)` - how much of the mean gradient and of the mean square a step
      keeps.
    - `eps`: `Double = 1e-8` - what is added to a divisor.
    - `weightDecay`: `Double = 0` - how much of a parameter is added to its gradient.
    - `maximize`: `Bool = false` - whether steps go uphill.

    `Adamax(groups:lr:betas:eps:weightDecay:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - leaves to step, with options of their own.

    ## LBFGS

    L-BFGS (Nocedal 1980): steps along the inverse of the second derivatives, as the last changes of the gradient
    show them.

    ```swift
    let optimizer = LBFGS(model.parameters(), lineSearchFn: .strongWolfe)
    optimizer.step { optimizer.zeroGrad(); let loss = loss(model); loss.backward(); return loss }
    ```

    The closure is called several times a step. There is one group of parameters.

    `LBFGS(_:lr:maxIter:maxEval:toleranceGrad:toleranceChange:historySize:lineSearchFn:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the parameters.
    - `lr`: `Double = 1` - the learning rate.
    - `maxIter`: `Int = 20` - how many iterations a step has at most.
    - `maxEval`: `Int? = nil` - how many times a step calls the closure at most, at first 1.25 times `maxIter`.
    - `toleranceGrad`: `Double = 1e-7` - the largest gradient that counts as none.
    - `toleranceChange`: `Double = 1e-9` - the smallest change of the loss or the parameters to go on.
    - `historySize`: `Int = 100` - how many changes are kept.
    - `lineSearchFn`: `LineSearch? = nil` - how far to go; where nil, by `lr`.
    - `maximize`: `Bool = false` - whether the loss grows and does not fall.

    `LBFGS(groups:lr:maxIter:maxEval:toleranceGrad:toleranceChange:historySize:lineSearchFn:maximize:)`

    An optimizer of one group, whose own options come first.

    - `groups`: `[ParameterGroup]` - leaves to step, with options of their own.

    ## Muon

    Muon (Jordan et al. 2024): the momentum of a matrix, made nearly orthogonal by a few Newton-Schulz iterations,
    is the step.

    b = lerp(b, g, 1 - momentum); u = lerp(g, b, momentum) with `nesterov`, else b; X = u / |u|, then `nsSteps`
    times A = X X', X = a X + (b A + c A A) X; p = p (1 - lr weightDecay) - lr ratio X, where the ratio is
    sqrt(max(1, rows / columns)).

    The iteration is in bfloat16, as in PyTorch: products are summed in float32 and rounded once. For the matrices
    of hidden layers; embeddings, heads, biases and norms train with AdamW beside it.

    `Muon(_:lr:weightDecay:momentum:nesterov:nsCoefficients:eps:nsSteps:adjustLRFn:)`

    An optimizer of `parameters`, which are matrices.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-3` - the learning rate.
    - `weightDecay`: `Double = 0.1` - the factor of the parameters that is added to their gradients.
    - `momentum`: `Double = 0.95` - the decay rate of the average of gradients.
    - `nesterov`: `Bool = true` - whether the step uses Nesterov's momentum.
    - `nsCoefficients`: `(Double, Double, Double) = (3.4445, -4.775, 2.0315)` - a, b and c of the iteration.
    - `eps`: `Double = 1e-7` - the smallest norm to divide by.
    - `nsSteps`: `Int = 5` - how many iterations there are.
    - `adjustLRFn`: `LRAdjustment? = nil` - how the rate is fitted to the shape of a matrix.

    `Muon(groups:lr:weightDecay:momentum:nesterov:nsCoefficients:eps:nsSteps:adjustLRFn:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - the parameters, or groups of parameters with options of their own.

    ## NAdam

    NAdam (Dozat 2016): Adam with Nesterov's momentum, which grows from step to step.

    mu_t = b1 (1 - 0.96^(t momentumDecay) / 2); p = p - lr ((1 - mu_t) / (1 - prod mu) g + mu_(t+1) / (1 - prod mu
    mu_(t+1)) m) / (sqrt(v / (1 - b2^t)) + eps), with m and v of Adam.

    `NAdam(_:lr:betas:eps:weightDecay:momentumDecay:decoupledWeightDecay:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 2e-3` - the learning rate.
    - `betas`: `(Double, Double) = (0.9, 0.999)` - the decay rates of the averages of gradient and square.
    - `eps`: `Double = 1e-8` - added to the denominator.
    - `weightDecay`: `Double = 0` - the factor of the parameters that is added to their gradients.
    - `momentumDecay`: `Double = 4e-3` - how fast the momentum comes to its value.
    - `decoupledWeightDecay`: `Bool = false` - whether the decay acts on the parameter and not through the
      gradient.
    - `maximize`: `Bool = false` - whether the step goes up the gradient.

    `NAdam(groups:lr:betas:eps:weightDecay:momentumDecay:decoupledWeightDecay:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - the parameters, or groups of parameters with options of their own.

    ## RAdam

    RAdam (Liu et al. 2020): Adam that does without the mean square until enough steps have made it known.

    rho_inf = 2 / (1 - b2) - 1; rho_t = rho_inf - 2 t b2^t / (1 - b2^t). Where rho_t > 5, Adam's step times
    sqrt((rho_t - 4) (rho_t - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho_t)); before, the step along the mean
    alone.

    `RAdam(_:lr:betas:eps:weightDecay:decoupledWeightDecay:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-3` - the learning rate.
    - `betas`: `(Double, Double) = (0.9, 0.999)` - the decay rates of the averages of gradient and square.
    - `eps`: `Double = 1e-8` - added to the denominator.
    - `weightDecay`: `Double = 0` - the factor of the parameters that is added to their gradients.
    - `decoupledWeightDecay`: `Bool = false` - whether the decay acts on the parameter and not through the
      gradient.
    - `maximize`: `Bool = false` - whether the step goes up the gradient.

    `RAdam(groups:lr:betas:eps:weightDecay:decoupledWeightDecay:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - the parameters, or groups of parameters with options of their own.

    ## RMSprop

    RMSprop (Hinton, Coursera lecture 6): steps by the gradient over the root of its mean square.

    v = alpha v + (1 - alpha) g^2; p = p - lr g / (sqrt(v) + eps). With `centered`, v less the square of the mean
    gradient.

    `RMSprop(_:lr:alpha:eps:weightDecay:momentum:centered:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-2` - the learning rate.
    - `alpha`: `Double = 0.99`
    - `eps`: `Double = 1e-8` - what is added to a divisor.
    - `weightDecay`: `Double = 0` - how much of a parameter is added to its gradient.
    - `momentum`: `Double = 0`
    - `centered`: `Bool = false`
    - `maximize`: `Bool = false` - whether steps go uphill.

    `RMSprop(groups:lr:alpha:eps:weightDecay:momentum:centered:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - leaves to step, with options of their own.

    ## Rprop

    Rprop (Riedmiller and Braun 1993): each element has a step of its own, which grows while its gradient keeps
    its sign and shrinks when it changes; for gradients of the whole data, as only their signs count.

    s = clamp(s eta, stepSizes) with eta = etas.1 where g g_old > 0 and etas.0 where it is < 0; p = p - sign(g) s,
    but not where the sign has changed.

    `Rprop(_:lr:etas:stepSizes:maximize:)`

    An optimizer of `parameters`; `lr` is the first step of each element.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-2` - the learning rate.
    - `etas`: `(Double, Double) = (0.5, 1.2)`
    - `stepSizes`: `(Double, Double) = (1e-6, 50)`
    - `maximize`: `Bool = false` - whether steps go uphill.

    `Rprop(groups:lr:etas:stepSizes:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - leaves to step, with options of their own.

    ## SGD

    Stochastic gradient descent, with momentum (Sutskever et al. 2013).

    v = momentum v + (1 - dampening) g, at first g; p = p - lr v. With `nesterov`, p = p - lr (g + momentum v).

    `SGD(_:lr:momentum:dampening:weightDecay:nesterov:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-3` - the learning rate.
    - `momentum`: `Double = 0`
    - `dampening`: `Double = 0`
    - `weightDecay`: `Double = 0` - how much of a parameter is added to its gradient.
    - `nesterov`: `Bool = false`
    - `maximize`: `Bool = false` - whether steps go uphill.

    `SGD(groups:lr:momentum:dampening:weightDecay:nesterov:maximize:)`

    An optimizer of groups, whose own options come first.

    - `groups`: `[ParameterGroup]` - leaves to step, with options of their own.

    ## SparseAdam

    PyTorch's Adam for sparse gradients. Gradients are dense here, so that its steps are refused, as PyTorch
    refuses dense ones: use `Adam`.

    `SparseAdam(_:lr:betas:eps:maximize:)`

    An optimizer of `parameters`.

    - `parameters`: `[Tensor]` - the leaves to step.
    - `lr`: `Double = 1e-3` - the learning rate.
    - `betas`: `(Double, Double) = (0.9, 0.999)` - how much of the mean gradient and of the mean square a step
      keeps.
    - `eps`: `Double = 1e-8` - what is added to a divisor.
    - `maximize`: `Bool = false` - whether steps go uphill.

    """#
}
