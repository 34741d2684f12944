public import ChainRule

/// The attention of a `GPT`'s block: every position looks at itself and those before it (Radford et al. 2019).
public final class GPTAttention: Layer, RenamedMembers, SelfCopying {
  /// What makes queries, keys and values, `c_attn` in a state.
  public var cAttn: Linear
  /// The projection of all heads, `c_proj` in a state.
  public var cProj: Linear
  private let heads: Int
  var memberNames: [String: String] { ["cAttn": "c_attn", "cProj": "c_proj"] }

  init(_ width: Int, heads: Int, dtype: DType?, generator: Generator?) {
    self.heads = heads
    cAttn = Linear(width, 3 * width, dtype: dtype, generator: generator)
    cProj = Linear(width, width, dtype: dtype, generator: generator)
  }
  init(copying other: GPTAttention, _ copier: ModuleCopier) {
    cAttn = copier(other.cAttn)
    cProj = copier(other.cProj)
    heads = other.heads
  }

  /// Returns [batch, positions, width] for the like.
  public func forward(_ x: Tensor) -> Tensor { cProj(selfAttention(cAttn(x), heads: heads, isCausal: true)) }
}

/// The maps of a `GPT`'s block: four times as wide, a GELU, and back.
public final class GPTMLP: Layer, RenamedMembers, SelfCopying {
  /// The map to four times the width, `c_fc` in a state.
  public var cFc: Linear
  /// The map back, `c_proj` in a state.
  public var cProj: Linear
  /// The activation between them.
  public var act: GELU
  var memberNames: [String: String] { ["cFc": "c_fc", "cProj": "c_proj"] }

  init(_ width: Int, activation: GeluApproximation, dtype: DType?, generator: Generator?) {
    cFc = Linear(width, 4 * width, dtype: dtype, generator: generator)
    cProj = Linear(4 * width, width, dtype: dtype, generator: generator)
    act = GELU(approximate: activation)
  }
  init(copying other: GPTMLP, _ copier: ModuleCopier) {
    cFc = copier(other.cFc)
    cProj = copier(other.cProj)
    act = copier(other.act)
  }

  /// Returns [..., width] for the like.
  public func forward(_ x: Tensor) -> Tensor { cProj(act(cFc(x))) }
}

/// One block of `GPT`: attention, then two affine maps with a GELU between them, each after a layer normalisation and added to what
/// came in (Radford et al. 2019, section 2.3).
///
/// In a state its parts have GPT-2's names: ln_1, attn.c_attn, attn.c_proj, ln_2, mlp.c_fc and mlp.c_proj.
public final class GPTBlock: Layer, RenamedMembers, SelfCopying {
  /// The normalisation before the attention, `ln_1` in a state.
  public var ln1: LayerNorm
  /// The attention.
  public var attn: GPTAttention
  /// The normalisation before the maps, `ln_2` in a state.
  public var ln2: LayerNorm
  /// The maps.
  public var mlp: GPTMLP
  var memberNames: [String: String] { ["ln1": "ln_1", "ln2": "ln_2"] }

  /// A block for vectors of `width` elements, which `heads` attention heads share out.
  public init(
    _ width: Int, heads: Int, activation: GeluApproximation = .none, dtype: DType? = nil, generator: Generator? = nil
  ) {
    let width = layerSize(width, "embed_dim", "GPTBlock")
    if heads < 1 || width % heads != 0 {
      refuse(
        TensorError(
          .argument, "embed_dim must be divisible by num_heads", hint: "\(heads) heads cannot share \(width) elements.",
          operation: "GPTBlock"))
    }
    ln1 = LayerNorm(width, dtype: dtype)
    attn = GPTAttention(width, heads: heads, dtype: dtype, generator: generator)
    ln2 = LayerNorm(width, dtype: dtype)
    mlp = GPTMLP(width, activation: activation, dtype: dtype, generator: generator)
  }
  init(copying other: GPTBlock, _ copier: ModuleCopier) {
    ln1 = copier(other.ln1)
    attn = copier(other.attn)
    ln2 = copier(other.ln2)
    mlp = copier(other.mlp)
  }

  /// Returns [batch, positions, width] for the like; each position sees itself and those before it.
  public func forward(_ x: Tensor) -> Tensor {
    let y = x + attn(ln1(x))
    return y + mlp(ln2(y))
  }
}

/// A transformer that predicts the next token (Radford et al. 2019): embeddings of tokens and of positions, blocks, a last layer
/// normalisation, and a head without bias.
///
///     let model = GPT(vocabulary: 65, context: 64, layers: 4, heads: 4, width: 128)
///     let logits = model(tokens)      // [batch, positions] to [batch, positions, 65]
///     let gpt2 = GPT.gpt2()
///     try gpt2.load(loadSafetensors("gpt2.safetensors"))
///
/// In a state its parts have GPT-2's names: wte, wpe, h.0.ln_1, h.0.attn.c_attn, ..., ln_f and lm_head. It takes GPT-2's own states too: the
/// prefix `transformer.` goes, weights of its maps are transposed where they are stored the other way round, the masks `attn.bias` and
/// `attn.masked_bias` are left out, and a head that is not there is the table of tokens. States under the names of before (te, pe, b.0.qkv, ...) load.
/// All parameters start as PyTorch's layers start, with its numbers for the same seed.
public final class GPT: Layer, RenamedMembers, SelfCopying {
  /// How many positions it can look at.
  public let context: Int
  /// The table of tokens.
  public var wte: Embedding
  /// The table of positions.
  public var wpe: Embedding
  /// The blocks.
  public var h: Sequential
  /// The last normalisation, `ln_f` in a state.
  public var lnF: LayerNorm
  /// What makes scores, `lm_head` in a state.
  public var lmHead: Linear
  var memberNames: [String: String] { ["lnF": "ln_f", "lmHead": "lm_head"] }

  /// A transformer of `layers` blocks.
  ///
  /// - Parameters:
  ///   - vocabulary: how many tokens there are.
  ///   - context: the most positions of an input.
  ///   - layers: the number of blocks.
  ///   - heads: the attention heads of a block; they divide `width`.
  ///   - width: the elements of a position's vector.
  ///   - activation: which GELU; GPT-2's is `.tanh`.
  ///   - tiesHead: whether the head's weight is the table of tokens, as GPT-2's is.
  ///   - dtype: the type of the parameters; the default type where none is given.
  ///   - generator: where random numbers come from; the default generator where none is given.
  public init(
    vocabulary: Int, context: Int, layers: Int, heads: Int, width: Int, activation: GeluApproximation = .none, tiesHead: Bool = false,
    dtype: DType? = nil, generator: Generator? = nil
  ) {
    self.context = context
    wte = Embedding(vocabulary, width, dtype: dtype, generator: generator)
    wpe = Embedding(context, width, dtype: dtype, generator: generator)
    h = Sequential(
      (0..<layerSize(layers, "layers", "GPT", atMost: 10_000)).map { _ in
        GPTBlock(width, heads: heads, activation: activation, dtype: dtype, generator: generator)
      })
    lnF = LayerNorm(width, dtype: dtype)
    lmHead = Linear(width, vocabulary, bias: false, dtype: dtype, generator: generator)
    if tiesHead { lmHead.weight = wte.weight }
  }
  init(copying other: GPT, _ copier: ModuleCopier) {
    context = other.context
    wte = copier(other.wte)
    wpe = copier(other.wpe)
    h = copier(other.h)
    lnF = copier(other.lnF)
    lmHead = copier(other.lmHead)
  }

  /// GPT-2 with 124 million parameters: 12 blocks of width 768 with 12 heads, 1024 positions, 50257 tokens, and a head that is the table of
  /// tokens.
  public static func gpt2(dtype: DType? = nil, generator: Generator? = nil) -> GPT {
    GPT(
      vocabulary: 50257, context: 1024, layers: 12, heads: 12, width: 768, activation: .tanh, tiesHead: true, dtype: dtype,
      generator: generator)
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
    return lmHead(lnF(h(wte(x) + wpe(Tensor.arange(x.shape[1])))))
  }
}

extension GPT: StateAdapting {
  /// What the parts were called before, and are called.
  private static let formerParts: [String: String] = [
    "te": "wte", "pe": "wpe", "b": "h", "ln": "ln_f", "hd": "lm_head",
  ]
  private static let formerBlockParts: [String: String] = [
    "l1": "ln_1", "l2": "ln_2", "qkv": "attn.c_attn", "pr": "attn.c_proj", "f": "mlp.c_fc", "g": "mlp.c_proj",
  ]

  func adapted(_ state: NamedTensors, prefix: String) -> NamedTensors {
    var result = NamedTensors()
    for (name, tensor) in state {
      guard name.hasPrefix(prefix) else {
        result[name] = tensor
        continue
      }
      let own = Self.presentName(String(name.dropFirst(prefix.count)))
      if own.hasSuffix(".attn.bias") || own.hasSuffix(".attn.masked_bias") { continue }
      result[prefix + own] = tensor
    }
    for i in 0..<h.count { Self.transposeMaps(&result, "\(prefix)h.\(i).") }
    if result["\(prefix)lm_head.weight"] == nil { result["\(prefix)lm_head.weight"] = result["\(prefix)wte.weight"] }
    return result
  }

  /// GPT-2's maps are stored [inputs, outputs]; which it is, the one that is never square says.
  private static func transposeMaps(_ state: inout NamedTensors, _ block: String) {
    guard let shape = state["\(block)attn.c_attn.weight"]?.shape, shape.count == 2, shape[1] == 3 * shape[0] else { return }
    for part in ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"] {
      let name = "\(block)\(part).weight"
      if let tensor = state[name], tensor.rank == 2 { state[name] = tensor.transposed(0, 1).contiguous() }
    }
  }

  private static func presentName(_ name: String) -> String {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if parts.count > 1, parts[0] == "transformer" { parts.removeFirst() }
    guard let first = formerParts[parts[0]] else { return parts.joined(separator: ".") }
    parts[0] = first
    if first == "h", parts.count > 2, let part = formerBlockParts[parts[2]] { parts[2] = part }
    return parts.joined(separator: ".")
  }
}
