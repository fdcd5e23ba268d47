"""Writes tests/golden/tokenizer/: prompts and their ids by transformers' CLIPTokenizer, called as diffusers calls it.

    python tools/reference/tokenizer_goldens.py

Four tokenizers: the demo's; CLIP's with its first merges alone, in the files of Stable Diffusion 1.5; the same in the
files of Stable Diffusion 2 (padding with "!"); the same with added tokens of every flag.
"""
import gzip
import importlib.util
import json
import os
import pathlib
import random
import shutil
import tempfile
import unicodedata

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
from transformers import CLIPTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "tokenizer"
MERGES = 6000
BOS, EOS = "<|startoftext|>", "<|endoftext|>"

WORDS = """
a photo of a cat|A Photo Of A CAT|an astronaut riding a horse on mars, 4k, highly detailed|(masterpiece:1.2), [best quality]
it's|IT'S|we're they've I'm he'll she'd don't|'s 't 're 've 'm 'll 'd|'S 'T 'RE|rock'n'roll|''s|!'s|’s it’s|l'été|o'clock'd
x1y2z3|12345|3.14159|1,000,000|½ ¼ Ⅷ ⅷ ②|٣٤٥ ४५६ 四百|e=mc²|H₂O|#tag @user $5 50%|a-b_c d/e\\f|http://a.b/c?d=e&f=g|C++ & C#
...|!!!???|?!?!|--- *** ===|<<>>|<|>|<|end|>|((a))|"quoted" 'single'|«guillemets» „low“ 「corner」|~`^|; : , .|a...b|a . b|</w>|a</w>b
İstanbul|ISTANBUL ıI|STRASSE Straße ẞ ß|Ǆ ǅ ǆ Ǉ ǈ|ΣΊΣΥΦΟΣ Σ σ ς|ΑΣ ΑΣΑ|ŉ ǰ ΐ|ᾈ ᾳ ῌ|ﬁ ﬂ ﬃ|Ꮳ ꮳ|Ⴀ ა Ა|𐐀𐐨|K Å Ω ſ|Ａｂｃ １２|𝐀𝒜𝔸|ⒶⓐⅯ|Ȧ̇ İ̇ i̇
é é|Ä Ä ä|Å Å Å|ñ ñ|ạ̈ ạ̈|q̣̇ q̣̇|Ç̌ Ç̌|한글 한글|가 각|ᄀ가 ᆨ ᅡ|ㄱㅏ|が が ｶﾞ|क़ क़|ড়|ଢ଼|שּׁ שׁ|ά ά|̀a|à̖ à̖|Ω Ω|〈 〉|豈 更|ﬠ
日本の女の子, 桜, 水彩画|猫の写真|中文提示词，高清，细节|繁體中文測試|한국어 프롬프트, 고양이 사진|фотография кота|ЖЁЛТЫЙ ёж|γάτα στον ήλιο|صورة قطة جميلة|תמונה של חתול|बिल्ली की तस्वीर
รูปแมวน่ารัก|con mèo dễ thương|ķaķis ēd zivi|čeština žluťoučký kůň|zażółć gęślą jaźń|ბუნება|հայերեն կատու|ድመት ፎቶ|ᏣᎳᎩ|ᠮᠣᠩᠭᠣᠯ|བོད་ཡིག|မြန်မာ|ខ្មែរ|ລາວ|සිංහල|தமிழ் பூனை|తెలుగు|ಕನ್ನಡ|മലയാളം
🙂|😀😃😄|👍🏽|👩‍👩‍👧‍👦|👨🏿‍🚀 in space|🏳️‍🌈🏴‍☠️|🇩🇪🇯🇵|❤️ ❤|1️⃣ #️⃣|☃☃️|🧑🏻‍🤝‍🧑🏿|a🙂b🙂c|🫠🪿|★☆✓→∞≠|♥♦♣♠|🏴󠁧󠁢󠁳󠁣󠁴󠁿
<|endoftext|>|<|startoftext|>|a <|endoftext|> b|a<|endoftext|>b|<|ENDOFTEXT|>|x <|EndOfText|>!! y|!<|ENDOFTEXT|>!|<|startoftext|><|startoftext|>|<|endoftext|>́|<|endoftext| >|<| endoftext |>|<|endoftex
<|STARTOFTEXT|>a|<|<|endoftext|>|>|wow!|a  !b|!|! !|hello!! a! <|endoftext|> b|the end<|endoftext|>.|'<|endoftext|>s|<|endoftext|>'s
supercalifragilisticexpialidocious|pneumonoultramicroscopicsilicovolcanoconiosis|aaaaaaaaaaaaaaaaaaaaaaaa|abababababababab|thethethethe|zzzxqj|thequickbrownfox|antidisestablishmentarianism
"""
SPACES = ["", " ", "   ", "\t", "\n", "\r\n", " a", "a ", "\ta\tb\n", "a\u00a0b", "a\u2003\u2009b", "a\u3000b", "a\u200bb", "a\u2060b",
          "a\ufeffb", "a\u1680b", "a\u180eb", "a\u2028b\u2029c", "a\u0085b", "a\x1cb\x1db\x1eb\x1fb", "a\x0bb\x0cc", "\u2000\u2001a", "a\u202fb\u205fc",
          "\u00a0", "a \u0301b", "\u0301", " \u0301 "]
COMPOSED = ["caf\u00e9 cafe\u0301", "\u00c4\u0308 A\u0308 a\u0308", "\u212b \u00c5 A\u030a", "\u2126 \u03a9", "\u1ea1\u0308 a\u0308\u0323 a\u0323\u0308",
            "q\u0307\u0323", "\u1112\u1161\u11ab\u1100\u1173\u11af", "\uac00\u11a8", "\u1100\uac00\u11a8 \u1161\u11a8", "\u304b\u3099 \u30cf\u309a", "\u0958 \u0915\u093c",
            "\u09a1\u09bc \u0b47\u0b56 \u09c7\u09be", "\ufb2c \u05e9\u05bc\u05c1", "\u03ac \u1f71 \u03b1\u0301", "\u2329 \u232a", "\uf900 \ufa0c \U0002f800", "\u0344", "\u1fef \u037e \u0387",
            "\u0041\u030a\u0064\u0307\u0323", "\u0130 I\u0307 \u0069\u0307 \u0131", "\u0130STANBUL", "\U00011099\U000110ba \U0001d15e", "a\u0898\u0334", "a\u1dfa\u0334\u0301", "\U00011935\U00011930"]
CONTROLS = ["a\x00b", "\x00", "\x00\x00 a", "\x01\x02\x03", "a\x7fb", "\x1b[31mred\x1b[0m", "a\u0080\u009fb", "\u200e\u200fabc\u202a\u202e", "a\u00adb",
            "\ufffd", "a\ufffdb", "\ufffe\uffff", "\U0001ffff \U0010ffff", "\ue000\uf8ff", "\U000f0000", "\u0600\u06dd", "\U0001d173", "\ufff9\ufffa"]
LONG = ["a photo of a cat " * 12, "word " * 100, "🙂" * 60, "漢字" * 60, "x" * 400, "!" * 200, "1 2 3 " * 60, "é" * 150, "e\u0301" * 150,
        "a " * 75, "a " * 76, "a " * 74 + "🙂", "a " * 73 + "漢字漢字", "a " * 22 + "tail's end", "a " * 20 + "日本語のテキスト", "one, two, three. " * 25,
        "a " * 80 + "\u00a0\x1c", "a " * 80 + "<|endoftext|> rest <|ENDOFTEXT|>", "a " * 80 + "</w> x</w>", "<|endoftext|>" * 90, "supercalifragilistic " * 30,
        "a " * 21 + "\U0001f469\u200d\U0001f469\u200d\U0001f467", "\u0301" * 120, "\x00" * 100, "ab cd's " * 40]


def bytes_to_unicode():
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in visible]
    return [chr(b) for b in visible] + [chr(256 + i) for i in range(len(hidden))]


def clip_files(folder, merges=MERGES):
    """CLIP's vocabulary with its first `merges` merges, and Stable Diffusion 1.5's two configuration files."""
    package = importlib.util.find_spec("open_clip").submodule_search_locations[0]
    lines = gzip.open(pathlib.Path(package) / "bpe_simple_vocab_16e6.txt.gz").read().decode().split("\n")
    pairs = lines[1 : 1 + merges]
    letters = bytes_to_unicode()
    tokens = letters + [c + "</w>" for c in letters] + ["".join(p.split()) for p in pairs] + [BOS, EOS]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False) + "\n")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(pairs) + "\n")
    write_config(folder, pad=EOS)


def token(content, **flags):
    return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False, **flags}


def write_config(folder, pad, **more):
    folder.mkdir(parents=True, exist_ok=True)
    special = {"bos_token": token(BOS), "eos_token": token(EOS), "unk_token": token(EOS)}
    config = {"add_prefix_space": False, "do_lower_case": True, "errors": "replace", "model_max_length": 77, "pad_token": EOS,
              "tokenizer_class": "CLIPTokenizer", **{k: {"__type": "AddedToken", **v} for k, v in special.items()}, **more}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps({**special, "pad_token": pad}, indent=2, sort_keys=True) + "\n")


def script_samples(count, seed):
    """Words from every block of characters that Python 3.11 knows (Unicode 14): ICU of Debian 12 knows them too."""
    draw = random.Random(seed)
    blocks = []
    for start in range(0, 0x20000, 0x80):
        block = [chr(c) for c in range(start, start + 0x80) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
        if block:
            blocks.append(block)
    for i in range(count):
        block = blocks[i * len(blocks) // count]
        words = ["".join(draw.choices(block, k=draw.randint(1, 5))) for _ in range(draw.randint(1, 3))]
        yield draw.choice([" ", "", " a ", "\u0301 ", "\u0323\u0301"]).join(words)


def mark_samples(count, seed):
    draw = random.Random(seed)
    marks = [chr(c) for c in range(0x20000) if unicodedata.combining(chr(c))]
    for _ in range(count):
        yield draw.choice("aeoqΑИकが") + "".join(draw.choices(marks, k=draw.randint(2, 5)))


def prompts():
    texts = [t for line in WORDS.strip("\n").split("\n") for t in split_cells(line)]
    return list(dict.fromkeys([*texts, *COMPOSED, *SPACES, *CONTROLS, *LONG, *script_samples(260, 1), *mark_samples(40, 2)]))


def split_cells(line):
    """Cells stand between | that belong to no <| or |>."""
    guarded = line.replace("<|", "\0").replace("|>", "\1")
    return [cell.replace("\0", "<|").replace("\1", "|>") for cell in guarded.split("|")]


ADDED_PROMPTS = ["a <left> b", "a   <left>b", "<left><left>", "\u3000 <left>", "a <right>   b", "<right> <left> x", "a <both>  b  <both>c", "word", "a word.",
                 "swordfish", "words", "word word", "_word", "word1", "Word WORD", "é<Name>", "<name> <NAME>", "x<Name>y", "ÄÖ äö A\u0308O\u0308", "new", "newer renew",
                 "<left> <|endoftext|> <right> !", "  <both>", "<both>", "longest", "long longe", "a\tword\n", "", "word's", "wordé", "éword", "1word", "日word",
                 "a " * 80 + "<Name> ÄÖ word <left>",
                 "<left> " * 90, "word " * 90, "<NAME>" * 90, "a " * 75 + "newer <both> b"]


def cases(folder, texts):
    """[prompt, ids without padding, truncated text], as StableDiffusionPipeline.encode_prompt computes them."""
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    length = tokenizer.model_max_length
    result = []
    for text in texts:
        ids = tokenizer([text], padding="max_length", max_length=length, truncation=True)["input_ids"][0]
        untruncated = tokenizer([text], padding="longest")["input_ids"][0]
        removed = tokenizer.batch_decode([untruncated[length - 1 : -1]])[0] if len(untruncated) > length else ""
        kept = min(len(untruncated), length)
        assert ids[kept:] == [tokenizer.pad_token_id] * (length - kept)
        result.append([text, ids[:kept], removed])
    return {"model_max_length": length, "pad_token_id": tokenizer.pad_token_id, "cases": result}


def write(name, folder, texts):
    golden = cases(folder, texts)
    rows = ",\n".join(json.dumps(c, separators=(",", ":")) for c in golden.pop("cases"))
    path = GOLDEN / f"{name}.json"
    path.write_text(json.dumps(golden)[:-1] + ', "cases": [\n' + rows + "\n]}\n")
    print(path.relative_to(ROOT), len(texts), "prompts", path.stat().st_size, "bytes")


def main():
    texts = prompts()
    write("demo", ROOT / "models" / "demo" / "tokenizer", texts)
    clip = GOLDEN / "clip6k"
    clip_files(clip)
    write("clip6k", clip, texts)
    write_config(GOLDEN / "sd2_config", pad="!")
    added = {6512: token(BOS, normalized=False, special=True), 6513: token(EOS, special=True), 6514: token("<left>", lstrip=True, normalized=False),
             6515: token("<right>", rstrip=True, normalized=False), 6516: token("<both>", lstrip=True, rstrip=True), 6517: token("word", single_word=True, normalized=False),
             6518: token("<Name>"), 6519: token("ÄÖ"), 6520: token("new", normalized=False), 6521: token("long"), 6522: token("longest")}
    added = {str(i - 6512 + len(json.loads((clip / "vocab.json").read_text())) - 2): t for i, t in added.items()}
    write_config(GOLDEN / "added_config", pad=EOS, added_tokens_decoder=added)
    with tempfile.TemporaryDirectory() as scratch:
        for name, own in (("sd2", texts[::3] + ADDED_PROMPTS), ("added", texts[::5] + ADDED_PROMPTS)):
            folder = pathlib.Path(scratch) / name
            shutil.copytree(clip, folder)
            for file in (GOLDEN / f"{name}_config").iterdir():
                shutil.copy(file, folder)
            write(name, folder, list(dict.fromkeys(own)))


if __name__ == "__main__":
    main()
