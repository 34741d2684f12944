import ChainRule
import ChainRuleNN
import Testing

/// Bounds that are NaN or cross, numbers read as types they do not fit in, and tensors of the wrong type as indices and masks: what
/// PyTorch 2.13 answers, in its words.
struct BoundsTests {
  private let x = Tensor([0.5, 2, -1]), n = Tensor([1, 2, 3])
  private let nan = Double.nan, inf = Double.infinity

  private func expect(_ text: String, _ body: () -> Void, sourceLocation: SourceLocation = #_sourceLocation) {
    let found = message(body)
    #expect(found == text, sourceLocation: sourceLocation)
  }

  private func allNaN(_ y: Tensor) -> Bool { y.doubles.allSatisfy(\.isNaN) }

  @Test func clamping() {
    #expect(
      allNaN(x.clamp(max: nan)) && allNaN(x.clamp(min: nan)) && allNaN(x.clamp(min: nan, max: 1)) && allNaN(x.clamp(min: 0, max: nan)))
    #expect(allNaN(n.clamp(max: nan)) && n.clamp(max: nan).dtype == .float32 && allNaN(x.to(.float64).clamp(min: nan)))
    #expect(allNaN(x.clamp(min: Tensor(nan), max: Tensor(1.0))) && x.clamp(min: 2, max: 1).doubles == [1, 1, 1])
    #expect(x.clamp(min: inf).doubles == [inf, inf, inf] && allNaN(x.hardtanh(min: nan, max: 1)) && allNaN(x.hardtanh(min: -1, max: nan)))
    #expect(x.hardtanh(min: 1, max: 1).doubles == [1, 1, 1])
    expect("min_val cannot be greater than max_val") { _ = x.hardtanh(min: 1, max: -1) }
    expect("cannot do hardtanh on an unsigned type with negative limits") { _ = n.to(.uint8).hardtanh() }
    expect("value cannot be converted to type int64_t without overflow") { _ = n.hardtanh(min: -1, max: nan) }
    expect("value cannot be converted to type int without overflow") { _ = n.to(.int32).hardtanh(min: -1, max: 0x1p40) }
    let w = Tensor([1.0, 5], requiresGrad: true)
    w.clamp(max: nan).sum().backward()
    #expect(w.grad!.doubles == [0, 0])
  }

  @Test func reading() {
    for (value, text) in [
      (nan, "cannot convert float NaN to integer"), (inf, "cannot convert float infinity to integer"),
      (-inf, "cannot convert float infinity to integer"), (1e300, "value cannot be converted to type int64 without overflow"),
      (0x1p63, "value cannot be converted to type int64 without overflow"),
    ] {
      let t = Tensor([value], dtype: .float64)
      expect(text) { _ = t.item(as: Int.self) }
      expect(text) { _ = Tensor([1, value], dtype: .float64).array(of: Int.self) }
    }
    expect("value cannot be converted to type uint8 without overflow") { _ = Tensor([300]).item(as: UInt8.self) }
    expect("value cannot be converted to type uint8 without overflow") { _ = Tensor([-1]).array(of: UInt8.self) }
    expect("value cannot be converted to type int32 without overflow") { _ = Tensor([1 << 40]).item(as: Int32.self) }
    #expect(Tensor([2.9, -2.9]).array(of: Int.self) == [2, -2] && Tensor([255]).item(as: UInt8.self) == 255)
    #expect(Tensor([nan]).item(as: Bool.self) && Tensor([-0x1p63], dtype: .float64).item(as: Int.self) == .min)
    #expect(Tensor([300]).item() == 300 && Tensor([1e300], dtype: .float64).item(as: Float.self) == .infinity)
  }

  @Test func making() {
    expect("value cannot be converted to type uint8 without overflow") { _ = Tensor([[1, 2], [3, 300]], dtype: .uint8) }
    expect("value cannot be converted to type int64 without overflow") { _ = Tensor([1e30, nan], dtype: .int64) }
    #expect(Tensor([-1, 255], dtype: .uint8).array(of: Int.self) == [255, 255] && Tensor([1e300]).item() == inf)
    #expect(Tensor.full([1], 0.5, dtype: .bool).item(as: Bool.self) && Tensor.full([1], nan, dtype: .bool).item(as: Bool.self))
    var v = Tensor([1, 2], dtype: .uint8)
    expect("value cannot be converted to type uint8_t without overflow") { v[0] = 300 }
    #expect(v.array(of: Int.self) == [1, 2])
    expect("to - 1 is out of bounds for unsigned char") { _ = Tensor.randint(0, 300, [3], dtype: .uint8) }
    expect("from is out of bounds for unsigned char") { _ = Tensor.randint(-1, 3, [3], dtype: .uint8) }
    expect("to - 1 is out of bounds for int") { _ = Tensor.randint(0, 1 << 40, [3], dtype: .int32) }
    #expect(Tensor.randint(255, 256, [1], dtype: .uint8).item() == 255 && Tensor.randint(.min, .max, [2]).count == 2)
  }

  @Test func ranges() {
    expect("unsupported range: 0 -> nan") { _ = Tensor.arange(0, nan) }
    expect("unsupported range: 0 -> inf") { _ = Tensor.arange(0, inf) }
    expect("step must be nonzero") { _ = Tensor.arange(0, 1, nan) }
    expect("step must be nonzero") { _ = Tensor.arange(0, 5, 0.5, dtype: .int64) }
    expect("upper bound and lower bound inconsistent with step sign") { _ = Tensor.arange(0, 1, -1) }
    expect("value cannot be converted to type int64_t without overflow") { _ = Tensor.arange(0, 1e30, 1e29, dtype: .int64) }
    #expect(Tensor.arange(0, 3, 0.5, dtype: .int32).array(of: Int.self) == [0, 0, 0, 0, 0, 0] && Tensor.arange(0, 1, inf).count == 0)
    #expect(
      Tensor.arange(0, Int.max, 1 << 62).array(of: Int.self) == [0, 1 << 62] && Tensor.arange(255, 257, dtype: .uint8).doubles == [255, 0])
    #expect(Tensor.arange(Int.max, Int.min, Int.min).array(of: Int.self) == [.max, -1])
    expect("value cannot be converted to type uint8_t without overflow") { _ = Tensor.linspace(0, 300, 4, dtype: .uint8) }
    #expect(Tensor.linspace(0, Int.max, 2, dtype: .int64).array(of: Int.self) == [0, .max] && allNaN(Tensor.linspace(0, nan, 3)))
    #expect(Tensor.linspace(-1.7e308, 1.7e308, 3, dtype: .float64).doubles == [-1.7e308, 0, 1.7e308])
  }

  @Test func distributions() {
    expect("uniform_ expects to return a [from, to) range, but found from=1 > to=0") { _ = Tensor.uniform([3], from: 1, to: 0) }
    expect("to is out of bounds for float") { _ = Tensor.uniform([3], from: 0, to: nan) }
    expect("from is out of bounds for float") { _ = Tensor.uniform([3], from: nan, to: 1) }
    expect("to is out of bounds for double") { _ = Tensor.uniform([3], from: 0, to: inf, dtype: .float64) }
    expect(
      "uniform_ expects to-from <= std::numeric_limits<Float>::max(), but found to=3e+38 and from=-3e+38 which result in to-from to exceed "
        + "the limit"
    ) { _ = Tensor.uniform([3], from: -3e38, to: 3e38) }
    #expect(Tensor.uniform([1], from: 2, to: 2).item() == 2)
    expect("normal expects std >= 0.0, but found std -1") { _ = Tensor.normal([3], std: -1) }
    expect("normal expects std >= 0.0, but found std nan") { _ = Tensor.normal([3], std: nan) }
    expect("bernoulli_ expects p to be in [0, 1], but got p=nan") { _ = Tensor.bernoulli([3], p: nan) }
    expect("dropout probability has to be between 0 and 1, but got nan") { _ = dropout(x, p: nan) }
    expect("dropout probability has to be between 0 and 1, but got 1.5") { _ = Dropout(1.5) }
    let q = Tensor([[1.0, 2]])
    expect("dropout probability has to be between 0 and 1, but got 2.0") { _ = scaledDotProductAttention(q, q, q, dropout: 2) }
    #expect(scaledDotProductAttention(q, q, q, dropout: 1).doubles == [0, 0])
  }

  @Test func tolerancesAndSmallNumbers() {
    expect("rtol must be greater than or equal to zero, but got -1") { _ = x.allClose(x, relative: -1) }
    expect("atol must be greater than or equal to zero, but got nan") { _ = x.isClose(x, absolute: nan) }
    expect("eps must be non-negative, got: -1") { _ = cosineSimilarity(x, x, dim: 0, eps: -1) }
    expect("eps must be non-negative, got: nan") { _ = cosineSimilarity(x, x, dim: 0, eps: nan) }
    expect("huber_loss does not support non-positive values for delta.") { _ = huberLoss(x, x, delta: nan) }
    expect("smooth_l1_loss does not support negative values for beta.") { _ = smoothL1Loss(x, x, beta: nan) }
    expect("label_smoothing must be between 0.0 and 1.0. Got: nan") { _ = crossEntropy(x, Tensor(0), labelSmoothing: nan) }
    expect("batch_norm eps must be positive during training, but got 0") { _ = batchNorm(x.reshaped(3, 1), eps: 0) }
    expect("value cannot be converted to type int64_t without overflow") { _ = interpolate(x.reshaped(1, 1, 3), scaleFactor: nan) }
    let w = Tensor([1.0, 2, 4], requiresGrad: true)
    w.var(correction: 5).backward()
    #expect(w.grad!.doubles == [inf, inf, inf])
  }

  /// Only integers are indices, and only truth values are masks; a subscript takes a uint8 tensor for a mask, as PyTorch does.
  @Test func indicesAndMasks() {
    let m = Tensor([[1.0, 2], [3, 4]])
    for (dtype, name, tensor, c) in [
      (DType.float32, "Float", "torch.FloatTensor", "float"), (.bool, "Bool", "CPUBoolType", "bool"),
      (.uint8, "Byte", "torch.ByteTensor", "unsigned char"),
    ] {
      let i = Tensor([0, 1]).to(dtype), j = i.reshaped(1, 2)
      expect("index_select(): Expected dtype int32 or int64 for index") { _ = m.indexSelect(dim: 0, index: i) }
      expect("index_select(): Expected dtype int32 or int64 for index") {
        _ = m.indexSelect(dim: 0, index: i.narrow(dim: 0, start: 0, count: 0))
      }
      expect("gather(): Expected dtype int32/int64 for index") { _ = m.gather(dim: 0, index: j) }
      expect("scatter(): Expected dtype int32/int64 for index") { _ = m.scatter(dim: 0, index: j, source: m) }
      expect("scatter(): Expected dtype int32/int64 for index") { _ = m.scatter(dim: 0, index: j, value: 5) }
      expect("scatter(): Expected dtype int32/int64 for index") { _ = m.scatterAdd(dim: 0, index: j, source: m) }
      expect("index_add_(): Expected dtype int32/int64 for index but got: \(name)") { _ = m.indexAdd(dim: 0, index: i, source: m) }
      expect("index_copy_(): Expected a long tensor for index, but got \(name)") { _ = m.indexCopy(dim: 0, index: i, source: m) }
      expect(
        "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got \(tensor) instead (while "
          + "checking arguments for embedding)"
      ) { _ = embedding(i, m) }
      expect("one_hot is only applicable to index tensor of type LongTensor.") { _ = i.oneHot() }
      expect("\"repeat_interleave_cpu\" not implemented for '\(name)'") { _ = m.repeatInterleave(i, dim: 0) }
      if dtype != .uint8 {
        expect("expected target dtype to be Long or Byte, but got \(name)") { _ = nllLoss(m, i) }
        expect("expected target dtype to be Long or Byte, but got \(name)") { _ = crossEntropy(m, i) }
      }
      if dtype != .bool {
        expect("masked_fill_ only supports boolean masks, but got mask with dtype \(c)") { _ = m.maskedFill(i, 5) }
        expect("masked_fill_ only supports boolean masks, but got mask with dtype \(c)") { _ = m.maskedFill(i, Tensor(5.0)) }
        expect("masked_select: expected BoolTensor for mask, but got \(name)") { _ = m.maskedSelect(i) }
        expect("masked_scatter_ only supports boolean masks, but got mask with dtype \(name)") { _ = m.maskedScatter(i, m) }
      }
    }
    let real = Tensor([0.9, 1.2])
    expect("tensors used as indices must be long, int, byte or bool tensors") { _ = m[real] }
    expect("tensors used as indices must be long, int, byte or bool tensors") { _ = m[.all, real] }
    expect("tensors used as indices must be long, int, byte or bool tensors") {
      var v = m
      v[real] = Tensor(9.0)
    }
    expect("where expected condition to be a boolean tensor, but got a tensor with dtype Float") { _ = Tensor.where(real, real, real) }
    let byte = Tensor([0, 1], dtype: .uint8)
    #expect(m[byte].doubles == [3, 4] && m[.all, byte].doubles == [2, 4] && m[Tensor([0, 1], dtype: .int32)].doubles == [1, 2, 3, 4])
    var v = Tensor([1.0, 2, 3])
    v[Tensor([1, 0, 7], dtype: .uint8)] = Tensor([5.0, 6])
    #expect(v.doubles == [5, 2, 6])
    expect(
      "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: long int and  query.dtype: float "
        + "instead."
    ) { _ = scaledDotProductAttention(m, m, m, mask: Tensor([[0, 1]])) }
  }
}
