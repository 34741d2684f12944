import CKernels

/// Elements chosen by a mask: compositions of the indexed operations.
extension Tensor {
  /// The tensor and the mask in their common shape, and where the mask is true in it, row-major.
  private func masked(by mask: Tensor, _ operation: String) throws(TensorError) -> (whole: Tensor, positions: Tensor) {
    guard mask.dtype == .bool else {
      throw TensorError(
        .dtype,
        operation == "masked_select"
          ? "masked_select: expected BoolTensor for mask, but got \(mask.dtype.scalarTypeName)"
          : "masked_scatter_ only supports boolean masks, but got mask with dtype \(mask.dtype.scalarTypeName)",
        hint: "Compare first: mask .!= 0.", operation: operation)
    }
    let shape = try Elementwise.broadcastShape(self, mask, operation).array
    return (expanded(shape), mask.expanded(shape).flattened().nonzero().flattened())
  }

  /// Returns the elements where `mask` is true, one after another; the two broadcast.
  public func maskedSelect(_ mask: Tensor) -> Tensor {
    orFail([self, mask]) { () throws(TensorError) in
      let (whole, positions) = try masked(by: mask, "masked_select")
      return whole.flattened().indexSelect(dim: 0, index: positions)
    }
  }

  /// Returns the tensor with the elements where `mask` is true replaced by those of `source`, in order.
  public func maskedScatter(_ mask: Tensor, _ source: Tensor) -> Tensor {
    orFail([self, mask, source]) { () throws(TensorError) in
      guard dtype == source.dtype else {
        throw TensorError(
          .dtype,
          "masked_scatter: expected self and source to have same dtypes but got \(dtype.scalarTypeName) and "
            + source.dtype.scalarTypeName,
          hint: "Convert the source with to(.\(dtype.name)).", operation: "maskedScatter")
      }
      let (whole, positions) = try masked(by: mask, "masked_scatter")
      guard positions.count <= source.count else {
        throw TensorError(
          .shape, "Number of elements of source < number of ones in mask",
          hint: "The mask wants \(positions.count) elements, the source has \(source.count).", operation: "maskedScatter")
      }
      let elements = source.flattened().narrow(dim: 0, start: 0, count: positions.count)
      return whole.flattened().indexCopy(dim: 0, index: positions, source: elements).reshaped(whole.shape)
    }
  }

  /// Returns the tensor with `value`, a 0-dimensional tensor, where `mask` is true.
  public func maskedFill(_ mask: Tensor, _ value: Tensor) -> Tensor {
    orFail([self, mask, value]) { () throws(TensorError) in
      guard value.rank == 0 else {
        throw TensorError(
          .shape, "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with \(value.rank) dimension(s).",
          hint: "For a value for each element use Tensor.where.", operation: "maskedFill")
      }
      let number = value.detach()
      if !number.box.flags.contains(.wrapped), value.count == 1 { _ = try number.operand.scalar.fitting(dtype, "maskedFill") }
      guard mask.dtype == .bool else { throw MaskedFill.refusal(mask.dtype) }
      return Tensor.where(mask, value.to(dtype), self)
    }
  }
}
