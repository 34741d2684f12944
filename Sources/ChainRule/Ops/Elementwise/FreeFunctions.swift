// The functions of mathematics in mathematics' own spelling: sin(x) beside x.sin(). The numbers' own functions of these names, from
// Foundation or the C library, are others: which one is meant follows from the argument.

/// Returns the absolute value of each element; `x.abs()`.
public func abs(_ x: Tensor) -> Tensor { x.abs() }
/// Returns e to the power of each element; `x.exp()`.
public func exp(_ x: Tensor) -> Tensor { x.exp() }
/// Returns 2 to the power of each element; `x.exp2()`.
public func exp2(_ x: Tensor) -> Tensor { x.exp2() }
/// Returns e^x - 1 of each element; `x.expm1()`.
public func expm1(_ x: Tensor) -> Tensor { x.expm1() }
/// Returns the natural logarithm of each element; `x.log()`.
public func log(_ x: Tensor) -> Tensor { x.log() }
/// Returns ln(1 + x) of each element; `x.log1p()`.
public func log1p(_ x: Tensor) -> Tensor { x.log1p() }
/// Returns the logarithm to base 2 of each element; `x.log2()`.
public func log2(_ x: Tensor) -> Tensor { x.log2() }
/// Returns the logarithm to base 10 of each element; `x.log10()`.
public func log10(_ x: Tensor) -> Tensor { x.log10() }
/// Returns the square root of each element; `x.sqrt()`.
public func sqrt(_ x: Tensor) -> Tensor { x.sqrt() }
/// Returns each element to a power, a number or a tensor; `x.pow(exponent)`.
public func pow(_ x: Tensor, _ exponent: some TensorOperand) -> Tensor { x.pow(exponent) }
/// Returns the sine of each element; `x.sin()`.
public func sin(_ x: Tensor) -> Tensor { x.sin() }
/// Returns the cosine of each element; `x.cos()`.
public func cos(_ x: Tensor) -> Tensor { x.cos() }
/// Returns the tangent of each element; `x.tan()`.
public func tan(_ x: Tensor) -> Tensor { x.tan() }
/// Returns the angle whose sine is each element; `x.asin()`.
public func asin(_ x: Tensor) -> Tensor { x.asin() }
/// Returns the angle whose cosine is each element; `x.acos()`.
public func acos(_ x: Tensor) -> Tensor { x.acos() }
/// Returns the angle whose tangent is each element; `x.atan()`.
public func atan(_ x: Tensor) -> Tensor { x.atan() }
/// Returns the angle of each point (x, y), in its quadrant; `y.atan2(x)`.
public func atan2(_ y: Tensor, _ x: Tensor) -> Tensor { y.atan2(x) }
/// Returns the hyperbolic sine of each element; `x.sinh()`.
public func sinh(_ x: Tensor) -> Tensor { x.sinh() }
/// Returns the hyperbolic cosine of each element; `x.cosh()`.
public func cosh(_ x: Tensor) -> Tensor { x.cosh() }
/// Returns the hyperbolic tangent of each element; `x.tanh()`.
public func tanh(_ x: Tensor) -> Tensor { x.tanh() }
/// Returns the number whose hyperbolic sine is each element; `x.asinh()`.
public func asinh(_ x: Tensor) -> Tensor { x.asinh() }
/// Returns the number, 0 or above, whose hyperbolic cosine is each element; `x.acosh()`.
public func acosh(_ x: Tensor) -> Tensor { x.acosh() }
/// Returns the number whose hyperbolic tangent is each element; `x.atanh()`.
public func atanh(_ x: Tensor) -> Tensor { x.atanh() }
/// Returns the error function of each element; `x.erf()`.
public func erf(_ x: Tensor) -> Tensor { x.erf() }
/// Returns 1 - erf x of each element, without cancellation; `x.erfc()`.
public func erfc(_ x: Tensor) -> Tensor { x.erfc() }
/// Returns the largest integer not above each element; `x.floor()`.
public func floor(_ x: Tensor) -> Tensor { x.floor() }
/// Returns the smallest integer not below each element; `x.ceil()`.
public func ceil(_ x: Tensor) -> Tensor { x.ceil() }
/// Returns the nearest integer to each element, ties to the even one; `x.round()`.
public func round(_ x: Tensor) -> Tensor { x.round() }
/// Returns the integer part of each element; `x.trunc()`.
public func trunc(_ x: Tensor) -> Tensor { x.trunc() }
/// Returns each element where it is positive, else 0; `x.relu()`.
public func relu(_ x: Tensor) -> Tensor { x.relu() }
/// Returns the logistic function of each element; `x.sigmoid()`.
public func sigmoid(_ x: Tensor) -> Tensor { x.sigmoid() }
/// Returns positive weights along a dimension that sum to 1; `x.softmax(dim:)`.
public func softmax(_ x: Tensor, dim: Int) -> Tensor { x.softmax(dim: dim) }
/// Returns the logarithm of softmax along a dimension; `x.logSoftmax(dim:)`.
public func logSoftmax(_ x: Tensor, dim: Int) -> Tensor { x.logSoftmax(dim: dim) }
