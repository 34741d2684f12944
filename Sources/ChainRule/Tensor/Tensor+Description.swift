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
