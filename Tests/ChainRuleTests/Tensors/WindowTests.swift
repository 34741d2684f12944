import ChainRule
import Testing

/// Windows and triangles of indices, against PyTorch 2.13's numbers in float64.
struct WindowTests {
  /// Of 5 numbers, of 6 that are symmetric, of 2 and of 1.
  private static let windows: [(name: String, make: @Sendable (Int, Bool, DType?) -> Tensor, numbers: [Double])] = [
    ("bartlett", { Tensor.bartlettWindow($0, periodic: $1, dtype: $2) }, [0.0, 0.4, 0.8, 0.7999999999999998, 0.3999999999999999]),
    (
      "blackman", { Tensor.blackmanWindow($0, periodic: $1, dtype: $2) },
      [0.0, 0.20077014326253045, 0.8492298567374694, 0.8492298567374696, 0.20077014326253056]
    ),
    (
      "hamming", { Tensor.hammingWindow($0, periodic: $1, dtype: $2) },
      [0.08000000000000002, 0.3978521825875242, 0.9121478174124757, 0.912147817412476, 0.3978521825875243]
    ),
    (
      "hann", { Tensor.hannWindow($0, periodic: $1, dtype: $2) },
      [0.0, 0.3454915028125263, 0.9045084971874737, 0.9045084971874737, 0.3454915028125264]
    ),
    (
      "kaiser", { Tensor.kaiserWindow($0, periodic: $1, dtype: $2) },
      [5.2773441320097665e-05, 0.10171968770956323, 0.7929398341014605, 0.7929398341014605, 0.10171968770956323]
    ),
  ]

  @Test func windowsArePyTorchs() throws {
    for (name, make, numbers) in Self.windows {
      let periodic = make(5, true, .float64), symmetric = make(6, false, .float64), first = numbers[0]
      #expect(distance(periodic, Tensor(numbers, dtype: .float64)) < 1e-15, "\(name)")
      #expect(distance(symmetric, Tensor(numbers + [first], dtype: .float64)) < 1e-15, "\(name)")
      #expect(distance(make(2, true, .float64), Tensor([first, 1], dtype: .float64)) < 1e-15, "\(name)")
      #expect(make(1, true, nil).equal(Tensor([1.0])) && make(0, true, nil).shape == [0] && make(3, true, .bfloat16).dtype == .bfloat16)
      #expect(throws: TensorError.self) { try catching { make(-1, true, nil) } }
      #expect(throws: TensorError.self) { try catching { make(3, true, .int64) } }
    }
    let expected: [Double] = [0.1355, 0.5635, 0.9424, 0.9424, 0.5635]
    #expect(distance(Tensor.kaiserWindow(5, beta: 3.5), Tensor(expected)) < 1e-4)
  }

  @Test func trianglesAreThoseOfAMask() throws {
    for rows in 0..<5 {
      for columns in 0..<5 {
        for offset in [-7, -2, -1, 0, 1, 3, 8, .min, .max] {
          let near = min(max(offset, -9), 9), ones = Tensor.ones(rows, columns)
          let lower = Tensor.trilIndices(rows, columns, offset: offset), upper = Tensor.triuIndices(rows, columns, offset: offset)
          #expect(lower.T.equal(ones.tril(near).nonzero()), "\(rows) \(columns) \(offset)")
          #expect(upper.T.equal(ones.triu(near).nonzero()), "\(rows) \(columns) \(offset)")
        }
      }
    }
    #expect(throws: TensorError.self) { try catching { Tensor.trilIndices(-1, 2) } }
    #expect(Tensor.trilIndices(1 << 40, 0).shape == [2, 0] && Tensor.triuIndices(1 << 40, 2).shape == [2, 3])
    #expect(throws: TensorError.self) { try catching { Tensor.trilIndices(1 << 40, 1 << 40) } }
  }
}
