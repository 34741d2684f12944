import ChainRule
import ChainRuleNN
import ChainRuleOptim

extension ModuleExample {
  /// Modules that are called in their own ways.
  static let others: [String: ModuleExample] = [
    "Bilinear": module("Bilinear(3, 4, 2)", "a, b", { [wave([5, 3]), wave([5, 4])] }, { Bilinear(3, 4, 2) }) { [$0($1[0], $1[1])] },
    "CosineSimilarity": module("CosineSimilarity()", "a, b", { [wave([5, 3]), wave([5, 3])] }, { CosineSimilarity() }) {
      [$0($1[0], $1[1])]
    },
    "PairwiseDistance": module("PairwiseDistance()", "a, b", { [wave([5, 3]), wave([5, 3])] }, { PairwiseDistance() }) {
      [$0($1[0], $1[1])]
    },
    "Embedding": module("Embedding(10, 4)", "tokens", { [tokens(2, 3)] }, { Embedding(10, 4) }) { [$0($1[0])] },
    "EmbeddingBag": module("EmbeddingBag(10, 4)", "tokens", { [tokens(2, 3)] }, { EmbeddingBag(10, 4) }) { [$0($1[0])] },
    "MaxUnpool1d": module("MaxUnpool1d(2)", "x, places", { pairs([1, 2, 3]) }, { MaxUnpool1d(2) }) { [$0($1[0], $1[1])] },
    "MaxUnpool2d": module("MaxUnpool2d(2)", "x, places", { pairs([1, 2, 3, 3]) }, { MaxUnpool2d(2) }) { [$0($1[0], $1[1])] },
    "MaxUnpool3d": module("MaxUnpool3d(2)", "x, places", { pairs([1, 2, 2, 2, 2]) }, { MaxUnpool3d(2) }) { [$0($1[0], $1[1])] },
    "RNN": module("RNN(3, 4)", "x", { [wave([5, 2, 3])] }, { RNN(3, 4) }) { [$0($1[0]).output] },
    "GRU": module("GRU(3, 4)", "x", { [wave([5, 2, 3])] }, { GRU(3, 4) }) { [$0($1[0]).output] },
    "LSTM": module("LSTM(3, 4)", "x", { [wave([5, 2, 3])] }, { LSTM(3, 4) }) { [$0($1[0]).output] },
    "RNNCell": module("RNNCell(3, 4)", "x", { [wave([2, 3])] }, { RNNCell(3, 4) }) { [$0($1[0])] },
    "GRUCell": module("GRUCell(3, 4)", "x", { [wave([2, 3])] }, { GRUCell(3, 4) }) { [$0($1[0])] },
    "LSTMCell": module("LSTMCell(3, 4)", "x", { [wave([2, 3])] }, { LSTMCell(3, 4) }) { [$0($1[0]).h] },
    "MultiheadAttention": module(
      "MultiheadAttention(4, 2)", "q, k, v", { [wave([3, 2, 4]), wave([5, 2, 4]), wave([5, 2, 4])] }, { MultiheadAttention(4, 2) }
    ) {
      [$0($1[0], $1[1], $1[2]).output]
    },
    "TransformerEncoderLayer": module(
      "TransformerEncoderLayer(4, heads: 2, feedforward: 8)", "x", { [wave([3, 2, 4])] },
      { TransformerEncoderLayer(4, heads: 2, feedforward: 8) }
    ) { [$0($1[0])] },
    "TransformerDecoderLayer": module(
      "TransformerDecoderLayer(4, heads: 2, feedforward: 8)", "x, memory", { [wave([3, 2, 4]), wave([5, 2, 4])] },
      { TransformerDecoderLayer(4, heads: 2, feedforward: 8) }
    ) { [$0($1[0], $1[1])] },
    "Transformer": module(
      "Transformer(4, heads: 2, encoderLayers: 1, decoderLayers: 1, feedforward: 8)", "source, target",
      { [wave([5, 2, 4]), wave([3, 2, 4])] },
      { Transformer(4, heads: 2, encoderLayers: 1, decoderLayers: 1, feedforward: 8) }
    ) { [$0($1[0], $1[1])] },
    "CosineEmbeddingLoss": module(
      "CosineEmbeddingLoss()", "a, b, same", { [wave([2, 3]), wave([2, 3]), Tensor([1.0, -1])] }, { CosineEmbeddingLoss() }
    ) {
      [$0($1[0], $1[1], $1[2])]
    },
    "MarginRankingLoss": module(
      "MarginRankingLoss()", "a, b, order", { [wave([2]), wave([2]), Tensor([1.0, -1])] }, { MarginRankingLoss() }
    ) {
      [$0($1[0], $1[1], $1[2])]
    },
    "TripletMarginLoss": module(
      "TripletMarginLoss()", "anchor, near, far", { [wave([2, 3]), wave([2, 3]), -wave([2, 3])] }, { TripletMarginLoss() }
    ) {
      [$0($1[0], $1[1], $1[2])]
    },
    "GaussianNLLLoss": module("GaussianNLLLoss()", "x, t, variance", { [wave([2]), wave([2]), Tensor.ones(2)] }, { GaussianNLLLoss() }) {
      [$0($1[0], $1[1], $1[2])]
    },
  ]

  private static func tokens(_ sizes: Int...) -> Tensor { Tensor.arange(sizes.reduce(1, *)).reshaped(sizes) }

  /// The largest elements of windows of two, and where they stood.
  private static func pairs(_ shape: [Int]) -> [Tensor] {
    [wave(shape), Tensor.arange(shape.reduce(1, *)).reshaped(shape).remainder(shape.dropFirst(2).reduce(1, *))]
  }
}
