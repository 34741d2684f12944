import CKernels

/// Parts of tensors, read and written.
enum Slicing {
  static let catalog: [OperationInfo] = [Slice.info, Select.info, PutRegion.info] + composed
}

/// Every `step`-th element from `start` along a dimension: a view.
struct Slice: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "slice", "Part of a dimension.", call: "x[1..<3]", formula: "x[start..<end, step]", derivative: "dy at its place, else 0",
    shapes: "[a, b] -> [c, b]",
    samples: [
      OperationSample("range", [.init([4, 3])]) { $0[0][1..<3] },
      OperationSample("open", [.init([3, 4])]) { $0[0][.all, 1...] },
      OperationSample("empty", [.init([3])]) { $0[0][2..<2] },
    ])
  let dim: Int
  let start: Int
  let count: Int
  let step: Int
  /// The size of the whole dimension, for the way back.
  let size: Int
  var nodeName: String { "SliceBackward0" }
  var attributes: [(name: String, value: String)] {
    [("dim", "\(dim)"), ("start", "\(start)"), ("end", "\(start + count * step)"), ("step", "\(step)")]
  }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let strides = x.box.strides
    return Tensor(
      x.box.view(
        x.box.shape.replacing(dim, with: count), strides: strides.replacing(dim, with: strides[dim] * step),
        offset: count == 0 ? 0 : start * strides[dim]))
  }
  func transpose(_ dy: Tensor) -> Tensor {
    var parts = dy.shape.map { Region.Part.slice(start: 0, count: $0, step: 1) }
    parts[dim] = .slice(start: start, count: count, step: step)
    return PutRegion(region: Region(parts: parts))(
      Tensor.zeros(dy.internalShape.replacing(dim, with: size).array, dtype: dy.dtype), dy)
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor {
    Slice(dim: dim + 1, start: start, count: count, step: step, size: size)(x)
  }
}

/// One index of a dimension, which is dropped: a view.
struct Select: LinearOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "select", "One index of a dimension.", call: "x[1]", formula: "x[i]", derivative: "dy at its place, else 0", shapes: "[a, b] -> [b]",
    samples: [
      OperationSample("first", [.init([3, 4])]) { $0[0][1] },
      OperationSample("last", [.init([3, 4])]) { $0[0][.ellipsis, -1] },
    ])
  let dim: Int
  let index: Int
  let size: Int
  var nodeName: String { "SelectBackward0" }
  var attributes: [(name: String, value: String)] { [("dim", "\(dim)"), ("index", "\(index)")] }

  func forward(_ x: Tensor) throws(TensorError) -> Tensor {
    let strides = x.box.strides
    return Tensor(x.box.view(x.box.shape.removing(dim), strides: strides.removing(dim), offset: index * strides[dim]))
  }
  func transpose(_ dy: Tensor) -> Tensor {
    Slice(dim: dim, start: index, count: 1, step: 1, size: size).transpose(dy.unsqueezed(dim))
  }
  func batch(_ x: Tensor) throws(TensorError) -> Tensor { Select(dim: dim + 1, index: index, size: size)(x) }
}

/// What a basic subscript takes of each dimension.
struct Region: Sendable {
  enum Part: Sendable {
    case at(Int)
    case slice(start: Int, count: Int, step: Int)

    /// As Python writes it: the dimension's elements from `start`, up to but not including `end`.
    var text: String {
      switch self {
      case .at(let index): "\(index)"
      case .slice(let start, let count, let step): "\(start):\(start + count * step)" + (step == 1 ? "" : ":\(step)")
      }
    }
  }
  let parts: [Part]

  /// The sizes of the region, selected dimensions dropped.
  var result: Shape {
    Shape(
      parts.compactMap { part in
        if case .slice(_, let count, _) = part { return count }
        return nil
      })
  }

  /// Where the region lies in a tensor of these strides: its sizes, its strides and its first element.
  func place(_ strides: Shape) -> (shape: Shape, strides: Shape, offset: Int) {
    var shape: [Int] = [], steps: [Int] = [], offset = 0
    for (d, part) in parts.enumerated() {
      switch part {
      case .at(let i): offset += i * strides[d]
      case .slice(let start, let count, let step):
        if count > 0 { offset += start * strides[d] }
        shape.append(count)
        steps.append(step * strides[d])
      }
    }
    return (Shape(shape), Shape(steps), offset)
  }

  /// One part of dimension `dim` of `x`; the whole of it is `x` itself.
  static func take(_ part: Part, _ x: Tensor, dim: Int) -> Tensor {
    let size = x.size(dim)
    switch part {
    case .at(let i): return Select(dim: dim, index: i, size: size)(x)
    case .slice(let start, let count, let step):
      if start == 0, count == size, step == 1 { return x }
      return Slice(dim: dim, start: start, count: count, step: step, size: size)(x)
    }
  }

  /// The region of `x`.
  func take(_ x: Tensor) -> Tensor {
    var view = x, dim = 0
    for part in parts {
      view = Region.take(part, view, dim: dim)
      if case .slice = part { dim += 1 }
    }
    return view
  }

  func behindBatch(_ size: Int) -> Region { Region(parts: [.slice(start: 0, count: size, step: 1)] + parts) }
}

/// The first tensor with a region replaced by the second.
struct PutRegion: BinaryOperation {
  static var takesNarrow: Bool { true }
  static let info = OperationInfo(
    "x[...] = w", "A tensor with part of it replaced.", call: "x[1..<3] = w", formula: "x with x[region] = w",
    derivative: "dy with 0 in the region for x, the region of dy for w", shapes: "[a, b], [c, b] -> [a, b]",
    samples: [
      OperationSample("rows", [.init([4, 3]), .init([2, 3])]) { x in
        var v = x[0].clone()
        v[1..<3] = x[1]
        return v
      },
      OperationSample("element", [.init([3, 3]), .init([])]) { x in
        var v = x[0].clone()
        v[1, 2] = x[1]
        return v
      },
      OperationSample("broadcast column", [.init([3, 4]), .init([3])]) { x in
        var v = x[0].clone()
        v[.all, -1] = x[1]
        return v
      },
    ])
  let region: Region
  var nodeName: String { "CopySlices" }
  var attributes: [(name: String, value: String)] { [("region", "[\(region.parts.map(\.text).joined(separator: ", "))]")] }
  func saves(needsX: Bool, needsW: Bool) -> Saves { [] }

  func forward(_ x: Tensor, _ w: Tensor) throws(TensorError) -> Tensor {
    let result = try Tensor.copied(x)
    let place = region.place(result.box.strides)
    result.box.write(try w.converted(to: x.dtype).box, place.shape, strides: place.strides, offset: place.offset)
    return result
  }

  func vjp(_ dy: Tensor, _ s: Saved) -> (Tensor?, Tensor?) {
    (s.needsX ? self(dy, Tensor.zeros(region.result.array, dtype: dy.dtype)) : nil, s.needsW ? region.take(dy) : nil)
  }

  func jvp(_ dx: Tensor?, _ dw: Tensor?, _ s: Saved) -> Tensor {
    self(dx ?? Tensor.zeros(like: s.y), dw ?? Tensor.zeros(region.result.array, dtype: s.y.dtype))
  }

  func batch(_ x: Tensor, _ w: Tensor, _ xBatched: Bool, _ wBatched: Bool, size: Int) throws(TensorError) -> Tensor {
    return PutRegion(region: region.behindBatch(size))(x.whole(xBatched, size), w.whole(wBatched, size))
  }
}

extension Slicing {
  /// What is composed of the family's operations.
  static let composed: [OperationInfo] = [
    OperationInfo(
      "narrow", "A number of elements of a dimension from a start.", call: "x.narrow(dim: 0, start: 1, count: 2)", formula: "x[s..<s + n]",
      derivative: "dy in its place, else 0", shapes: "[a, b] -> [n, b]",
      samples: [
        .init("", [.init([4, 3])]) { $0[0].narrow(dim: 0, start: 1, count: 2) },
        .init("empty", [.init([2, 3])]) { $0[0].narrow(dim: 1, start: 3, count: 0) },
      ])
  ]
}
