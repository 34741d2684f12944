import CKernels

extension Tensor: CustomStringConvertible {
  /// The tensor as PyTorch prints it: `tensor([1., 2.], grad_fn=<AddBackward0>)`.
  public var description: String { description(PrintOptions.default) }

  /// The tensor as PyTorch prints it under other options.
  public func description(_ options: PrintOptions) -> String {
    let value = bare
    if value.box.flags.contains(.poison) { return "tensor(<failed>)" }
    if Levels.key(value) > 1 || value.box.flags.contains(.wrapped) { return wrappedDescription(value) }
    let plain = Tensor(value.box)
    let formatter = TensorFormatter(shape: plain.shape, dtype: plain.dtype, options: options)
    let gradient: TensorFormatter.Gradient =
      gradFn.map { .function($0.name) } ?? (isTracked ? .required : .none)
    let strides = plain.strides, shape = plain.shape
    let data = plain.box.c.pointee.data!
    func position(_ flat: Int) -> Int {
      if plain.box.isContiguous { return flat }
      var rest = flat, offset = 0
      for d in shape.indices.reversed() {
        offset += rest % shape[d] * strides[d]
        rest /= shape[d]
      }
      return offset
    }
    func read<E>(_ type: E.Type, _ flat: Int) -> E { data.assumingMemoryBound(to: type)[position(flat)] }
    let elements: TensorFormatter.Elements =
      switch plain.dtype {
      case .float32: .float { Double(read(Float.self, $0)) }
      case .float64: .float { read(Double.self, $0) }
      case .int32: .integer { Int64(read(Int32.self, $0)) }
      case .float16: .float { Double(Float(binary16: read(UInt16.self, $0))) }
      case .bfloat16: .float { Double(Float(bitPattern: UInt32(read(UInt16.self, $0)) << 16)) }
      case .int16: .integer { Int64(read(Int16.self, $0)) }
      case .int8: .integer { Int64(read(Int8.self, $0)) }
      case .uint8: .integer { Int64(read(UInt8.self, $0)) }
      case .bool: .bool { read(UInt8.self, $0) != 0 }
      default: .integer { read(Int64.self, $0) }
      }
    let text = withExtendedLifetime(plain) { formatter.text(elements, gradient: gradient, defaultDType: defaultDType) }
    return isParameter ? "Parameter containing:\n\(text)" : text
  }

  private func wrappedDescription(_ value: Tensor) -> String {
    "tensor(<inside a transform>, shape=\(value.shape), dtype=\(value.dtype))"
  }
}

extension Float {
  /// The value of IEEE 754 binary16 bits. By hand, as Swift's `Float16` does not exist on Intel Macs.
  fileprivate init(binary16 bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16, exponent = UInt32(bits >> 10 & 0x1F), fraction = UInt32(bits & 0x3FF)
    switch exponent {
    // Subnormal: the fraction counts in units of 2^-24.
    case 0: self = Float(bitPattern: sign | (Float(fraction) * 0x1p-24).bitPattern)
    case 0x1F: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
