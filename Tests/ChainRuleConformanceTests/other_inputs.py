#!/usr/bin/env python3
"""Write conformance cases with other inputs.

    python3 other_inputs.py GENERATOR --seed 23 --out DIR [what else the generator takes]

The generator's own --seed changes cotangents and directions only, as PyTorch's table seeds its samples itself, with a number that this
sets to the same.
"""
import argparse, runpy, sys
import torch.testing._internal.common_utils as utils

parser = argparse.ArgumentParser(add_help=False)
parser.add_argument("--seed", type=int, required=True)
utils.SEED = parser.parse_known_args()[0].seed
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
