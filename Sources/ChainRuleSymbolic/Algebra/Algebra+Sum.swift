extension Algebra {
  /// A sum under construction: each distinct term once, with its coefficient, in the order met.
  struct Collection {
    var constant = Number.zero
    var order: [Node] = []
    var coefficients: [ObjectIdentifier: Number] = [:]

    mutating func add(_ coefficient: Number, _ term: Node) {
      if let previous = coefficients[term.id] {
        coefficients[term.id] = previous + coefficient
      } else {
        order.append(term)
        coefficients[term.id] = coefficient
      }
    }
  }

  /// The canonical sum of canonical terms.
  func sum(_ terms: [Node]) -> Node {
    var collection = Collection()
    for term in terms {
      if term.head == .sum, spend(term.operands.count) {
        for inner in term.operands { add(inner, to: &collection) }
      } else {
        add(term, to: &collection)
      }
    }
    applyPythagoras(&collection)
    var operands: [Node] = []
    for term in collection.order {
      guard let coefficient = collection.coefficients[term.id] else { continue }
      // A term without a value does not vanish.
      if coefficient.isZero, isUndefined(term) { operands.append(term) }
      if !coefficient.isZero { operands.append(scaled(term, by: coefficient)) }
    }
    operands.sort { isOrdered(term: $0, before: $1) }
    if !collection.constant.isZero { operands.append(number(collection.constant)) }
    if operands.count == 2, isSubtracted(operands[0]), !isSubtracted(operands[1]) { operands.swapAt(0, 1) }
    switch operands.count {
    case 0: return zero
    case 1: return operands[0]
    default: return intern(.sum, operands)
    }
  }

  private func isSubtracted(_ term: Node) -> Bool {
    term.number?.isNegative ?? (term.head == .product && term.operands[0].number?.isNegative == true)
  }

  private func add(_ term: Node, to collection: inout Collection) {
    if let number = term.number {
      collection.constant = collection.constant + number
    } else {
      let (coefficient, rest) = coefficientAndRest(term)
      collection.add(coefficient, rest)
    }
  }

  /// A product's leading number, and the product without it.
  func coefficientAndRest(_ term: Node) -> (Number, Node) {
    guard term.head == .product, let coefficient = term.operands[0].number else { return (.one, term) }
    let rest = Array(term.operands.dropFirst())
    return (coefficient, rest.count == 1 ? rest[0] : intern(.product, rest))
  }

  /// A coefficient times a term that has none.
  private func scaled(_ term: Node, by coefficient: Number) -> Node {
    if coefficient.isOne { return term }
    if term.head == .sum { return product([number(coefficient), term]) }
    return intern(.product, [number(coefficient)] + (term.head == .product ? term.operands : [term]))
  }

  // MARK: sin^2 + cos^2 = 1, cosh^2 - sinh^2 = 1

  /// With c^2 + k s^2 = 1 (k is 1 for the circular, -1 for the hyperbolic pair): a c^2 R + k a s^2 R is a R, and a R - a c^2 R is k a s^2
  /// R.
  private func applyPythagoras(_ collection: inout Collection) {
    // Each rewriting removes a term, so the loop ends; very long sums are not searched.
    guard collection.order.count <= 1000 else { return }
    while rewriteOnce(&collection) {}
  }

  private static let pairs: [(cosine: Function, sine: Function, k: Number)] = [
    (.cosine, .sine, .one), (.hyperbolicCosine, .hyperbolicSine, .minusOne),
  ]

  private func rewriteOnce(_ collection: inout Collection) -> Bool {
    for term in collection.order {
      guard let coefficient = collection.coefficients[term.id], !coefficient.isZero, !isUndefined(term) else { continue }
      for (square, rest) in squares(in: term) {
        for (cosine, sine, k) in Self.pairs where square.head == .call(cosine) || square.head == .call(sine) {
          let isCosine = square.head == .call(cosine)
          let other = product([rest, power(call(isCosine ? sine : cosine, square.operands), integer(2))])
          if coefficient == k * (collection.coefficients[other.id] ?? .zero) {
            // a c^2 R + k a s^2 R = a R
            let total = isCosine ? coefficient : k * coefficient
            collection.coefficients[term.id] = .zero
            collection.coefficients[other.id] = .zero
            add(total, rest, to: &collection)
            return true
          }
          let plain = rest === one ? collection.constant : collection.coefficients[rest.id] ?? .zero
          // a R - a c^2 R = k a s^2 R, and a R - k a s^2 R = a c^2 R
          let total = isCosine ? -coefficient : -(k * coefficient)
          if plain == total {
            collection.coefficients[term.id] = .zero
            add(-total, rest, to: &collection)
            collection.add(isCosine ? k * total : total, other)
            return true
          }
        }
      }
    }
    return false
  }

  private func add(_ coefficient: Number, _ rest: Node, to collection: inout Collection) {
    if rest === one {
      collection.constant = collection.constant + coefficient
    } else {
      collection.add(coefficient, rest)
    }
  }

  /// The calls whose squares are factors of a term, each with the other factors.
  private func squares(in term: Node) -> [(call: Node, rest: Node)] {
    let factors = term.head == .product ? term.operands : [term]
    guard factors.count <= 16 else { return [] }
    return factors.indices.compactMap { index in
      guard factors[index].head == .power, factors[index].operands[1].number?.integer == 2, case .call = factors[index].operands[0].head
      else { return nil }
      var rest = factors
      rest.remove(at: index)
      return (factors[index].operands[0], rest.isEmpty ? one : rest.count == 1 ? rest[0] : intern(.product, rest))
    }
  }
}
