import ChainRule
import Testing

/// Subscripts, read and written, against a naive model that looks at one element at a time.
struct IndexingTests {
  static let seed: UInt64 = 77_001

  /// One part of a subscript with what it picks of its dimensions.
  private enum Part {
    case at(Int)
    case slice(Int?, Int?, Int)
    case newAxis
    case ellipsis
    case indices(Tensor)
    case mask(Tensor)

    var index: any TensorIndex {
      switch self {
      case .at(let i): i
      case .slice(let a, let b, let step): IndexPart.slice(from: a, to: b, by: step)
      case .newAxis: IndexPart.newAxis
      case .ellipsis: IndexPart.ellipsis
      case .indices(let t), .mask(let t): t
      }
    }
  }

  /// For every element of the result, in row-major order, the flat position it comes from; and the result's shape.
  private func model(_ shape: [Int], _ parts: [Part]) -> (shape: [Int], positions: [Int]) {
    // Each axis of the view: how far one step along it moves, and the positions it visits.
    var strides = [Int](repeating: 1, count: shape.count)
    for d in shape.indices.dropLast().reversed() { strides[d] = strides[d + 1] * shape[d + 1] }
    let consumed = parts.reduce(0) { n, part in
      switch part {
      case .at, .slice, .indices: n + 1
      case .mask(let m): n + m.rank
      case .newAxis, .ellipsis: n
      }
    }
    var axes: [[Int]] = [], base = 0, d = 0
    // The advanced parts: offsets for each element of their common shape, and the axis they stand at.
    var advanced: [(axis: Int, shape: [Int], offsets: [Int])] = []
    func whole() {
      axes.append((0..<shape[d]).map { $0 * strides[d] })
      d += 1
    }
    for part in parts {
      switch part {
      case .at(let i):
        base += (i < 0 ? i + shape[d] : i) * strides[d]
        d += 1
      case .slice(let a, let b, let step):
        func bound(_ x: Int?, _ otherwise: Int) -> Int { x.map { min(max($0 < 0 ? $0 + shape[d] : $0, 0), shape[d]) } ?? otherwise }
        axes.append(Swift.stride(from: bound(a, 0), to: bound(b, shape[d]), by: step).map { $0 * strides[d] })
        d += 1
      case .newAxis: axes.append([0])
      case .ellipsis: for _ in 0..<(shape.count - consumed) { whole() }
      case .indices(let t):
        let offsets = t.array(of: Int.self).map { ($0 < 0 ? $0 + shape[d] : $0) * strides[d] }
        advanced.append((axes.count, t.shape, offsets))
        axes.append([])
        d += 1
      case .mask(let m):
        let size = m.shape
        let chosen = m.array(of: Bool.self).enumerated().filter(\.element).map(\.offset)
        let unit = strides[d + size.count - 1]
        advanced.append((axes.count, [chosen.count], chosen.map { $0 * unit }))
        for _ in size { axes.append([]) }
        d += size.count
      }
    }
    while d < shape.count { whole() }
    guard let first = advanced.first else { return combine(axes, base) }
    let lengths = advanced.map { part -> Int in
      guard case .mask(let m) = parts.first(where: { if case .mask(let m) = $0 { m.rank > 0 && part.shape.count == 1 } else { false } }),
        axes.count > part.axis + m.rank - 1, advanced.count == 1
      else { return 1 }
      return m.rank
    }
    // Adjacent advanced parts stand where they stood; others come first.
    var adjacent = true
    for (i, part) in advanced.enumerated().dropFirst() where part.axis != advanced[i - 1].axis + lengths[i - 1] { adjacent = false }
    let count = advanced.reduce(1) { max($0, $1.offsets.count) }
    let empty = advanced.contains { $0.offsets.isEmpty }
    let common = advanced.max { $0.shape.reduce(1, *) < $1.shape.reduce(1, *) }!.shape
    let offsets = empty ? [] : (0..<count).map { i in advanced.reduce(0) { $0 + $1.offsets[$1.offsets.count == 1 ? 0 : i] } }
    let shapeOfIndices = empty ? (advanced.first { $0.offsets.isEmpty }!).shape : common
    var rest: [[Int]] = [], place = 0
    let taken = Set(zip(advanced, lengths).flatMap { part, n in part.axis..<(part.axis + n) })
    for (i, axis) in axes.enumerated() where !taken.contains(i) {
      if i < first.axis { place += 1 }
      rest.append(axis)
    }
    rest.insert(offsets, at: adjacent ? place : 0)
    var result = combine(rest, base)
    result.shape.replaceSubrange((adjacent ? place : 0)...(adjacent ? place : 0), with: shapeOfIndices)
    return result
  }

  private func combine(_ axes: [[Int]], _ base: Int) -> (shape: [Int], positions: [Int]) {
    (axes.map(\.count), axes.reduce([base]) { found, axis in found.flatMap { p in axis.map { p + $0 } } })
  }

  /// A subscript for `shape`; index tensors hold every index at most once where `unique` asks for it.
  private func parts(_ shape: [Int], _ random: inout TestRandom, unique: Bool) -> [Part] {
    var result: [Part] = [], d = 0
    let advancedSize = random.below(3) + (random.bool() ? 0 : 1)
    var usedAdvanced = 0, ellipsis = false
    while d < shape.count {
      let n = shape[d]
      switch random.below(12) {
      case 0 where n > 0:
        result.append(.at(random.below(2 * n) - n))
      case 2, 3, 4:
        let a = random.below(2 * n + 3) - n - 1, b = random.below(2 * n + 3) - n - 1
        result.append(.slice(random.bool() ? a : nil, random.bool() ? b : nil, 1 + random.below(3)))
      case 5 where n > 0 && (!unique || usedAdvanced == 0):
        let start = random.below(n), size = unique ? min(advancedSize, n) : advancedSize
        result.append(.indices(Tensor((0..<size).map { ((start + $0) % n) - (random.bool() ? n : 0) })))
        usedAdvanced += 1
      case 7 where usedAdvanced == 0 && !result.contains { if case .indices = $0 { true } else { false } }:
        let rank = 1 + random.below(min(2, shape.count - d))
        result.append(.mask(random.tensor(Array(shape[d..<(d + rank)]), .mask)))
        usedAdvanced += 100
        d += rank - 1
      case 8 where !ellipsis:
        ellipsis = true
        result.append(.ellipsis)
        d += random.below(shape.count - d + 1) - 1
      case 9:
        result.append(.newAxis)
        d -= 1
      case 10 where !ellipsis: return result
      default: result.append(.slice(nil, nil, 1))
      }
      if case .indices = result.last, usedAdvanced > 100 {
        result.removeLast()
        d -= 1
      }
      d += 1
    }
    return result
  }

  private func subscripted(_ x: Tensor, _ parts: [Part]) -> Tensor {
    let p = parts.map(\.index)
    switch p.count {
    case 0: return x[.ellipsis]
    case 1: return x[p[0]]
    case 2: return x[p[0], p[1]]
    case 3: return x[p[0], p[1], p[2]]
    case 4: return x[p[0], p[1], p[2], p[3]]
    case 5: return x[p[0], p[1], p[2], p[3], p[4]]
    default: return x[p[0], p[1], p[2], p[3], p[4], p[5]]
    }
  }

  private func write(_ x: inout Tensor, _ parts: [Part], _ value: Tensor) {
    let p = parts.map(\.index)
    switch p.count {
    case 0: x[.ellipsis] = value
    case 1: x[p[0]] = value
    case 2: x[p[0], p[1]] = value
    case 3: x[p[0], p[1], p[2]] = value
    case 4: x[p[0], p[1], p[2], p[3]] = value
    case 5: x[p[0], p[1], p[2], p[3], p[4]] = value
    default: x[p[0], p[1], p[2], p[3], p[4], p[5]] = value
    }
  }

  private func sizes(_ random: inout TestRandom) -> [Int] {
    (0..<(1 + random.below(4))).map { _ in random.below(16) == 0 ? 0 : 1 + random.below(4) }
  }

  @Test func reads() {
    for round in 0..<4000 {
      var random = TestRandom(Self.seed, "read \(round)")
      let shape = sizes(&random)
      let chosen = parts(shape, &random, unique: false)
      guard chosen.count <= 6 else { continue }
      let x = random.tensor(shape)
      let source = random.bool() ? x : x.permuted(Array(shape.indices.reversed())).contiguous().permuted(Array(shape.indices.reversed()))
      let y = subscripted(source, chosen)
      let expected = model(shape, chosen)
      let values = x.doubles
      let note = "round \(round), seed \(Self.seed): \(shape)\(chosen)"
      #expect(y.shape == expected.shape && y.doubles == expected.positions.map { values[$0] }, "\(note)")
      if round % 4 == 0 {
        // The gradient counts how often an element was taken.
        let leaf = x.asLeaf()
        let seed = random.tensor(y.shape)
        subscripted(leaf, chosen).backward(gradient: seed)
        var counted = [Double](repeating: 0, count: x.count)
        for (p, g) in zip(expected.positions, seed.doubles) { counted[p] += g }
        let found = leaf.grad?.doubles ?? counted
        #expect(zip(found, counted).allSatisfy { abs($0 - $1) < 1e-12 }, "gradient: \(note)")
      }
    }
  }

  @Test func writes() {
    for round in 0..<2500 {
      var random = TestRandom(Self.seed, "write \(round)")
      let shape = sizes(&random)
      let chosen = parts(shape, &random, unique: true)
      guard chosen.count <= 6 else { continue }
      let expected = model(shape, chosen)
      let x = random.tensor(shape)
      // The whole value, one row of it, or one number.
      let form = random.below(3)
      let valueShape = form == 0 ? expected.shape : form == 1 ? Array(expected.shape.suffix(1)) : []
      let value = random.tensor(valueShape)
      let note = "round \(round), seed \(Self.seed): \(shape)\(chosen) = \(valueShape)"
      let leaf = x.asLeaf(), source = value.asLeaf()
      var y = leaf * 1
      let before = y
      write(&y, chosen, source)
      var model = x.doubles
      let flat = value.doubles
      for (i, p) in expected.positions.enumerated() { model[p] = flat[flat.isEmpty ? 0 : i % flat.count] }
      #expect(y.shape == shape && y.doubles == model && before.doubles == x.doubles, "\(note)")
      guard round % 4 == 0 else { continue }
      let seed = random.tensor(shape)
      y.backward(gradient: seed)
      var forX = seed.doubles, forValue = [Double](repeating: 0, count: flat.count)
      for (i, p) in expected.positions.enumerated() {
        forX[p] = 0
        forValue[i % max(flat.count, 1)] += seed.doubles[p]
      }
      #expect(leaf.grad!.doubles == forX, "gradient for the tensor: \(note)")
      let found = source.grad?.doubles ?? forValue
      #expect(zip(found, forValue).allSatisfy { abs($0 - $1) < 1e-12 }, "gradient for the value: \(note)")
    }
  }

  @Test func scalarsInAndOut() {
    var v = Tensor([1.0, 2, 3])
    let p: Float = v[0]
    let q: Int = Tensor([4, 5])[-1]
    v[1] = 5
    v[2] = Float(0.5)
    v[0] += 1.5
    #expect(p == 1 && q == 5 && v.doubles == [2.5, 5, 0.5])
    v[1...] = 0
    v[v .> 1] = 9
    #expect(v.doubles == [9, 0, 0])
  }

  @Test func ranges() {
    let x = Tensor.arange(6)
    func ints(_ t: Tensor) -> [Int] { t.array(of: Int.self) }
    #expect(ints(x[1..<3]) == [1, 2] && ints(x[1...3]) == [1, 2, 3] && ints(x[4...]) == [4, 5] && ints(x[..<2]) == [0, 1])
    #expect(ints(x[...1]) == [0, 1] && ints(x[(-2)...]) == [4, 5] && ints(x[...(-1)]) == [0, 1, 2, 3, 4, 5])
    #expect(ints(x[2..<100]) == [2, 3, 4, 5] && ints(x[(-3)..<(-1)]) == [3, 4] && x[5..<5].shape == [0])
    #expect(x[Tensor([[0, 1], [2, 3]])].shape == [2, 2] && x[Tensor(2)].shape == [] && x[Tensor([Int]())].shape == [0])
    #expect(Tensor.zeros(2, 3, 4)[Tensor([0, 1]), .all, Tensor([1, 2])].shape == [2, 3])
    #expect(Tensor.zeros(2, 3, 4)[.all, Tensor([0, 1]), Tensor([[1], [2], [3]])].shape == [2, 3, 2])
    #expect(Tensor(5.0)[.newAxis].shape == [1] && Tensor(5.0)[.ellipsis].shape == [] && Tensor(5.0)[Tensor(true)].shape == [1])
  }

  @Test func refusals() {
    let x = Tensor.zeros(2, 3)
    let cases: [(String, () -> Tensor)] = [
      ("index 5 is out of bounds for dimension 0 with size 2", { x[5] }),
      ("index -4 is out of bounds for dimension 1 with size 3", { x[.all, -4] }),
      ("too many indices for tensor of dimension 2", { x[0, 0, 0] }),
      ("an index can only have a single ellipsis ('...')", { x[.ellipsis, .ellipsis] }),
      ("index 7 is out of bounds for dimension 0 with size 2", { x[Tensor([0, 7])] }),
      (
        "The shape of the mask [3] at index 0 does not match the shape of the indexed tensor [2, 3] at index 0",
        {
          x[Tensor([true, false, true])]
        }
      ),
      ("step must be greater than zero", { x[.slice(by: 0)] }),
    ]
    for (expected, body) in cases { #expect(message { _ = body() } == expected) }
    var v = x
    #expect(
      message { v[0] = Tensor.zeros(4) }
        == "shape mismatch: value tensor of shape [4] cannot be broadcast to indexing result of shape [3]")
    #expect(message { v[Tensor([0, 7])] = Tensor(1.0) } != nil && v.doubles == x.doubles)
  }
}
