import CKernels

/// Special functions.
enum Special {
  static let catalog: [OperationInfo] = [ErrorFunction.info, ComplementaryErrorFunction.info]
}

struct ErrorFunction: ElementwiseOperation {
  static let info = OperationInfo(
    "erf", "The error function.", formula: "2/sqrt(pi) * integral of e^(-t^2) from 0 to x", derivative: "2/sqrt(pi) e^(-x^2)",
    samples: OperationSample.elementwise(.real) { $0.erf() })
  static var kernel: cr_unary_op { CR_ERF }
  var nodeName: String { "ErfBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { (-(s.x * s.x)).exp() * 1.12837916709551257390 }
}

struct ComplementaryErrorFunction: ElementwiseOperation {
  static let info = OperationInfo(
    "erfc", "One less the error function, without cancellation for large x.", formula: "1 - erf x",
    derivative: "-2/sqrt(pi) e^(-x^2)", samples: OperationSample.elementwise(.real) { $0.erfc() })
  static var kernel: cr_unary_op { CR_ERFC }
  var nodeName: String { "ErfcBackward0" }
  var saves: Saves { .x }
  func derivative(_ s: Saved) -> Tensor { (-(s.x * s.x)).exp() * -1.12837916709551257390 }
}

extension Tensor {
  /// Returns the error function of each element.
  public func erf() -> Tensor { ErrorFunction()(self) }
  /// Returns one less the error function of each element, without cancellation.
  public func erfc() -> Tensor { ComplementaryErrorFunction()(self) }
}
