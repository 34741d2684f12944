import ChainRule
import ChainRuleData
import Foundation

extension Table {
  private static func free(_ name: String, _ f: @escaping (Tensor) -> Tensor) -> Call { call("\(name)(_:)", x) { f($0) } }

  /// Tensors to and from Swift's values, and the functions of mathematics in its spelling.
  static let spellings: [Call] =
    [
      free("abs") { abs($0) }, free("acos") { acos($0) }, free("acosh") { acosh($0) }, free("asin") { asin($0) },
      free("asinh") { asinh($0) }, free("atan") { atan($0) }, free("atanh") { atanh($0) }, free("ceil") { ceil($0) },
      free("cos") { cos($0) }, free("cosh") { cosh($0) }, free("erf") { erf($0) }, free("erfc") { erfc($0) },
      free("exp") { exp($0) }, free("exp2") { exp2($0) }, free("expm1") { expm1($0) }, free("floor") { floor($0) },
      free("log") { log($0) }, free("log10") { log10($0) }, free("log1p") { log1p($0) }, free("log2") { log2($0) },
      free("relu") { relu($0) }, free("round") { round($0) }, free("sigmoid") { sigmoid($0) }, free("sin") { sin($0) },
      free("sinh") { sinh($0) }, free("sqrt") { sqrt($0) }, free("tan") { tan($0) }, free("tanh") { tanh($0) },
      free("trunc") { trunc($0) },
    ]
    + [
      call("atan2(_:_:)", x, x) { atan2($0, $1) },
      call("pow(_:_:)", x, 2.0) { pow($0, $1) },
      call("softmax(_:dim:)", x, 1) { softmax($0, dim: $1) },
      call("logSoftmax(_:dim:)", x, 1) { logSoftmax($0, dim: $1) },
      call("Tensor.size(_:)", x, 1) { $0.size($1) },
      call("Double.init(_:)", t()) { Double($0) },
      call("Float.init(_:)", t()) { Float($0) },
      call("Int.init(_:)", t()) { Int($0) },
      call("Bool.init(_:)", t()) { Bool($0) },
      call("Array.init(_:)", x) { [[Double]]($0) },
      call("Tensor.init(bytes:shape:dtype:)", [2, 3]) { Tensor(bytes: [UInt8](repeating: 1, count: 6), shape: $0, dtype: .uint8) },
      call("withThreadCount(_:_:)", 1) { withThreadCount($0) { x.sum() } },
      call("ArraySlice.collectSizes(_:at:)", [2, 2], 0) { (sizes: [Int], depth: Int) in
        var sizes = sizes
        [[1, 2], [3, 4]][...].collectSizes(&sizes, at: depth)
      },
      call("ArraySlice.append(to:sizes:path:)", [2, 2], [0]) { (sizes: [Int], path: [Int]) in
        var flat: [Int] = []
        try [1, 2][...].append(to: &flat, sizes: sizes, path: path)
      },
      call("ContiguousArray.collectSizes(_:at:)", [2, 2], 0) { (sizes: [Int], depth: Int) in
        var sizes = sizes
        ContiguousArray([[1, 2], [3, 4]]).collectSizes(&sizes, at: depth)
      },
      call("ContiguousArray.append(to:sizes:path:)", [2, 2], [0]) { (sizes: [Int], path: [Int]) in
        var flat: [Int] = []
        try ContiguousArray([1, 2]).append(to: &flat, sizes: sizes, path: path)
      },
      call("Standardization.init(mean:scale:)", [1.0, 2], [1.0, 3]) { Standardization(mean: $0, scale: $1).mean },
      call("Standardization.applied(to:)", [1.0, 2, 3, 4]) { Standardization(mean: [1, 2], scale: [1, 3]).applied(to: $0) },
      call("Standardization.applied(to:)", t(3, 2)) { Standardization(mean: [1, 2], scale: [1, 3]).applied(to: $0) },
      call("Standardization.inverse(of:)", [1.0, 2, 3, 4]) { Standardization(mean: [1, 2], scale: [1, 3]).inverse(of: $0) },
      call("Standardization.inverse(of:)", t(3, 2)) { Standardization(mean: [1, 2], scale: [1, 3]).inverse(of: $0) },
      call("Table.tensor(of:missing:dtype:)", Optional(1.0)) { try ChainRuleData.Table(text: "a,b\n1,\n").tensor(missing: $0) },
      call("Table.init(data:name:delimiter:columnNames:)", [97, 10, 49].map(UInt8.init)) { try ChainRuleData.Table(data: $0).rowCount },
      call("SafetensorsContents.init(data:name:)", (try? safetensorsBytes(["x": x])) ?? []) {
        try SafetensorsContents(data: $0).tensors.count
      },
      call("safetensorsBytes(_:metadata:)", x) { try safetensorsBytes(["x": $0]).count },
      call("saveSafetensors(_:metadata:to:)", x) {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-\(getpid()).url")
        defer { try? FileManager.default.removeItem(at: url) }
        try saveSafetensors(["x": $0], to: url)
      },
    ]
}
