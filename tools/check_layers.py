"""Checks that each folder includes only folders that stand before it, and each app only itself and src/."""
import pathlib
import re
import sys

LAYERS = ["base", "image", "tensor", "checkpoint", "graph", "runtime", "nn", "models", "tokenizers", "schedulers", "adapters",
          "pipelines", "service"]
DOCS_LAYERS = ["text", "highlight", "page", "symbols", "autodoc", "site", "check", "style", "preview", "commands"]
NEVER_MEET = [("models", "runtime"), ("nn", "runtime"), ("schedulers", "graph"), ("tokenizers", "tensor"),
              ("site", "symbols"), ("site", "autodoc"), ("preview", "symbols"), ("preview", "autodoc")]
APPS = ["cli", "docs"]
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)
KERNEL_HEADER = re.compile(r"(oneapi/dnnl|dnnl|hwy|immintrin)")
# Headers of src/runtime that see oneDNN; none that is installed does (cmake/install.cmake).
INTERNAL = ["runtime/execute.h", "runtime/packed_weight.h", "runtime/program.h", "runtime/weighted.h"]

root = pathlib.Path(__file__).resolve().parent.parent
errors = []


def allowed(layers, folder, other):
    return layers.index(other) <= layers.index(folder) and (folder, other) not in NEVER_MEET


for path in sorted([*root.glob("src/**/*.*"), *root.glob("apps/**/*.*")]):
    if path.suffix not in (".h", ".cpp"):
        continue
    place = path.relative_to(root)
    house, *folders = place.parts[:-1]
    for header in INCLUDE.findall(path.read_text()):
        into = header.split("/")[:-1]
        name = "/".join(place.parts[1:])
        public = house == "src" and name.endswith(".h") and not name.endswith("-inl.h") and name not in INTERNAL
        if public and (header in INTERNAL or "dnnl" in header):
            errors.append(f"{place}: is installed and may not include {header}")
        if KERNEL_HEADER.match(header) and folders[0] != "runtime":
            errors.append(f"{place}: only src/runtime sees {header}")
        elif house == "src" and into and into[0] in LAYERS and not allowed(LAYERS, folders[0], into[0]):
            errors.append(f"{place}: {folders[0]} may not include {into[0]}")
        elif into and into[0] in APPS and [house, into[0]] != ["apps", folders[0]]:
            errors.append(f"{place}: {house}/{folders[0]} may not include {header}")
        elif into[:1] == ["docs"] and len(into) > 1 and len(folders) > 1 and not allowed(DOCS_LAYERS, folders[1], into[1]):
            errors.append(f"{place}: docs/{folders[1]} may not include docs/{into[1]}")
print("\n".join(errors) or "layers: ok")
sys.exit(bool(errors))
