// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
extension ModuleTexts {
  static let channelNormalization = #"""
    ## BatchNorm1d

    Normalisation of features over the batch (Ioffe and Szegedy 2015): (x - mean) / sqrt(variance + eps) weight +
    bias.

    `BatchNorm1d(_:eps:momentum:affine:trackRunningStats:bias:dtype:)`

    Normalises `channels` features.

    - `channels`: `Int` - the number of channels, the size of dimension 1.
    - `eps`: `Double = 1e-5` - added so that nothing is divided by 0.
    - `momentum`: `Double? = 0.1` - the share of a new batch in the running statistics; nil for their plain mean.
    - `affine`: `Bool = true` - whether scale and shift are learned.
    - `trackRunningStats`: `Bool = true` - whether evaluation uses running statistics.
    - `bias`: `Bool = true` - whether there is a shift, where `affine`.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.

    The call: returns x of [n, channels] or [n, channels, length], normalised.

    ## BatchNorm2d

    Normalisation of the channels of images over the batch (Ioffe and Szegedy 2015): (x - mean) / sqrt(variance +
    eps) weight + bias.

    `BatchNorm2d(_:eps:momentum:affine:trackRunningStats:bias:dtype:)`

    Normalises `channels` channels.

    - `channels`: `Int` - the number of channels, the size of dimension 1.
    - `eps`: `Double = 1e-5` - added so that nothing is divided by 0.
    - `momentum`: `Double? = 0.1` - the share of a new batch in the running statistics; nil for their plain mean.
    - `affine`: `Bool = true` - whether scale and shift are learned.
    - `trackRunningStats`: `Bool = true` - whether evaluation uses running statistics.
    - `bias`: `Bool = true` - whether there is a shift, where `affine`.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.

    The call: returns x of [n, channels, height, width], normalised.

    ## BatchNorm3d

    Normalisation of the channels of volumes over the batch (Ioffe and Szegedy 2015): (x - mean) / sqrt(variance +
    eps) weight + bias.

    `BatchNorm3d(_:eps:momentum:affine:trackRunningStats:bias:dtype:)`

    Normalises `channels` channels.

    - `channels`: `Int` - the number of channels, the size of dimension 1.
    - `eps`: `Double = 1e-5` - added so that nothing is divided by 0.
    - `momentum`: `Double? = 0.1` - the share of a new batch in the running statistics; nil for their plain mean.
    - `affine`: `Bool = true` - whether scale and shift are learned.
    - `trackRunningStats`: `Bool = true` - whether evaluation uses running statistics.
    - `bias`: `Bool = true` - whether there is a shift, where `affine`.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.

    The call: returns x of [n, channels, depth, height, width], normalised.

    ## InstanceNorm1d

    Normalisation of each channel of each sequence (Ulyanov et al. 2016): (x - mean) / sqrt(variance + eps) weight
    + bias for x of [n, channels, length] or [channels, length].

    `InstanceNorm1d(_:eps:momentum:affine:trackRunningStats:bias:dtype:)`

    Normalises `channels` channels.

    - `channels`: `Int` - the number of channels, the size of dimension 1.
    - `eps`: `Double = 1e-5` - added so that nothing is divided by 0.
    - `momentum`: `Double = 0.1` - the share of a new batch in the running statistics.
    - `affine`: `Bool = false` - whether scale and shift are learned.
    - `trackRunningStats`: `Bool = false` - whether evaluation uses running statistics.
    - `bias`: `Bool = true` - whether there is a shift, where `affine`.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.

    The call: returns x of [n, channels, ...] or [channels, ...], normalised.

    ## InstanceNorm2d

    Normalisation of each channel of each image (Ulyanov et al. 2016): (x - mean) / sqrt(variance + eps) weight +
    bias for x of [n, channels, height, width] or [channels, height, width].

    `InstanceNorm2d(_:eps:momentum:affine:trackRunningStats:bias:dtype:)`

    Normalises `channels` channels.

    - `channels`: `Int` - the number of channels, the size of dimension 1.
    - `eps`: `Double = 1e-5` - added so that nothing is divided by 0.
    - `momentum`: `Double = 0.1` - the share of a new batch in the running statistics.
    - `affine`: `Bool = false` - whether scale and shift are learned.
    - `trackRunningStats`: `Bool = false` - whether evaluation uses running statistics.
    - `bias`: `Bool = true` - whether there is a shift, where `affine`.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.

    The call: returns x of [n, channels, ...] or [channels, ...], normalised.

    ## InstanceNorm3d

    Normalisation of each channel of each volume (Ulyanov et al. 2016): (x - mean) / sqrt(variance + eps) weight +
    bias for x of [n, channels, depth, height, width], or one of them.

    `InstanceNorm3d(_:eps:momentum:affine:trackRunningStats:bias:dtype:)`

    Normalises `channels` channels.

    - `channels`: `Int` - the number of channels, the size of dimension 1.
    - `eps`: `Double = 1e-5` - added so that nothing is divided by 0.
    - `momentum`: `Double = 0.1` - the share of a new batch in the running statistics.
    - `affine`: `Bool = false` - whether scale and shift are learned.
    - `trackRunningStats`: `Bool = false` - whether evaluation uses running statistics.
    - `bias`: `Bool = true` - whether there is a shift, where `affine`.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where none is given.

    The call: returns x of [n, channels, ...] or [channels, ...], normalised.

    ## SyncBatchNorm

    Batch normalisation (Ioffe and Szegedy 2015) whose mean and variance, in training, are those of all processes'
    batches together; of any number of dimensions from 2 on.

    The processes are those of a `World` of ChainRuleDistributed; each calls the layer, and goes backward through
    it, as often as the others. Results, gradients and running statistics are those of `BatchNorm2d` and its kin
    on the joined batch. With one process, and in evaluation, it is one of them.

    `SyncBatchNorm(_:eps:momentum:affine:trackRunningStats:bias:dtype:)`

    Normalises `channels` channels; the options are those of `BatchNorm2d`.

    - `channels`: `Int`
    - `eps`: `Double = 1e-5` - what is added to a divisor.
    - `momentum`: `Double? = 0.1`
    - `affine`: `Bool = true`
    - `trackRunningStats`: `Bool = true`
    - `bias`: `Bool = true` - whether there is a bias.
    - `dtype`: `DType? = nil` - the type of the parameters; the default type where nil.

    The call: returns x of [n, channels, ...], normalised.

    """#
}
