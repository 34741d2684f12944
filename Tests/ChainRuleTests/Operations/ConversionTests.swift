import ChainRule
import Foundation
import Testing

/// Numbers that meet tensors of each type, those that do not fit among them: refused where PyTorch 2.13 refuses them, with its sentence,
/// and wrapped around where it wraps. Its answers are in Tests/Fixtures/conversions.txt, by make_conversions.py.
struct ConversionTests {
  private struct Row {
    let operation: String, dtype: DType, answer: String, value: String
  }

  private static let operations: [String: @Sendable (any TensorScalar, DType) -> Tensor] = [
    "tensor": { v, d in v.intValue.map { Tensor([$0], dtype: d) } ?? Tensor([v.doubleValue], dtype: d) },
    "full": { v, d in Tensor.full([1], v, dtype: d) },
    "fullLike": { v, d in Tensor.full(like: ones(d), v) },
    "write": { v, d in written(ones(d, 2), 0, v) },
    "writeMask": { v, d in written(ones(d, 2), Tensor([true, false]), v) },
    "maskedFill": { v, d in ones(d).maskedFill(yes, v) },
    "maskedFillTensor": { v, d in
      ones(d).maskedFill(yes, v.intValue.map { Tensor($0) } ?? Tensor(v.doubleValue, dtype: .float64))
    },
    "add": { v, d in ones(d) + v },
    "sub": { v, d in ones(d) - v },
    "rsub": { v, d in v - ones(d) },
    "mul": { v, d in ones(d) * v },
    "div": { v, d in ones(d) / v },
    "rdiv": { v, d in v / ones(d) },
    "pow": { v, d in ones(d).pow(v) },
    "rpow": { v, d in Tensor.pow(v, ones(d)) },
    "remainder": { v, d in ones(d).remainder(v) },
    "fmod": { v, d in ones(d).fmod(v) },
    "floorDivide": { v, d in ones(d).floorDivide(v) },
    "eq": { v, d in ones(d) .== v },
    "ne": { v, d in ones(d) .!= v },
    "lt": { v, d in ones(d) .< v },
    "ge": { v, d in ones(d) .>= v },
    "clampMin": { v, d in ones(d).clamp(min: v) },
    "clampMax": { v, d in ones(d).clamp(max: v) },
    "clampTo": { v, d in ones(d).clamp(min: 0, max: v) },
    "clampFrom": { v, d in ones(d).clamp(min: v, max: 1) },
    "whereFirst": { v, d in Tensor.where(yes, v, ones(d)) },
    "whereSecond": { v, d in Tensor.where(yes.logicalNot(), ones(d), v) },
    "scatter": { v, d in ones(d).scatter(dim: 0, index: Tensor([0]), value: v) },
    "pad": { v, d in ones(d).padded([0, 1], value: v) },
    "xlogy": { v, d in ones(d).xlogy(v) },
    "addmm": { v, d in ones(d).reshaped(1, 1).addmm(ones(d).reshaped(1, 1), ones(d).reshaped(1, 1), beta: v) },
    "hardtanh": { v, d in ones(d).hardtanh(min: v.doubleValue, max: 4) },
    "arange": { v, d in
      if let n = v.intValue, n < Int.max { return Tensor.arange(n, n + 2, dtype: d) }
      return Tensor.arange(v.doubleValue, v.doubleValue + 2, dtype: d)
    },
    "linspace": { v, d in Tensor.linspace(v, v, 2, dtype: d) },
    "linspaceFrom": { v, d in Tensor.linspace(0, v, 3, dtype: d) },
  ]

  private static var yes: Tensor { Tensor([true]) }
  private static func ones(_ dtype: DType, _ n: Int = 1) -> Tensor { Tensor.ones([n], dtype: dtype) }

  private static func written(_ x: Tensor, _ place: any TensorIndex, _ v: any TensorScalar) -> Tensor {
    let value: any TensorOperand = v
    var result = x
    result[place] = value
    return result
  }

  private static func rows() throws -> [Row] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: folder.appendingPathComponent("Fixtures/conversions.txt"), encoding: .utf8)
    let types = Dictionary(uniqueKeysWithValues: DType.allCases.map { ($0.name, $0) })
    return try text.split(separator: "\n").flatMap { line in
      let parts = line.split(separator: "|").map(String.init)
      let dtype = try #require(types[parts[1]])
      return parts[3].split(separator: " ").map { Row(operation: parts[0], dtype: dtype, answer: parts[2], value: String($0)) }
    }
  }

  @Test func numbersBesideTensors() throws {
    var count = 0
    for row in try Self.rows() {
      let operation = try #require(Self.operations[row.operation])
      let value: any TensorScalar
      if let n = Int(row.value) { value = n } else { value = try #require(Double(row.value)) }
      let expected = Self.exceptions(row) ?? row.answer
      let place = "\(row.operation) of \(row.value) and \(row.dtype.name): \(expected)"
      count += 1
      do {
        let y = try catching { operation(value, row.dtype) }
        let words = expected.split(separator: " ").map(String.init)
        guard y.dtype.name == words[0], y.count == words.count - 1 else {
          Issue.record("\(place), not \(y)")
          continue
        }
        if y.dtype.isFloatingPoint {
          for (found, word) in zip(y.array(of: Double.self), words[1...]) {
            let wanted = try #require(Double(word))
            #expect(found == wanted || (found.isNaN && wanted.isNaN) || abs(found - wanted) <= 1e-6 * abs(wanted), "\(place), not \(y)")
          }
        } else {
          #expect(y.array(of: Int.self) == words[1...].map { Int($0) }, "\(place), not \(y)")
        }
      } catch let error as TensorError {
        #expect(expected.hasPrefix("!"), "\(place), not \(error.message)")
        if expected.hasPrefix("! value cannot") { #expect("! " + error.message == expected, "\(place)") }
      }
    }
    #expect(count == Self.operations.count * 10 * 41)
  }

  /// Where the answer here is another than PyTorch's, by intention: assignment keeps the type of the variable, where PyTorch cuts off a
  /// fraction without a word, and 2^63 has no place in int64, where PyTorch makes -2^63 of it.
  private static func exceptions(_ row: Row) -> String? {
    let isWhole = Int(row.value) != nil, isTooLarge = Double(row.value) == 0x1p63
    switch row.operation {
    case "write", "writeMask": return row.dtype.isFloatingPoint || (isWhole && row.dtype != .bool) ? nil : "!"
    case "arange" where isTooLarge && row.dtype.category == .integer: return "!"
    // PyTorch counts in doubles, in which -2^63 + 2 is -2^63.
    case "arange" where row.value == "\(Int.min)" && row.dtype != .int64 && row.dtype != .bool:
      if row.dtype == .float16 { return "float16 -inf -inf" }
      return row.dtype.isFloatingPoint ? "\(row.dtype.name) -0x1p63 -0x1p63" : "\(row.dtype.name) 0 1"
    case "pad" where isWhole && isTooLarge && row.dtype == .int64: return "int64 1 \(Int.max)"
    case "linspace" where isWhole && isTooLarge && row.dtype == .int64: return "int64 \(Int.max) \(Int.max)"
    case "linspaceFrom" where isWhole && isTooLarge && row.dtype == .int64: return "int64 0 \(1 << 62) \(Int.max)"
    case "tensor", "full", "fullLike", "maskedFill", "maskedFillTensor", "scatter", "pad", "addmm", "linspace", "linspaceFrom":
      return !isWhole && isTooLarge && row.dtype == .int64 ? "!" : nil
    default: return nil
    }
  }
}
