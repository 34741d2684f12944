// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let reshaping = #"""
    ## Identity

    What comes in goes out.

    `Identity()`

    The identity.

    The call: returns `x`.

    ## Flatten

    Several dimensions made one; all but the first unless told otherwise.

    `Flatten(from:through:)`

    Joins the dimensions `first` through `last`.

    - `first`: `Int = 1`
    - `last`: `Int = -1`

    The call: returns `x` with the dimensions joined.

    ## Unflatten

    One dimension made several.

    `Unflatten(_:_:)`

    Splits dimension `dim` into `sizes`; one of them may be -1, for what is left.

    - `dim`: `Int`
    - `sizes`: `[Int]`

    The call: returns `x` with the dimension split.

    ## PixelShuffle

    Channels in the place of space: see `pixelShuffle`.

    `PixelShuffle(_:)`

    Images `upscaleFactor` times as high and wide.

    - `upscaleFactor`: `Int`

    The call: returns [..., c, h r, w r] for x of [..., c r^2, h, w].

    ## PixelUnshuffle

    Space in the place of channels: see `pixelUnshuffle`.

    `PixelUnshuffle(_:)`

    Images a `downscaleFactor`-th as high and wide.

    - `downscaleFactor`: `Int`

    The call: returns [..., c r^2, h, w] for x of [..., c, h r, w r].

    ## ChannelShuffle

    Channels dealt out anew: see `channelShuffle`.

    `ChannelShuffle(_:)`

    Channels of `groups` groups, mixed.

    - `groups`: `Int` - how many groups of channels there are, each with its own filters.

    The call: returns x of [n, channels, ...] with its channels mixed.

    ## Unfold

    The windows of images as columns: see `unfold`.

    `Unfold(_:dilation:padding:stride:)`

    Windows of `kernel` elements in each dimension.

    - `kernel`: `some SpatialSizes` - the size of a window.
    - `dilation`: `some SpatialSizes = 1` - how far apart a window's elements lie.
    - `padding`: `some SpatialSizes = 0` - what surrounds the input.
    - `stride`: `some SpatialSizes = 1` - how far apart windows lie.

    The call: returns [n, channels kernel, windows] for x of [n, channels, height, width].

    ## Fold

    Images from columns: see `fold`.

    `Fold(_:_:dilation:padding:stride:)`

    Images of `outputSize` from windows of `kernel` elements in each dimension.

    - `outputSize`: `some SpatialSizes`
    - `kernel`: `some SpatialSizes` - the size of a window.
    - `dilation`: `some SpatialSizes = 1` - how far apart a window's elements lie.
    - `padding`: `some SpatialSizes = 0` - what surrounds the input.
    - `stride`: `some SpatialSizes = 1` - how far apart windows lie.

    The call: returns [n, channels, height, width] for x of [n, channels kernel, windows].

    ## Upsample

    Sequences, images or volumes in another size: see `interpolate`.

    `Upsample(size:mode:alignCorners:)`

    Results of these sizes.

    - `size`: `some SpatialSizes`
    - `mode`: `InterpolationMode = .nearest`
    - `alignCorners`: `Bool = false`

    `Upsample(scaleFactor:mode:alignCorners:)`

    Results enlarged by a factor for each dimension.

    - `scaleFactor`: `[Double]`

    `Upsample(scaleFactor:mode:alignCorners:)`

    Results enlarged by one factor.

    - `scaleFactor`: `Double`

    The call: returns `x` of [n, channels, ...] in its new size.

    ## UpsamplingNearest2d

    Images in another size, each pixel the nearest one.

    `UpsamplingNearest2d(size:)`

    Results of these sizes.

    - `size`: `some SpatialSizes`

    `UpsamplingNearest2d(scaleFactor:)`

    Results enlarged by one factor, or one for each dimension.

    - `scaleFactor`: `[Double]`

    `UpsamplingNearest2d(scaleFactor:)`

    Results enlarged by one factor.

    - `scaleFactor`: `Double`

    The call: returns `x` of [n, channels, ...] in its new size.

    ## UpsamplingBilinear2d

    Images in another size, each pixel between its four neighbours; corners stay corners.

    `UpsamplingBilinear2d(size:)`

    Results of these sizes.

    - `size`: `some SpatialSizes`

    `UpsamplingBilinear2d(scaleFactor:)`

    Results enlarged by one factor, or one for each dimension.

    - `scaleFactor`: `[Double]`

    `UpsamplingBilinear2d(scaleFactor:)`

    Results enlarged by one factor.

    - `scaleFactor`: `Double`

    The call: returns `x` of [n, channels, ...] in its new size.

    """#
}
