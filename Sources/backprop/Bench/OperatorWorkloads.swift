import ChainRule
import ChainRuleNN

/// The operators that public code uses most, each at two sizes; Benchmarks/operators.py has the same of PyTorch under the same names.
struct OperatorWorkload {
  /// PyTorch's name.
  let name: String
  /// Gives the inputs that are differentiated, none of an operator without a derivative, and the call of them.
  let prepare: (OperatorScale) -> (inputs: [Tensor], call: ([Tensor]) -> Tensor)

  init(_ name: String, _ prepare: @escaping (OperatorScale) -> (inputs: [Tensor], call: ([Tensor]) -> Tensor)) {
    self.name = name
    self.prepare = prepare
  }

  /// One of a single differentiable input.
  init(_ name: String, _ shape: KeyPath<OperatorScale, [Int]> = \.vector, of call: @escaping (Tensor) -> Tensor) {
    self.init(name) { scale in
      ([Tensor.rand(scale[keyPath: shape]) + 0.1], { call($0[0]) })
    }
  }

  /// One of two inputs of one shape; the second is no parameter.
  init(_ name: String, against other: @escaping (Tensor) -> Tensor, of call: @escaping (Tensor, Tensor) -> Tensor) {
    self.init(name) { scale in
      let x = Tensor.rand(scale.vector) * 0.8 + 0.1, target = other(Tensor.rand(scale.vector))
      return ([x], { call($0[0], target) })
    }
  }
}

/// How many elements the largest operand has: about 1 K or 4 M.
enum OperatorScale: Int, CaseIterable {
  case small = 1024
  case large = 4_194_304

  private func choose(_ small: [Int], _ large: [Int]) -> [Int] { self == .small ? small : large }
  var count: Int { rawValue }
  var side: Int { self == .small ? 32 : 2048 }
  var vector: [Int] { [rawValue] }
  var matrix: [Int] { [side, side] }
  var batch: [Int] { choose([4, 16, 16], [64, 256, 256]) }
  var rows: [Int] { choose([32, 32], [4096, 1024]) }
  var images: [Int] { choose([1, 4, 16, 16], [16, 16, 128, 128]) }
  var smallImages: [Int] { choose([1, 4, 8, 8], [16, 16, 64, 64]) }
  var sequences: [Int] { choose([1, 8, 128], [32, 64, 2048]) }
  var volumes: [Int] { choose([1, 4, 4, 8, 8], [4, 16, 16, 64, 64]) }
}

extension OperatorWorkload {
  static var all: [OperatorWorkload] { pointwise + reductions + layers + losses + moving + creation }

  private static var pointwise: [OperatorWorkload] {
    [
      OperatorWorkload("relu") { $0.relu() }, OperatorWorkload("sigmoid") { $0.sigmoid() }, OperatorWorkload("tanh") { $0.tanh() },
      OperatorWorkload("exp") { $0.exp() }, OperatorWorkload("leaky_relu") { $0.leakyRelu() }, OperatorWorkload("log") { $0.log() },
      OperatorWorkload("clamp") { $0.clamp(min: 0.3, max: 0.7) }, OperatorWorkload("sqrt") { $0.sqrt() },
      OperatorWorkload("abs") { $0.abs() }, OperatorWorkload("pow") { $0.pow(3) },
      OperatorWorkload("mul") { scale in
        ([Tensor.rand(scale.vector), Tensor.rand(scale.vector)], { $0[0] * $0[1] })
      },
      OperatorWorkload("where") { scale in
        let mask = Tensor.rand(scale.vector) .> 0.5
        return ([Tensor.rand(scale.vector), Tensor.rand(scale.vector)], { Tensor.where(mask, $0[0], $0[1]) })
      },
      OperatorWorkload("dropout") { dropout($0, p: 0.5) },
    ]
  }

  private static var reductions: [OperatorWorkload] {
    [
      OperatorWorkload("sum") { $0.sum() }, OperatorWorkload("mean") { $0.mean() }, OperatorWorkload("max") { $0.max() },
      OperatorWorkload("min") { $0.min() }, OperatorWorkload("norm") { $0.norm() },
      OperatorWorkload("softmax", \.rows) { $0.softmax(dim: -1) }, OperatorWorkload("log_softmax", \.rows) { $0.logSoftmax(dim: -1) },
      OperatorWorkload("argmax") { scale in
        let x = Tensor.rand(scale.rows)
        return ([], { _ in x.argmax(dim: 1) })
      },
      OperatorWorkload("topk", \.rows) { $0.topk(10).values }, OperatorWorkload("sort", \.rows) { $0.sort().values },
      OperatorWorkload("nonzero") { scale in
        let x = (Tensor.rand(scale.vector) .> 0.5).to(.float32)
        return ([], { _ in x.nonzero() })
      },
    ]
  }

  /// One with a weight of its own.
  private static func layer(
    _ name: String, _ shape: KeyPath<OperatorScale, [Int]>, _ weight: @escaping ([Int]) -> [Int],
    _ call: @escaping (Tensor, Tensor) -> Tensor
  ) -> OperatorWorkload {
    OperatorWorkload(name) { scale in
      let x = Tensor.randn(scale[keyPath: shape]), w = Tensor.randn(weight(x.shape)) * 0.1
      return ([x, w], { call($0[0], $0[1]) })
    }
  }

  private static var layers: [OperatorWorkload] {
    [
      layer("linear", \.matrix, { [$0[1] / 8, $0[1]] }) { linear($0, $1) }, layer("matmul", \.matrix, { $0 }) { $0.matmul($1) },
      layer("bmm", \.batch, { $0 }) { $0.bmm($1) }, layer("conv1d", \.sequences, { [$0[1], $0[1], 3] }) { conv1d($0, $1, padding: 1) },
      layer("conv2d", \.images, { [$0[1], $0[1], 3, 3] }) { conv2d($0, $1, padding: 1) },
      layer("conv3d", \.volumes, { [$0[1], $0[1], 3, 3, 3] }) { conv3d($0, $1, padding: 1) },
      layer("conv_transpose2d", \.images, { [$0[1], $0[1], 3, 3] }) { convTranspose2d($0, $1, padding: 1) },
      layer("batch_norm", \.images, { [$0[1]] }) { batchNorm($0, weight: $1, bias: nil, training: true) },
      layer("layer_norm", \.rows, { [$0[1]] }) { layerNorm($0, $1.shape, weight: $1) },
      layer("group_norm", \.images, { [$0[1]] }) { groupNorm($0, 4, weight: $1) },
      OperatorWorkload("max_pool2d", \.images) { maxPool2d($0, kernel: 2) },
      OperatorWorkload("avg_pool2d", \.images) { avgPool2d($0, kernel: 2) },
      OperatorWorkload("adaptive_avg_pool2d", \.images) { adaptiveAvgPool2d($0, 4) },
      OperatorWorkload("interpolate", \.smallImages) { interpolate($0, scaleFactor: 2, mode: .bilinear) },
      OperatorWorkload("embedding") { scale in
        let table = Tensor.randn(scale == .small ? [100, 32] : [10_000, 256])
        let index = Tensor.randint(0, table.shape[0], [scale.count / table.shape[1]])
        return ([table], { embedding(index, $0[0]) })
      },
    ]
  }

  private static var losses: [OperatorWorkload] {
    func classes(_ name: String, _ call: @escaping (Tensor, Tensor) -> Tensor) -> OperatorWorkload {
      OperatorWorkload(name) { scale in
        let x = Tensor.randn(scale.rows), target = Tensor.randint(0, scale.rows[1], [scale.rows[0]])
        return ([x], { call($0[0], target) })
      }
    }
    return [
      classes("cross_entropy") { crossEntropy($0, $1) }, classes("nll_loss") { nllLoss($0, $1) },
      OperatorWorkload("mse_loss", against: { $0 }) { mseLoss($0, $1) }, OperatorWorkload("l1_loss", against: { $0 }) { l1Loss($0, $1) },
      OperatorWorkload("binary_cross_entropy", against: { $0.round() }) { binaryCrossEntropy($0, $1) },
      OperatorWorkload("binary_cross_entropy_with_logits", against: { $0.round() }) { binaryCrossEntropyWithLogits($0, $1) },
    ]
  }

  private static var moving: [OperatorWorkload] {
    func pair(_ name: String, _ call: @escaping ([Tensor]) -> Tensor) -> OperatorWorkload {
      OperatorWorkload(name) { scale in
        ((0..<2).map { _ in Tensor.rand([scale.count / 2]) }, call)
      }
    }
    return [
      pair("cat") { cat($0) }, pair("stack") { stack($0) }, OperatorWorkload("pad", \.images) { $0.padded([1, 1, 1, 1]) },
      OperatorWorkload("unsqueeze") { $0.unsqueezed(0) }, OperatorWorkload("squeeze") { $0.unsqueezed(0).squeezed() },
    ]
  }

  private static var creation: [OperatorWorkload] {
    func made(_ name: String, _ call: @escaping (OperatorScale) -> Tensor) -> OperatorWorkload {
      OperatorWorkload(name) { scale in ([], { _ in call(scale) }) }
    }
    return [
      made("zeros") { Tensor.zeros($0.vector) }, made("ones") { Tensor.ones($0.vector) }, made("full") { Tensor.full($0.vector, 1.5) },
      made("rand") { Tensor.rand($0.vector) }, made("randn") { Tensor.randn($0.vector) }, made("arange") { Tensor.arange($0.count) },
      made("eye") { Tensor.eye($0.side) }, made("randperm") { Tensor.randperm($0.count) },
      made("randint") { Tensor.randint(0, 100, $0.vector) },
      OperatorWorkload("zeros_like") { scale in
        let x = Tensor.rand(scale.vector)
        return ([], { _ in Tensor.zeros(like: x) })
      },
    ]
  }
}
