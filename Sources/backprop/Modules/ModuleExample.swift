import ChainRule
import ChainRuleNN
import ChainRuleOptim

/// What the documentation shows of a class: code, and what comes of it.
struct ModuleExample: Sendable {
  /// The code that makes it.
  let code: String
  private let run: @Sendable () -> [String]

  /// The code and what it prints.
  var lines: [String] { withDefaultDType(.float32) { run() } }

  static let all = [layers, others, losses, optimizers, schedules].reduce(into: [:]) { all, family in
    all.merge(family) { first, _ in first }
  }

  /// A layer applied to an input of this shape: how it is printed then, and the result's shape.
  static func layer(_ code: String, _ shape: [Int], _ make: @escaping @Sendable () -> any Layer) -> ModuleExample {
    ModuleExample(code: code) {
      let layer = make(), x = wave(shape), y = layer(x)
      return lines(code, "x", [x], [y], layer)
    }
  }

  /// A module that is called in its own way, as `call` says.
  static func module<M: SendableMetatype>(
    _ code: String, _ call: String, _ inputs: @escaping @Sendable () -> [Tensor], _ make: @escaping @Sendable () -> M,
    _ apply: @escaping @Sendable (M, [Tensor]) -> [Tensor]
  ) -> ModuleExample {
    ModuleExample(code: code) {
      let module = make(), x = inputs()
      return lines(code, call, x, apply(module, x), module)
    }
  }

  private static func lines(_ code: String, _ call: String, _ x: [Tensor], _ y: [Tensor], _ module: Any) -> [String] {
    func shapes(_ tensors: [Tensor]) -> String { tensors.map { "\($0.shape)" }.joined(separator: ", ") }
    return ["let layer = \(code)", "layer(\(call))      // \(shapes(x)) to \(shapes(y))"]
      + "\(module)".split(separator: "\n").map { "// \($0)" }
  }

  /// A loss of a result and a target, and its gradient.
  static func loss(
    _ code: String, _ make: @escaping @Sendable () -> any Loss, input: [[Double]] = [[0.5, -1], [2, 0.1]],
    target: @escaping @Sendable @autoclosure () -> Tensor = Tensor([[1.0, 0], [1, 1]])
  ) -> ModuleExample {
    ModuleExample(code: code) {
      let loss = make(), x = Tensor(input, requiresGrad: true), t = target(), y = loss(x, t)
      y.backward()
      return ["let loss = \(code)"] + text("x", x.detach()) + text("t", t) + text("loss(x, t)", y.detach()) + text("gradient of x", x.grad!)
    }
  }

  /// Three steps down the squared distance of weights from 0.
  static func optimizer(_ code: String, _ make: @escaping @Sendable ([Tensor]) -> Optimizer) -> ModuleExample {
    ModuleExample(code: code) {
      let weight = Tensor([[1.0, -2], [0.5, 3]], requiresGrad: true), optimizer = make([weight])
      var lines = ["let optimizer = \(code)"] + text("weights[0]", weight.detach())
      for step in 1...3 {
        optimizer.step {
          optimizer.zeroGrad()
          let loss = (weight * weight).sum()
          loss.backward()
          return loss
        }
        lines += text("after step \(step)", weight.detach())
      }
      return lines
    }
  }

  /// The rates of six epochs, of an optimizer whose rate is 1.
  static func schedule(_ code: String, _ make: @escaping @Sendable (Optimizer) -> LearningRateSchedule) -> ModuleExample {
    ModuleExample(code: code) {
      let optimizer = SGD([Tensor([1.0], requiresGrad: true)], lr: 1, momentum: 0.9), schedule = make(optimizer)
      let rates = (0..<6).map { epoch -> Double in
        if epoch > 0 {
          optimizer.step()
          schedule.step()
        }
        return optimizer.groups[0].lr
      }
      return ["let schedule = \(code)"] + text("rates", Tensor(rates))
    }
  }

  static func wave(_ shape: [Int]) -> Tensor { Tensor.arange(shape.reduce(1, *)).to(.float32).sin().reshaped(shape) }

  static func text(_ name: String, _ value: Tensor) -> [String] {
    "\(value)".split(separator: "\n").enumerated().map { ($0 == 0 ? "\(name) = " : String(repeating: " ", count: name.count + 3)) + $1 }
  }
}
