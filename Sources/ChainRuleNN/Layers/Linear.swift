public import ChainRule

/// The affine map y = x w' + b.
///
/// `weight` is [outputs, inputs] and `bias` [outputs]; both start uniform over +-1/sqrt(inputs), weight first, with PyTorch's
/// numbers for the same seed.
public final class Linear: Layer {
  /// [outputs, inputs].
  public let weight: Tensor
  /// [outputs].
  public let bias: Tensor?
  /// The size of the input's last dimension.
  public let inputs: Int
  /// The size of the result's last dimension.
  public let outputs: Int

  /// A map from vectors of `inputs` elements to vectors of `outputs`.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, dtype: DType? = nil, generator: Generator? = nil) {
    self.inputs = inputs
    self.outputs = outputs
    weight = Tensor.zeros([outputs, inputs], dtype: dtype).asParameter()
    Initialize.kaimingUniform(weight, a: 5.0.squareRoot(), generator: generator)
    guard bias else {
      self.bias = nil
      return
    }
    let offset = Tensor.zeros([outputs], dtype: dtype).asParameter()
    let bound = inputs > 0 ? 1 / Double(inputs).squareRoot() : 0
    Initialize.uniform(offset, from: -bound, to: bound, generator: generator)
    self.bias = offset
  }

  /// Returns x w' + b for x of [..., inputs].
  public func callAsFunction(_ x: Tensor) -> Tensor { linear(x, weight, bias) }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    "in_features=\(inputs), out_features=\(outputs), bias=\(PythonText.text(bias != nil))"
  }
}

/// What comes in goes out.
public final class Identity: Layer {
  /// The identity.
  public init() {}
  /// Returns `x`.
  public func callAsFunction(_ x: Tensor) -> Tensor { x }
}

/// Several dimensions made one; all but the first unless told otherwise.
public final class Flatten: Layer {
  private let first: Int
  private let last: Int

  /// Joins the dimensions `first` through `last`.
  public init(from first: Int = 1, through last: Int = -1) {
    self.first = first
    self.last = last
  }
  /// Returns `x` with the dimensions joined.
  public func callAsFunction(_ x: Tensor) -> Tensor { x.flattened(from: first, through: last) }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "start_dim=\(first), end_dim=\(last)" }
}

/// A table with a row for each index, standard normal at first.
public final class Embedding: Layer {
  /// [count, size].
  public let weight: Tensor
  private let padding: Int?

  /// A table of `count` rows of `size` elements.
  ///
  /// - Parameter paddingIndex: a row that starts at zero and takes no gradient; negative ones count from the end.
  public init(_ count: Int, _ size: Int, paddingIndex: Int? = nil, dtype: DType? = nil, generator: Generator? = nil) {
    padding = paddingIndex.map { $0 < 0 ? $0 &+ count : $0 }
    var table = Tensor.randn([count, size], dtype: dtype, generator: generator)
    if let paddingIndex {
      if paddingIndex < -Swift.max(count, 0) || paddingIndex >= count {
        refuse(
          TensorError(
            .argument, "Padding_idx must be within num_embeddings", mend: "The table has \(count) rows, \(paddingIndex) is none.",
            operation: "Embedding"))
      } else {
        table[padding ?? 0] = 0
      }
    }
    weight = table.asParameter()
  }

  /// Returns the rows at the indices: [...] to [..., size].
  public func callAsFunction(_ index: Tensor) -> Tensor { embedding(index, weight, paddingIndex: padding) }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String {
    let sizes = weight.shape.map(String.init).joined(separator: ", ")
    return padding.map { "\(sizes), padding_idx=\($0)" } ?? sizes
  }
}
