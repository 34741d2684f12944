import ChainRule

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

// Methods, as a tensor's functions are: a layer reads the same as a network written in tensors.

extension LayerValue {
  /// The exponential.
  public func exp() -> LayerValue { mapped(Functions.exponential) { $0.exp() } }
  /// The natural logarithm.
  public func log() -> LayerValue { mapped(Functions.logarithm) { $0.log() } }
  /// The square root.
  public func sqrt() -> LayerValue { mapped({ $0.squareRoot() }, { $0.sqrt() }) }
  /// The sine.
  public func sin() -> LayerValue { mapped(Functions.sine) { $0.sin() } }
  /// The cosine.
  public func cos() -> LayerValue { mapped(Functions.cosine) { $0.cos() } }
  /// The hyperbolic tangent.
  public func tanh() -> LayerValue { mapped(Functions.hyperbolicTangent) { $0.tanh() } }
  /// The logistic function 1 / (1 + e^-x).
  public func sigmoid() -> LayerValue { mapped({ 1 / (1 + Functions.exponential(-$0)) }, { $0.sigmoid() }) }
  /// max(x, 0); its derivative at 0 is 0.
  public func relu() -> LayerValue { mapped({ Swift.max($0, 0) }, { $0.relu() }) }
  /// The absolute value; its derivative at 0 is 0.
  public func abs() -> LayerValue { mapped({ $0.magnitude }, { $0.abs() }) }
  /// The square.
  public func square() -> LayerValue { self * self }
  /// The power with a constant exponent.
  public func pow(_ exponent: Double) -> LayerValue { mapped({ Functions.power($0, exponent) }, { $0.pow(exponent) }) }
}

/// The C library's functions, whose names the methods hide.
private enum Functions {
  static func exponential(_ x: Double) -> Double { exp(x) }
  static func logarithm(_ x: Double) -> Double { log(x) }
  static func sine(_ x: Double) -> Double { sin(x) }
  static func cosine(_ x: Double) -> Double { cos(x) }
  static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
  static func power(_ x: Double, _ exponent: Double) -> Double { pow(x, exponent) }
}
