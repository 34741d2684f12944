import ChainRule

/// A call of an operator with its tensors filled in, and the readers the operator table is written with.
///
/// An argument is found by its place or by its name, as Python finds it.
struct Call {
  let args: [Argument]
  let kwargs: [String: Argument]
  let tensors: [String: Tensor]
  /// The ranks of the results that the case has: some of PyTorch's samples compare one or another function of them, and do not say which.
  var outputRanks: [Int] = []

  func has(_ place: Int, _ name: String = "") -> Bool {
    if case .none = self[place, name] { return false }
    return true
  }

  subscript(place: Int, name: String) -> Argument {
    if place >= 0, place < args.count { return args[place] }
    return kwargs[name] ?? .none
  }

  // MARK: Tensors

  /// The tensor at a place; a number becomes one in the type that PyTorch gives it beside the first tensor.
  func tensor(_ place: Int, _ name: String = "") throws -> Tensor {
    guard let tensor = try optionalTensor(place, name) else { throw CaseError("no tensor at \(place) \(name)") }
    return tensor
  }

  func optionalTensor(_ place: Int, _ name: String = "") throws -> Tensor? {
    switch self[place, name] {
    case .none: return nil
    case .tensor(let key): return try value(key)
    case .bool(let value): return Tensor(value)
    case .integer(let number): return Tensor(number).to(neighbour.map { $0 == .bool ? .int64 : $0 } ?? .int64)
    case .real(let number):
      return Tensor(number, dtype: .float64).to(neighbour.map { $0.isFloatingPoint ? $0 : defaultDType } ?? defaultDType)
    default: throw CaseError("expected a tensor at \(place) \(name)")
    }
  }

  /// The type of the first tensor.
  private var neighbour: DType? {
    for case .tensor(let key) in args { return tensors[key]?.dtype }
    return nil
  }

  func isTensor(_ place: Int, _ name: String = "") -> Bool {
    if case .tensor = self[place, name] { return true }
    return false
  }

  /// A list of tensors at a place.
  func tensors(_ place: Int, _ name: String = "") throws -> [Tensor] {
    guard let elements = self[place, name].elements else { throw CaseError("expected tensors at \(place) \(name)") }
    return try elements.map(tensor(of:))
  }

  /// All positional arguments from a place on, as tensors.
  func allTensors(from place: Int = 0) throws -> [Tensor] { try args.dropFirst(place).map(tensor(of:)) }

  func tensor(of argument: Argument) throws -> Tensor {
    guard case .tensor(let key) = argument else { throw CaseError("expected a tensor") }
    return try value(key)
  }

  private func value(_ key: String) throws -> Tensor {
    guard let tensor = tensors[key] else { throw CaseError("no tensor \(key)") }
    return tensor
  }

  // MARK: Numbers

  func int(_ place: Int, _ name: String = "") throws -> Int {
    guard let value = try optionalInt(place, name) else { throw CaseError("no integer at \(place) \(name)") }
    return value
  }

  func int(_ place: Int, _ name: String = "", default value: Int) throws -> Int { try optionalInt(place, name) ?? value }

  func optionalInt(_ place: Int, _ name: String = "") throws -> Int? {
    switch self[place, name] {
    case .none: return nil
    case .tensor(let key):
      guard let value = Int(exactly: try value(key).item()) else { throw CaseError("expected an integer at \(place) \(name)") }
      return value
    case let other:
      guard let value = other.integer else { throw CaseError("expected an integer at \(place) \(name)") }
      return value
    }
  }

  func double(_ place: Int, _ name: String = "", default value: Double) throws -> Double {
    guard has(place, name) else { return value }
    guard let number = self[place, name].number else { throw CaseError("expected a number at \(place) \(name)") }
    return number
  }

  func bool(_ place: Int, _ name: String = "", default value: Bool) throws -> Bool {
    (try optionalInt(place, name)).map { $0 != 0 } ?? value
  }

  func string(_ place: Int, _ name: String = "") -> String? {
    if case .string(let text) = self[place, name] { return text }
    return nil
  }

  func dtype(_ name: String = "dtype", _ place: Int = -1) -> DType? {
    if case .dtype(let dtype) = self[place, name] { return dtype }
    return nil
  }

  /// One integer or a list of them; nil where there is none.
  func optionalInts(_ place: Int, _ name: String = "") throws -> [Int]? {
    guard has(place, name) else { return nil }
    if let elements = self[place, name].elements {
      return try elements.map {
        guard let value = $0.integer else { throw CaseError("expected integers at \(place) \(name)") }
        return value
      }
    }
    return [try int(place, name)]
  }

  func ints(_ place: Int, _ name: String = "") throws -> [Int] {
    guard let values = try optionalInts(place, name) else { throw CaseError("no integers at \(place) \(name)") }
    return values
  }
}
