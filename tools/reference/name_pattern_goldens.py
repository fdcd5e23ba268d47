"""Which module names (letters, digits, "_" and "." in files; here others of ASCII too) peft's patterns match, by Python's own regular expressions: tests/golden/adapters/name_patterns.json."""

import json
import re

from golden_file import GOLDEN, check_size

PATH = GOLDEN / "adapters" / "name_patterns.json"
BLOCK = "down_blocks.1.attentions.0.transformer_blocks.0"
NAMES = [
    "conv_in", "conv_in.conv", "a.b", "axb", "c.a.b", "", "to_q", "xto_q", "a", "aa", "aaa", "aaaa", "ab", "abab", "-", "a-b", "a]b", "a{b", "a.", "7",
    f"{BLOCK}.attn1.to_q", f"{BLOCK}.attn2.to_k", f"{BLOCK}.ff.net.0.proj", "mid_block.resnets.1.conv2", "up_blocks.10.resnets.2.conv1", "text_model.encoder.layers.11.mlp.fc1",
    "Up_Blocks.2", "a b",
]  # fmt: skip
PATTERNS = [
    "to_q", ".*to_q", "^conv_in", "^conv_in$", "conv_in$", "a.b", r"a\.b", "a|b", "(a|b)+", "(?:a|b){2}", "a*", "a+", "a?b", "a{2}", "a{2,}", "a{,2}", "a{1,3}", "a{", "a{b",
    "a{x}b", r"down_blocks\.\d+\.attentions\.\d+\..*\.attn[12]\.to_[qkv]", r"(mid|up)_blocks?\.\d+\.resnets\.[0-9]\.conv[^3]", r"layers\.(1[01]|[0-9])\.mlp\.fc\d", r"\w+", r"\W",
    r"\D+", "[a-c]+", "[^a]+", "[]a]+", "[a\\-b]+", "[a-]+", "", "()", "(a*)*", "(a|a)*b", "(^a)", "a$|b", "a*?", "a+?b", r"\S+", r"[\w.]+proj", ".", "..", "a.*", "(|a)b", "x*", "(a?){3}b",
    "^.*$", "[A-Z]\\w+_Blocks.*", r"a\-b", r"\[", "a\\{b", "(ab)+", "((a)(b))*",
]  # fmt: skip


def write_name_pattern_goldens():
    matches = {pattern: [name for name in NAMES if re.match(rf"(.*\.)?({pattern})$", name, re.ASCII)] for pattern in PATTERNS}
    text = json.dumps({"names": NAMES, "matches": matches}, indent=0) + "\n"
    check_size(PATH, len(text))
    PATH.write_text(text)


if __name__ == "__main__":
    write_name_pattern_goldens()
