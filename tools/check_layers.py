"""Checks that each folder under src/ includes only folders that stand before it, and apps/ include no other app."""
import pathlib
import re
import sys

LAYERS = ["base", "tensor", "checkpoint", "graph", "runtime", "nn", "models", "tokenizers", "schedulers", "adapters",
          "pipelines"]
NEVER_MEET = [("models", "runtime"), ("nn", "runtime"), ("schedulers", "graph"), ("tokenizers", "tensor")]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"/]+)/[^"]+"', re.M)

root = pathlib.Path(__file__).resolve().parent.parent
errors = []
for path in sorted(root.glob("src/**/*.*")):
    folder = path.relative_to(root / "src").parts[0]
    for other in INCLUDE.findall(path.read_text()):
        if other not in LAYERS:
            continue
        if LAYERS.index(other) > LAYERS.index(folder) or (folder, other) in NEVER_MEET:
            errors.append(f"{path.relative_to(root)}: {folder} may not include {other}")
for path in sorted([*root.glob("src/**/*.*"), *root.glob("apps/**/*.*")]):
    if path.suffix in (".h", ".cpp") and "runtime" not in path.parts:
        for header in re.findall(r"#\s*include\s+[<\"]((?:oneapi/dnnl|dnnl|hwy|immintrin)[^>\"]*)", path.read_text()):
            errors.append(f"{path.relative_to(root)}: only src/runtime sees {header}")
print("\n".join(errors) or "layers: ok")
sys.exit(bool(errors))
