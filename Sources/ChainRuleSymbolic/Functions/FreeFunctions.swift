// Functions of formulas under the names of the C library. They are disfavoured so that `exp(2.0)` stays a Double where the C library is
// imported.

/// The exponential function.
@_disfavoredOverload public func exp(_ x: Formula) -> Formula { .call(.exponential, [x]) }
/// The natural logarithm, for x > 0.
@_disfavoredOverload public func log(_ x: Formula) -> Formula { .call(.logarithm, [x]) }
/// The logarithm to base 2, for x > 0.
@_disfavoredOverload public func log2(_ x: Formula) -> Formula { .call(.binaryLogarithm, [x]) }
/// The logarithm to base 10, for x > 0.
@_disfavoredOverload public func log10(_ x: Formula) -> Formula { .call(.decimalLogarithm, [x]) }
/// log(1 + x), precise near 0, for x > -1.
@_disfavoredOverload public func log1p(_ x: Formula) -> Formula { .call(.logarithmOnePlus, [x]) }
/// exp(x) - 1, precise near 0.
@_disfavoredOverload public func expm1(_ x: Formula) -> Formula { .call(.exponentialMinusOne, [x]) }
/// The square root, kept as the power 1/2, for x >= 0.
@_disfavoredOverload public func sqrt(_ x: Formula) -> Formula { x.pow(Notation.half) }
/// The cube root, of negative numbers too.
@_disfavoredOverload public func cbrt(_ x: Formula) -> Formula { .call(.cubeRoot, [x]) }
/// The power.
@_disfavoredOverload public func pow(_ x: Formula, _ exponent: Formula) -> Formula { x.pow(exponent) }
/// The error function.
@_disfavoredOverload public func erf(_ x: Formula) -> Formula { .call(.errorFunction, [x]) }
/// The sine.
@_disfavoredOverload public func sin(_ x: Formula) -> Formula { .call(.sine, [x]) }
/// The cosine.
@_disfavoredOverload public func cos(_ x: Formula) -> Formula { .call(.cosine, [x]) }
/// The tangent.
@_disfavoredOverload public func tan(_ x: Formula) -> Formula { .call(.tangent, [x]) }
/// The inverse sine, for -1 <= x <= 1.
@_disfavoredOverload public func asin(_ x: Formula) -> Formula { .call(.arcsine, [x]) }
/// The inverse cosine, for -1 <= x <= 1.
@_disfavoredOverload public func acos(_ x: Formula) -> Formula { .call(.arccosine, [x]) }
/// The inverse tangent.
@_disfavoredOverload public func atan(_ x: Formula) -> Formula { .call(.arctangent, [x]) }
/// The angle of the point (x, y).
@_disfavoredOverload public func atan2(_ y: Formula, _ x: Formula) -> Formula { .call(.polarAngle, [y, x]) }
/// The hyperbolic sine.
@_disfavoredOverload public func sinh(_ x: Formula) -> Formula { .call(.hyperbolicSine, [x]) }
/// The hyperbolic cosine.
@_disfavoredOverload public func cosh(_ x: Formula) -> Formula { .call(.hyperbolicCosine, [x]) }
/// The hyperbolic tangent.
@_disfavoredOverload public func tanh(_ x: Formula) -> Formula { .call(.hyperbolicTangent, [x]) }
/// The inverse hyperbolic sine.
@_disfavoredOverload public func asinh(_ x: Formula) -> Formula { .call(.areaSine, [x]) }
/// The inverse hyperbolic cosine, for x >= 1.
@_disfavoredOverload public func acosh(_ x: Formula) -> Formula { .call(.areaCosine, [x]) }
/// The inverse hyperbolic tangent, for -1 < x < 1.
@_disfavoredOverload public func atanh(_ x: Formula) -> Formula { .call(.areaTangent, [x]) }
/// The logistic function 1 / (1 + exp(-x)).
@_disfavoredOverload public func sigmoid(_ x: Formula) -> Formula { .call(.sigmoid, [x]) }
/// log(1 + exp(x)).
@_disfavoredOverload public func softplus(_ x: Formula) -> Formula { .call(.softplus, [x]) }
/// max(x, 0).
@_disfavoredOverload public func relu(_ x: Formula) -> Formula { .call(.relu, [x]) }
/// The absolute value.
@_disfavoredOverload public func abs(_ x: Formula) -> Formula { .call(.abs, [x]) }
/// -1, 0 or 1.
@_disfavoredOverload public func sign(_ x: Formula) -> Formula { .call(.sign, [x]) }
/// 1 for x > 0, else 0.
@_disfavoredOverload public func step(_ x: Formula) -> Formula { .call(.step, [x]) }
/// The larger of two values.
@_disfavoredOverload public func max(_ x: Formula, _ y: Formula) -> Formula { .call(.max, [x, y]) }
/// The smaller of two values.
@_disfavoredOverload public func min(_ x: Formula, _ y: Formula) -> Formula { .call(.min, [x, y]) }
