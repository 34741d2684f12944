public import ChainRule

/// One block of `GPT`: attention, then two affine maps with a GELU between them, each after a layer normalisation and added to what
/// came in (Radford et al. 2019, section 2.3).
///
/// In a state its parts are called l1, qkv, pr (attention) and l2, f, g (the maps).
public final class GPTBlock: Layer, ModuleContainer {
  private let attentionNorm: LayerNorm
  private let mapNorm: LayerNorm
  private let queriesKeysValues: Linear
  private let projection: Linear
  private let widening: Linear
  private let narrowing: Linear
  private let heads: Int

  /// A block for vectors of `width` elements, which `heads` attention heads share out.
  public init(_ width: Int, heads: Int, dtype: DType? = nil, generator: Generator? = nil) {
    self.heads = heads
    let width = layerSize(width, "embed_dim", "GPTBlock")
    if heads < 1 || width % heads != 0 {
      refuse(
        TensorError(
          .argument, "embed_dim must be divisible by num_heads", hint: "\(heads) heads cannot share \(width) elements.",
          operation: "GPTBlock"))
    }
    attentionNorm = LayerNorm(width, dtype: dtype)
    mapNorm = LayerNorm(width, dtype: dtype)
    queriesKeysValues = Linear(width, 3 * width, dtype: dtype, generator: generator)
    projection = Linear(width, width, dtype: dtype, generator: generator)
    widening = Linear(width, 4 * width, dtype: dtype, generator: generator)
    narrowing = Linear(4 * width, width, dtype: dtype, generator: generator)
  }

  /// Returns [batch, positions, width] for the like; each position sees itself and those before it.
  public func forward(_ x: Tensor) -> Tensor {
    let y = x + projection(selfAttention(queriesKeysValues(attentionNorm(x)), heads: heads, isCausal: true))
    return y + narrowing(widening(mapNorm(y)).gelu())
  }

  var parts: [(name: String, module: any Module)] {
    [
      ("l1", attentionNorm), ("l2", mapNorm), ("qkv", queriesKeysValues), ("pr", projection), ("f", widening), ("g", narrowing),
    ]
  }
}

/// A transformer that predicts the next token (Radford et al. 2019): embeddings of tokens and of positions, blocks, a last layer
/// normalisation, and a head without bias whose weight is its own.
///
///     let model = GPT(vocabulary: 65, context: 64, layers: 4, heads: 4, width: 128)
///     let logits = model(tokens)      // [batch, positions] to [batch, positions, 65]
///
/// In a state its parts are called te, pe, b, ln and hd. All start as PyTorch's layers start, with its numbers for the same seed.
public final class GPT: Layer, ModuleContainer {
  /// How many positions it can look at.
  public let context: Int
  private let tokens: Embedding
  private let positions: Embedding
  private let blocks: Sequential
  private let norm: LayerNorm
  private let head: Linear

  /// A transformer of `layers` blocks.
  ///
  /// - Parameters:
  ///   - vocabulary: how many tokens there are.
  ///   - context: the most positions of an input.
  ///   - heads: the attention heads of a block; they divide `width`.
  ///   - width: the elements of a position's vector.
  public init(
    vocabulary: Int, context: Int, layers: Int, heads: Int, width: Int, dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.context = context
    tokens = Embedding(vocabulary, width, dtype: dtype, generator: generator)
    positions = Embedding(context, width, dtype: dtype, generator: generator)
    blocks = Sequential(
      (0..<layerSize(layers, "layers", "GPT", atMost: 10_000)).map { _ in GPTBlock(width, heads: heads, dtype: dtype, generator: generator)
      })
    norm = LayerNorm(width, dtype: dtype)
    head = Linear(width, vocabulary, bias: false, dtype: dtype, generator: generator)
  }

  /// Returns the scores of each position's next token, [batch, positions, vocabulary], for tokens of [batch, positions].
  public func forward(_ x: Tensor) -> Tensor {
    guard x.rank == 2, x.shape[1] <= context else {
      refuse(
        TensorError(
          .shape, "expected tokens of [batch, positions] with at most \(context) positions (got input of size \(x.shape))",
          hint: "Cut the input, or make the model with a larger context.", operation: "GPT", shapes: [x.shape]))
      return x
    }
    return head(norm(blocks(tokens(x) + positions(Tensor.arange(x.shape[1])))))
  }

  var parts: [(name: String, module: any Module)] {
    [("te", tokens), ("pe", positions), ("b", blocks), ("ln", norm), ("hd", head)]
  }
}
