import ChainRule

/// A named piece of work; `prepare` sets it up and gives one step of it, which returns what it computes for others: one tensor or none, as an
/// array would cost more than a small step.
struct Workload {
  let name: String
  /// What the scripts of other libraries call it.
  var otherName: String?
  let prepare: () -> () -> Tensor?

  func isCalled(_ name: String?) -> Bool { name == nil || name == self.name || name == otherName }

  /// One step as it is, or as a plan.
  func step(compiled: Bool) -> () -> Void {
    let step = prepare()
    if !compiled { return { _ = step() } }
    let plan = compile { () -> [Tensor] in step().map { [$0] } ?? [] }
    return { _ = plan() }
  }

  static var all: [Workload] { small + networks + large }

  /// Graphs of a few numbers: what an operation costs besides its arithmetic.
  private static var small: [Workload] {
    [
      Workload(name: "add_one_element", otherName: "dispatch_add1") {
        let a = Tensor.ones(1)
        return { noGrad { a + a } }
      },
      Workload(name: "three_numbers_backward", otherName: "seed1_vec3") {
        let x = Tensor.randn(3, requiresGrad: true)
        return {
          let y = x + 2
          (y * y * 2).mean().backward()
          x.grad = nil
          return nil
        }
      },
      Workload(name: "one_weight_step", otherName: "seed4_step") {
        let w = Tensor([1.0], requiresGrad: true), x = Tensor([2.0]), y = Tensor([4.0])
        return {
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
        let x = Tensor(0.13), y = Tensor(0.13)
        return {
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
        return {
          var b = a
          for _ in 0..<100_000 { b = b * 1.0 }
          b.backward()
          a.grad = nil
          return nil
        }
      },
      Workload(name: "hessian_rosen100") {
        let x = Tensor.randn(100)
        let rosenbrock = { (x: Tensor) in (100 * (x[1...] - x[..<(-1)].pow(2)).pow(2) + (1 - x[..<(-1)]).pow(2)).sum() }
        return { hessian(rosenbrock, x) }
      },
    ]
  }

  /// Passes over large arrays: memory and arithmetic.
  private static var large: [Workload] {
    [
      Workload(name: "elementwise_chain_4M") {
        let x = Tensor.randn(4_000_000, requiresGrad: true)
        return {
          ((x * 2 + 1).tanh() * x).sum().backward()
          x.grad = nil
          return nil
        }
      },
      Workload(name: "layernorm_4096x1024") {
        let x = Tensor.randn(4096, 1024, requiresGrad: true)
        return {
          layerNorm(x, [1024]).sum().backward()
          x.grad = nil
          return nil
        }
      },
      Workload(name: "softmax_4096x1024") {
        let x = Tensor.randn(4096, 1024, requiresGrad: true)
        return {
          x.softmax(dim: -1).sum().backward()
          x.grad = nil
          return nil
        }
      },
      Workload(name: "matmul_1024") {
        let a = Tensor.randn(1024, 1024), b = Tensor.randn(1024, 1024)
        return { a.matmul(b) }
      },
    ]
  }
}
