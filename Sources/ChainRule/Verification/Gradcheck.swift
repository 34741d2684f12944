/// How closely derivatives must agree with finite differences.
struct GradcheckTolerance: Sendable {
  /// The step of the central differences.
  var eps = 1e-6
  /// The absolute difference allowed.
  var atol = 1e-5
  /// The difference allowed relative to the finite difference.
  var rtol = 1e-3
  /// The difference allowed between two backward passes over one graph.
  var nondetTol = 0.0

  func accepts(_ found: Double, _ expected: Double) -> Bool {
    found == expected || (found.isNaN && expected.isNaN) || abs(found - expected) <= atol + rtol * abs(expected)
  }
}

/// Checks the gradients of a function against central differences, element by element: `torch.autograd.gradcheck`.
///
///     let x = Tensor([0.5, 1.5], dtype: .float64, requiresGrad: true)
///     try gradcheck({ ($0 * $0.sin()).sum() }, [x])
///
/// Every input that requires a gradient is checked, in every element, for every output; the other inputs (integers, constants)
/// are handed on as they are. The outputs are taken one at a time, so that a rule also sees that others have no gradient. Where no output requires a gradient, the differences must be zero. An element passes where
/// |found - expected| <= atol + rtol |expected|, with expected = (f(x + eps) - f(x - eps)) / (2 eps).
///
/// - Parameters:
///   - f: the function.
///   - inputs: where; those that require a gradient must be float64, for in float32 the differences themselves are wrong.
///   - eps: the step of the differences.
///   - atol: the absolute difference allowed.
///   - rtol: the relative difference allowed.
///   - nondetTol: how far two backward passes over one graph may differ.
///   - checkForwardAD: whether forward mode is checked as well.
///   - checkBatchedGrad: whether a batch of gradients pulled back at once (`vmap` of the pullback) is compared with one after the other.
///   - fastMode: whether, instead of every element, one number is compared for each output and input: the Jacobian between two random
///     vectors, the same at every call. As sure in practice and far quicker for large inputs; a difference is then looked for in every
///     element, for the verdict.
/// - Throws: `GradientMismatch`, which names the element and the likely cause, or `TensorError` where `f` fails or cannot be checked.
public func gradcheck(
  _ f: @escaping ([Tensor]) -> [Tensor], _ inputs: [Tensor], eps: Double = 1e-6, atol: Double = 1e-5, rtol: Double = 1e-3,
  nondetTol: Double = 0,
  checkForwardAD: Bool = false, checkBatchedGrad: Bool = false, fastMode: Bool = false
) throws {
  let tolerance = GradcheckTolerance(eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol)
  try GradientCheck(f, inputs, tolerance, operation: "gradcheck").run(forward: checkForwardAD, batched: checkBatchedGrad, fast: fastMode)
}

/// The same for a function with one output.
public func gradcheck(
  _ f: @escaping ([Tensor]) -> Tensor, _ inputs: [Tensor], eps: Double = 1e-6, atol: Double = 1e-5, rtol: Double = 1e-3,
  nondetTol: Double = 0,
  checkForwardAD: Bool = false, checkBatchedGrad: Bool = false, fastMode: Bool = false
) throws {
  try gradcheck(
    { [f($0)] }, inputs, eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol, checkForwardAD: checkForwardAD,
    checkBatchedGrad: checkBatchedGrad, fastMode: fastMode)
}

/// The same for a function of one input.
public func gradcheck(
  _ f: @escaping (Tensor) -> Tensor, _ inputs: [Tensor], eps: Double = 1e-6, atol: Double = 1e-5, rtol: Double = 1e-3,
  nondetTol: Double = 0,
  checkForwardAD: Bool = false, checkBatchedGrad: Bool = false, fastMode: Bool = false
) throws {
  try GradientCheck.count(inputs, 1, "gradcheck")
  try gradcheck(
    { [f($0[0])] }, inputs, eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol, checkForwardAD: checkForwardAD,
    checkBatchedGrad: checkBatchedGrad, fastMode: fastMode)
}

/// The same for a function of two inputs.
public func gradcheck(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ inputs: [Tensor], eps: Double = 1e-6, atol: Double = 1e-5, rtol: Double = 1e-3,
  nondetTol: Double = 0, checkForwardAD: Bool = false, checkBatchedGrad: Bool = false, fastMode: Bool = false
) throws {
  try GradientCheck.count(inputs, 2, "gradcheck")
  try gradcheck(
    { [f($0[0], $0[1])] }, inputs, eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol, checkForwardAD: checkForwardAD,
    checkBatchedGrad: checkBatchedGrad, fastMode: fastMode)
}

/// Checks the gradients of the gradients of a function against central differences: `torch.autograd.gradgradcheck`.
///
/// What is checked is the function of inputs and output gradients that gives the inputs' gradients.
///
/// - Parameters:
///   - f: the function.
///   - inputs: where, as for `gradcheck`.
///   - gradOutputs: the gradients of the outputs; by default numbers between -1 and 1, the same at every call.
///   - eps: the step of the differences.
///   - atol: the absolute difference allowed.
///   - rtol: the relative difference allowed.
///   - nondetTol: how far two backward passes over one graph may differ.
///   - checkForwardOverReverse: whether forward mode over the gradients is checked as well.
///   - checkBatchedGrad: as for `gradcheck`.
///   - fastMode: as for `gradcheck`.
/// - Throws: as `gradcheck`; in the message the outputs are the gradients of the checked inputs, in their order, and the last inputs
///   are the gradients of the outputs.
public func gradgradcheck(
  _ f: @escaping ([Tensor]) -> [Tensor], _ inputs: [Tensor], gradOutputs: [Tensor]? = nil, eps: Double = 1e-6, atol: Double = 1e-5,
  rtol: Double = 1e-3, nondetTol: Double = 0, checkForwardOverReverse: Bool = false, checkBatchedGrad: Bool = false, fastMode: Bool = false
) throws {
  let tolerance = GradcheckTolerance(eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol)
  try GradientCheck.ofGradients(f, inputs, gradOutputs, tolerance).run(
    forward: checkForwardOverReverse, batched: checkBatchedGrad, fast: fastMode)
}

/// The same for a function with one output.
public func gradgradcheck(
  _ f: @escaping ([Tensor]) -> Tensor, _ inputs: [Tensor], gradOutputs: [Tensor]? = nil, eps: Double = 1e-6, atol: Double = 1e-5,
  rtol: Double = 1e-3, nondetTol: Double = 0, checkForwardOverReverse: Bool = false, checkBatchedGrad: Bool = false, fastMode: Bool = false
) throws {
  try gradgradcheck(
    { [f($0)] }, inputs, gradOutputs: gradOutputs, eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol,
    checkForwardOverReverse: checkForwardOverReverse, checkBatchedGrad: checkBatchedGrad, fastMode: fastMode)
}

/// The same for a function of one input.
public func gradgradcheck(
  _ f: @escaping (Tensor) -> Tensor, _ inputs: [Tensor], gradOutputs: [Tensor]? = nil, eps: Double = 1e-6, atol: Double = 1e-5,
  rtol: Double = 1e-3, nondetTol: Double = 0, checkForwardOverReverse: Bool = false, checkBatchedGrad: Bool = false, fastMode: Bool = false
) throws {
  try GradientCheck.count(inputs, 1, "gradgradcheck")
  try gradgradcheck(
    { [f($0[0])] }, inputs, gradOutputs: gradOutputs, eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol,
    checkForwardOverReverse: checkForwardOverReverse, checkBatchedGrad: checkBatchedGrad, fastMode: fastMode)
}

/// The same for a function of two inputs.
public func gradgradcheck(
  _ f: @escaping (Tensor, Tensor) -> Tensor, _ inputs: [Tensor], gradOutputs: [Tensor]? = nil, eps: Double = 1e-6, atol: Double = 1e-5,
  rtol: Double = 1e-3, nondetTol: Double = 0, checkForwardOverReverse: Bool = false, checkBatchedGrad: Bool = false, fastMode: Bool = false
) throws {
  try GradientCheck.count(inputs, 2, "gradgradcheck")
  try gradgradcheck(
    { [f($0[0], $0[1])] }, inputs, gradOutputs: gradOutputs, eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol,
    checkForwardOverReverse: checkForwardOverReverse, checkBatchedGrad: checkBatchedGrad, fastMode: fastMode)
}
