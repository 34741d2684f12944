#!/usr/bin/env python3
"""Write cases of modules that PyTorch's own table lacks, or lacks options of, in the form of the generator of training cases.

    python3 other_modules.py GENERATOR --out DIR [--seed 0] [--dtype float64]

GENERATOR is the path of that generator, whose table is replaced by the one below: for each class its constructors, and what each is called with.
"""
import os, runpy, sys
import torch
import torch.testing._internal.common_modules as common

nn = torch.nn
MAKE = dict(requires_grad=True)


class TransformerEncoder(nn.TransformerEncoder):
    """Of numbers and words, as a case cannot hold the layer to copy."""

    def __init__(self, layers, norm, **options):
        super().__init__(nn.TransformerEncoderLayer(4, 2, 8, **options), layers, nn.LayerNorm(4) if norm else None)


class TransformerDecoder(nn.TransformerDecoder):
    def __init__(self, layers, norm, **options):
        super().__init__(nn.TransformerDecoderLayer(4, 2, 8, **options), layers, nn.LayerNorm(4) if norm else None)


def packed(layer):
    """A recurrent layer that packs what it is given with lengths, and pads its output."""

    class Packed(layer):
        def _get_name(self):
            return layer.__name__

        def forward(self, x, lengths, state=None):
            output, end = super().forward(nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False), state)
            return nn.utils.rnn.pad_packed_sequence(output)[0], end

    Packed.__name__ = "Packed" + layer.__name__
    return Packed


PackedRNN, PackedGRU, PackedLSTM = packed(nn.RNN), packed(nn.GRU), packed(nn.LSTM)


def table(dtype):
    def x(*shape, low=-2, high=2):
        return torch.empty(shape, dtype=dtype).uniform_(low, high).requires_grad_()

    def i(high, *shape):
        return torch.randint(0, high, shape)

    def c(*args, **kwargs):
        return args, kwargs

    def pooled(pool, *shape):
        values, indices = pool(x(*shape), return_indices=True)
        return values.detach().requires_grad_(), indices

    F = nn.functional
    padded = torch.tensor([[False, False, True], [False, True, True]])
    causal = nn.Transformer.generate_square_subsequent_mask(3, dtype=dtype)
    return {
        nn.Dropout: [(c(), c(x(3, 4))), (c(0.2), c(x(20))), (c(p=1), c(x(3)))],
        nn.Dropout1d: [(c(), c(x(2, 3, 4))), (c(0.3), c(x(5, 2)))],
        nn.Dropout2d: [(c(), c(x(2, 3, 2, 2))), (c(0.3), c(x(2, 5, 2)))],
        nn.Dropout3d: [(c(), c(x(2, 3, 2, 1, 2))), (c(0.3), c(x(5, 2, 2, 1)))],
        nn.AlphaDropout: [(c(), c(x(3, 4))), (c(0.2), c(x(20)))],
        nn.FeatureAlphaDropout: [(c(), c(x(2, 3, 4))), (c(0.2), c(x(4, 5)))],
        nn.RReLU: [(c(), c(x(4, 5))), (c(0.1, 0.9), c(x(20)))],
        nn.Hardsigmoid: [(c(), c(x(4, 5, low=-4, high=4)))],
        nn.GELU: [(c("tanh"), c(x(4, 5)))],
        nn.CosineSimilarity: [(c(), c(x(3, 4), x(3, 4))), (c(dim=0, eps=0.1), c(x(3, 4), x(4)))],
        nn.PairwiseDistance: [(c(), c(x(3, 4), x(3, 4))), (c(p=1.0, keepdim=True), c(x(3, 4), x(4))), (c(p=3.0), c(x(4), x(4)))],
        nn.Identity: [(c(), c(x(2, 3)))],
        nn.Flatten: [(c(), c(x(2, 3, 2))), (c(0, 1), c(x(2, 3, 2)))],
        nn.Unflatten: [(c(1, (2, 3)), c(x(2, 6))), (c(-1, (-1, 2)), c(x(2, 6)))],
        nn.PixelShuffle: [(c(2), c(x(1, 8, 2, 3)))],
        nn.PixelUnshuffle: [(c(2), c(x(2, 2, 4, 2)))],
        nn.ChannelShuffle: [(c(2), c(x(1, 6, 2, 2)))],
        nn.Unfold: [(c((2, 3), dilation=(1, 2), padding=(1, 2), stride=(2, 1)), c(x(1, 2, 4, 5))), (c(2), c(x(2, 3, 3)))],
        nn.Fold: [(c((4, 5), (2, 2), padding=1, stride=(2, 1)), c(x(1, 8, 18))), (c((3, 3), 2), c(x(8, 4)))],
        nn.Upsample: [
            (c(scale_factor=2), c(x(1, 2, 3))), (c(size=(5, 4), mode="bilinear"), c(x(1, 2, 3, 2))),
            (c(scale_factor=(1.5, 2), mode="bilinear", align_corners=True), c(x(1, 1, 4, 3))), (c(size=7, mode="linear"), c(x(1, 2, 3))),
            (c(scale_factor=2, mode="bicubic"), c(x(1, 1, 4, 3))),
        ],
        nn.UpsamplingNearest2d: [(c(scale_factor=2), c(x(1, 2, 3, 2))), (c(size=(5, 4)), c(x(1, 2, 3, 2)))],
        nn.UpsamplingBilinear2d: [(c(scale_factor=2), c(x(1, 2, 3, 2))), (c(size=(5, 4)), c(x(1, 2, 3, 2)))],
        nn.MaxUnpool1d: [(c(2), c(*pooled(lambda t, return_indices: F.max_pool1d(t, 2, return_indices=True), 1, 2, 6)))],
        nn.MaxUnpool2d: [(c(2, stride=2), c(*pooled(lambda t, return_indices: F.max_pool2d(t, 2, return_indices=True), 1, 2, 4, 6)))],
        nn.MaxUnpool3d: [(c((2, 2, 2)), c(*pooled(lambda t, return_indices: F.max_pool3d(t, 2, return_indices=True), 1, 1, 2, 4, 4)))],
        nn.MaxPool2d: [(c(3, 2, 1, ceil_mode=True), c(x(1, 2, 6, 5))), (c(2, stride=1, dilation=2), c(x(2, 4, 5)))],
        nn.MaxPool3d: [(c(3, 2, 1, ceil_mode=True), c(x(1, 2, 6, 5, 4))), (c((1, 2, 2), stride=1, dilation=2), c(x(1, 3, 4, 5)))],
        nn.AvgPool3d: [(c(3, 2, 1, True, False), c(x(1, 2, 6, 5, 4)))],
        nn.TripletMarginLoss: [
            (c(), c(x(3, 4), x(3, 4), x(3, 4))), (c(margin=2.0, p=1.0, swap=True, reduction="none"), c(x(3, 4), x(3, 4), x(3, 4))),
        ],
        nn.TripletMarginWithDistanceLoss: [(c(), c(x(3, 4), x(3, 4), x(3, 4))), (c(margin=2.0, swap=True, reduction="sum"), c(x(3, 4), x(3, 4), x(3, 4)))],
        nn.BCEWithLogitsLoss: [(c(pos_weight=torch.tensor([1.0, 2.0, 0.5], dtype=dtype)), c(x(2, 3), i(2, 2, 3).to(dtype)))],
        nn.CTCLoss: [(c(zero_infinity=True, reduction="sum"), c(x(3, 2, 4).detach().log_softmax(2).requires_grad_(), torch.tensor([[1, 1, 1], [2, 1, 3]]), (3, 3), (3, 2)))],
        nn.AdaptiveLogSoftmaxWithLoss: [
            (c(8, 10, [3, 6], div_value=2.0), c(x(6, 8), torch.tensor([0, 5, 9, 2, 3, 7]))), (c(8, 10, [4], head_bias=True), c(x(2, 8), torch.tensor([1, 2]))),
        ],
        nn.Embedding: [
            (c(5, 3, padding_idx=-1), c(i(5, 2, 4))), (c(5, 3, max_norm=1.0), c(i(5, 4))), (c(5, 3, max_norm=1.5, norm_type=1.0), c(i(5, 4))),
            (c(5, 3, scale_grad_by_freq=True), c(torch.tensor([1, 1, 4]))),
        ],
        nn.EmbeddingBag: [
            (c(5, 3), c(i(5, 2, 4))), (c(5, 3, mode="sum"), c(i(5, 5), torch.tensor([0, 2, 2, 4]))), (c(5, 3, mode="max", padding_idx=1), c(torch.tensor([1, 2, 0, 1, 1]), torch.tensor([0, 3]))),
            (c(5, 3, mode="sum", include_last_offset=True), c(i(5, 5), torch.tensor([0, 2, 5]), x(5))), (c(5, 3, scale_grad_by_freq=True, padding_idx=2), c(torch.tensor([[1, 2, 1], [2, 2, 2]]))),
            (c(5, 3, max_norm=1.0), c(i(5, 2, 4))),
        ],
        nn.Conv1d: [(c(2, 3, 3, padding=m[1], padding_mode=m[0], bias=False), c(x(1, 2, 6))) for m in (("reflect", 2), ("circular", "same"), ("replicate", 1), ("zeros", 2))],
        nn.Conv2d: [(c(2, 4, (3, 2), stride=(1, 2), padding=(1, 2), dilation=(2, 1), groups=2, padding_mode=m), c(x(1, 2, 6, 5))) for m in ("circular", "reflect", "replicate")],
        nn.Conv3d: [(c(1, 2, 2, padding="same", padding_mode="replicate"), c(x(1, 1, 3, 3, 3)))],
        nn.ConvTranspose2d: [
            (c(2, 4, 3, stride=2, padding=1, output_padding=1, groups=2, dilation=2, bias=False), c(x(1, 2, 3, 2))),
            (c(2, 1, 3, stride=2), c(x(1, 2, 2, 3), (6, 7))),
        ],
        nn.ConvTranspose3d: [(c(2, 1, (1, 2, 2), stride=2), c(x(1, 2, 2, 1, 2)))],
        nn.RNN: [(c(3, 2), c(x(4, 3))), (c(3, 2, 2, dropout=0.5), c(x(4, 2, 3)))],
        nn.GRU: [(c(3, 2), c(x(4, 3), x(1, 2))), (c(3, 2, 2, dropout=0.5, bidirectional=True), c(x(4, 2, 3)))],
        nn.LSTM: [
            (c(3, 2), c(x(4, 3))), (c(3, 4, 2, dropout=0.5, proj_size=2, bidirectional=True), c(x(4, 2, 3))),
            (c(3, 2, batch_first=True), c(x(2, 4, 3), (x(1, 2, 2), x(1, 2, 2)))),
        ],
        PackedRNN: [(c(3, 2), c(x(4, 3, 3), (2, 4, 3)))],
        PackedGRU: [(c(3, 2, 2, bidirectional=True, dropout=0.5), c(x(4, 3, 3), (2, 4, 4), x(4, 3, 2)))],
        PackedLSTM: [
            (c(3, 2, 2, bidirectional=True), c(x(4, 3, 3), (1, 4, 3), (x(4, 3, 2), x(4, 3, 2)))), (c(3, 4, proj_size=2), c(x(4, 2, 3), (4, 2))),
        ],
        nn.GRUCell: [(c(3, 2, bias=False), c(x(3)))],
        nn.LSTMCell: [(c(3, 2), c(x(2, 3)))],
        nn.MultiheadAttention: [
            (c(4, 2, kdim=3, vdim=5, batch_first=True), c(x(2, 3, 4), x(2, 2, 3), x(2, 2, 5))), (c(4, 2, dropout=0.5), c(x(3, 2, 4), x(3, 2, 4), x(3, 2, 4))),
            (c(4, 2), c(x(3, 4), x(2, 4), x(2, 4), average_attn_weights=False)), (c(4, 2), c(x(3, 4), x(2, 4), x(2, 4), need_weights=False)),
            (c(4, 2), c(x(3, 1, 4), x(3, 1, 4), x(3, 1, 4), attn_mask=causal, is_causal=True, need_weights=False)),
        ],
        nn.TransformerEncoderLayer: [(c(4, 2, 8, activation="gelu", layer_norm_eps=0.1), c(x(3, 2, 4))), (c(4, 2, 8, 0.5), c(x(3, 2, 4)))],
        nn.TransformerDecoderLayer: [(c(4, 2, 8, activation="gelu"), c(x(3, 2, 4), x(2, 2, 4)))],
        TransformerEncoder: [
            (c(2, True), c(x(3, 2, 4))), (c(2, False, dropout=0.0, batch_first=True, norm_first=True), c(x(2, 3, 4), src_key_padding_mask=padded)),
            (c(1, False, dropout=0.0), c(x(3, 2, 4), mask=causal)),
        ],
        TransformerDecoder: [
            (c(2, True), c(x(3, 2, 4), x(2, 2, 4))),
            (c(2, False, dropout=0.0, batch_first=True), c(x(2, 3, 4), x(2, 3, 4), tgt_mask=causal, memory_key_padding_mask=padded)),
        ],
        nn.BatchNorm1d: [(c(3, momentum=None), c(x(4, 3)))],
    }


class Info:
    def __init__(self, cls):
        self.module_cls, self.dtypes, self.train_and_eval_differ = cls, (torch.float32, torch.float64), True

    def module_inputs_func(self, info, device, dtype, requires_grad, training):
        made = table(dtype)[self.module_cls]
        return [
            common.ModuleInput(common.FunctionInput(*make[0], **make[1]), common.FunctionInput(*call[0], **call[1]), desc=f"other {n}")
            for n, (make, call) in enumerate(made)
        ]


common.module_db = [Info(cls) for cls in table(torch.float64)]
import torch.testing._internal.common_optimizers as optimizers

optimizers.optim_db = []
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
runpy.run_path(sys.argv[0], run_name="__main__")
