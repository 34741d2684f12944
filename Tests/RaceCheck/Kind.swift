import ChainRule
import ChainRuleNN
import ChainRuleOptim
import Foundation

/// Tasks that run at once over something they share, each again and again.
struct Kind: Sendable {
  typealias Tasks = [@Sendable () -> Void]

  let name: String
  /// The tasks, for tensors of this many elements.
  let make: @Sendable (Int) -> Tasks

  static let all = leaves + graphs + networks
}

/// Ends the process with a line that says what was wrong.
func fault(_ text: String, code: Int32 = 3) -> Never {
  print("FAULT:", text)
  exit(code)
}

// MARK: A leaf's value and gradient

extension Kind {
  static let leaves = [
    // A leaf's value replaced beside one that reads it.
    Kind(name: "data") { n in
      let w = Tensor.rand(n).asLeaf()
      return [{ w.data = Tensor.rand(n) }, { noGrad { _ = w.sum() } }]
    },
    Kind(name: "dataread") { n in
      let w = Tensor.rand(n).asLeaf()
      return [{ w.data = Tensor.rand(n) }, { _ = w.data.count }]
    },
    Kind(name: "buffer") { n in
      let buffer = Buffer(Tensor.rand(n))
      return [{ buffer.value = Tensor.rand(n) }, { _ = buffer.value.count }]
    },
    Kind(name: "inplace") { n in
      let w = Tensor.rand(n).asLeaf()
      return [{ w.data += 1 }, { noGrad { _ = w.sum() } }]
    },
    Kind(name: "grad") { n in
      let w = Tensor.rand(n).asLeaf()
      return [{ w.grad = Tensor.ones(n) }, { _ = w.grad?.count }]
    },
    // All elements of a value are equal, whichever value a reader sees.
    Kind(name: "torn") { n in
      let w = Tensor.zeros(n).asLeaf()
      return [
        { w.data += 1 },
        {
          let seen = noGrad { (w * 1).array(of: Float.self) }
          if seen.contains(where: { $0 != seen[0] }) { fault("a read saw elements of two values, \(seen[0]) and another") }
        },
      ]
    },
    // An operation that takes a leaf twice reads it once, and its gradient is that of the value it read.
    Kind(name: "twice") { n in
      let w = Tensor.zeros(n, dtype: .float64).asLeaf()
      return [
        { w.data += 1 },
        {
          let y = w * w
          let square = y.array(of: Double.self), root = square[0].squareRoot()
          let gradient = gradients(of: y.sum(), withRespectTo: [w])[0].array(of: Double.self)
          if root != root.rounded() { fault("w * w took two values of w: \(square[0])") }
          for i in 0..<n where square[i] != root * root || gradient[i] != 2 * root {
            fault("w * w is \(square[i]) with gradient \(gradient[i]), for w = \(root)")
          }
        },
      ]
    },
    // The same for operations of any number of inputs, and for a layer's product.
    Kind(name: "manytimes") { n in
      let w = Tensor.zeros(n, dtype: .float64).asLeaf(), side = max(1, min(n, 64))
      let square = Tensor.zeros(side, side, dtype: .float64).asLeaf()
      return [
        { w.data += 1 }, { square.data += 1 },
        {
          let seen = noGrad { cat([w, w, w]) }.array(of: Double.self)
          if seen.contains(where: { $0 != seen[0] }) { fault("cat([w, w, w]) took two values of w") }
        },
        {
          let seen = square.matmul(square)[0, 0].item(), value = (seen / Double(side)).squareRoot()
          if value != value.rounded() { fault("w.matmul(w) took two values of w: \(seen)") }
        },
      ]
    },
    // The words that threads share are where the object is, whoever asks.
    Kind(name: "addresses") { n in
      let w = Tensor.rand(n).asLeaf(), expected = w.leafWordOffsets
      let ask: @Sendable () -> Void = {
        let found = w.leafWordOffsets
        if found != expected || Set(found).count != 3 || found.contains(where: { !(16..<256 ~= $0) || $0 % 8 != 0 }) {
          fault("the words of a leaf are at \(found), and were at \(expected)")
        }
      }
      return [ask, ask, { w.data = Tensor.rand(n) }]
    },
    // Frozen and thawed beside one that computes: each call sees it one way or the other.
    Kind(name: "freeze") { n in
      let w = Tensor.rand(n).asLeaf(), x = Tensor.rand(n).asLeaf()
      return [
        {
          var cell = w
          cell.requiresGrad.toggle()
        },
        { (w * x).sum().backward() },
        { cat([w, x]).sum().backward() },
      ]
    },
    Kind(name: "names") { n in
      let w = Tensor.rand(n).asLeaf()
      return [
        { _ = w.named("weight") }, { _ = w.named("a name that is too long to lie in the string itself") },
        { if let name = w.name, name != "weight", !name.hasPrefix("a name") { fault("the name was \(name)") } },
      ]
    },
    Kind(name: "random") { n in
      let generator = Generator(seed: 1)
      return [{ _ = Tensor.randn(n, generator: generator) }, { _ = Tensor.rand(n, generator: generator) }, { generator.manualSeed(2) }]
    },
  ]
}

// MARK: A graph that two tasks use

extension Kind {
  static let graphs = [
    // Hooks come and go beside a backward pass.
    Kind(name: "hooks") { n in
      let w = Tensor.rand(n).asLeaf()
      return [
        { w.registerHook { $0 * 1 }.remove() }, { w.registerPostAccumulateGradHook { _ in }.remove() },
        { (w * 2).sum().backward() },
      ]
    },
    Kind(name: "nodehooks") { n in
      let w = Tensor.rand(n).asLeaf(), y = w * 2
      let node = y.gradFn!
      return [
        { node.registerPrehook { $0 }.remove() }, { node.registerHook { gradInputs, _ in gradInputs }.remove() },
        { registerMultiGradHook([w, y]) { _ in }.remove() }, { node.metadata["n"] = n }, { y.sum().backward(retainGraph: true) },
      ]
    },
    // Packed tensors that two passes unpack, and tensors on a file.
    Kind(name: "packed") { n in
      let w = Tensor.rand(max(n, 40_000)).asLeaf()
      func graphs() -> [Tensor] {
        let packed = savedTensorHooks(pack: { $0 * 2 }, unpack: { $0 / 2 }) { (w * w).exp().sum() }
        let onFile = try? saveOnFile(memoryBudget: 0) { (w * w).exp().sum() }
        return [packed, onFile ?? packed]
      }
      let expected = gradients(of: (w * w).exp().sum(), withRespectTo: [w])[0].array(of: Float.self), shared = graphs()
      let pass: @Sendable () -> Void = {
        for y in shared where gradients(of: y, withRespectTo: [w], retainGraph: true)[0].array(of: Float.self) != expected {
          fault("two passes through packed tensors gave different gradients")
        }
      }
      return [pass, pass]
    },
    // Several passes through one graph, and one that keeps the gradient of what lies inside.
    Kind(name: "passes") { n in
      let w = Tensor.rand(n).asLeaf(), inner = w * 3, y = (inner * inner).tanh().sum()
      inner.retainGrad()
      let expected = gradients(of: y, withRespectTo: [w], retainGraph: true)[0].array(of: Float.self)
      let pass: @Sendable () -> Void = {
        let found = gradients(of: y, withRespectTo: [w], retainGraph: true)[0].array(of: Float.self)
        if found != expected { fault("two passes through one graph gave different gradients") }
      }
      return [pass, pass, { y.backward(retainGraph: true) }, { _ = inner.grad?.count }]
    },
    // A second pass through what the first one frees: whole, or refused.
    Kind(name: "freed") { n in
      let w = Tensor.rand(n).asLeaf(), graph = Shared(Freed(w))
      let pass: @Sendable () -> Void = {
        let y = graph.value
        do {
          let g = try catching { gradients(of: y.result, withRespectTo: [w])[0] }
          if g.array(of: Float.self) != y.expected { fault("a pass through a graph that another freed gave a wrong gradient") }
        } catch {
          graph.value = Freed(w)
        }
      }
      return [pass, pass, { _ = graph.value.result.gradFn?.nextFunctions.compactMap { $0?.node.saved.count } }]
    },
    // Gradients of two tasks summed up in one leaf: none is lost.
    Kind(name: "sums") { n in
      let w = Tensor.zeros(n, dtype: .float64).asLeaf()
      let add: @Sendable () -> Void = { (w * 1).sum().backward() }
      return [
        add, add,
        {
          guard let sum = w.grad?.array(of: Double.self) else { return }
          if sum.contains(where: { $0 != sum[0] || $0 != $0.rounded() }) { fault("a sum of ones was \(sum[0])") }
        },
      ]
    },
    // A result that waits to be computed until several ask for it at once.
    Kind(name: "pending") { n in
      let size = 4 * max(n, 100_000), x = Tensor.ones(size), latest = Shared((x + 1) * 2 - 3)
      let read: @Sendable () -> Void = {
        let y = latest.value
        if (y * 2)[size - 1].item() != 2 { fault("a pending result was wrong") }
        if y.sum().item() != Double(size) { fault("the sum of a pending result was wrong") }
      }
      return [{ latest.value = (x + 1) * 2 - 3 }, read, read]
    },
    Kind(name: "checkpoint") { n in
      let w = Tensor.rand(n).asLeaf(), y = checkpoint({ ($0 * w).tanh() }, w * 2).sum()
      let expected = gradients(of: y, withRespectTo: [w], retainGraph: true)[0].array(of: Float.self)
      let pass: @Sendable () -> Void = {
        let found = gradients(of: y, withRespectTo: [w], retainGraph: true)[0].array(of: Float.self)
        if found != expected { fault("two passes through a checkpoint gave different gradients") }
      }
      return [pass, pass]
    },
    Kind(name: "recorded") { n in
      let w = Tensor.rand(n).asLeaf(), y = recordingGraph { (w * w).sum() }
      let pass: @Sendable () -> Void = { y.backward(retainGraph: true) }
      return [pass, pass]
    },
  ]
}

/// A graph that one pass frees, with the gradient that pass gives.
private struct Freed: Sendable {
  let result: Tensor
  let expected: [Float]

  init(_ w: Tensor) {
    result = (w * w).exp().sum()
    expected = gradients(of: result, withRespectTo: [w], retainGraph: true)[0].array(of: Float.self)
  }
}

/// A value of the check's own, behind a lock of the system's.
private final class Shared<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var current: Value

  init(_ value: Value) { current = value }

  var value: Value {
    get {
      lock.lock()
      defer { lock.unlock() }
      return current
    }
    set {
      lock.lock()
      defer { lock.unlock() }
      current = newValue
    }
  }
}

// MARK: A network that one task trains or loads and another predicts with

/// A network with its optimizer and a batch. One task at a time trains it; the others only predict and take its state.
private final class Trained: @unchecked Sendable {
  let network: Sequential
  let optimizer: Optimizer
  private let x: Tensor
  private let y = Tensor([0, 1, 2, 3])

  init(_ n: Int, normalized: Bool = false, _ optimizer: ([Tensor]) -> Optimizer) {
    let width = min(n, 32)
    network =
      normalized
      ? Sequential {
        BatchNorm1d(n)
        Linear(n, width)
        BatchNorm1d(width)
        ReLU()
        Linear(width, 4)
      }
      : Sequential {
        Linear(n, width)
        ReLU()
        Linear(width, 4)
      }
    self.optimizer = optimizer(network.parameters())
    x = Tensor.rand(4, n)
  }

  func train() {
    let loss = crossEntropy(network(x), y)
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
  }

  func load(_ state: NamedTensors) {
    do { try network.load(state) } catch { fault("\(error)") }
  }

  func predict() {
    let result = noGrad { network(x) }.array(of: Float.self)
    if result.contains(where: { !$0.isFinite }) { fault("a prediction was not finite") }
  }
}

extension Kind {
  private static func adam(_ parameters: [Tensor]) -> Optimizer { Adam(parameters, lr: 1e-3) }
  private static func sgd(_ parameters: [Tensor]) -> Optimizer { SGD(parameters, lr: 1e-3, momentum: 0.9) }

  static let networks = [
    Kind(name: "linear") { n in
      let it = Trained(n, adam)
      return [{ it.train() }, { it.predict() }]
    },
    Kind(name: "batchnorm") { n in
      let it = Trained(n, normalized: true, sgd)
      return [{ it.train() }, { it.predict() }]
    },
    Kind(name: "state") { n in
      let it = Trained(n, sgd)
      return [{ it.train() }, { _ = it.network.stateDict() }]
    },
    Kind(name: "load") { n in
      let it = Trained(n, sgd), a = it.network.stateDict()
      let b = NamedTensors(a.map { (name: $0.name, tensor: $0.tensor * 2) })
      return [
        {
          it.load(a)
          it.load(b)
        }, { it.predict() },
      ]
    },
    Kind(name: "service") { n in
      let it = Trained(n, adam)
      return [
        {
          let before = it.network.stateDict()
          it.train()
          withExtendedLifetime(before) {}
        }, { it.predict() },
      ]
    },
    Kind(name: "reload") { n in
      let it = Trained(n, sgd), form = it.network.stateDict()
      return [
        { it.load(NamedTensors(form.map { (name: $0.name, tensor: Tensor.rand($0.tensor.shape)) })) },
        { it.predict() },
      ]
    },
    // Evaluation switched on and off beside one that predicts.
    Kind(name: "modes") { n in
      let it = Trained(n, normalized: true, sgd)
      return [{ it.network.eval().train() }, { it.predict() }]
    },
    // Snapshots taken of a network that trains, called by several at once; and hooks that come and go beside calls.
    Kind(name: "frozen") { n in
      let it = Trained(n, adam), x = Tensor.rand(4, n), served = it.network.frozen(), y = served(x).array(of: Float.self)
      let ask: @Sendable () -> Void = {
        if served(x).array(of: Float.self) != y { fault("a snapshot gave another answer") }
      }
      return [{ it.train() }, ask, ask, { _ = it.network.frozen()(x) }]
    },
    // Hooks that come and go beside calls.
    Kind(name: "modulehooks") { n in
      let it = Trained(n, sgd)
      let change: @Sendable () -> Void = {
        let handle = it.network.registerForwardHook { _, _, y in y }
        handle.remove()
      }
      return [
        change, { it.predict() }, { it.train() },
        {
          let handle = it.network[0].registerForwardHook { _, _, y in y }
          it.predict()
          handle.remove()
        },
      ]
    },
    Kind(name: "thaw") { n in
      let it = Trained(n, sgd)
      // A loss of nothing but frozen parameters is refused, and no more than that.
      return [{ it.network.requiresGrad(false).requiresGrad(true) }, { try? catching { it.train() } }, { it.predict() }]
    },
  ]
}
