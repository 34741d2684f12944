/// What can stand in a tensor's subscript: numbers, ranges, `.all`, `.ellipsis`, `.newAxis`, masks and index tensors.
public protocol TensorIndex {
  /// The index in the one form the subscript works with.
  var indexPart: IndexPart { get }
}

/// One part of a subscript.
public struct IndexPart: TensorIndex, Sendable {
  enum Kind: Sendable {
    case at(Int)
    case slice(start: Int?, end: Int?, step: Int)
    case newAxis
    case ellipsis
    case tensor(Tensor)
  }
  let kind: Kind
  /// The part itself.
  public var indexPart: IndexPart { self }
}

extension TensorIndex where Self == IndexPart {
  /// A whole dimension.
  public static var all: IndexPart { IndexPart(kind: .slice(start: nil, end: nil, step: 1)) }
  /// As many whole dimensions as are left.
  public static var ellipsis: IndexPart { IndexPart(kind: .ellipsis) }
  /// A new dimension of size 1.
  public static var newAxis: IndexPart { IndexPart(kind: .newAxis) }
  /// Every `step`-th element of part of a dimension; negative bounds count from the end.
  public static func slice(from start: Int? = nil, to end: Int? = nil, by step: Int = 1) -> IndexPart {
    IndexPart(kind: .slice(start: start, end: end, step: step))
  }
}

extension Int: TensorIndex {
  /// One index of a dimension, which is dropped; negative ones count from the end.
  public var indexPart: IndexPart { IndexPart(kind: .at(self)) }
}
extension Range<Int>: TensorIndex {
  /// Part of a dimension.
  public var indexPart: IndexPart { IndexPart(kind: .slice(start: lowerBound, end: upperBound, step: 1)) }
}
extension ClosedRange<Int>: TensorIndex {
  /// Part of a dimension, the upper bound included.
  public var indexPart: IndexPart {
    IndexPart(kind: .slice(start: lowerBound, end: upperBound == -1 || upperBound == .max ? nil : upperBound + 1, step: 1))
  }
}
extension PartialRangeFrom<Int>: TensorIndex {
  /// A dimension from a bound on.
  public var indexPart: IndexPart { IndexPart(kind: .slice(start: lowerBound, end: nil, step: 1)) }
}
extension PartialRangeUpTo<Int>: TensorIndex {
  /// A dimension up to, not including, a bound.
  public var indexPart: IndexPart { IndexPart(kind: .slice(start: nil, end: upperBound, step: 1)) }
}
extension PartialRangeThrough<Int>: TensorIndex {
  /// A dimension through a bound.
  public var indexPart: IndexPart {
    IndexPart(kind: .slice(start: nil, end: upperBound == -1 || upperBound == .max ? nil : upperBound + 1, step: 1))
  }
}
extension Tensor: TensorIndex {
  /// A mask (bool) or indices (integers).
  public var indexPart: IndexPart { IndexPart(kind: .tensor(self)) }
}
