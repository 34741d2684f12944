import ChainRule

/// A named piece of work; `prepare` sets it up and gives one step of it, which returns what it computes for others: one tensor or none, as an
/// array would cost more than a small step.
struct Workload {
  let name: String
  /// What the scripts of other libraries call it.
  var otherName: String?
  let prepare: () -> Work

  /// A step and the data, where it has any, that it is given at each call, as a compiled step must be given what is not to be computed once and for all. For
  /// the same reason gradients are forgotten at the start of a step and not at its end: a plan does not compute what nobody will see.
  struct Work {
    var data: (x: Tensor, y: Tensor)?
    let step: (Tensor, Tensor) -> Tensor?
  }

  func isCalled(_ name: String?) -> Bool { name == nil || name == self.name || name == otherName }

  /// One step as it is, or as a plan.
  func step(compiled: Bool) -> () -> Void {
    let work = prepare(), (x, y) = work.data ?? (Tensor(0.0), Tensor(0.0))
    if !compiled { return { _ = work.step(x, y) } }
    if work.data == nil {
      let plan = compile { () -> [Tensor] in work.step(x, y).map { [$0] } ?? [] }
      return { _ = plan() }
    }
    let plan = compile { (x: Tensor, y: Tensor) -> [Tensor] in work.step(x, y).map { [$0] } ?? [] }
    return { _ = plan(x, y) }
  }

  static var all: [Workload] { small + networks + large }

  /// Graphs of a few numbers: what an operation costs besides its arithmetic.
  private static var small: [Workload] {
    [
      Workload(name: "add_one_element", otherName: "dispatch_add1") {
        let a = Tensor.ones(1)
        return Work(data: (a, a)) { x, _ in noGrad { x + x } }
      },
      Workload(name: "three_numbers_backward", otherName: "seed1_vec3") {
        let x = Tensor.randn(3, requiresGrad: true)
        return Work { _, _ in
          x.grad = nil
          let y = x + 2
          (y * y * 2).mean().backward()
          return nil
        }
      },
      Workload(name: "one_weight_step", otherName: "seed4_step") {
        let w = Tensor([1.0], requiresGrad: true), x = Tensor([2.0]), y = Tensor([4.0])
        return Work(data: (x, y)) { x, y in
          let p = x * w
          let l = (p - y) * (p - y)
          l.backward()
          w.data -= 0.01 * w.grad!
          w.zeroGrad()
          return nil
        }
      },
      Workload(name: "twelve_weights_step", otherName: "seed2_step") {
        let p = (0..<12).map { Tensor(Double($0 + 1), requiresGrad: true) }
        return Work(data: (Tensor(0.13), Tensor(0.13))) { x, y in
          let f = p[0] * x + p[1] * x + p[8], g = p[2] * x + p[3] * x + p[9]
          let h = p[4] * f + p[5] * g + p[10], i = p[6] * f + p[7] * g + p[11]
          let j = h + 2 * i
          (j - y).pow(2).backward()
          for w in p {
            w.data -= 1e-9 * w.grad!
            w.grad = nil
          }
          return nil
        }
      },
      Workload(name: "deep_chain_100k") {
        let a = Tensor(1.0, requiresGrad: true)
        return Work { _, _ in
          a.grad = nil
          var b = a
          for _ in 0..<100_000 { b = b * 1.0 }
          b.backward()
          return nil
        }
      },
      Workload(name: "hessian_rosen100") {
        let rosenbrock = { (x: Tensor) in (100 * (x[1...] - x[..<(-1)].pow(2)).pow(2) + (1 - x[..<(-1)]).pow(2)).sum() }
        let x = Tensor.randn(100)
        return Work(data: (x, x)) { x, _ in hessian(rosenbrock, x) }
      },
    ]
  }

  /// Passes over large arrays: memory and arithmetic.
  private static var large: [Workload] {
    [
      Workload(name: "elementwise_chain_4M") {
        let x = Tensor.randn(4_000_000, requiresGrad: true)
        return Work { _, _ in
          x.grad = nil
          ((x * 2 + 1).tanh() * x).sum().backward()
          return nil
        }
      },
      Workload(name: "layernorm_4096x1024") {
        let x = Tensor.randn(4096, 1024, requiresGrad: true)
        return Work { _, _ in
          x.grad = nil
          layerNorm(x, [1024]).sum().backward()
          return nil
        }
      },
      Workload(name: "softmax_4096x1024") {
        let x = Tensor.randn(4096, 1024, requiresGrad: true)
        return Work { _, _ in
          x.grad = nil
          x.softmax(dim: -1).sum().backward()
          return nil
        }
      },
      Workload(name: "matmul_1024") {
        Work(data: (Tensor.randn(1024, 1024), Tensor.randn(1024, 1024))) { a, b in a.matmul(b) }
      },
    ]
  }
}
