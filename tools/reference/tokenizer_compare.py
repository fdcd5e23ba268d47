"""Compares Veneer's tokenizers with transformers' on random prompts, by default CLIP's with its full vocabulary.

--folder names a CLIP or T5 tokenizer; "t5" trains a unigram model with sentencepiece's nmt_nfkc normalisation.

    cmake --build build/dev --target tokenize_prompts
    python tools/reference/tokenizer_compare.py build/dev/tests/parity/tokenize_prompts [--count N] [--seed N] [--folder DIR]

The prompts: every character that Python knows (3.11: Unicode 14), alone and between letters; then random mixtures of its blocks, of
combining marks, words and special tokens. Exits with 1 when one differs.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unicodedata

from tokenizer_goldens import BOS, EOS, CLIPTokenizer, clip_files
from transformers import T5Tokenizer

KNOWN = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
MARKS = [c for c in KNOWN if unicodedata.combining(c)]
BLOCK = 0x80
FIXED = [BOS, EOS, EOS.upper(), "'s", "'ll", "'RE", " ", "\t", "\u3000", "!", "!!!", "...", "\U0001f642", "\U0001f469\u200d\U0001f467", "\ufe0f", "\u0130",
         "\u00df", "\u01c5", "\u03a3", "\u00e9", "e\u0301", "\0", "\x1c", "</w>", "photo", "a ", "cat", "1234", "\u00bd"]
LETTERS = "etaoinshrdlucmfwypvbgkjqxzETAOIN"


def blocks():
    table = {}
    for c in KNOWN:
        table.setdefault(ord(c) // BLOCK, []).append(c)
    return list(table.values())


def mixtures(count, draw):
    table = blocks()

    def piece():
        kind = draw.random()
        if kind < 0.5:
            return "".join(draw.choices(draw.choice(table), k=draw.randint(1, 8)))
        if kind < 0.65:
            return "".join(draw.choices(MARKS, k=draw.randint(1, 5)))
        if kind < 0.8:
            return "".join(draw.choices(LETTERS, k=draw.randint(1, 12)))
        return draw.choice(FIXED)

    for _ in range(count):
        yield "".join(piece() + (" " if draw.random() < 0.3 else "") for _ in range(draw.randint(1, 14)))


def every_character():
    for c in KNOWN:
        yield f"{c} a{c}b {c}1{c}"


def reference(tokenizer, prompts):
    length = tokenizer.model_max_length
    padded = tokenizer(prompts, padding="max_length", max_length=length, truncation=True)["input_ids"]
    for ids, untruncated in zip(padded, tokenizer(prompts)["input_ids"]):
        removed = tokenizer.batch_decode([untruncated[length - 1 : -1]])[0] if len(untruncated) > length else ""
        yield [ids, removed]


def tokenizer_class(folder):
    return T5Tokenizer if pathlib.Path(folder, "spiece.model").exists() else CLIPTokenizer


def compare(program, folder, prompts):
    text = "\n".join(json.dumps(p) for p in prompts) + "\n"
    ours = subprocess.run([program, folder], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(ours) == len(prompts)
    different = 0
    for prompt, line, expected in zip(prompts, ours, reference(tokenizer_class(folder).from_pretrained(folder), prompts)):
        if json.loads(line) != expected:
            different += 1
            if different <= 5:
                print("differs:", ascii(prompt), "\n  expected", ascii(expected), "\n  got     ", line)
    return different


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program")
    options.add_argument("--count", type=int, default=5000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--folder")
    options = options.parse_args()
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder
        if folder == "t5":
            import t5_tokenizer_goldens

            folder = scratch
            t5_tokenizer_goldens.train(pathlib.Path(scratch), normalization_rule_name="nmt_nfkc", user_defined_symbols=[])
        if folder is None:
            folder = scratch
            clip_files(pathlib.Path(scratch), merges=49152 - 256 - 2)
        different = 0
        for name, prompts in (("every character", list(every_character())), ("mixtures", list(mixtures(options.count, draw)))):
            count = compare(options.program, folder, prompts)
            print(f"{name}: {len(prompts)} prompts, {count} differ", flush=True)
            different += count
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
