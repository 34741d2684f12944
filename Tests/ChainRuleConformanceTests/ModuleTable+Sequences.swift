import ChainRule
import ChainRuleNN

extension ModuleTable {
  static let recurrent: Family = [
    "RNN": module(makeRNN) {
      let (output, state) = $0(try $1.tensor(0), try $1.optionalTensor(1))
      return [output, state]
    },
    "GRU": module(makeGRU) {
      let (output, state) = $0(try $1.tensor(0), try $1.optionalTensor(1))
      return [output, state]
    },
    "LSTM": module(makeLSTM) {
      let (output, state) = $0(try $1.tensor(0), try $1.states(1))
      return [output, state.h, state.c]
    },
    "PackedRNN": module(makeRNN) {
      let (output, state) = $0(try $1.packed, try $1.optionalTensor(2))
      return [padPackedSequence(output).sequences, state]
    },
    "PackedGRU": module(makeGRU) {
      let (output, state) = $0(try $1.packed, try $1.optionalTensor(2))
      return [padPackedSequence(output).sequences, state]
    },
    "PackedLSTM": module(makeLSTM) {
      let (output, state) = $0(try $1.packed, try $1.states(2))
      return [padPackedSequence(output).sequences, state.h, state.c]
    },
    "RNNCell": module({ call in
      RNNCell(
        try call.int(0, "input_size"), try call.int(1, "hidden_size"), bias: try call.bool(2, "bias", default: true),
        nonlinearity: try call.nonlinearity)
    }) { [$0(try $1.tensor(0), try $1.optionalTensor(1))] },
    "GRUCell": module({ call in
      GRUCell(try call.int(0, "input_size"), try call.int(1, "hidden_size"), bias: try call.bool(2, "bias", default: true))
    }) { [$0(try $1.tensor(0), try $1.optionalTensor(1))] },
    "LSTMCell": module({ call in
      LSTMCell(try call.int(0, "input_size"), try call.int(1, "hidden_size"), bias: try call.bool(2, "bias", default: true))
    }) {
      let (h, c) = $0(try $1.tensor(0), try $1.states(1))
      return [h, c]
    },
  ]

  private static func makeRNN(_ call: Call) throws -> RNN {
    RNN(
      try call.int(0, "input_size"), try call.int(1, "hidden_size"), numLayers: try call.int(2, "num_layers", default: 1),
      nonlinearity: try call.nonlinearity, bias: try call.bool(-1, "bias", default: true),
      batchFirst: try call.bool(-1, "batch_first", default: false), dropout: try call.double(-1, "dropout", default: 0),
      bidirectional: try call.bool(-1, "bidirectional", default: false))
  }

  private static func makeGRU(_ call: Call) throws -> GRU {
    GRU(
      try call.int(0, "input_size"), try call.int(1, "hidden_size"), numLayers: try call.int(2, "num_layers", default: 1),
      bias: try call.bool(-1, "bias", default: true), batchFirst: try call.bool(-1, "batch_first", default: false),
      dropout: try call.double(-1, "dropout", default: 0),
      bidirectional: try call.bool(-1, "bidirectional", default: false))
  }

  private static func makeLSTM(_ call: Call) throws -> LSTM {
    LSTM(
      try call.int(0, "input_size"), try call.int(1, "hidden_size"), numLayers: try call.int(2, "num_layers", default: 1),
      bias: try call.bool(-1, "bias", default: true), batchFirst: try call.bool(-1, "batch_first", default: false),
      dropout: try call.double(-1, "dropout", default: 0),
      bidirectional: try call.bool(-1, "bidirectional", default: false), projSize: try call.int(-1, "proj_size", default: 0))
  }

  static let attention: Family = [
    "MultiheadAttention": module({ call in
      MultiheadAttention(
        try call.int(0, "embed_dim"), try call.int(1, "num_heads"), dropout: try call.double(2, "dropout", default: 0),
        bias: try call.bool(3, "bias", default: true), addBiasKV: try call.bool(4, "add_bias_kv", default: false),
        addZeroAttention: try call.bool(5, "add_zero_attn", default: false), kdim: try call.optionalInt(6, "kdim"),
        vdim: try call.optionalInt(7, "vdim"), batchFirst: try call.bool(8, "batch_first", default: false))
    }) {
      let found = $0(
        try $1.tensor(0), try $1.tensor(1), try $1.tensor(2), keyPaddingMask: try $1.optionalTensor(3, "key_padding_mask"),
        needWeights: try $1.bool(4, "need_weights", default: true), attnMask: try $1.optionalTensor(5, "attn_mask"),
        averageAttnWeights: try $1.bool(6, "average_attn_weights", default: true), isCausal: try $1.bool(7, "is_causal", default: false))
      return [found.output] + (found.weights.map { [$0] } ?? [])
    },
    "TransformerEncoderLayer": module({ call in
      TransformerEncoderLayer(
        try call.int(0, "d_model"), heads: try call.int(1, "nhead"), feedforward: try call.int(2, "dim_feedforward", default: 2048),
        dropout: try call.double(3, "dropout", default: 0.1), activation: try call.activation,
        layerNormEps: try call.double(-1, "layer_norm_eps", default: 1e-5), batchFirst: try call.bool(6, "batch_first", default: false),
        normFirst: try call.bool(7, "norm_first", default: false),
        bias: try call.bool(8, "bias", default: true))
    }) {
      [$0(try $1.tensor(0), mask: try $1.optionalTensor(1, "src_mask"), keyPaddingMask: try $1.optionalTensor(2, "src_key_padding_mask"))]
    },
    "TransformerDecoderLayer": module({ call in
      TransformerDecoderLayer(
        try call.int(0, "d_model"), heads: try call.int(1, "nhead"), feedforward: try call.int(2, "dim_feedforward", default: 2048),
        dropout: try call.double(3, "dropout", default: 0.1), activation: try call.activation,
        layerNormEps: try call.double(-1, "layer_norm_eps", default: 1e-5), batchFirst: try call.bool(6, "batch_first", default: false),
        normFirst: try call.bool(7, "norm_first", default: false),
        bias: try call.bool(8, "bias", default: true))
    }) {
      [
        $0(
          try $1.tensor(0), try $1.tensor(1), mask: try $1.optionalTensor(2, "tgt_mask"),
          memoryMask: try $1.optionalTensor(3, "memory_mask"),
          keyPaddingMask: try $1.optionalTensor(4, "tgt_key_padding_mask"),
          memoryKeyPaddingMask: try $1.optionalTensor(5, "memory_key_padding_mask"))
      ]
    },
    "TransformerEncoder": module({ call in
      let layer = TransformerEncoderLayer(
        4, heads: 2, feedforward: 8, dropout: try call.double(-1, "dropout", default: 0.1),
        batchFirst: try call.bool(-1, "batch_first", default: false), normFirst: try call.bool(-1, "norm_first", default: false))
      return TransformerEncoder(layer, numLayers: try call.int(0), norm: try call.bool(1, "norm", default: false) ? LayerNorm(4) : nil)
    }) {
      [$0(try $1.tensor(0), mask: try $1.optionalTensor(1, "mask"), keyPaddingMask: try $1.optionalTensor(2, "src_key_padding_mask"))]
    },
    "TransformerDecoder": module({ call in
      let layer = TransformerDecoderLayer(
        4, heads: 2, feedforward: 8, dropout: try call.double(-1, "dropout", default: 0.1),
        batchFirst: try call.bool(-1, "batch_first", default: false), normFirst: try call.bool(-1, "norm_first", default: false))
      return TransformerDecoder(layer, numLayers: try call.int(0), norm: try call.bool(1, "norm", default: false) ? LayerNorm(4) : nil)
    }) {
      [
        $0(
          try $1.tensor(0), try $1.tensor(1), mask: try $1.optionalTensor(2, "tgt_mask"),
          memoryMask: try $1.optionalTensor(3, "memory_mask"),
          keyPaddingMask: try $1.optionalTensor(4, "tgt_key_padding_mask"),
          memoryKeyPaddingMask: try $1.optionalTensor(5, "memory_key_padding_mask"))
      ]
    },
    "Transformer": module({ call in
      Transformer(
        try call.int(0, "d_model", default: 512), heads: try call.int(1, "nhead", default: 8),
        encoderLayers: try call.int(2, "num_encoder_layers", default: 6), decoderLayers: try call.int(3, "num_decoder_layers", default: 6),
        feedforward: try call.int(4, "dim_feedforward", default: 2048), dropout: try call.double(5, "dropout", default: 0.1),
        batchFirst: try call.bool(-1, "batch_first", default: false), normFirst: try call.bool(-1, "norm_first", default: false),
        bias: try call.bool(-1, "bias", default: true))
    }) {
      [
        $0(
          try $1.tensor(0), try $1.tensor(1), sourceMask: try $1.optionalTensor(2, "src_mask"),
          targetMask: try $1.optionalTensor(3, "tgt_mask"), sourceKeyPaddingMask: try $1.optionalTensor(5, "src_key_padding_mask"),
          targetKeyPaddingMask: try $1.optionalTensor(6, "tgt_key_padding_mask"))
      ]
    },
  ]
}

extension Call {
  fileprivate var nonlinearity: RecurrentNonlinearity {
    get throws {
      guard let name = string(-1, "nonlinearity") else { return .tanh }
      guard let known = RecurrentNonlinearity(rawValue: name) else { throw CaseError("unknown nonlinearity \(name)") }
      return known
    }
  }

  /// Sequences of several lengths, which are the second argument.
  fileprivate var packed: PackedSequence {
    get throws {
      packPaddedSequence(try tensor(0), lengths: try ints(1), batchFirst: try bool(-1, "batch_first", default: false), enforceSorted: false)
    }
  }

  /// The two states of a long short-term memory.
  fileprivate func states(_ place: Int) throws -> (h: Tensor, c: Tensor)? {
    guard has(place) else { return nil }
    let both = try tensors(place)
    guard both.count == 2 else { throw CaseError("expected two states at \(place)") }
    return (both[0], both[1])
  }

  fileprivate var activation: (Tensor) -> Tensor {
    get throws {
      switch self[-1, "activation"] {
      case .none, .string("relu"), .function("relu"): { $0.relu() }
      case .string("gelu"), .function("gelu"): { $0.gelu() }
      default: throw CaseError("unknown activation")
      }
    }
  }
}
