import ChainRule
import ChainRuleNN

extension OperatorTable {
  static let pools: Family = [
    "nn.functional.max_pool1d": maximum {
      maxPool1dWithIndices($0, kernel: $1, stride: $2, padding: $3, dilation: $4, ceilMode: $5)
    },
    "nn.functional.max_pool2d": maximum {
      maxPool2dWithIndices($0, kernel: $1, stride: $2, padding: $3, dilation: $4, ceilMode: $5)
    },
    "nn.functional.max_pool3d": maximum {
      maxPool3dWithIndices($0, kernel: $1, stride: $2, padding: $3, dilation: $4, ceilMode: $5)
    },
    "nn.functional.max_unpool1d": unpool { maxUnpool1d($0, $1, kernel: $2, stride: $3, padding: $4, outputSize: $5) },
    "nn.functional.max_unpool2d": unpool { maxUnpool2d($0, $1, kernel: $2, stride: $3, padding: $4, outputSize: $5) },
    "nn.functional.max_unpool3d": unpool { maxUnpool3d($0, $1, kernel: $2, stride: $3, padding: $4, outputSize: $5) },
    "nn.functional.max_unpool1d.grad": unpool { maxUnpool1d($0, $1, kernel: $2, stride: $3, padding: $4, outputSize: $5) },
    "nn.functional.max_unpool2d.grad": unpool { maxUnpool2d($0, $1, kernel: $2, stride: $3, padding: $4, outputSize: $5) },
    "nn.functional.max_unpool3d.grad": unpool { maxUnpool3d($0, $1, kernel: $2, stride: $3, padding: $4, outputSize: $5) },
    "nn.functional.avg_pool1d": of { x, call in
      avgPool1d(
        x, kernel: try call.ints(1, "kernel_size"), stride: try call.optionalInts(2, "stride"),
        padding: try call.optionalInts(3, "padding") ?? [0], ceilMode: try call.bool(4, "ceil_mode", default: false),
        countIncludePad: try call.bool(5, "count_include_pad", default: true))
    },
    "nn.functional.avg_pool2d": mean {
      avgPool2d($0, kernel: $1, stride: $2, padding: $3, ceilMode: $4, countIncludePad: $5, divisorOverride: $6)
    },
    "nn.functional.avg_pool3d": mean {
      avgPool3d($0, kernel: $1, stride: $2, padding: $3, ceilMode: $4, countIncludePad: $5, divisorOverride: $6)
    },
    "nn.functional.adaptive_avg_pool1d": of { x, call in adaptiveAvgPool1d(x, try call.ints(1, "output_size")[0]) },
    "nn.functional.adaptive_avg_pool2d": of { x, call in adaptiveAvgPool2d(x, sizes(call)) },
    "nn.functional.adaptive_avg_pool3d": of { x, call in adaptiveAvgPool3d(x, sizes(call)) },
    "nn.functional.adaptive_max_pool1d": { call in
      let found = adaptiveMaxPool1dWithIndices(try call.tensor(0), try call.ints(1, "output_size")[0])
      return try call.bool(2, "return_indices", default: false) ? [found.values, found.indices] : [found.values]
    },
    "nn.functional.adaptive_max_pool2d": { call in
      let found = adaptiveMaxPool2dWithIndices(try call.tensor(0), sizes(call))
      return try call.bool(2, "return_indices", default: false) ? [found.values, found.indices] : [found.values]
    },
    "nn.functional.adaptive_max_pool3d": { call in
      let found = adaptiveMaxPool3dWithIndices(try call.tensor(0), sizes(call))
      return try call.bool(2, "return_indices", default: false) ? [found.values, found.indices] : [found.values]
    },
  ]

  private static func mean(_ f: @escaping @Sendable (Tensor, [Int], [Int]?, [Int], Bool, Bool, Int?) -> Tensor) -> Implementation {
    of { x, call in
      f(
        x, try call.ints(1, "kernel_size"), try call.optionalInts(2, "stride"), try call.optionalInts(3, "padding") ?? [0],
        try call.bool(4, "ceil_mode", default: false), try call.bool(5, "count_include_pad", default: true),
        try call.optionalInt(6, "divisor_override"))
    }
  }

  private static func unpool(_ f: @escaping @Sendable (Tensor, Tensor, [Int], [Int]?, [Int], [Int]?) -> Tensor) -> Implementation {
    { call in
      [
        f(
          try call.tensor(0), try call.tensor(1), try call.ints(2, "kernel_size"), try call.optionalInts(3, "stride"),
          try call.optionalInts(4, "padding") ?? [0], try call.optionalInts(5, "output_size"))
      ]
    }
  }

  private typealias Pool = @Sendable (Tensor, [Int], [Int]?, [Int], [Int], Bool) -> ValuesAndIndices

  private static func maximum(_ f: @escaping Pool) -> Implementation {
    { call in
      let found = f(
        try call.tensor(0), try call.ints(1, "kernel_size"), try call.optionalInts(2, "stride"),
        try call.optionalInts(3, "padding") ?? [0], try call.optionalInts(4, "dilation") ?? [1],
        try call.bool(5, "ceil_mode", default: false))
      return try call.bool(6, "return_indices", default: false) ? [found.values, found.indices] : [found.values]
    }
  }

  /// Sizes of which some may be left as they are.
  private static func sizes(_ call: Call) -> [Int?] {
    let argument = call[1, "output_size"]
    return argument.elements.map { $0.map(\.integer) } ?? [argument.integer]
  }
}
