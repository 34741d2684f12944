import ChainRule

extension OperatorTable {
  /// Attention and interpolation.
  static let attention: Family = InterpolationMode.allCases.reduce(
    into: [
      "nn.functional.scaled_dot_product_attention": of { q, call in
        // The table calls PyTorch with seed 42.
        scaledDotProductAttention(
          q, try call.tensor(1, "key"), try call.tensor(2, "value"), mask: try call.optionalTensor(3, "attn_mask"),
          dropout: try call.double(4, "dropout_p", default: 0), isCausal: try call.bool(5, "is_causal", default: false),
          scale: call.has(6, "scale") ? try call.double(6, "scale", default: 1) : nil,
          enableGQA: try call.bool(7, "enable_gqa", default: false), generator: Generator(seed: 42))
      }
    ]
  ) { table, mode in
    table["nn.functional.interpolate.\(mode.rawValue)"] = interpolation(mode)
  }

  private static func interpolation(_ mode: InterpolationMode) -> Implementation {
    of { x, call in
      let corners = try call.bool(4, "align_corners", default: false)
      if let sizes = try call.optionalInts(1, "size") { return interpolate(x, size: sizes, mode: mode, alignCorners: corners) }
      let argument = call[2, "scale_factor"]
      let factors = (argument.elements ?? [argument]).compactMap(\.number)
      return interpolate(
        x, scaleFactor: factors, mode: mode, alignCorners: corners,
        recomputeScaleFactor: try call.bool(5, "recompute_scale_factor", default: false))
    }
  }
}
