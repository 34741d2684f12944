import ChainRule

/// An argument of a sample's call: what the case file says, tensors by key.
indirect enum Argument: Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  case real(Double)
  case string(String)
  case tensor(key: String)
  case list([Argument])
  case tuple([Argument])
  case dtype(DType)
  case slice(Int?, Int?, Int?)
  case ellipsis
  /// A function by its name, such as an activation.
  case function(String)
  /// Something about storage that has no counterpart here, such as a memory format.
  case ignored

  init(_ json: JSONValue) throws {
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .real(let value): self = .real(value)
    case .string(let value): self = .string(value)
    case .array: throw CaseError("a bare array as an argument")
    case .object(let members):
      guard let (key, value) = members.first, members.count == 1 else { throw CaseError("an argument with \(members.count) keys") }
      self = try Argument(key, value)
    }
  }

  private init(_ key: String, _ value: JSONValue) throws {
    switch (key, value) {
    case ("tensor", .string(let name)): self = .tensor(key: name)
    case ("list", .array(let elements)): self = .list(try elements.map(Argument.init))
    case ("tuple", .array(let elements)): self = .tuple(try elements.map(Argument.init))
    case ("dtype", .string(let name)):
      guard let dtype = DType.allCases.first(where: { $0.name == name }) else { throw CaseError("unknown dtype \(name)") }
      self = .dtype(dtype)
    case ("float", .string(let name)):
      guard let number = Double(name) else { throw CaseError("unknown number \(name)") }
      self = .real(number)
    case ("slice", .array(let bounds)) where bounds.count == 3:
      self = .slice(bounds[0].integer, bounds[1].integer, bounds[2].integer)
    case ("ellipsis", _): self = .ellipsis
    case ("function", .string(let name)): self = .function(name)
    case ("memory_format", _): self = .ignored
    default: throw CaseError("unknown argument \(key)")
    }
  }

  var elements: [Argument]? {
    switch self {
    case .list(let elements), .tuple(let elements): elements
    default: nil
    }
  }

  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  var number: Double? {
    switch self {
    case .real(let value): value
    default: integer.map(Double.init)
    }
  }
}

/// A case file that does not say what the format says.
struct CaseError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
