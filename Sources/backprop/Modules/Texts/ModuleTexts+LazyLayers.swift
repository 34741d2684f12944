// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let lazyLayers = #"""
    ## LazyLinear

    A `Linear` that takes the number of its inputs from the first one.

    `LazyLinear(_:bias:dtype:generator:)`

    A map to vectors of `outputs` elements.

    - `outputs`: `Int` - the size of a result.
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyConv1d

    A `Conv1d` that takes the number of its input's channels from the first one.

    `LazyConv1d(_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)`

    Filters of `kernel` elements to `outputs` channels; the options are those of `Conv1d`.

    - `outputs`: `Int` - the size of a result.
    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `some SpatialSizes = 1` - how far apart windows lie.
    - `padding`: `some SpatialPadding = 0` - what surrounds the input.
    - `dilation`: `some SpatialSizes = 1` - how far apart a window's elements lie.
    - `groups`: `Int = 1` - how many groups of channels there are, each with its own filters.
    - `bias`: `Bool = true` - whether there is a bias.
    - `paddingMode`: `ConvolutionPaddingMode = .zeros`
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyConv2d

    A `Conv2d` that takes the number of its input's channels from the first one.

    `LazyConv2d(_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)`

    Filters of `kernel` elements to `outputs` channels; the options are those of `Conv2d`.

    - `outputs`: `Int` - the size of a result.
    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `some SpatialSizes = 1` - how far apart windows lie.
    - `padding`: `some SpatialPadding = 0` - what surrounds the input.
    - `dilation`: `some SpatialSizes = 1` - how far apart a window's elements lie.
    - `groups`: `Int = 1` - how many groups of channels there are, each with its own filters.
    - `bias`: `Bool = true` - whether there is a bias.
    - `paddingMode`: `ConvolutionPaddingMode = .zeros`
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyConv3d

    A `Conv3d` that takes the number of its input's channels from the first one.

    `LazyConv3d(_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)`

    Filters of `kernel` elements to `outputs` channels; the options are those of `Conv3d`.

    - `outputs`: `Int` - the size of a result.
    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `some SpatialSizes = 1` - how far apart windows lie.
    - `padding`: `some SpatialPadding = 0` - what surrounds the input.
    - `dilation`: `some SpatialSizes = 1` - how far apart a window's elements lie.
    - `groups`: `Int = 1` - how many groups of channels there are, each with its own filters.
    - `bias`: `Bool = true` - whether there is a bias.
    - `paddingMode`: `ConvolutionPaddingMode = .zeros`
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyConvTranspose1d

    A `ConvTranspose1d` that takes the number of its input's channels from the first one.

    `LazyConvTranspose1d(_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)`

    Filters of `kernel` elements to `outputs` channels; the options are those of `ConvTranspose1d`.

    - `outputs`: `Int` - the size of a result.
    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `some SpatialSizes = 1` - how far apart windows lie.
    - `padding`: `some SpatialSizes = 0` - what surrounds the input.
    - `outputPadding`: `some SpatialSizes = 0` - what is added at the end of the result.
    - `groups`: `Int = 1` - how many groups of channels there are, each with its own filters.
    - `bias`: `Bool = true` - whether there is a bias.
    - `dilation`: `some SpatialSizes = 1` - how far apart a window's elements lie.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyConvTranspose2d

    A `ConvTranspose2d` that takes the number of its input's channels from the first one.

    `LazyConvTranspose2d(_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)`

    Filters of `kernel` elements to `outputs` channels; the options are those of `ConvTranspose2d`.

    - `outputs`: `Int` - the size of a result.
    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `some SpatialSizes = 1` - how far apart windows lie.
    - `padding`: `some SpatialSizes = 0` - what surrounds the input.
    - `outputPadding`: `some SpatialSizes = 0` - what is added at the end of the result.
    - `groups`: `Int = 1` - how many groups of channels there are, each with its own filters.
    - `bias`: `Bool = true` - whether there is a bias.
    - `dilation`: `some SpatialSizes = 1` - how far apart a window's elements lie.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyConvTranspose3d

    A `ConvTranspose3d` that takes the number of its input's channels from the first one.

    `LazyConvTranspose3d(_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)`

    Filters of `kernel` elements to `outputs` channels; the options are those of `ConvTranspose3d`.

    - `outputs`: `Int` - the size of a result.
    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `some SpatialSizes = 1` - how far apart windows lie.
    - `padding`: `some SpatialSizes = 0` - what surrounds the input.
    - `outputPadding`: `some SpatialSizes = 0` - what is added at the end of the result.
    - `groups`: `Int = 1` - how many groups of channels there are, each with its own filters.
    - `bias`: `Bool = true` - whether there is a bias.
    - `dilation`: `some SpatialSizes = 1` - how far apart a window's elements lie.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.
    - `generator`: `Generator? = nil` - what is drawn from; the default generator where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyBatchNorm1d

    A `BatchNorm1d` that takes the number of its channels from the first input.

    `LazyBatchNorm1d(eps:momentum:affine:trackRunningStats:bias:dtype:)`

    The options are those of `BatchNorm1d`.

    - `eps`: `Double = 1e-5` - what is added to a divisor.
    - `momentum`: `Double? = 0.1`
    - `affine`: `Bool = true`
    - `trackRunningStats`: `Bool = true`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyBatchNorm2d

    A `BatchNorm2d` that takes the number of its channels from the first input.

    `LazyBatchNorm2d(eps:momentum:affine:trackRunningStats:bias:dtype:)`

    The options are those of `BatchNorm2d`.

    - `eps`: `Double = 1e-5` - what is added to a divisor.
    - `momentum`: `Double? = 0.1`
    - `affine`: `Bool = true`
    - `trackRunningStats`: `Bool = true`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyBatchNorm3d

    A `BatchNorm3d` that takes the number of its channels from the first input.

    `LazyBatchNorm3d(eps:momentum:affine:trackRunningStats:bias:dtype:)`

    The options are those of `BatchNorm3d`.

    - `eps`: `Double = 1e-5` - what is added to a divisor.
    - `momentum`: `Double? = 0.1`
    - `affine`: `Bool = true`
    - `trackRunningStats`: `Bool = true`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyInstanceNorm1d

    An `InstanceNorm1d` that takes the number of its channels from the first input.

    `LazyInstanceNorm1d(eps:momentum:affine:trackRunningStats:bias:dtype:)`

    The options are those of `InstanceNorm1d`; scale, shift and running statistics are there unless they are
    turned off.

    - `eps`: `Double = 1e-5` - what is added to a divisor.
    - `momentum`: `Double = 0.1`
    - `affine`: `Bool = true`
    - `trackRunningStats`: `Bool = true`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyInstanceNorm2d

    An `InstanceNorm2d` that takes the number of its channels from the first input.

    `LazyInstanceNorm2d(eps:momentum:affine:trackRunningStats:bias:dtype:)`

    The options are those of `InstanceNorm2d`; scale, shift and running statistics are there unless they are
    turned off.

    - `eps`: `Double = 1e-5` - what is added to a divisor.
    - `momentum`: `Double = 0.1`
    - `affine`: `Bool = true`
    - `trackRunningStats`: `Bool = true`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.

    The call: Applies the layer, which the first input gives its size.

    ## LazyInstanceNorm3d

    An `InstanceNorm3d` that takes the number of its channels from the first input.

    `LazyInstanceNorm3d(eps:momentum:affine:trackRunningStats:bias:dtype:)`

    The options are those of `InstanceNorm3d`; scale, shift and running statistics are there unless they are
    turned off.

    - `eps`: `Double = 1e-5` - what is added to a divisor.
    - `momentum`: `Double = 0.1`
    - `affine`: `Bool = true`
    - `trackRunningStats`: `Bool = true`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.

    The call: Applies the layer, which the first input gives its size.

    """#
}
