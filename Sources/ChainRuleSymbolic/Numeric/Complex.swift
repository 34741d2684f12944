#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A complex number, just enough of one for the complex-step derivative.
///
/// Goal: the imaginary part keeps its relative precision even at 1e-20 times the real part, since it carries the derivative. So no
/// formula here subtracts nearly equal terms in the imaginary part; inverse functions follow W. Kahan, "Branch cuts for complex
/// elementary functions, or much ado about nothing's sign bit", 1987.
struct Complex: Sendable {
  var re: Double
  var im: Double

  init(_ re: Double, _ im: Double = 0) { (self.re, self.im) = (re, im) }

  static let one = Complex(1)

  static func + (a: Complex, b: Complex) -> Complex { Complex(a.re + b.re, a.im + b.im) }
  static func - (a: Complex, b: Complex) -> Complex { Complex(a.re - b.re, a.im - b.im) }
  static func * (a: Complex, b: Complex) -> Complex { Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re) }
  static func * (a: Double, b: Complex) -> Complex { Complex(a * b.re, a * b.im) }
  static prefix func - (a: Complex) -> Complex { Complex(-a.re, -a.im) }

  /// Smith's division: scaled, so that it neither overflows nor underflows early.
  static func / (a: Complex, b: Complex) -> Complex {
    if b.re.magnitude >= b.im.magnitude {
      let ratio = b.im / b.re
      let denominator = b.re + b.im * ratio
      return Complex((a.re + a.im * ratio) / denominator, (a.im - a.re * ratio) / denominator)
    }
    let ratio = b.re / b.im
    let denominator = b.re * ratio + b.im
    return Complex((a.re * ratio + a.im) / denominator, (a.im * ratio - a.re) / denominator)
  }

  var magnitude: Double { hypot(re, im) }

  /// i z.
  private var rotated: Complex { Complex(-im, re) }
  /// -i z.
  private var rotatedBack: Complex { Complex(im, -re) }

  var exponential: Complex {
    let scale = exp(re)
    return Complex(scale * cos(im), scale * sin(im))
  }

  /// exp(z) - 1.
  var exponentialMinusOne: Complex {
    let half = sin(im / 2)
    return Complex(expm1(re) * cos(im) - 2 * half * half, exp(re) * sin(im))
  }

  var logarithm: Complex { Complex(log(magnitude), atan2(im, re)) }

  /// log(1 + z).
  var logarithmOnePlus: Complex { Complex(0.5 * log1p(re * (2 + re) + im * im), atan2(im, 1 + re)) }

  var squareRoot: Complex {
    if re == 0 && im == 0 { return Complex(0, im) }
    let root = ((re.magnitude + magnitude) / 2).squareRoot()
    if re >= 0 { return Complex(root, im / (2 * root)) }
    return Complex(im.magnitude / (2 * root), im < 0 ? -root : root)
  }

  var sine: Complex { Complex(sin(re) * cosh(im), cos(re) * sinh(im)) }
  var cosine: Complex { Complex(cos(re) * cosh(im), -sin(re) * sinh(im)) }
  var tangent: Complex { sine / cosine }
  var hyperbolicSine: Complex { Complex(sinh(re) * cos(im), cosh(re) * sin(im)) }
  var hyperbolicCosine: Complex { Complex(cosh(re) * cos(im), sinh(re) * sin(im)) }

  var hyperbolicTangent: Complex {
    // Beyond 20 the real part is 1 to the last bit, and cosh^2 would overflow later.
    if re.magnitude > 20 { return Complex(re < 0 ? -1 : 1, 4 * sin(im) * cos(im) * exp(-2 * re.magnitude)) }
    return hyperbolicSine / hyperbolicCosine
  }

  var inverseSine: Complex {
    let left = (Complex.one - self).squareRoot
    let right = (Complex.one + self).squareRoot
    return Complex(atan2(re, left.re * right.re - left.im * right.im), asinh(left.re * right.im - left.im * right.re))
  }

  var inverseCosine: Complex {
    let left = (Complex.one - self).squareRoot
    let right = (Complex.one + self).squareRoot
    return Complex(2 * atan2(left.re, right.re), asinh(right.re * left.im - right.im * left.re))
  }

  var inverseHyperbolicCosine: Complex {
    let left = (self - Complex.one).squareRoot
    let right = (self + Complex.one).squareRoot
    return Complex(asinh(left.re * right.re + left.im * right.im), 2 * atan2(left.im, right.re))
  }

  var inverseHyperbolicTangent: Complex {
    let side = (1 - re) * (1 - re) + im * im
    return Complex(0.25 * log1p(4 * re / side), 0.5 * atan2(2 * im, (1 - re) * (1 + re) - im * im))
  }

  var inverseHyperbolicSine: Complex { rotated.inverseSine.rotatedBack }
  var inverseTangent: Complex { rotated.inverseHyperbolicTangent.rotatedBack }

  /// Repeated multiplication, so that a negative base keeps its sign and its precision.
  func raised(to exponent: Int) -> Complex {
    var result = Complex.one
    var square = self
    var remaining = exponent.magnitude
    while remaining > 0 {
      if remaining & 1 == 1 { result = result * square }
      remaining >>= 1
      if remaining > 0 { square = square * square }
    }
    return exponent < 0 ? Complex.one / result : result
  }
}
