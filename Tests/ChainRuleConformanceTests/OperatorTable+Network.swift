import ChainRule

extension OperatorTable {
  /// Convolutions, pools, normalisations, attention, interpolation and losses.
  static let network: Family = [convolutions, pools, normalizations, attention, losses].reduce(into: [:]) { table, family in
    table.merge(family) { first, _ in first }
  }

  private static let convolutions: Family = [
    "nn.functional.conv1d": convolution { conv1d($0, $1, $2, stride: $3, padding: $4, dilation: $5, groups: $6) },
    "nn.functional.conv2d": convolution { conv2d($0, $1, $2, stride: $3, padding: $4, dilation: $5, groups: $6) },
    "nn.functional.conv3d": convolution { conv3d($0, $1, $2, stride: $3, padding: $4, dilation: $5, groups: $6) },
    "nn.functional.conv_transpose1d": transposed {
      convTranspose1d($0, $1, $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)
    },
    "nn.functional.conv_transpose2d": transposed {
      convTranspose2d($0, $1, $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)
    },
    "nn.functional.conv_transpose3d": transposed {
      convTranspose3d($0, $1, $2, stride: $3, padding: $4, outputPadding: $5, groups: $6, dilation: $7)
    },
  ]

  private typealias Convolve = @Sendable (Tensor, Tensor, Tensor?, [Int], PaddingRule, [Int], Int) -> Tensor

  private static func convolution(_ f: @escaping Convolve) -> Implementation {
    of { x, call in
      let padding: PaddingRule =
        switch call.string(4, "padding") {
        case "same": .same
        case "valid": .valid
        default: (try call.optionalInts(4, "padding") ?? [0]).spatialPadding
        }
      return f(
        x, try call.tensor(1, "weight"), try call.optionalTensor(2, "bias"), try call.optionalInts(3, "stride") ?? [1], padding,
        try call.optionalInts(5, "dilation") ?? [1], try call.int(6, "groups", default: 1))
    }
  }

  private typealias Transpose = @Sendable (Tensor, Tensor, Tensor?, [Int], [Int], [Int], Int, [Int]) -> Tensor

  private static func transposed(_ f: @escaping Transpose) -> Implementation {
    of { x, call in
      f(
        x, try call.tensor(1, "weight"), try call.optionalTensor(2, "bias"), try call.optionalInts(3, "stride") ?? [1],
        try call.optionalInts(4, "padding") ?? [0], try call.optionalInts(5, "output_padding") ?? [0],
        try call.int(6, "groups", default: 1), try call.optionalInts(7, "dilation") ?? [1])
    }
  }
}
