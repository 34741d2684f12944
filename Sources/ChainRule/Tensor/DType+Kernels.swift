import CKernels

extension DType {
  /// The type of a descriptor. The raw values are the same rows.
  @inline(__always)
  init(_ kernelType: cr_dtype) { self = unsafeBitCast(kernelType.rawValue, to: DType.self) }

  @inline(__always) var kernelType: cr_dtype { cr_dtype(rawValue: rawValue) }
}
