// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let pooling = #"""
    ## AdaptiveAvgPool1d

    The means of windows that share a sequence out.

    `AdaptiveAvgPool1d(_:)`

    Results of `size` elements.

    - `size`: `Int`

    The call: returns the results for x of [n, channels, length].

    ## AdaptiveAvgPool2d

    The means of windows that share a image out.

    `AdaptiveAvgPool2d(_:)`

    Results of `size` elements in each dimension.

    - `size`: `Int`

    `AdaptiveAvgPool2d(_:)`

    Results of these sizes; nil keeps the input's.

    - `sizes`: `[Int?]`

    The call: returns the results for x of [n, channels, height, width].

    ## AdaptiveAvgPool3d

    The means of windows that share a volume out.

    `AdaptiveAvgPool3d(_:)`

    Results of `size` elements in each dimension.

    - `size`: `Int`

    `AdaptiveAvgPool3d(_:)`

    Results of these sizes; nil keeps the input's.

    - `sizes`: `[Int?]`

    The call: returns the results for x of [n, channels, depth, height, width].

    ## AdaptiveMaxPool1d

    The largest elements of windows that share a sequence out.

    `AdaptiveMaxPool1d(_:)`

    Results of `size` elements.

    - `size`: `Int`

    The call: returns the results for x of [n, channels, length].

    ## AdaptiveMaxPool2d

    The largest elements of windows that share a image out.

    `AdaptiveMaxPool2d(_:)`

    Results of `size` elements in each dimension.

    - `size`: `Int`

    `AdaptiveMaxPool2d(_:)`

    Results of these sizes; nil keeps the input's.

    - `sizes`: `[Int?]`

    The call: returns the results for x of [n, channels, height, width].

    ## AdaptiveMaxPool3d

    The largest elements of windows that share a volume out.

    `AdaptiveMaxPool3d(_:)`

    Results of `size` elements in each dimension.

    - `size`: `Int`

    `AdaptiveMaxPool3d(_:)`

    Results of these sizes; nil keeps the input's.

    - `sizes`: `[Int?]`

    The call: returns the results for x of [n, channels, depth, height, width].

    ## AvgPool1d

    The mean of each window of sequences.

    `AvgPool1d(_:stride:padding:ceilMode:countIncludePad:)`

    Windows of `kernel` elements, `stride` apart; side by side where that is nil.

    - `kernel`: `Int` - the size of a window.
    - `stride`: `Int? = nil` - how far apart windows lie.
    - `padding`: `Int = 0` - what surrounds the input.
    - `ceilMode`: `Bool = false`
    - `countIncludePad`: `Bool = true`

    The call: returns [n, channels, length'] for x of [n, channels, length].

    ## AvgPool2d

    The mean of each window of images.

    `AvgPool2d(_:stride:padding:ceilMode:countIncludePad:divisorOverride:)`

    Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far apart windows lie.
    - `padding`: `some SpatialSizes = 0` - what surrounds the input.
    - `ceilMode`: `Bool = false`
    - `countIncludePad`: `Bool = true`
    - `divisorOverride`: `Int? = nil`

    The call: returns [n, channels, height', width'] for x of [n, channels, height, width].

    ## AvgPool3d

    The mean of each window of volumes.

    `AvgPool3d(_:stride:padding:ceilMode:countIncludePad:divisorOverride:)`

    Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far apart windows lie.
    - `padding`: `some SpatialSizes = 0` - what surrounds the input.
    - `ceilMode`: `Bool = false`
    - `countIncludePad`: `Bool = true`
    - `divisorOverride`: `Int? = nil`

    The call: returns [n, channels, depth', height', width'] for x of [n, channels, depth, height, width].

    ## LPPool1d

    The p-norm of each window of sequences: (sum x^p)^(1/p).

    `LPPool1d(_:_:stride:ceilMode:)`

    Windows of `kernel` elements, `stride` apart; side by side where that is nil.

    - `normType`: `some TensorScalar`
    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far apart windows lie.
    - `ceilMode`: `Bool = false`

    The call: returns [n, channels, length'] for x of [n, channels, length].

    ## LPPool2d

    The p-norm of each window of images: (sum x^p)^(1/p).

    `LPPool2d(_:_:stride:ceilMode:)`

    Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.

    - `normType`: `some TensorScalar`
    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far apart windows lie.
    - `ceilMode`: `Bool = false`

    The call: returns [n, channels, height', width'] for x of [n, channels, height, width].

    ## LPPool3d

    The p-norm of each window of volumes: (sum x^p)^(1/p).

    `LPPool3d(_:_:stride:ceilMode:)`

    Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.

    - `normType`: `some TensorScalar`
    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far apart windows lie.
    - `ceilMode`: `Bool = false`

    The call: returns [n, channels, depth', height', width'] for x of [n, channels, depth, height, width].

    ## MaxPool1d

    The largest element of each window of sequences.

    `MaxPool1d(_:stride:padding:dilation:ceilMode:)`

    Windows of `kernel` elements, `stride` apart; side by side where that is nil.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far one window is from the next.
    - `padding`: `some SpatialSizes = 0` - how far windows reach over the border; what lies there is never the
      largest.
    - `dilation`: `some SpatialSizes = 1` - how far apart the elements of a window lie.
    - `ceilMode`: `Bool = false` - whether the last window may reach over the border.

    ## MaxPool2d

    The largest element of each window of images.

    `MaxPool2d(_:stride:padding:dilation:ceilMode:)`

    Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far one window is from the next.
    - `padding`: `some SpatialSizes = 0` - how far windows reach over the border; what lies there is never the
      largest.
    - `dilation`: `some SpatialSizes = 1` - how far apart the elements of a window lie.
    - `ceilMode`: `Bool = false` - whether the last window may reach over the border.

    ## MaxPool3d

    The largest element of each window of volumes.

    `MaxPool3d(_:stride:padding:dilation:ceilMode:)`

    Windows of `kernel` elements in each dimension, `stride` apart; side by side where that is nil.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far one window is from the next.
    - `padding`: `some SpatialSizes = 0` - how far windows reach over the border; what lies there is never the
      largest.
    - `dilation`: `some SpatialSizes = 1` - how far apart the elements of a window lie.
    - `ceilMode`: `Bool = false` - whether the last window may reach over the border.

    ## MaxUnpool1d

    What `MaxPool1d` took away, put back among zeros.

    `MaxUnpool1d(_:stride:padding:)`

    The inverse of a pool with this kernel, stride and padding.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far apart windows lie.
    - `padding`: `some SpatialSizes = 0` - what surrounds the input.

    The call: returns [n, channels, length] for x of [n, channels, length'] and where its elements stood.
    - `x`: the pooled values.
    - `indices`: where the largest elements stood.
    - `outputSize`: the sizes of the result, where a pool of several sizes gives the input's.

    ## MaxUnpool2d

    What `MaxPool2d` took away, put back among zeros.

    `MaxUnpool2d(_:stride:padding:)`

    The inverse of a pool with this kernel, stride and padding.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far apart windows lie.
    - `padding`: `some SpatialSizes = 0` - what surrounds the input.

    The call: returns [n, channels, height, width] for x of [n, channels, height', width'] and where its elements
    stood.
    - `x`: the pooled values.
    - `indices`: where the largest elements stood.
    - `outputSize`: the sizes of the result, where a pool of several sizes gives the input's.

    ## MaxUnpool3d

    What `MaxPool3d` took away, put back among zeros.

    `MaxUnpool3d(_:stride:padding:)`

    The inverse of a pool with this kernel, stride and padding.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `stride`: `(any SpatialSizes)? = nil` - how far apart windows lie.
    - `padding`: `some SpatialSizes = 0` - what surrounds the input.

    The call: returns [n, channels, depth, height, width] for x of [n, channels, depth', height', width'] and
    where its elements stood.
    - `x`: the pooled values.
    - `indices`: where the largest elements stood.
    - `outputSize`: the sizes of the result, where a pool of several sizes gives the input's.

    ## FractionalMaxPool2d

    The largest element of each window of images, at distances that vary at random so that any ratio of sizes is
    possible (Graham 2014).

    `FractionalMaxPool2d(_:outputSize:outputRatio:randomSamples:generator:)`

    Windows of `kernel` elements in each dimension; one of `outputSize` and `outputRatio` is given.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `outputSize`: `(any SpatialSizes)? = nil` - the sizes of the result.
    - `outputRatio`: `[Double]? = nil` - the sizes of the result over those of the input.
    - `randomSamples`: `Tensor? = nil` - numbers in [0, 1), [n, channels, 2], that decide where the windows lie;
      drawn at each call where nil.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    ## FractionalMaxPool3d

    The largest element of each window of volumes, at distances that vary at random so that any ratio of sizes is
    possible (Graham 2014).

    `FractionalMaxPool3d(_:outputSize:outputRatio:randomSamples:generator:)`

    Windows of `kernel` elements in each dimension; one of `outputSize` and `outputRatio` is given.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `outputSize`: `(any SpatialSizes)? = nil` - the sizes of the result.
    - `outputRatio`: `[Double]? = nil` - the sizes of the result over those of the input.
    - `randomSamples`: `Tensor? = nil` - numbers in [0, 1), [n, channels, 3], that decide where the windows lie;
      drawn at each call where nil.
    - `generator`: `Generator? = nil` - where random numbers come from; the default generator where none is given.

    """#
}
