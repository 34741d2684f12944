import CKernels

// Windows of signal processing, computed in their own type in PyTorch's order, so that the digits are its.
//
// A periodic window of n numbers is the symmetric one of n + 1 without its last: what a Fourier transform wants.
extension Tensor {
  /// Hann's window: 1/2 - 1/2 cos(2 pi i / (n - 1)). PyTorch's `torch.hann_window`.
  ///
  /// - Parameters:
  ///   - count: how many numbers, n; one number is 1.
  ///   - periodic: whether it is that of n + 1 without the last; else it is symmetric.
  ///   - dtype: a floating-point type.
  /// - Returns: [n].
  ///
  /// Traps, and throws inside `catching`, where `count` is negative and where the type is none of a real number.
  public static func hannWindow(_ count: Int, periodic: Bool = true, dtype: DType? = nil) -> Tensor {
    window("hann_window", count, periodic, dtype) { raisedCosine($0, $1, 0.5, 0.5) }
  }

  /// Hamming's window: alpha - beta cos(2 pi i / (n - 1)), of [n]; see `hannWindow`. PyTorch's `torch.hamming_window`.
  public static func hammingWindow(
    _ count: Int, periodic: Bool = true, alpha: Double = 0.54, beta: Double = 0.46, dtype: DType? = nil
  ) -> Tensor {
    window("hamming_window", count, periodic, dtype) { raisedCosine($0, $1, alpha, beta) }
  }

  /// Blackman's window: 0.42 - 0.5 cos(2 pi i / (n - 1)) + 0.08 cos(4 pi i / (n - 1)), of [n]; see `hannWindow`. PyTorch's
  /// `torch.blackman_window`.
  public static func blackmanWindow(_ count: Int, periodic: Bool = true, dtype: DType? = nil) -> Tensor {
    window("blackman_window", count, periodic, dtype) { i, last in
      let turn = i * (Double.pi / last)
      return (turn * 4).cos() * 0.08 - (turn * 2).cos() * 0.5 + 0.42
    }
  }

  /// Bartlett's window, a triangle: 1 - |2 i / (n - 1) - 1|, of [n]; see `hannWindow`. PyTorch's `torch.bartlett_window`.
  public static func bartlettWindow(_ count: Int, periodic: Bool = true, dtype: DType? = nil) -> Tensor {
    window("bartlett_window", count, periodic, dtype) { i, last in
      let rising = i * (2 / last), falling = rising * -1 + 2
      return Tensor.where(i .<= (last / 2).rounded(.down), rising, falling)
    }
  }

  /// Kaiser's window: I0(beta sqrt(1 - (2 i / (n - 1) - 1)^2)) / I0(beta), of [n]; see `hannWindow`. PyTorch's `torch.kaiser_window`.
  public static func kaiserWindow(_ count: Int, periodic: Bool = true, beta: Double = 12, dtype: DType? = nil) -> Tensor {
    window("kaiser_window", count, periodic, dtype) { i, last in
      let x = i * (2 / last) - 1
      return ((1 - x * x).clamp(min: 0).sqrt() * beta).i0() / Tensor(beta, dtype: i.dtype).i0()
    }
  }

  /// The symmetric window over the numbers 0, 1, ..., of which `make` is given the last too.
  private static func window(
    _ name: String, _ count: Int, _ periodic: Bool, _ dtype: DType?, _ make: (_ i: Tensor, _ last: Double) -> Tensor
  ) -> Tensor {
    let type = dtype ?? defaultDType
    func refused(_ kind: TensorError.Kind, _ message: String, _ hint: String) -> Tensor {
      fail(TensorError(kind, message, hint: hint, operation: name))
    }
    guard type.isFloatingPoint else {
      return refused(.dtype, "\(name) expects floating point dtypes, got: \(type.name)", "Use float32 or float64.")
    }
    guard count >= 0, count < .max else {
      return refused(.argument, "\(name) requires non-negative window_length, got window_length=\(count)", "It is the number of elements.")
    }
    if count < 2 { return ones([count], dtype: type) }
    return noGrad {
      let all = periodic ? count + 1 : count, i = arange(all, dtype: type)
      let whole = isErrorPending ? i : make(i, Double(all - 1))
      return periodic && !isErrorPending ? whole.narrow(dim: 0, start: 0, count: count).contiguous() : whole
    }
  }

  private static func raisedCosine(_ i: Tensor, _ last: Double, _ alpha: Double, _ beta: Double) -> Tensor {
    (i * (2 * Double.pi / last)).cos() * -beta + alpha
  }

  // MARK: Triangles

  /// The rows and the columns of the elements on and below a diagonal of a matrix, row by row. PyTorch's `torch.tril_indices`.
  ///
  ///     let places = Tensor.trilIndices(3, 3)    // [[0, 1, 1, 2, 2, 2], [0, 0, 1, 0, 1, 2]]
  ///
  /// - Parameters:
  ///   - rows: the matrix's rows.
  ///   - columns: its columns.
  ///   - offset: which diagonal: 0 the main one, above 0 those above it.
  /// - Returns: [2, n] int64.
  ///
  /// Traps, and throws inside `catching`, where a size is negative.
  public static func trilIndices(_ rows: Int, _ columns: Int, offset: Int = 0) -> Tensor {
    triangle("tril_indices", rows, columns, offset, isLower: true)
  }

  /// The same of the elements on and above a diagonal; see `trilIndices`. PyTorch's `torch.triu_indices`.
  public static func triuIndices(_ rows: Int, _ columns: Int, offset: Int = 0) -> Tensor {
    triangle("triu_indices", rows, columns, offset, isLower: false)
  }

  private static func triangle(_ name: String, _ rows: Int, _ columns: Int, _ offset: Int, isLower: Bool) -> Tensor {
    orFail([]) { () throws(TensorError) in
      for (size, value) in [("row", rows), ("col", columns)] where value < 0 {
        throw TensorError(.argument, "\(size) must be non-negative, got \(value)", hint: "Sizes are 0 or more.", operation: name)
      }
      let (all, overflow) = rows.multipliedReportingOverflow(by: columns)
      guard !overflow, all <= .max / 4 else {
        throw TensorError(.argument, "a matrix of \(rows) rows and \(columns) columns is too large", hint: "Take less.", operation: name)
      }
      // Below the diagonal a row has one element more than the row before, from none up to all columns; above it is the rest.
      let diagonal = Swift.min(Swift.max(offset, -rows - 1), columns + 1) + (isLower ? 1 : 0)
      func below(_ row: Int) -> Int { Swift.min(Swift.max(row + diagonal, 0), columns) }
      let first = Swift.min(Swift.max(-diagonal, 0), rows), full = Swift.min(Swift.max(columns - diagonal, first), rows)
      let lower = (full - first) * (below(first) + below(full - 1)) / 2 + (rows - full) * columns
      let count = columns == 0 ? 0 : isLower ? lower : all - lower
      let box = try TensorBox.uninitialized([2, count], .int64)
      if count == 0 { return Tensor(box) }
      let places = box.c.pointee.data.assumingMemoryBound(to: Int64.self)
      var i = 0
      for row in isLower ? first..<rows : 0..<full {
        for column in isLower ? 0..<below(row) : below(row)..<columns {
          places[i] = Int64(row)
          places[count + i] = Int64(column)
          i += 1
        }
      }
      return Tensor(box)
    }
  }
}
