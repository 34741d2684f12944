// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let padding = #"""
    ## ConstantPad1d

    Sequences [n, channels, length] within a border of one number.

    `ConstantPad1d(_:_:)`

    A border of `value`; widths are one number, or those before and after.

    - `padding`: `some SpatialSizes` - what surrounds the input.
    - `value`: `some TensorScalar`

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ConstantPad2d

    Images [n, channels, height, width] within a border of one number.

    `ConstantPad2d(_:_:)`

    A border of `value`; widths are one number, or those left, right, top and bottom.

    - `padding`: `some SpatialSizes` - what surrounds the input.
    - `value`: `some TensorScalar`

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ConstantPad3d

    Volumes [n, channels, depth, height, width] within a border of one number.

    `ConstantPad3d(_:_:)`

    A border of `value`; widths are one number, or those left, right, top, bottom, front and back.

    - `padding`: `some SpatialSizes` - what surrounds the input.
    - `value`: `some TensorScalar`

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ZeroPad1d

    Sequences [n, channels, length] within a border of zeros.

    `ZeroPad1d(_:)`

    A border whose widths are one number, or those before and after.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ZeroPad2d

    Images [n, channels, height, width] within a border of zeros.

    `ZeroPad2d(_:)`

    A border whose widths are one number, or those left, right, top and bottom.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ZeroPad3d

    Volumes [n, channels, depth, height, width] within a border of zeros.

    `ZeroPad3d(_:)`

    A border whose widths are one number, or those left, right, top, bottom, front and back.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ReflectionPad1d

    Sequences [n, channels, length] within a border of their own elements, mirrored at the edge: c b | a b c | b
    a.

    `ReflectionPad1d(_:)`

    A border whose widths are one number, or those before and after.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ReflectionPad2d

    Images [n, channels, height, width] within a border of their own elements, mirrored at the edge: c b | a b c |
    b a.

    `ReflectionPad2d(_:)`

    A border whose widths are one number, or those left, right, top and bottom.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ReflectionPad3d

    Volumes [n, channels, depth, height, width] within a border of their own elements, mirrored at the edge: c b |
    a b c | b a.

    `ReflectionPad3d(_:)`

    A border whose widths are one number, or those left, right, top, bottom, front and back.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ReplicationPad1d

    Sequences [n, channels, length] within a border of their edge: a a | a b c | c c.

    `ReplicationPad1d(_:)`

    A border whose widths are one number, or those before and after.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ReplicationPad2d

    Images [n, channels, height, width] within a border of their edge: a a | a b c | c c.

    `ReplicationPad2d(_:)`

    A border whose widths are one number, or those left, right, top and bottom.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## ReplicationPad3d

    Volumes [n, channels, depth, height, width] within a border of their edge: a a | a b c | c c.

    `ReplicationPad3d(_:)`

    A border whose widths are one number, or those left, right, top, bottom, front and back.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## CircularPad1d

    Sequences [n, channels, length] within a border of their other end: b c | a b c | a b.

    `CircularPad1d(_:)`

    A border whose widths are one number, or those before and after.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## CircularPad2d

    Images [n, channels, height, width] within a border of their other end: b c | a b c | a b.

    `CircularPad2d(_:)`

    A border whose widths are one number, or those left, right, top and bottom.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    ## CircularPad3d

    Volumes [n, channels, depth, height, width] within a border of their other end: b c | a b c | a b.

    `CircularPad3d(_:)`

    A border whose widths are one number, or those left, right, top, bottom, front and back.

    - `padding`: `some SpatialSizes` - what surrounds the input.

    The call: returns x of [n, channels, ...] or [channels, ...] within its border.

    """#
}
