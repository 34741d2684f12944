/// The derivatives of a function along a curve, up to the order asked for, in one run: Taylor mode, as `jax.experimental.jet`.
///
///     let (y, series) = jet({ $0.sin() }, x, series: [one, zero, zero])    // cos x, -sin x, -cos x
///
/// The curve is x(t) with x(0) = x and the derivatives `series` at t = 0: velocity, acceleration, and so on. What is returned are f(x) and
/// the derivatives of f(x(t)) at t = 0. Sums, products, quotients and the elementary functions have recurrences (Griewank and Walther
/// 2008, "Evaluating derivatives", chapter 13), which take time in proportion to the square of the order; of every other operation the
/// tangent rule is taken to higher order.
///
/// - Parameters:
///   - f: the function.
///   - x: where the curve is at t = 0.
///   - series: the curve's derivatives there, each in the shape of `x`.
public func jet(_ f: (Tensor) -> Tensor, _ x: Tensor, series: [Tensor]) -> (value: Tensor, series: [Tensor]) {
  let derivatives = Taylor.derivatives({ [f($0[0])] }, [x], series.map { [$0] })
  return (derivatives[0][0], derivatives.dropFirst().map { $0[0] })
}

/// The derivatives of a function from trees to trees along a curve, up to the order asked for.
///
/// - Parameters:
///   - f: the function.
///   - x: where the curve is at t = 0.
///   - series: the curve's derivatives there, each a tree of the form of `x`.
@_disfavoredOverload
public func jet<Input: TensorTree, Output: TensorTree>(
  _ f: (Input) -> Output, _ x: Input, series: [Input]
) -> (value: Output, series: [Output]) {
  let parts = series.map { TreeForm.tensors(of: $0, like: x, "jet", "the derivatives of the curve") ?? x.tensors }
  let (derivatives, output) = TreeForm.flattened(f, x) { Taylor.derivatives($0, x.tensors, parts) }
  return (output.replacingTensors(derivatives[0]), derivatives.dropFirst().map(output.replacingTensors))
}

/// A value with its Taylor coefficients along a curve, inside the `jet` of this level: number k is the k-th derivative by k!.
///
/// One with fewer coefficients than others is known to a lower order; a tensor without any is constant.
final class Series: Wrapper {
  let terms: [Tensor]
  var order: Int { terms.count - 1 }

  init(level: Int, terms: [Tensor]) {
    self.terms = terms
    super.init(level: level)
  }
}

extension Levels {
  static func series(_ terms: [Tensor], level: Int) -> Tensor {
    Tensor(TensorBox.wrapping(Series(level: level, terms: terms), terms[0].internalShape, terms[0].dtype))
  }
}

/// Taylor mode under the functions above.
enum Taylor {
  /// The value and the derivatives of `f` along the curve: for each order, for each output.
  static func derivatives(_ f: ([Tensor]) -> [Tensor], _ x: [Tensor], _ series: [[Tensor]]) -> [[Tensor]] {
    // After an error `f` runs on what is there, to show how many results it has.
    let fits = !isErrorPending && series.allSatisfy { part in zip(x, part).allSatisfy { Forward.fits($0, $1, "jet") } }
    return Modes.atNewLevel { _, level in
      let curves = x.indices.map { i in
        var terms = [Levels.settled(x[i])], factorial = 1.0
        guard fits else { return terms[0] }
        for (k, part) in series.enumerated() {
          factorial *= Double(k + 1)
          terms.append(Levels.settled(part[i]).to(x[i].dtype) / factorial)
        }
        return Levels.series(terms, level: level)
      }
      let outputs = f(curves).map { Levels.left($0, limit: 2 * level) }
      if isErrorPending { return (0...series.count).map { _ in outputs.map { _ in .poison } } }
      let terms = outputs.map { Levels.wrapper($0, Series.self, level: level)?.terms ?? [$0] }
      var factorial = 1.0
      return (0...series.count).map { k in
        factorial *= Double(max(k, 1))
        return terms.map { k < $0.count ? (k < 2 ? $0[k] : $0[k] * factorial) : Tensor.zeros(like: $0[0]) }
      }
    }
  }

  /// Applies an operation below to the values, and its recurrence, below as well, to the coefficients.
  static func apply(_ op: any Operation, _ inputs: [Tensor], level: Int) -> [Tensor] {
    let series = inputs.map { Levels.wrapper($0, Series.self, level: level) }
    let order = series.compactMap { $0?.order }.min() ?? 0
    let x = zip(inputs, series).map { input, series in series.map { Array($0.terms[...order]) } ?? [input] }
    let values = x.map { $0[0] }, outputs = op.applyAny(values)
    if isErrorPending || !outputs.contains(where: { $0.dtype.isFloatingPoint }) { return outputs }
    if let terms = linear(op, x) ?? (op as? any TaylorOperation)?.taylor(x, outputs[0], order: order) {
      return [Levels.series([outputs[0]] + terms.map { $0.fitted(like: outputs[0]) }, level: level)]
    }
    return general(op, x, outputs, order, level)
  }

  /// The result's derivative by t is the tangent rule applied to that of the inputs. The rule runs on series itself; where it reads the
  /// result, each run gives one more coefficient of that.
  private static func general(_ op: any Operation, _ x: [[Tensor]], _ outputs: [Tensor], _ order: Int, _ level: Int) -> [Tensor] {
    var known = outputs.map { [$0] }, isConstant = outputs.map { !$0.dtype.isFloatingPoint }, reached = 0
    let points = x.map { $0.count > 1 ? Levels.series(Array($0.dropLast()), level: level) : $0[0] }
    let rates = x.map { terms in
      terms.count > 1 ? Levels.series((1..<terms.count).map { terms[$0] * Double($0) }, level: level) : nil
    }
    while reached < order {
      let y = zip(known, isConstant).map { $1 ? $0[0] : Levels.series($0, level: level) }
      let tangents = op.jvpAny(rates, points, y)
      if isErrorPending { return outputs }
      let parts = zip(tangents, outputs).map { rate, y in rate.map { Levels.wrapper($0, Series.self, level: level)?.terms ?? [$0] } }
      // A rate that is no series does not change.
      let lengths = zip(tangents, parts).compactMap { rate, part in
        rate.flatMap { Levels.wrapper($0, Series.self, level: level) == nil ? nil : part?.count }
      }
      let next = min(order, max(lengths.min() ?? order, reached + 1))
      for i in outputs.indices where !isConstant[i] {
        guard let part = parts[i] else {
          isConstant[i] = true
          continue
        }
        for k in reached..<next {
          known[i].append((k < part.count ? part[k] / Double(k + 1) : Tensor.zeros(like: outputs[i])).fitted(like: outputs[i]))
        }
      }
      reached = next
    }
    return zip(known, isConstant).map { $1 ? $0[0] : Levels.series($0, level: level) }
  }
}
