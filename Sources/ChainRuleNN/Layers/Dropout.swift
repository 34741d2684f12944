public import ChainRule

/// What the layers have in common that drop something while training.
public class DropoutLayer: Layer, SelfCopying {
  private let written: WrittenNumber
  private let inplace: Bool
  let generator: Generator?
  var p: Double { written.value }

  init(_ p: WrittenNumber, _ inplace: Bool, _ generator: Generator?) {
    written = p
    self.inplace = inplace
    self.generator = generator
    if let error = dropoutRefusal(p.value) { refuse(error) }
  }

  required init(copying other: DropoutLayer, _ copier: ModuleCopier) {
    written = other.written
    inplace = other.inplace
    generator = other.generator
  }

  /// Applies the layer.
  public func forward(_ x: Tensor) -> Tensor { x }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { "p=\(written.text), inplace=\(PythonText.text(inplace))" }
}

/// Sets elements to zero at random while training, and enlarges the others so that the mean stays (Srivastava et al. 2014).
///
/// `inplace`, here and in the layers like it, changes what is printed and nothing else.
public final class Dropout: DropoutLayer {
  /// Drops each element with probability `p`.
  public convenience init(_ p: some TensorScalar = 0.5, inplace: Bool = false, generator: Generator? = nil) {
    self.init(WrittenNumber(p), inplace, generator)
  }
  /// Returns the elements kept, divided by 1 - p; `x` itself in evaluation.
  public override func forward(_ x: Tensor) -> Tensor { dropout(x, p: p, training: isTraining, generator: generator) }
}

/// Drops whole channels of sequences (Tompson et al. 2015).
public final class Dropout1d: DropoutLayer {
  /// Drops each channel of each example with probability `p`.
  public convenience init(_ p: some TensorScalar = 0.5, inplace: Bool = false, generator: Generator? = nil) {
    self.init(WrittenNumber(p), inplace, generator)
  }
  /// Returns x of [n, channels, length] or [channels, length] with channels dropped, and the others divided by 1 - p.
  public override func forward(_ x: Tensor) -> Tensor { dropout1d(x, p: p, training: isTraining, generator: generator) }
}

/// Drops whole channels of images (Tompson et al. 2015).
public final class Dropout2d: DropoutLayer {
  /// Drops each channel of each example with probability `p`.
  public convenience init(_ p: some TensorScalar = 0.5, inplace: Bool = false, generator: Generator? = nil) {
    self.init(WrittenNumber(p), inplace, generator)
  }
  /// Returns x of [n, channels, height, width] with channels dropped, and the others divided by 1 - p.
  public override func forward(_ x: Tensor) -> Tensor { dropout2d(x, p: p, training: isTraining, generator: generator) }
}

/// Drops whole channels of volumes (Tompson et al. 2015).
public final class Dropout3d: DropoutLayer {
  /// Drops each channel of each example with probability `p`.
  public convenience init(_ p: some TensorScalar = 0.5, inplace: Bool = false, generator: Generator? = nil) {
    self.init(WrittenNumber(p), inplace, generator)
  }
  /// Returns x of [n, channels, depth, height, width], or of one example, with channels dropped, and the others divided by 1 - p.
  public override func forward(_ x: Tensor) -> Tensor { dropout3d(x, p: p, training: isTraining, generator: generator) }
}

/// Sets elements to the least value of SELU at random while training, keeping mean and variance (Klambauer et al. 2017).
public final class AlphaDropout: DropoutLayer {
  /// Drops each element with probability `p`.
  public convenience init(_ p: some TensorScalar = 0.5, inplace: Bool = false, generator: Generator? = nil) {
    self.init(WrittenNumber(p), inplace, generator)
  }
  /// Returns the elements, scaled and shifted so that mean 0 and variance 1 stay; `x` itself in evaluation.
  public override func forward(_ x: Tensor) -> Tensor { alphaDropout(x, p: p, training: isTraining, generator: generator) }
}

/// `AlphaDropout` of whole channels.
public final class FeatureAlphaDropout: DropoutLayer {
  /// Drops each channel of each example with probability `p`.
  public convenience init(_ p: some TensorScalar = 0.5, inplace: Bool = false, generator: Generator? = nil) {
    self.init(WrittenNumber(p), inplace, generator)
  }
  /// Returns x of [n, channels, ...], scaled and shifted so that mean 0 and variance 1 stay; `x` itself in evaluation.
  public override func forward(_ x: Tensor) -> Tensor {
    featureAlphaDropout(x, p: p, training: isTraining, generator: generator)
  }
}
