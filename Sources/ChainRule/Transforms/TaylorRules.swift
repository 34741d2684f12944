import CKernels

/// An operation whose result's Taylor coefficients have a rule of their own.
protocol TaylorOperation: Operation {
  /// The coefficients of the result from number 1 to `order`; nil where the general rule does.
  ///
  /// - Parameters:
  ///   - x: for each input its coefficients from number 0 on; a constant has one.
  ///   - y: the result, which is coefficient 0.
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]?
}

// MARK: Sums and products

extension Taylor {
  /// The coefficients of the result of an operation that is linear but for a constant: those of the input alone; nil of another.
  static func linear(_ op: any Operation, _ x: [[Tensor]]) -> [Tensor]? {
    switch op {
    case let op as any LinearOperation: x[0].dropFirst().map { op.applyAny([$0])[0] }
    case let op as any LinearlyShifted: x[0].dropFirst().map { op.scaled($0) }
    case is Convert: x[0].dropFirst().map { op.applyAny([$0])[0] }
    default: nil
    }
  }

  /// Coefficient k of a product: the sum of x[i] w[k - i], of those that there are.
  static func product(_ x: [Tensor], _ w: [Tensor], _ k: Int, _ times: (Tensor, Tensor) -> Tensor = { $0 * $1 }) -> Tensor? {
    var sum: Tensor?
    for i in 0...k where i < x.count && k - i < w.count {
      let term = times(x[i], w[k - i])
      sum = sum.map { $0 + term } ?? term
    }
    return sum
  }

  static func products(_ x: [[Tensor]], _ y: Tensor, _ order: Int, _ times: (Tensor, Tensor) -> Tensor = { $0 * $1 }) -> [Tensor] {
    count(order).map { product(x[0], x[1], $0, times) ?? Tensor.zeros(like: y) }
  }

  static func count(_ order: Int) -> [Int] { order > 0 ? Array(1...order) : [] }

  /// The coefficients of y where y' = v x': of x, y and v number k is known from those before. `rate` gives number k of v from those of y.
  static func solution(_ x: [Tensor], _ y: Tensor, _ rate: (_ y: [Tensor], _ k: Int) -> Tensor) -> [Tensor] {
    var y = [y], rates: [Tensor] = []
    for k in count(x.count - 1) {
      rates.append(rate(y, k - 1))
      y.append(weighted(x, rates, k))
    }
    return Array(y.dropFirst())
  }

  /// The sum of j x[j] v[k - j] for j from 1 to k, by k.
  static func weighted(_ x: [Tensor], _ v: [Tensor], _ k: Int) -> Tensor {
    var sum = x[1] * v[k - 1]
    for j in 1..<k { sum = sum + x[j + 1] * v[k - j - 1] * Double(j + 1) }
    return k == 1 ? sum : sum / Double(k)
  }

  /// The coefficients of s, the first, and c, the second, where s' = c x' and c' = sign s x'.
  static func pair(_ x: [Tensor], _ s: Tensor, _ c: Tensor, sign: Double) -> (first: [Tensor], second: [Tensor]) {
    var s = [s], c = [c]
    for k in count(x.count - 1) {
      let next = (weighted(x, c, k), weighted(x, s, k) * sign)
      s.append(next.0)
      c.append(next.1)
    }
    return (Array(s.dropFirst()), Array(c.dropFirst()))
  }

  /// The coefficients of x^c, c any number: x y' = c y x'.
  static func power(_ x: [Tensor], _ y: Tensor, _ c: Double) -> [Tensor] {
    var y = [y]
    for k in count(x.count - 1) {
      var sum = x[1] * y[k - 1] * (c - Double(k - 1))
      for j in 1..<k {
        let weight: Double = c * Double(j + 1) - Double(k - j - 1)
        sum = sum + x[j + 1] * y[k - j - 1] * weight
      }
      y.append(sum / (x[0] * Double(k)))
    }
    return Array(y.dropFirst())
  }

  /// The coefficients of n / d: n = y d.
  static func quotient(_ n: [Tensor], _ d: [Tensor], _ y: Tensor, _ order: Int) -> [Tensor] {
    var y = [y]
    for k in count(order) {
      let rest = product(y, [Tensor.zeros(like: d[0])] + d.dropFirst(), k)
      let numerator = k < n.count ? rest.map { n[k] - $0 } ?? n[k] : rest.map { -$0 } ?? Tensor.zeros(like: y[0])
      y.append(numerator / d[0])
    }
    return Array(y.dropFirst())
  }
}

extension Add: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? {
    Taylor.count(order).map { k in Rules.sum(k < x[0].count ? x[0][k] : nil, k < x[1].count ? x[1][k] : nil) }
  }
}

extension Subtract: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? {
    Taylor.count(order).map { k in Rules.sum(k < x[0].count ? x[0][k] : nil, k < x[1].count ? -x[1][k] : nil) }
  }
}

extension Multiply: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.products(x, y, order) }
}

extension Matmul: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.products(x, y, order) { self($0, $1) } }
}

extension MatrixVector: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.products(x, y, order) { self($0, $1) } }
}

extension Dot: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.products(x, y, order) { self($0, $1) } }
}

extension LinearMap: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? {
    Taylor.count(order).map { k in
      let product = Taylor.product(x[0], x[1], k) { $0.matmul($1.T) }, bias = x.count > 2 && k < x[2].count ? x[2][k] : nil
      return product == nil && bias == nil ? Tensor.zeros(like: y) : Rules.sum(product, bias)
    }
  }
}

extension Divide: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.quotient(x[0], x[1], y, order) }
}

extension Reciprocal: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.quotient([], x[0], y, order) }
}

// MARK: Elementary functions

extension Exp: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.solution(x[0], y) { y, k in y[k] } }
}

extension Log: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? {
    // y' is x' by x: one division of series, integrated.
    let rates = x[0].indices.dropFirst().map { x[0][$0] * Double($0) }
    guard let first = rates.first else { return [] }
    let start = first / x[0][0]
    return ([start] + Taylor.quotient(rates, x[0], start, order - 1)).enumerated().map { $1 / Double($0 + 1) }
  }
}

extension SquareRoot: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? {
    // y y = x.
    var y = [y]
    for k in Taylor.count(order) {
      var inner = x[0][k]
      for j in 1..<k { inner = inner - y[j] * y[k - j] }
      y.append(inner / (y[0] * 2))
    }
    return Array(y.dropFirst())
  }
}

extension ReciprocalRoot: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.power(x[0], y, -0.5) }
}

extension PowerScalar: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? {
    let c = exponent.real
    // Of a small whole exponent by products, which are right at 0 too.
    guard c == c.rounded(), (0...16).contains(c) else { return Taylor.power(x[0], y, c) }
    var power = [Tensor.ones(like: y)]
    for _ in 0..<Int(c) { power = (0...order).map { Taylor.product(power, x[0], $0) ?? Tensor.zeros(like: y) } }
    return (1..<order + 1).map { c == 0 ? Tensor.zeros(like: y) : power[$0] }
  }
}

extension ScalarPower: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? {
    base.real > 0 ? Taylor.solution(x[0], y) { y, k in y[k] * cr_log_f64(base.real) } : nil
  }
}

extension Sine: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.pair(x[0], y, x[0][0].cos(), sign: -1).first }
}

extension Cosine: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.pair(x[0], x[0][0].sin(), y, sign: -1).second }
}

extension HyperbolicSine: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.pair(x[0], y, x[0][0].cosh(), sign: 1).first }
}

extension HyperbolicCosine: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? { Taylor.pair(x[0], x[0][0].sinh(), y, sign: 1).second }
}

extension Tangent: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? {
    // y' = (1 + y^2) x'.
    Taylor.solution(x[0], y) { y, k in k == 0 ? y[0] * y[0] + 1 : Taylor.product(y, y, k) ?? y[0] }
  }
}

extension HyperbolicTangent: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? {
    Taylor.solution(x[0], y) { y, k in k == 0 ? 1 - y[0] * y[0] : Taylor.product(y, y, k).map { -$0 } ?? y[0] }
  }
}

extension Sigmoid: TaylorOperation {
  func taylor(_ x: [[Tensor]], _ y: Tensor, order: Int) -> [Tensor]? {
    // y' = (y - y^2) x'.
    Taylor.solution(x[0], y) { y, k in k == 0 ? y[0] * (1 - y[0]) : Taylor.product(y, y, k).map { y[k] - $0 } ?? y[0] }
  }
}
