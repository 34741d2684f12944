// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let convolution = #"""
    ## Conv1d

    The correlation of sequences with filters.

    `Conv1d(_:_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)`

    Filters of `kernel` elements from `inputs` channels to `outputs`.

    - `inputs`: `Int` - the size of an input.
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

    The call: returns [n, outputs, length'] for x of [n, inputs, length].

    ## Conv2d

    The correlation of images with filters.

    ```swift
    Conv2d(1, 32, kernel: 3, padding: 1)
    ```

    `Conv2d(_:_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)`

    Filters of `kernel` elements, in each dimension, from `inputs` channels to `outputs`.

    - `inputs`: `Int` - the size of an input.
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

    The call: returns [n, outputs, height', width'] for x of [n, inputs, height, width].

    ## Conv3d

    The correlation of volumes with filters.

    `Conv3d(_:_:kernel:stride:padding:dilation:groups:bias:paddingMode:dtype:generator:)`

    Filters of `kernel` elements, in each dimension, from `inputs` channels to `outputs`.

    - `inputs`: `Int` - the size of an input.
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

    The call: returns [n, outputs, depth', height', width'] for x of [n, inputs, depth, height, width].

    ## ConvTranspose1d

    The transpose of `Conv1d`: [n, inputs, length] to [n, outputs, length'].

    `ConvTranspose1d(_:_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)`

    Filters of `kernel` elements from `inputs` channels to `outputs`; `padding` is cut off the result.

    - `inputs`: `Int` - the size of an input.
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

    The call: Applies the layer so that the result has these sizes: several sizes of a convolution's input give
    one size of its result.

    ## ConvTranspose2d

    The transpose of `Conv2d`, with which networks enlarge images: [n, inputs, height, width] to [n, outputs,
    height', width'].

    `ConvTranspose2d(_:_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)`

    Filters of `kernel` elements from `inputs` channels to `outputs`; `padding` is cut off the result.

    - `inputs`: `Int` - the size of an input.
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

    The call: Applies the layer so that the result has these sizes: several sizes of a convolution's input give
    one size of its result.

    ## ConvTranspose3d

    The transpose of `Conv3d`, with which networks enlarge volumes: [n, inputs, depth, height, width] to [n,
    outputs, depth', height', width'].

    `ConvTranspose3d(_:_:kernel:stride:padding:outputPadding:groups:bias:dilation:dtype:generator:)`

    Filters of `kernel` elements from `inputs` channels to `outputs`; `padding` is cut off the result.

    - `inputs`: `Int` - the size of an input.
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

    The call: Applies the layer so that the result has these sizes: several sizes of a convolution's input give
    one size of its result.

    """#
}
