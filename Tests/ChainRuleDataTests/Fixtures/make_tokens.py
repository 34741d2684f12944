"""Writes tokenizer.json, trained by the library `tokenizers` on the text here, and tokens.json with what it makes of texts.

    python make_tokens.py            # writes beside itself
    python make_tokens.py FOLDER     # reads with `tokenizers` what TokenizerTests wrote there (TOKENIZER_FILES=FOLDER)
"""
import json, os, random, sys
from tokenizers import Tokenizer, models, pre_tokenizers, decoders, trainers

here = os.path.dirname(os.path.abspath(__file__))
words = "the model reads a text and writes tokens, tokens are numbers and numbers are read by the model; it isn't slow, we'll see".split()
rng = random.Random(4)
text = " ".join(rng.choice(words) for _ in range(3000)) + "\nNaïve café 北京 123 4567!!  two  spaces\t\ttabs\r\n\r\n" * 20
samples = ["", " ", "the model", "  the  tokens\n\n are", "It's we'll they've I'd 'tis", "Naïve café 北京 नमस्ते ½ 12345 ②", "a\u00a0b\u3000c \u2028d",
           "\ttabs\r\nand lines \n", "!!?? ...(x)", "emoji 👩‍👩‍👧 ok", "<|end|>the<|end|>", "ﬁne ǅ ʰ ª", "a" * 100, "x" * 70 + " " * 5 + "y"]


def level(tokenizer):
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


if len(sys.argv) > 1:
    ours = Tokenizer.from_file(os.path.join(sys.argv[1], "tokenizer.json"))
    theirs = Tokenizer.from_file(os.path.join(here, "tokenizer.json"))
    files = level(Tokenizer(models.BPE.from_file(os.path.join(sys.argv[1], "vocab.json"), os.path.join(sys.argv[1], "merges.txt"))))
    for sample in samples:
        assert ours.encode(sample).ids == theirs.encode(sample).ids, sample
        if "<|end|>" not in sample:
            assert files.encode(sample).ids == theirs.encode(sample).ids, sample
    print("the same tokens of", len(samples), "texts")
    sys.exit()

tokenizer = level(Tokenizer(models.BPE()))
trainer = trainers.BpeTrainer(vocab_size=330, special_tokens=["<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
tokenizer.train_from_iterator([text], trainer)
tokenizer.save(os.path.join(here, "tokenizer.json"), pretty=False)
with open(os.path.join(here, "tokens.json"), "w") as f:
    json.dump({"text": text, "samples": [{"text": s, "tokens": tokenizer.encode(s).ids} for s in samples]}, f)
