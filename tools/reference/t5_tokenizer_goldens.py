"""Writes tests/golden/tokenizer/t5*: a small sentencepiece model, prompts and their ids by transformers' T5Tokenizer.

    python tools/reference/t5_tokenizer_goldens.py            # writes the goldens
    python tools/reference/t5_tokenizer_goldens.py FOLDER     # prints the cases of any T5 tokenizer as JSON

The model is trained here, on prompts of many scripts and this repository's documentation. Its normalisation is NFKC and
the removal of control characters by rules of our own: sentencepiece's nmt_nfkc has the same form and is 240 KB.
"""

import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import unicodedata

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import sentencepiece
from transformers import T5Tokenizer

from tokenizer_goldens import GOLDEN, ROOT, prompts

MAX_LENGTH = 40
T5_PROMPTS = [
    "</s>", "<pad>", "<unk>", "a</s>b", "a </s> b", "<extra_id_0>", "x<extra_id_99>y", "<extra_id_5> a  <extra_id_6>b", "<extra_id_100>", "< /s>", "<S>", "<style>", "a<style>b",
    "\u2581", "\u2581\u2581", "a\u2581b", "\u2581a", "a\u2581", "a \u2581\u2581b", "\u2581 \u2581", "\u2582", "<0x41>", "ＡＢＣ ﬁ ½", "e\u0301 e\u0301\u0301", "ﾊﾟﾋﾟ", "ｶﾞ", "①②", "㌔", "™ ℃", "a\u00adb",
    "o\u0304\u0301", "\u0627\u064b", "\u1100\u1161\u11a8", "…", "a…b", "\u200b", "a\u200bb", "\u3000a\u3000", "x\u0338", "<\u0338", "=\u0338", "\U0001d5d4", "\u01c4", "ĳ", "\u0149",
]  # fmt: skip


def rules():
    """NFKC of single characters and of a letter with one mark, and what sentencepiece's nmt rules remove or make a space."""
    lines = {}
    for code in range(1, 0x1F000):
        char = chr(code)
        category = unicodedata.category(char)
        if category in ("Cn", "Cs", "Co") or 0x3400 <= code < 0xE000 or 0xF900 <= code < 0xFB00 or 0x11000 <= code < 0x1D400 or 0xFB50 <= code < 0xFE70:
            continue
        if category == "Zs" or char in "\t\n\r":
            to = " "
        elif category in ("Cc", "Cf"):
            to = ""
        else:
            to = unicodedata.normalize("NFKC", char)
        if to != char:
            lines[char] = to
        parts = unicodedata.normalize("NFD", char)
        if len(parts) == 2 and code < 0x3100 and unicodedata.normalize("NFKC", parts) == char:
            lines[parts] = char
    form = lambda text: " ".join(f"{ord(c):X}" for c in text)
    return "".join(f"{form(left)}\t{form(right)}\n" for left, right in sorted(lines.items()))


def train(folder, **options):
    folder.mkdir(parents=True, exist_ok=True)
    documents = sorted((ROOT / "docs").rglob("*.md"))
    lines = [line for path in documents for line in path.read_text().splitlines()] + prompts()
    with tempfile.TemporaryDirectory() as scratch:
        tsv = pathlib.Path(scratch) / "rules.tsv"
        tsv.write_text(rules())
        options = options or {"normalization_rule_tsv": str(tsv), "user_defined_symbols": ["<style>"]}
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(line[:4000] for line in lines if line.strip()), model_prefix=f"{scratch}/spiece", vocab_size=2400,
            model_type="unigram", character_coverage=0.98, num_threads=1, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
            minloglevel=2, **options,
        )  # fmt: skip
        shutil.copyfile(f"{scratch}/spiece.model", folder / "spiece.model")
    config = {"tokenizer_class": "T5Tokenizer", "model_max_length": MAX_LENGTH, "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def case(tokenizer, text):
    """As StableDiffusion3Pipeline and FluxPipeline call it, and the part that they show in their warning."""
    ids = tokenizer(text, padding="max_length", max_length=MAX_LENGTH, truncation=True).input_ids
    mask = tokenizer(text, padding="max_length", max_length=MAX_LENGTH, truncation=True).attention_mask
    whole = tokenizer(text, padding="longest").input_ids
    truncated = tokenizer.batch_decode([whole[MAX_LENGTH - 1 : -1]])[0] if len(whole) > MAX_LENGTH else ""
    return [text, ids[: sum(mask)], truncated]


def texts():
    mixed = random.Random(7)
    words = [word for text in prompts() for word in text.split(" ") if word]
    sentences = [" ".join(mixed.choices(words, k=mixed.randint(2, 30))) for _ in range(60)]
    return list(dict.fromkeys(T5_PROMPTS + prompts() + sentences))


def write(name, folder, own):
    tokenizer = T5Tokenizer.from_pretrained(folder)
    rows = ",\n".join(json.dumps(case(tokenizer, text), separators=(",", ":")) for text in own)
    path = GOLDEN / f"{name}.json"
    path.write_text(f'{{"max_length": {MAX_LENGTH}, "vocabulary": {len(tokenizer)}, "cases": [\n{rows}\n]}}\n')
    print(path.relative_to(ROOT), len(own), "prompts", path.stat().st_size, "bytes")


def main():
    if len(sys.argv) > 1:
        tokenizer = T5Tokenizer.from_pretrained(sys.argv[1])
        print(json.dumps({"max_length": MAX_LENGTH, "vocabulary": len(tokenizer), "cases": [case(tokenizer, text) for text in texts()]}))
        return
    spiece = GOLDEN / "t5"
    train(spiece)
    write("t5", spiece, texts())
    # The same as tokenizer.json alone, and with the tokens that published folders declare.
    saved = GOLDEN / "t5_json"
    shutil.rmtree(saved, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        T5Tokenizer.from_pretrained(spiece).save_pretrained(scratch)
        saved.mkdir()
        compact = json.loads(pathlib.Path(scratch, "tokenizer.json").read_text())
        (saved / "tokenizer.json").write_text(json.dumps(compact, ensure_ascii=False, separators=(",", ":")) + "\n")
    flags = {"lstrip": True, "rstrip": True, "normalized": False, "single_word": False, "special": True}
    declared = {str(2400 + i): {"content": f"<extra_id_{99 - i}>", **flags} for i in range(100)}
    declared["2500"] = {"content": "Word", **flags, "normalized": True, "special": False, "lstrip": False, "rstrip": False}
    config = {"tokenizer_class": "T5Tokenizer", "model_max_length": MAX_LENGTH, "extra_ids": 100, "added_tokens_decoder": declared}
    (saved / "tokenizer_config.json").write_text(json.dumps(config, separators=(",", ":")) + "\n")
    write("t5_json", saved, T5_PROMPTS + ["Word", "aWord b", "ＷｏｒｄWord", "Word word"] + prompts()[::6])


if __name__ == "__main__":
    main()
