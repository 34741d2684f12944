// Solutions of equations, differentiated by the implicit function theorem and not through the steps of the solver.
//
// Where F(z, p) = 0, the solution z moves with the parameters p as dz = -(dF/dz)^-1 (dF/dp) dp. Forward mode solves that system, reverse mode
// its transpose, and the solution of the system is again one of an equation, so derivatives of every order follow. Blondel et al. 2022,
// "Efficient and modular implicit differentiation"; for fixed points Bai, Kolter and Koltun 2019, "Deep equilibrium models".

/// The fixed point z = f(z, parameters), found by repeating z <- f(z, parameters) from `start`, with its derivatives for the parameters.
///
///     let root = fixedPoint({ (z: Tensor, a: Tensor) in 0.5 * (z + a / z) }, a, a)      // sqrt(a)
///
/// The steps are not recorded: memory does not grow with them, and the derivative is that of the point and not of the way there. It is zero
/// for `start`. By default the linear system of the derivative is solved by iterating, too (Bai et al. 2019). Derivatives of every
/// order work, in both modes; inside `vmap` each example is solved for itself.
///
/// What is differentiated must be a parameter, not captured: `f` is refused where it computes with another tensor that is. For a module
/// pass its parameters and call it by `functionalCall`.
///
/// - Parameters:
///   - f: from z and the parameters to the next z, of the same shapes.
///   - start: where to begin.
///   - parameters: what the fixed point depends on.
///   - linearSolver: how derivatives are solved for: `.direct` where the iteration converges slowly.
///   - tolerance: how much, relative to the largest element but at least to 1, z may change in the last step; by default a few roundings.
///   - maxIterations: after how many steps it is refused.
public func fixedPoint<State: TensorTree, Parameters: TensorTree>(
  _ f: @escaping (State, Parameters) -> State, _ start: State, _ parameters: Parameters, linearSolver: LinearSolver = .iteration,
  tolerance: Double? = nil, maxIterations: Int = 1000
) -> State {
  let p = parameters.tensors, step = { (z: [Tensor], p: [Tensor]) in f(start.replacingTensors(z), parameters.replacingTensors(p)).tensors }
  let equation = ImplicitEquation(
    "fixedPoint", parameters: p.count, linearSolver, tolerance: tolerance, maxIterations: maxIterations,
    residual: { z, p in zip(step(z, p), z).map { $0 - $1 } },
    solve: { (inputs) throws(TensorError) in
      let p = Array(inputs[..<p.count])
      return try FixedPoint.find({ step($0, p) }, from: Array(inputs[p.count...]), tolerance: tolerance, maxIterations: maxIterations)
    })
  if isErrorPending || equation.capturesOthers(at: start.tensors, p) { return start.mapTensors { _ in .poison } }
  let z = ImplicitOperation(equation)(p + start.tensors)
  return isErrorPending ? start.mapTensors { _ in .poison } : start.replacingTensors(z)
}

/// The solution z of f(z, parameters) = 0 that `solve` finds by whatever means, with its derivatives for the parameters.
///
///     let root = implicitRoot({ (z: Tensor, a: Tensor) in z.pow(3) - a }, a) { a in cubeRootByBisection(a) }
///
/// `solve` runs unrecorded; the derivative comes from `f` alone. Derivatives of every order work, in both modes; inside `vmap` each example
/// is solved for itself.
///
/// - Parameters:
///   - f: what is zero at the solution, in the solution's shapes; of what is differentiated it captures nothing.
///   - parameters: what the solution depends on.
///   - linearSolver: how derivatives are solved for.
///   - tolerance: how far from 0 an element of f may be at what `solve` gives; beyond it is refused.
///   - maxIterations: for a `linearSolver` that iterates.
///   - solve: from the parameters to the solution.
public func implicitRoot<State: TensorTree, Parameters: TensorTree>(
  _ f: @escaping (State, Parameters) -> State, _ parameters: Parameters, linearSolver: LinearSolver = .direct, tolerance: Double = 1e-3,
  maxIterations: Int = 1000, solve: @escaping (Parameters) -> State
) -> State {
  ImplicitEquation.solution(
    "implicitRoot", parameters, linearSolver, tolerance, maxIterations, { f($0, $1).tensors }, solve)
}

/// The minimum of `objective(z, parameters)` over z that `solve` finds by whatever means, with its derivatives for the parameters.
///
///     let ridge = implicitArgmin({ (w: Tensor, decay: Tensor) in (x.matmul(w) - y).square().sum() + decay * w.square().sum() }, decay) {
///       minimise(decay: $0)
///     }
///
/// At the minimum the gradient is zero; that equation is differentiated, with the Hessian for its matrix. All else as `implicitRoot`.
///
/// - Parameters:
///   - objective: from z and the parameters to one number; of what is differentiated it captures nothing.
///   - parameters: what the minimum depends on.
///   - linearSolver: how derivatives are solved for: `.conjugateGradient` for many unknowns.
///   - tolerance: how far from 0 an element of the gradient may be at what `solve` gives; beyond it is refused.
///   - maxIterations: for a `linearSolver` that iterates.
///   - solve: from the parameters to the minimum.
public func implicitArgmin<State: TensorTree, Parameters: TensorTree>(
  _ objective: @escaping (State, Parameters) -> Tensor, _ parameters: Parameters, linearSolver: LinearSolver = .direct,
  tolerance: Double = 1e-3, maxIterations: Int = 1000, solve: @escaping (Parameters) -> State
) -> State {
  ImplicitEquation.solution(
    "implicitArgmin", parameters, linearSolver, tolerance, maxIterations,
    { z, p in Reverse.valueAndGrad({ objective(z.replacingTensors($0), p) }, z.tensors, "implicitArgmin").gradients }, solve)
}

/// An equation F(z, p) = 0 with a way to solve it, and what surrounded its making: its functions run again in backward passes.
private final class ImplicitEquation: @unchecked Sendable {
  typealias Residual = (_ z: [Tensor], _ p: [Tensor]) -> [Tensor]

  let name: String
  /// How many of the inputs are p; those after them say where to begin, and have no derivative.
  let parameterCount: Int
  /// How many tensors z is, once it is solved.
  private(set) var count = 0
  private let linearSolver: LinearSolver
  private let tolerance: Double?
  private let maxIterations: Int
  private let givenResidual: Residual
  private let givenSolve: ([Tensor]) throws(TensorError) -> [Tensor]
  private let substitutions = Modes.currentIfAny?.substitutions ?? [:]
  private let dtype = defaultDType

  init(
    _ name: String, parameters: Int, _ linearSolver: LinearSolver, tolerance: Double?, maxIterations: Int, residual: @escaping Residual,
    solve: @escaping ([Tensor]) throws(TensorError) -> [Tensor]
  ) {
    self.name = name
    parameterCount = parameters
    self.linearSolver = linearSolver
    self.tolerance = tolerance
    self.maxIterations = maxIterations
    givenResidual = residual
    givenSolve = solve
  }

  /// F(z, p), with the leaves that a `functionalCall` had put in place when the equation was made.
  func residual(_ z: [Tensor], _ p: [Tensor]) -> [Tensor] {
    Modes.slowly { modes in
      let now = modes.substitutions
      modes.substitutions = substitutions
      defer { modes.substitutions = now }
      return withDefaultDType(dtype) { givenResidual(z, p) }
    }
  }

  /// Solves for plain values, outside all transforms and tapes.
  func solve(_ inputs: [Tensor]) throws(TensorError) -> [Tensor] {
    let result = Modes.outsideLevels(substitutions) {
      noGrad {
        withDefaultDType(dtype) {
          Result { () throws(TensorError) -> [Tensor] in try givenSolve(inputs.map { $0.detach() }).map { $0.detach() } }
        }
      }
    }
    let z = try result.get()
    count = z.count
    return z
  }

  /// Refuses a function that computes with a tensor that is differentiated or a batch, and is no parameter: its derivative would be missing.
  func capturesOthers(at z: [Tensor], _ p: [Tensor]) -> Bool {
    guard isGradEnabled || Modes.currentIfAny?.depth ?? 0 > 0 else { return false }
    let z = z.map { Levels.cut($0, tangents: true) }, p = p.map { Levels.cut($0, tangents: true) }
    let (values, journal) = Journal.keeping { recordingTape { residual(z, p) } }
    journal.undo()
    if isErrorPending { return true }
    let known = Set((z + p).flatMap(Levels.batches))
    guard values.contains(where: { Levels.isDifferentiated($0) || !known.isSuperset(of: Levels.batches($0)) }) else { return false }
    fail(
      TensorError(
        .gradient,
        "\(name): the function captures a tensor that is being differentiated, or a batch, and would be constant in the derivative",
        hint: "Pass it as a parameter; the parameters of a module as its stateDict, with functionalCall inside.", operation: name))
    return true
  }

  /// The equation of a user's function with a user's solver.
  static func solution<State: TensorTree, Parameters: TensorTree>(
    _ name: String, _ parameters: Parameters, _ linearSolver: LinearSolver, _ tolerance: Double, _ maxIterations: Int,
    _ residual: @escaping (State, Parameters) -> [Tensor], _ solve: @escaping (Parameters) -> State
  ) -> State {
    var form: State?
    let p = parameters.tensors
    let f: Residual = { z, p in form.map { residual($0.replacingTensors(z), parameters.replacingTensors(p)) } ?? z }
    let equation = ImplicitEquation(
      name, parameters: p.count, linearSolver, tolerance: nil, maxIterations: maxIterations, residual: f,
      solve: { (p) throws(TensorError) in
        let state = solve(parameters.replacingTensors(p))
        form = state.mapTensors { $0.detach() }
        let z = state.tensors, values = f(z, p)
        if isErrorPending { return z }
        guard values.count == z.count, zip(values, z).allSatisfy({ $0.internalShape == $1.internalShape }) else {
          throw TensorError(
            .shape, "\(name): there are as many equations as unknowns, in the same shapes", hint: "f gives what is zero, shaped as z.",
            operation: name, shapes: (z + values).map(\.shape))
        }
        let distance = FixedPoint.largest(values)
        guard distance <= tolerance else {
          throw TensorError(
            .argument, "\(name): what solve gives is no solution: an element that should be 0 is \(distance)",
            hint: "Solve further, or allow more by tolerance: the derivative is that of an exact solution.", operation: name)
        }
        return z
      })
    let z = isErrorPending ? [] : ImplicitOperation(equation)(p), state = form ?? solve(parameters)
    if isErrorPending || equation.capturesOthers(at: z, p) { return state.mapTensors { _ in .poison } }
    return state.replacingTensors(z)
  }

  /// What `residual` and `solve` of a linear equation in w are: `map`(w; z, p) + b = 0 with parameters (b, z, p).
  private func linear(
    _ suffix: String, _ map: @escaping (_ z: [Tensor], _ p: [Tensor]) -> ([Tensor]) -> [Tensor], b: [Tensor], _ z: [Tensor], _ p: [Tensor]
  ) -> [Tensor] {
    let n = z.count, title = name + suffix, solver = linearSolver, tolerance = tolerance, maxIterations = maxIterations
    let parts = { (q: [Tensor]) in (b: Array(q[..<n]), z: Array(q[n..<2 * n]), p: Array(q[(2 * n)...])) }
    let equation = ImplicitEquation(
      title, parameters: 2 * n + p.count, linearSolver, tolerance: tolerance, maxIterations: maxIterations,
      residual: { w, q in
        let (b, z, p) = parts(q)
        return zip(map(z, p)(w), b).map { $0 + $1 }
      },
      solve: { (q) throws(TensorError) in
        let (b, z, p) = parts(q)
        return try solver.solve(map(z, p), b, tolerance: tolerance, maxIterations: maxIterations, title)
      })
    return ImplicitOperation(equation)(b + z + p)
  }

  /// The w of (dF/dz)' w + v = 0.
  func adjoint(_ v: [Tensor], _ z: [Tensor], _ p: [Tensor]) -> [Tensor] {
    let transposed = { (z: [Tensor], p: [Tensor]) in
      let pulled = Reverse.vjp({ self.residual($0, p) }, z)
      return { (w: [Tensor]) in pulled.gradients(w) }
    }
    return linear("Adjoint", transposed, b: v, z, p)
  }

  /// The u of (dF/dz) u + b = 0.
  func tangent(_ b: [Tensor], _ z: [Tensor], _ p: [Tensor]) -> [Tensor] {
    linear("Tangent", { z, p in { u in Forward.jvp({ self.residual($0, p) }, z, u).tangents } }, b: b, z, p)
  }
}

/// The solution of an equation, as an operation of its parameters.
private struct ImplicitOperation: VariadicOperation {
  static let info = OperationInfo(
    "implicit", "The solution of an equation, differentiated by the implicit function theorem.", call: "fixedPoint(f, z, p)",
    formula: "z with F(z, p) = 0", derivative: "-(dF/dz)^-1 dF/dp", shapes: "", samples: [])
  let equation: ImplicitEquation

  init(_ equation: ImplicitEquation) { self.equation = equation }

  var name: String { equation.name }
  var nodeName: String { equation.name.prefix(1).uppercased() + equation.name.dropFirst() + "Backward" }

  func saves(needs: [Bool]) -> (inputs: [Bool], outputs: [Bool]) {
    (needs.indices.map { $0 < equation.parameterCount }, Array(repeating: true, count: equation.count))
  }

  func forward(_ x: [Tensor]) throws(TensorError) -> [Tensor] {
    let z = try equation.solve(x)
    guard isErrorPending || !z.contains(where: { $0.box.flags.contains(.wrapped) }) else { throw Rules.escapedTransform }
    return z
  }

  func vjp(_ dz: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let p = (0..<equation.parameterCount).map(s.input), z = s.outputs.indices.map(s.output)
    let w = equation.adjoint(zip(dz, z).map { $0 ?? Tensor.zeros(like: $1) }, z, p), wanted = p.indices.filter { s.needs[$0] }
    let pulled = Reverse.vjp({ equation.residual(z, replacing(p, wanted, by: $0)) }, wanted.map { p[$0] })
    var gradients: [Tensor?] = s.needs.map { _ in nil }
    for (i, gradient) in zip(wanted, pulled.gradientsIfAny(w)) { gradients[i] = gradient }
    return gradients
  }

  func jvp(_ dx: [Tensor?], _ s: SavedList) -> [Tensor?] {
    let p = (0..<equation.parameterCount).map(s.input), z = s.outputs.indices.map(s.output)
    let moving = p.indices.filter { dx[$0] != nil }
    if moving.isEmpty { return z.map { _ in nil } }
    let b = Forward.jvp({ equation.residual(z, replacing(p, moving, by: $0)) }, moving.map { p[$0] }, moving.compactMap { dx[$0] }).tangents
    return equation.tangent(b, z, p)
  }

  private func replacing(_ all: [Tensor], _ places: [Int], by tensors: [Tensor]) -> [Tensor] {
    var all = all
    for (place, tensor) in zip(places, tensors) { all[place] = tensor }
    return all
  }
}
