public import ChainRule

/// A layer whose number of input channels becomes known.
protocol SizedLayer: Layer {
  /// The channels, or features, of an input.
  var sizeOfInput: Int { get set }
}

/// A layer that takes the number of its input's channels from the first input.
///
/// Until then its parameters are there, and may be given to an optimizer, but hold no elements; the first call, or a state that is
/// loaded, gives them their shapes and first values, and from then on it is, and is printed as, the layer that it holds.
///
///     let model = Sequential(LazyConv2d(16, kernel: 3), ReLU(), Flatten(), LazyLinear(10))
///     _ = model(Tensor.zeros(1, 3, 28, 28))      // 3 channels, and 16 x 26 x 26 features
public class LazyLayer<Whole: Layer>: Layer, RenamedClass, MemberListing, StateAdapting, SelfCopying {
  /// The layer, which has no inputs at first.
  public let layer: Whole
  private let make: (_ channels: Int, _ dtype: DType?, _ generator: Generator?) -> Whole
  private let generator: Generator?
  private let dims: LazyDims

  init(
    _ dims: LazyDims, _ generator: Generator?, _ make: @escaping (_ channels: Int, _ dtype: DType?, _ generator: Generator?) -> Whole
  ) {
    self.dims = dims
    self.generator = generator
    self.make = make
    // What is drawn for a layer without inputs is not drawn from the generator.
    layer = make(0, nil, Generator(seed: 0))
  }

  required init(copying other: LazyLayer, _ copier: ModuleCopier) {
    layer = copier(other.layer)
    make = other.make
    generator = other.generator
    dims = other.dims
  }

  var listedMembers: [(name: String, member: ModuleTree.Member)] { ModuleTree.members(layer) }
  private var size: (any SizedLayer)? { layer as? any SizedLayer }
  /// Whether the number of inputs is known.
  public var isReady: Bool { size?.sizeOfInput != 0 }
  var printedName: String {
    (isReady ? "" : "Lazy") + ((layer as? any RenamedClass)?.printedName ?? String(describing: Whole.self))
  }
  /// What stands between the parentheses when the layer is printed.
  public var extraDescription: String { layer.extraDescription }

  /// Applies the layer, which the first input gives its size.
  public func forward(_ x: Tensor) -> Tensor {
    if !isReady {
      guard let channels = dims.channels(of: x, "\(type(of: self))") else { return x }
      prepare(channels: channels, generator)
    }
    if layer.isTraining != isTraining { layer.train(isTraining) }
    return layer(x)
  }

  /// Gives parameters and buffers the shapes and first values for so many channels.
  private func prepare(channels: Int, _ generator: Generator?) {
    guard !isReady, channels > 0, !isErrorPending else { return }
    // First values are drawn in the type that the layer has now.
    let whole = make(channels, layer.parameters().first?.dtype, generator)
    if isErrorPending { return }
    for (own, new) in zip(layer.parameters(), whole.parameters()) { own.data = new.data }
    for (own, new) in zip(layer.namedBuffers(), whole.namedBuffers()) { own.buffer.value = new.buffer.value.to(own.buffer.value.dtype) }
    size?.sizeOfInput = channels
  }

  /// The state as it is: its shapes are the layer's from now on.
  func adapted(_ state: NamedTensors, prefix: String) -> NamedTensors {
    if !isReady, let shape = (state[prefix + "weight"] ?? state[prefix + "running_mean"])?.shape, !shape.isEmpty {
      // First values that are written over are not drawn from the layer's generator.
      prepare(channels: dims.channels(ofWeight: shape), Generator(seed: 0))
    }
    return state
  }
}

/// Where a lazy layer finds the number of channels.
enum LazyDims {
  /// In an input's last dimension, and a weight's second one.
  case features
  /// Before so many dimensions, with or without a batch; in a weight's second dimension, for each of so many groups.
  case convolution(Int, groups: Int)
  /// Likewise; in a weight's first dimension.
  case transposed(Int)
  /// Before so many dimensions, with or without a batch; in a weight's only one.
  case instance(Int)
  /// In the second dimension.
  case batch

  func channels(of x: Tensor, _ layer: String) -> Int? {
    switch self {
    case .features: return x.shape.last
    case .batch where x.rank > 1: return x.shape[1]
    case .convolution(let dims, _), .transposed(let dims), .instance(let dims):
      if x.rank == dims + 1 || x.rank == dims + 2 { return x.shape[x.rank - dims - 1] }
      refuse(
        TensorError(
          .shape, "Expected \(dims + 1)D (unbatched) or \(dims + 2)D (batched) input to \(layer), but got input of size: \(x.shape)",
          hint: "The channels stand before \(dims) dimension\(dims == 1 ? "" : "s").", operation: layer, shapes: [x.shape]))
    default:
      refuse(
        TensorError(
          .shape, "expected at least 2D input (got \(x.rank)D input)", hint: "The first two dimensions are batch and channels.",
          operation: layer, shapes: [x.shape]))
    }
    return nil
  }

  func channels(ofWeight shape: [Int]) -> Int {
    switch self {
    case .features: shape.count > 1 ? shape[1] : 0
    case .convolution(_, let groups): shape.count > 1 ? shape[1] * groups : 0
    case .transposed, .instance, .batch: shape[0]
    }
  }
}

extension Linear: SizedLayer {
  var sizeOfInput: Int {
    get { inputs }
    set { inputs = newValue }
  }
}

extension ConvolutionLayer: SizedLayer {
  var sizeOfInput: Int {
    get { inputs }
    set { inputs = newValue }
  }
}

extension ChannelNormLayer: SizedLayer {
  var sizeOfInput: Int {
    get { channels }
    set { channels = newValue }
  }
}
