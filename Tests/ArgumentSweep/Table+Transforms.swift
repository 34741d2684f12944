import ChainRule
import ChainRuleExplain
import ChainRuleNN
import ChainRuleOptim

/// A user's own function: twice the sum of its inputs.
struct Doubled: DifferentiableFunction {
  func forward(_ x: [Tensor]) -> Tensor { x.reduce(Tensor.zeros([])) { $0 + $1 * 2 } }
  func vjp(_ dy: Tensor, _ x: [Tensor], _ y: Tensor) -> [Tensor?] { x.map { _ in dy * 2 } }
}

extension Table {
  private static func product(_ x: Tensor, _ w: Tensor) -> Tensor { x * w }
  private static func all(_ x: [Tensor]) -> Tensor { x.reduce(Tensor.ones([])) { $0 * $1 } }
  private static let doubles = Tensor([1.0, 2], dtype: .float64)

  static let transforms: [Call] = [
    call("jvp(_:_:_:strict:)", t(2), t(2), t(2), t(2)) { jvp(product, ($0, $1), ($2, $3)).tangent },
    call("jvp(_:_:_:strict:)", t(2), t(2)) { jvp({ product($0, $0) }, $0, $1, strict: true).tangent },
    call("jvp(_:_:_:strict:)", [t(2), t(2)], [t(2), t(2)]) { jvp(all, $0, $1, strict: true).tangent },
    call("jvp(_:_:_:strict:)", [t(2), t(2)], [t(2), t(2)]) { jvp({ (x: [Tensor]) in [all(x)] }, $0, $1, strict: true).tangent },
    call("vjp(_:_:strict:)", [t(2), t(2)]) { vjp(all, $0, strict: true).value },
    call("vjp(_:_:strict:)", t(2)) { vjp({ product($0, $0) }, $0, strict: true).value },
    call("vjp(_:_:strict:)", [t(2), t(2)]) { vjp({ (x: [Tensor]) in [all(x)] }, $0, strict: true).value },
    call("vjp(_:_:_:strict:)", t(2), t(2)) { vjp(product, $0, $1).value },
    call("Pullback.pullback(_:)", t(2)) { vjp(product, t(2), t(2)).pullback($0) },
    call("Pullback.pullbacks(_:)", t(2)) { vjp(product, t(2), t(2)).pullbacks($0) },
    call("jacobian(_:_:mode:chunkSize:strict:)", [t(2), t(2)]) { jacobian(all, $0, strict: true) },
    call("jacobian(_:_:_:mode:chunkSize:strict:)", t(2), t(2)) { jacobian(product, $0, $1).0 },
    call("jacobian(_:_:_:argnums:mode:chunkSize:strict:)", t(2), t(2), 1) { jacobian(product, $0, $1, argnums: $2) },
    call("jacobian(_:_:_:argnums:mode:chunkSize:strict:)", t(2), t(2), [1, 0]) { jacobian(product, $0, $1, argnums: $2) },
    call("jacobian(_:_:argnums:mode:chunkSize:strict:)", [t(2), t(2)], [1]) { jacobian(all, $0, argnums: $1) },
    call("jacobian(_:_:hasAux:mode:chunkSize:strict:)", t(2), Optional(1)) {
      jacobian({ (x: Tensor) in (product(x, x), x) }, $0, hasAux: true, chunkSize: $1).jacobian
    },
    call("hessian(_:_:chunkSize:strict:)", [t(2), t(2)]) { hessian({ all($0).sum() }, $0) },
    call("hessian(_:_:_:chunkSize:strict:)", t(2), t(2)) { hessian({ product($0, $1).sum() }, $0, $1).0.1 },
    call("hvp(_:_:_:strict:)", t(2), t(2), t(2), t(2)) { hvp({ product($0, $1).sum() }, ($0, $1), ($2, $3)).0 },
    call("hvp(_:_:_:strict:)", [t(2), t(2)], [t(2), t(2)]) { hvp({ all($0).sum() }, $0, $1) },
    call("vhp(_:_:_:strict:)", t(2), t(2)) { vhp({ product($0, $0).sum() }, $0, $1) },
    call("vhp(_:_:_:strict:)", t(2), t(2), t(2), t(2)) { vhp({ product($0, $1).sum() }, ($0, $1), ($2, $3)).0 },
    call("vhp(_:_:_:strict:)", [t(2), t(2)], [t(2), t(2)]) { vhp({ all($0).sum() }, $0, $1) },
    call("grad(_:argnums:)", t(2), t(2), 1) { grad({ product($0, $1).sum() }, argnums: $2)($0, $1) },
    call("grad(_:argnums:)", t(2), t(2), [1, 0]) { grad({ product($0, $1).sum() }, argnums: $2)($0, $1) },
    call("grad(_:argnums:)", [t(2), t(2)], [1]) { grad({ all($0).sum() }, argnums: $1)($0) },
    call("valueAndGrad(_:argnums:)", [t(2), t(2)], [1]) { valueAndGrad({ all($0).sum() }, argnums: $1)($0).gradients },
    call("vmap(_:inDims:outDims:randomness:chunkSize:)", [x, x], [Optional(0), nil], [Optional(0)]) {
      vmap({ (p: [Tensor]) in [all(p)] }, inDims: $1, outDims: $2)($0)
    },
    call("vmap(_:inDims:outDims:randomness:chunkSize:)", Optional(0), Optional(0), Optional(1)) {
      vmap({ (p: [Tensor], y: Tensor) in [p[0] * y] }, inDims: ($0, $1), chunkSize: $2)([x], x)
    },
    call("jet(_:_:series:)", t(2), [t(2), t(2)]) { jet({ product($0, $0) }, $0, series: $1).series },
    call("linearize(_:_:)", t(2), t(2)) { linearize({ product($0, $0) }, $0).jvp($1) },
    call("linearTranspose(_:_:)", t(2), t(2)) { linearTranspose({ $0 * 2 }, $0)($1) },
    call("ggnvp(_:_:_:_:)", t(2), t(2)) { ggnvp({ product($0, $0) }, { $0.square().sum() }, $0, $1) },
    call("makeDual(_:_:)", t(2), t(2)) { (a: Tensor, v: Tensor) in dualLevel { unpackDual(makeDual(a, v) * 2).tangent } ?? a },
    call("unpackDual(_:)", t(2)) { (a: Tensor) in dualLevel { unpackDual(a).primal } },
    call("cond(_:_:otherwise:)", mask(1)) {
      cond($0) {
        x
      } otherwise: {
        x * 2
      }
    },
    call("scan(_:_:_:reverse:)", t(3), x) { scan({ (s: Tensor, x: Tensor) in (s + x, s * x) }, $0, $1).outputs },
    call("associativeScan(_:_:dim:reverse:)", x, 0) { associativeScan({ (a: Tensor, b: Tensor) in a + b }, $0, dim: $1) },
    call("whileLoop(_:_:_:)", t(2)) { whileLoop({ $0[1] .< 3 }, { [$0[0] + 1, $0[1] + 1] }, [$0, Tensor(0.0)])[0] },
    call("fixedPoint(_:_:_:linearSolver:tolerance:maxIterations:)", t(2), t(2), Optional(1e-5), Times(40)) {
      fixedPoint({ (z: Tensor, p: Tensor) in z * 0.5 + p }, $0, $1, tolerance: $2, maxIterations: $3.count)
    },
    call("implicitRoot(_:_:linearSolver:tolerance:maxIterations:solve:)", t(2), 1e-3, Times(40)) {
      implicitRoot({ (z: Tensor, p: Tensor) in z - p }, $0, tolerance: $1, maxIterations: $2.count) { $0 }
    },
    call("implicitArgmin(_:_:linearSolver:tolerance:maxIterations:solve:)", t(2), 1e-3, Times(40)) {
      implicitArgmin(
        { (z: Tensor, p: Tensor) in (z - p).square().sum() }, $0, linearSolver: .conjugateGradient, tolerance: $1, maxIterations: $2.count
      ) { $0 }
    },
    call("TensorTree.replacingTensors(_:)", [x, x]) { [x, x].replacingTensors($0) },
    call("NamedTensors.merging(_:)", x) { NamedTensors(["x": x]).merging(["x": $0])["x"] ?? x },
    call("checkpoint(_:_:preserveRNGState:determinismCheck:policy:)", [t(2), t(2)]) { checkpoint(all, $0) },
    call("checkpoint(_:_:_:preserveRNGState:determinismCheck:policy:)", t(2), t(2)) { checkpoint(product, $0, $1) },
    call("DifferentiableFunction.callAsFunction(_:)", t(2)) { Doubled()($0) },
    call("DifferentiableFunction.callAsFunction(_:)", [t(2)]) { Doubled()($0) },
    call("DifferentiableFunction.jvp(_:_:_:)", t(2), t(2)) { (v: Tensor, x: Tensor) in jvp({ Doubled()($0) }, x, v).tangent },
    call("functionalCall(_:_:_:)", t(2, 3), t(2), x) { functionalCall(Linear(3, 2), ["weight": $0, "bias": $1], $2) },
    call("functionalCall(_:_:_:)", t(2, 3), t(2)) { (w: Tensor, b: Tensor) -> Tensor in
      let layer = Linear(3, 2)
      return functionalCall(layer, ["weight": w, "bias": b]) { layer(x) }
    },
    call("Module.load(_:strict:assign:renaming:)", t(2, 3), t(2)) { try Linear(3, 2).load(["weight": $0, "bias": $1]) },
    call("gradients(of:withRespectTo:gradOutputs:retainGraph:createGraph:)", t(2), Optional(t(2))) { (a: Tensor, g: Tensor?) -> [Tensor] in
      let x = a.asLeaf()
      return gradients(of: x * x, withRespectTo: [x], gradOutputs: g)
    },
    call("gradients(of:withRespectTo:gradOutputs:retainGraph:createGraph:allowUnused:isGradsBatched:)", Optional([Optional(t(3, 2))])) {
      let x = t(2).asLeaf()
      return gradients(of: [x * x], withRespectTo: [x], gradOutputs: $0, isGradsBatched: true)[0] ?? x
    },
    call("gradients(of:withRespectTo:gradOutputs:retainGraph:createGraph:allowUnused:isGradsBatched:)", t(2), Optional([Optional(t(2))])) {
      (a: Tensor, g: [Tensor?]?) in
      let x = a.asLeaf()
      _ = gradients(of: [x * x], withRespectTo: [x], gradOutputs: g, allowUnused: true)
    },
    call("gradcheck(_:_:eps:atol:rtol:nondetTol:checkForwardAD:checkBatchedGrad:fastMode:)", [doubles, doubles], 1e-6, 1e-5, 1e-3, 0.0) {
      try gradcheck(all, $0.map { $0.asLeaf() }, eps: $1, atol: $2, rtol: $3, nondetTol: $4, checkForwardAD: true, checkBatchedGrad: true)
    },
    call("gradcheck(_:_:eps:atol:rtol:nondetTol:checkForwardAD:checkBatchedGrad:fastMode:)", [doubles], 1e-6, 1e-5, 1e-3, 0.0) {
      try gradcheck({ [all($0)] }, $0.map { $0.asLeaf() }, eps: $1, atol: $2, rtol: $3, nondetTol: $4)
    },
    call("gradcheck(_:_:eps:atol:rtol:nondetTol:checkForwardAD:checkBatchedGrad:fastMode:)", [doubles, doubles], 1e-6) {
      try gradcheck(product, $0.map { $0.asLeaf() }, eps: $1)
    },
    call(
      "gradgradcheck(_:_:gradOutputs:eps:atol:rtol:nondetTol:checkForwardOverReverse:checkBatchedGrad:fastMode:)", [doubles, doubles],
      Optional([doubles]), 1e-6,
      1e-5, 1e-3, 0.0
    ) {
      try gradgradcheck(all, $0.map { $0.asLeaf() }, gradOutputs: $1, eps: $2, atol: $3, rtol: $4, nondetTol: $5)
    },
    call(
      "gradgradcheck(_:_:gradOutputs:eps:atol:rtol:nondetTol:checkForwardOverReverse:checkBatchedGrad:fastMode:)", [doubles, doubles], 1e-6
    ) {
      try gradgradcheck({ [all($0)] }, $0.map { $0.asLeaf() }, eps: $1)
    },
    call("gradgradcheck(_:_:gradOutputs:eps:atol:rtol:nondetTol:checkForwardOverReverse:checkBatchedGrad:fastMode:)", [doubles], 1e-6) {
      try gradgradcheck({ (x: Tensor) in x * x }, $0.map { $0.asLeaf() }, eps: $1)
    },
    call(
      "gradgradcheck(_:_:gradOutputs:eps:atol:rtol:nondetTol:checkForwardOverReverse:checkBatchedGrad:fastMode:)", [doubles, doubles], 1e-6
    ) {
      try gradgradcheck(product, $0.map { $0.asLeaf() }, eps: $1)
    },
  ]

  /// Rates that schedules are asked for directly.
  private static func rate(_ name: String, _ make: @escaping (Optimizer) -> LearningRateSchedule) -> Call {
    call("\(name).rate(of:current:)", 0, 0.1) { make(SGD([t(2).asLeaf()], lr: 0.1, momentum: 0.9)).rate(of: $0, current: $1) }
  }

  /// What belongs to containers and protocols.
  static let protocols: [Call] = [
    rate("LearningRateSchedule") { StepLR($0, stepSize: 2) }, rate("LambdaLR") { LambdaLR($0) { _ in 1 } },
    rate("StepLR") { StepLR($0, stepSize: 2) },
    rate("MultiStepLR") { MultiStepLR($0, milestones: [1]) }, rate("ExponentialLR") { ExponentialLR($0, gamma: 0.9) },
    rate("LinearLR") { LinearLR($0) },
    rate("CosineAnnealingLR") { CosineAnnealingLR($0, tMax: 5) }, rate("OneCycleLR") { OneCycleLR($0, maxLR: 1, totalSteps: 10) },
    rate("ConstantLR") { ConstantLR($0) }, rate("PolynomialLR") { PolynomialLR($0) }, rate("SWALR") { SWALR($0, swaLR: 0.05) },
    rate("CosineAnnealingWarmRestarts") { CosineAnnealingWarmRestarts($0, t0: 2) },
    rate("MultiplicativeLR") { MultiplicativeLR($0) { _ in 0.9 } },
    rate("CyclicLR") { CyclicLR($0, baseLR: 0.1, maxLR: 0.2) },
    call("Buffer.init(_:isPersistent:name:isRequired:)", x) { Buffer($0).value },
    call("ModuleList.subscript(_:)", 0) { ModuleList([Linear(3, 2)])[$0] },
    call("Sequential.subscript(_:)", 0) { Sequential(Linear(3, 2))[$0] },
    call("Sequential.subscript(_:)", 0) { (i: Int) in Sequential(Linear(3, 2))[i...].count },
    call("Sequential.insert(_:at:name:)", 0) { (i: Int) in Sequential(Linear(3, 2)).insert(ReLU(), at: i) },
    call("Sequential.remove(at:)", 0) { Sequential(Linear(3, 2)).remove(at: $0) },
    call("ModuleList.insert(_:at:)", 0) { (i: Int) in ModuleList([Linear(3, 2)]).insert(ReLU(), at: i) },
    call("ModuleList.remove(at:)", 0) { ModuleList([Linear(3, 2)]).remove(at: $0) },
    call("NamedTensors.init(_:)", x) { NamedTensors(["x": $0]).count },
    call("NamedTensors.init(_:)", x) { NamedTensors([(name: "x", tensor: $0)]).count },
    call("NamedTensors.init(dictionaryLiteral:)", x) { NamedTensors(dictionaryLiteral: ("x", $0)).count },
    call("NamedTensors.subscript(_:)", 0) { NamedTensors(["x": x])[$0].tensor },
    call("ResNet.resNet18(classes:channels:stem:dtype:generator:)", 2, 3) { ResNet.resNet18(classes: $0, channels: $1) },
    call("ResNet.resNet34(classes:channels:stem:dtype:generator:)", 2, 3) { ResNet.resNet34(classes: $0, channels: $1) },
    call("ResNet.resNet50(classes:channels:stem:dtype:generator:)", 2, 3) { ResNet.resNet50(classes: $0, channels: $1) },
    call("ResNet.resNet101(classes:channels:stem:dtype:generator:)", 2, 3) { ResNet.resNet101(classes: $0, channels: $1) },
    call("ResNet.resNet152(classes:channels:stem:dtype:generator:)", 2, 3) { ResNet.resNet152(classes: $0, channels: $1) },
    call("TensorError.init(_:_:hint:operation:shapes:names:)", [[2, 3]]) {
      TensorError(.shape, "a", hint: "b", operation: "c", shapes: $0).description
    },
    call("Terminal.init(fileDescriptor:)", 2) { Terminal(fileDescriptor: Int32(truncatingIfNeeded: $0)) },
    call("Array.collectSizes(_:at:)", [2, 2], 0) { (sizes: [Int], depth: Int) in
      var sizes = sizes
      [[1, 2], [3, 4]].collectSizes(&sizes, at: depth)
    },
    call("TensorElement.collectSizes(_:at:)", [2], 0) { (sizes: [Int], depth: Int) in
      var sizes = sizes
      1.collectSizes(&sizes, at: depth)
    },
    call("Array.append(to:sizes:path:)", [2, 2], [0]) { (sizes: [Int], path: [Int]) in
      var flat: [Int] = []
      try [1, 2].append(to: &flat, sizes: sizes, path: path)
    },
    call("TensorElement.append(to:sizes:path:)", [2], [0]) { (sizes: [Int], path: [Int]) in
      var flat: [Int] = []
      try 1.append(to: &flat, sizes: sizes, path: path)
    },
  ]
}
