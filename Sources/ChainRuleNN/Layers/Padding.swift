public import ChainRule

/// What the layers have in common that put a border around sequences, images or volumes.
///
/// The widths are before and after the last dimension, then before and after the one in front of it, and so on; one number stands for
/// all. Negative ones cut off instead.
public class PaddingLayer: Layer, SelfCopying {
  let widths: [Int]
  private let dims: Int

  init(_ dims: Int, _ padding: [Int]) {
    self.dims = dims
    guard padding.count == 1 || padding.count == 2 * dims else {
      refuse(
        TensorError(
          .argument, "padding must have 1 or \(2 * dims) elements, got \(padding.count)",
          hint: "Give one width, or two for each dimension, the last dimension first.", operation: "pad"))
      widths = Array(repeating: 0, count: 2 * dims)
      return
    }
    widths = padding.count == 1 ? Array(repeating: padding[0], count: 2 * dims) : padding
  }

  required init(copying other: PaddingLayer, _ copier: ModuleCopier) {
    widths = other.widths
    dims = other.dims
  }

  /// Returns x of [n, channels, ...] or [channels, ...] within its border.
  public final func forward(_ x: Tensor) -> Tensor {
    guard x.rank == dims + 1 || x.rank == dims + 2 || (takesBareTensors && x.rank >= dims) else {
      refuse(
        TensorError(
          .shape, "Expected \(dims + 1)D or \(dims + 2)D input to \(type(of: self)), got \(x.rank)D",
          hint: "The first dimensions are batch and channels.", operation: "pad", shapes: [x.shape]))
      return x
    }
    return bordered(x)
  }

  /// Whether tensors without channels are taken too, as PyTorch does for borders of one number.
  var takesBareTensors: Bool { false }
  func bordered(_ x: Tensor) -> Tensor { x }

  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { PythonText.tuple(widths) }
}

/// Borders of one number.
public class ConstantPaddingLayer: PaddingLayer {
  private let value: WrittenNumber
  override var takesBareTensors: Bool { true }

  init(_ dims: Int, _ padding: [Int], _ value: WrittenNumber) {
    self.value = value
    super.init(dims, padding)
  }

  required init(copying other: PaddingLayer, _ copier: ModuleCopier) {
    value = (other as? ConstantPaddingLayer)?.value ?? WrittenNumber(0)
    super.init(copying: other, copier)
  }
  override func bordered(_ x: Tensor) -> Tensor {
    value.value == 0 ? x.padded(widths) : x.padded(widths, value: value.value)
  }
  /// What stands between the parentheses when the layer is printed.
  public override var extraDescription: String { "padding=\(PythonText.tuple(widths)), value=\(value.text)" }
}

/// Borders of zeros.
public class ZeroPaddingLayer: PaddingLayer {
  override var takesBareTensors: Bool { true }
  override func bordered(_ x: Tensor) -> Tensor { x.padded(widths) }
}

/// Borders of the elements mirrored at the edge, which is not repeated: c b | a b c | b a.
public class ReflectionPaddingLayer: PaddingLayer {
  override func bordered(_ x: Tensor) -> Tensor { x.padded(widths, mode: .reflect) }
}

/// Borders of the edge: a a | a b c | c c.
public class ReplicationPaddingLayer: PaddingLayer {
  override func bordered(_ x: Tensor) -> Tensor { x.padded(widths, mode: .replicate) }
}

/// Borders of the elements from the other end: b c | a b c | a b.
public class CircularPaddingLayer: PaddingLayer {
  override func bordered(_ x: Tensor) -> Tensor { x.padded(widths, mode: .circular) }
}

/// Sequences [n, channels, length] within a border of one number.
public final class ConstantPad1d: ConstantPaddingLayer {
  /// A border of `value`; widths are one number, or those before and after.
  public convenience init(_ padding: some SpatialSizes, _ value: some TensorScalar) {
    self.init(1, padding.spatialSizes, WrittenNumber(value))
  }
}

/// Images [n, channels, height, width] within a border of one number.
public final class ConstantPad2d: ConstantPaddingLayer {
  /// A border of `value`; widths are one number, or those left, right, top and bottom.
  public convenience init(_ padding: some SpatialSizes, _ value: some TensorScalar) {
    self.init(2, padding.spatialSizes, WrittenNumber(value))
  }
}

/// Volumes [n, channels, depth, height, width] within a border of one number.
public final class ConstantPad3d: ConstantPaddingLayer {
  /// A border of `value`; widths are one number, or those left, right, top, bottom, front and back.
  public convenience init(_ padding: some SpatialSizes, _ value: some TensorScalar) {
    self.init(3, padding.spatialSizes, WrittenNumber(value))
  }
}

/// Sequences [n, channels, length] within a border of zeros.
public final class ZeroPad1d: ZeroPaddingLayer {
  /// A border whose widths are one number, or those before and after.
  public convenience init(_ padding: some SpatialSizes) { self.init(1, padding.spatialSizes) }
}

/// Images [n, channels, height, width] within a border of zeros.
public final class ZeroPad2d: ZeroPaddingLayer {
  /// A border whose widths are one number, or those left, right, top and bottom.
  public convenience init(_ padding: some SpatialSizes) { self.init(2, padding.spatialSizes) }
}

/// Volumes [n, channels, depth, height, width] within a border of zeros.
public final class ZeroPad3d: ZeroPaddingLayer {
  /// A border whose widths are one number, or those left, right, top, bottom, front and back.
  public convenience init(_ padding: some SpatialSizes) { self.init(3, padding.spatialSizes) }
}

/// Sequences [n, channels, length] within a border of their own elements, mirrored at the edge: c b | a b c | b a.
public final class ReflectionPad1d: ReflectionPaddingLayer {
  /// A border whose widths are one number, or those before and after.
  public convenience init(_ padding: some SpatialSizes) { self.init(1, padding.spatialSizes) }
}

/// Images [n, channels, height, width] within a border of their own elements, mirrored at the edge: c b | a b c | b a.
public final class ReflectionPad2d: ReflectionPaddingLayer {
  /// A border whose widths are one number, or those left, right, top and bottom.
  public convenience init(_ padding: some SpatialSizes) { self.init(2, padding.spatialSizes) }
}

/// Volumes [n, channels, depth, height, width] within a border of their own elements, mirrored at the edge: c b | a b c | b a.
public final class ReflectionPad3d: ReflectionPaddingLayer {
  /// A border whose widths are one number, or those left, right, top, bottom, front and back.
  public convenience init(_ padding: some SpatialSizes) { self.init(3, padding.spatialSizes) }
}

/// Sequences [n, channels, length] within a border of their edge: a a | a b c | c c.
public final class ReplicationPad1d: ReplicationPaddingLayer {
  /// A border whose widths are one number, or those before and after.
  public convenience init(_ padding: some SpatialSizes) { self.init(1, padding.spatialSizes) }
}

/// Images [n, channels, height, width] within a border of their edge: a a | a b c | c c.
public final class ReplicationPad2d: ReplicationPaddingLayer {
  /// A border whose widths are one number, or those left, right, top and bottom.
  public convenience init(_ padding: some SpatialSizes) { self.init(2, padding.spatialSizes) }
}

/// Volumes [n, channels, depth, height, width] within a border of their edge: a a | a b c | c c.
public final class ReplicationPad3d: ReplicationPaddingLayer {
  /// A border whose widths are one number, or those left, right, top, bottom, front and back.
  public convenience init(_ padding: some SpatialSizes) { self.init(3, padding.spatialSizes) }
}

/// Sequences [n, channels, length] within a border of their other end: b c | a b c | a b.
public final class CircularPad1d: CircularPaddingLayer {
  /// A border whose widths are one number, or those before and after.
  public convenience init(_ padding: some SpatialSizes) { self.init(1, padding.spatialSizes) }
}

/// Images [n, channels, height, width] within a border of their other end: b c | a b c | a b.
public final class CircularPad2d: CircularPaddingLayer {
  /// A border whose widths are one number, or those left, right, top and bottom.
  public convenience init(_ padding: some SpatialSizes) { self.init(2, padding.spatialSizes) }
}

/// Volumes [n, channels, depth, height, width] within a border of their other end: b c | a b c | a b.
public final class CircularPad3d: CircularPaddingLayer {
  /// A border whose widths are one number, or those left, right, top, bottom, front and back.
  public convenience init(_ padding: some SpatialSizes) { self.init(3, padding.spatialSizes) }
}
