import ChainRule
import ChainRuleNN

extension ModuleTable {
  static let pools: Family = [
    "MaxPool1d": maxPool { MaxPool1d($0, stride: $1, padding: $2, dilation: $3, ceilMode: $4) },
    "MaxPool2d": maxPool { MaxPool2d($0, stride: $1, padding: $2, dilation: $3, ceilMode: $4) },
    "MaxPool3d": maxPool { MaxPool3d($0, stride: $1, padding: $2, dilation: $3, ceilMode: $4) },
    "AvgPool1d": layer {
      AvgPool1d(
        try $0.ints(0, "kernel_size")[0], stride: try $0.optionalInts(1, "stride")?[0], padding: try $0.optionalInts(2, "padding")?[0] ?? 0,
        ceilMode: try $0.bool(3, "ceil_mode", default: false), countIncludePad: try $0.bool(4, "count_include_pad", default: true))
    },
    "AvgPool2d": layer {
      AvgPool2d(
        try $0.ints(0, "kernel_size"), stride: try $0.optionalInts(1, "stride"), padding: try $0.optionalInts(2, "padding") ?? [0],
        ceilMode: try $0.bool(3, "ceil_mode", default: false), countIncludePad: try $0.bool(4, "count_include_pad", default: true),
        divisorOverride: try $0.optionalInt(5, "divisor_override"))
    },
    "AvgPool3d": layer {
      AvgPool3d(
        try $0.ints(0, "kernel_size"), stride: try $0.optionalInts(1, "stride"), padding: try $0.optionalInts(2, "padding") ?? [0],
        ceilMode: try $0.bool(3, "ceil_mode", default: false), countIncludePad: try $0.bool(4, "count_include_pad", default: true),
        divisorOverride: try $0.optionalInt(5, "divisor_override"))
    },
    "MaxUnpool1d": module({
      MaxUnpool1d(try $0.ints(0), stride: try $0.optionalInts(1, "stride"), padding: try $0.optionalInts(2, "padding") ?? [0])
    }) {
      [$0(try $1.tensor(0), try $1.tensor(1), outputSize: try $1.optionalInts(2, "output_size"))]
    },
    "MaxUnpool2d": module({
      MaxUnpool2d(try $0.ints(0), stride: try $0.optionalInts(1, "stride"), padding: try $0.optionalInts(2, "padding") ?? [0])
    }) {
      [$0(try $1.tensor(0), try $1.tensor(1), outputSize: try $1.optionalInts(2, "output_size"))]
    },
    "MaxUnpool3d": module({
      MaxUnpool3d(try $0.ints(0), stride: try $0.optionalInts(1, "stride"), padding: try $0.optionalInts(2, "padding") ?? [0])
    }) {
      [$0(try $1.tensor(0), try $1.tensor(1), outputSize: try $1.optionalInts(2, "output_size"))]
    },
    "LPPool1d": powerPool { LPPool1d($0, $1, stride: $2, ceilMode: $3) },
    "LPPool2d": powerPool { LPPool2d($0, $1, stride: $2, ceilMode: $3) },
    "LPPool3d": powerPool { LPPool3d($0, $1, stride: $2, ceilMode: $3) },
    "AdaptiveAvgPool1d": layer { AdaptiveAvgPool1d(try $0.int(0, "output_size")) },
    "AdaptiveAvgPool2d": layer { AdaptiveAvgPool2d(try $0.optionalSizes(0, "output_size")) },
    "AdaptiveAvgPool3d": layer { AdaptiveAvgPool3d(try $0.optionalSizes(0, "output_size")) },
    "AdaptiveMaxPool1d": layer { AdaptiveMaxPool1d(try $0.int(0, "output_size")) },
    "AdaptiveMaxPool2d": layer { AdaptiveMaxPool2d(try $0.optionalSizes(0, "output_size")) },
    "AdaptiveMaxPool3d": layer { AdaptiveMaxPool3d(try $0.optionalSizes(0, "output_size")) },
    "FractionalMaxPool2d": { call in
      let pool = FractionalMaxPool2d(
        try call.ints(0, "kernel_size"), outputSize: try call.optionalInts(1, "output_size"), outputRatio: try call.ratio,
        randomSamples: try call.optionalTensor(-1, "_random_samples"))
      return try indexed(pool, call) { pool.withIndices($0) }
    },
    "FractionalMaxPool3d": { call in
      let pool = FractionalMaxPool3d(
        try call.ints(0, "kernel_size"), outputSize: try call.optionalInts(1, "output_size"), outputRatio: try call.ratio,
        randomSamples: try call.optionalTensor(-1, "_random_samples"))
      return try indexed(pool, call) { pool.withIndices($0) }
    },
  ]

  /// A pool that may be asked for its indices too.
  private static func indexed(
    _ pool: any Layer, _ constructor: Call, _ withIndices: @escaping (Tensor) -> ValuesAndIndices
  ) throws -> ModuleUnderTest {
    guard try constructor.bool(-1, "return_indices", default: false) else {
      return ModuleUnderTest(module: pool) { [pool(try $0.tensor(0))] }
    }
    return ModuleUnderTest(module: pool) {
      let both = withIndices(try $0.tensor(0))
      return [both.values, both.indices]
    }
  }

  private static func maxPool(
    _ make: @escaping @Sendable ([Int], [Int]?, [Int], [Int], Bool) -> MaxPoolLayer
  ) -> Constructor {
    { call in
      let pool = make(
        try call.ints(0, "kernel_size"), try call.optionalInts(1, "stride"), try call.optionalInts(2, "padding") ?? [0],
        try call.optionalInts(3, "dilation") ?? [1], try call.bool(5, "ceil_mode", default: false))
      return try indexed(pool, call) { pool.withIndices($0) }
    }
  }

  private static func powerPool(
    _ make: @escaping @Sendable (any TensorScalar, [Int], [Int]?, Bool) -> any Layer
  ) -> Constructor {
    layer {
      make(
        try $0.number(0, "norm_type", default: 2), try $0.ints(1, "kernel_size"), try $0.optionalInts(2, "stride"),
        try $0.bool(3, "ceil_mode", default: false))
    }
  }
}

extension Call {
  fileprivate var ratio: [Double]? {
    get throws {
      if let elements = self[-1, "output_ratio"].elements { return elements.compactMap(\.number) }
      return has(-1, "output_ratio") ? [try double(-1, "output_ratio", default: 0)] : nil
    }
  }

  /// One size, or one for each dimension; nil where the input's is kept.
  fileprivate func optionalSizes(_ place: Int, _ name: String) throws -> [Int?] {
    if let elements = self[place, name].elements { return elements.map(\.integer) }
    return [try int(place, name)]
  }
}
