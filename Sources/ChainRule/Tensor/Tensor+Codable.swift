extension Tensor: Codable {
  private enum CodingKeys: String, CodingKey { case dtype, shape, values }

  /// What a number that is none in JSON is written as.
  private static let names: [(name: String, value: Double)] = [("nan", .nan), ("inf", .infinity), ("-inf", -.infinity)]

  /// Writes the type's name, the sizes and the elements row-major: `{"dtype":"float32","shape":[2],"values":[1.5,"nan"]}`. Neither gradients
  /// nor graphs are written.
  ///
  /// - Throws: what the encoder throws; `TensorError` inside transforms.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(dtype.name, forKey: .dtype)
    try container.encode(shape, forKey: .shape)
    var values = container.nestedUnkeyedContainer(forKey: .values)
    switch dtype {
    case .bool: for value in try catching({ array(of: Bool.self) }) { try values.encode(value) }
    case .float32: for value in try catching({ array(of: Float.self) }) { try Self.encode(value, Double(value), &values) }
    case let type where type.isFloatingPoint:
      for value in try catching({ array(of: Double.self) }) { try Self.encode(value, value, &values) }
    default: for value in try catching({ array(of: Int.self) }) { try values.encode(value) }
    }
  }

  private static func encode(_ value: some Encodable, _ number: Double, _ values: inout any UnkeyedEncodingContainer) throws {
    if number.isFinite { return try values.encode(value) }
    try values.encode(number.isNaN ? "nan" : number > 0 ? "inf" : "-inf")
  }

  /// Reads what `encode(to:)` writes.
  ///
  /// - Throws: `DecodingError` where the type is none that tensors have, or the sizes do not fit the elements.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .dtype), shape = try container.decode([Int].self, forKey: .shape)
    guard let dtype = DType.allCases.first(where: { $0.name == name }), dtype.hasKernels else {
      throw DecodingError.dataCorruptedError(forKey: .dtype, in: container, debugDescription: "\(name) is no type of a tensor")
    }
    var values = try container.nestedUnkeyedContainer(forKey: .values)
    func corrupted(_ message: String) -> DecodingError {
      .dataCorruptedError(forKey: .values, in: container, debugDescription: message)
    }
    func checked<E: TensorElement>(_ elements: [E]) throws -> Tensor {
      guard shape.allSatisfy({ $0 >= 0 }), Tensor.product(shape) == elements.count else {
        throw corrupted("\(elements.count) elements for the shape \(shape)")
      }
      do {
        return try catching { Tensor(elements, shape: shape, dtype: dtype) }
      } catch {
        throw corrupted(error.message)
      }
    }
    if dtype == .bool {
      var elements: [Bool] = []
      while !values.isAtEnd { elements.append(try values.decode(Bool.self)) }
      self = try checked(elements)
    } else if dtype.isFloatingPoint {
      var elements: [Double] = []
      while !values.isAtEnd {
        if let number = try? values.decode(Double.self) {
          elements.append(number)
        } else {
          let name = try values.decode(String.self)
          guard let special = Self.names.first(where: { $0.name == name }) else { throw corrupted("\(name) is no number") }
          elements.append(special.value)
        }
      }
      self = try checked(elements)
    } else {
      var elements: [Int] = []
      while !values.isAtEnd { elements.append(try values.decode(Int.self)) }
      self = try checked(elements)
    }
  }
}
