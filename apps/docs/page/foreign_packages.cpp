#include "docs/page/foreign_packages.h"

#include <algorithm>
#include <array>

namespace veneer::docs {
namespace {

constexpr auto kPackages = std::to_array<ForeignPackage>({
    {"PIL", "https://pillow.readthedocs.io/en/stable/"},
    {"accelerate", "https://huggingface.co/docs/accelerate/main/en/"},
    {"aiohttp", "https://docs.aiohttp.org/en/stable/"},
    {"asyncio", "https://docs.python.org/3/"},
    {"attr", "https://www.attrs.org/en/stable/"},
    {"attrs", "https://www.attrs.org/en/stable/"},
    {"bitsandbytes", "https://huggingface.co/docs/bitsandbytes/main/en/"},
    {"builtins", "https://docs.python.org/3/"},
    {"click", "https://click.palletsprojects.com/en/stable/"},
    {"collections", "https://docs.python.org/3/"},
    {"concurrent", "https://docs.python.org/3/"},
    {"contextlib", "https://docs.python.org/3/"},
    {"cv2", "https://docs.opencv.org/4.x/"},
    {"dataclasses", "https://docs.python.org/3/"},
    {"datasets", "https://huggingface.co/docs/datasets/main/en/"},
    {"datetime", "https://docs.python.org/3/"},
    {"django", "https://docs.djangoproject.com/en/stable/"},
    {"enum", "https://docs.python.org/3/"},
    {"evaluate", "https://huggingface.co/docs/evaluate/main/en/"},
    {"fastapi", "https://fastapi.tiangolo.com/"},
    {"flask", "https://flask.palletsprojects.com/en/stable/"},
    {"flax", "https://flax.readthedocs.io/en/latest/"},
    {"functools", "https://docs.python.org/3/"},
    {"huggingface_hub", "https://huggingface.co/docs/huggingface_hub/main/en/"},
    {"io", "https://docs.python.org/3/"},
    {"itertools", "https://docs.python.org/3/"},
    {"jax", "https://docs.jax.dev/en/latest/"},
    {"json", "https://docs.python.org/3/"},
    {"keras", "https://keras.io/api/"},
    {"logging", "https://docs.python.org/3/"},
    {"matplotlib", "https://matplotlib.org/stable/"},
    {"mlx", "https://ml-explore.github.io/mlx/build/html/"},
    {"networkx", "https://networkx.org/documentation/stable/"},
    {"numpy", "https://numpy.org/doc/stable/"},
    {"onnx", "https://onnx.ai/onnx/"},
    {"onnxruntime", "https://onnxruntime.ai/docs/api/python/"},
    {"optimum", "https://huggingface.co/docs/optimum/main/en/"},
    {"os", "https://docs.python.org/3/"},
    {"pandas", "https://pandas.pydata.org/docs/"},
    {"pathlib", "https://docs.python.org/3/"},
    {"peft", "https://huggingface.co/docs/peft/main/en/"},
    {"polars", "https://docs.pola.rs/api/python/stable/"},
    {"pyarrow", "https://arrow.apache.org/docs/"},
    {"pydantic", "https://docs.pydantic.dev/latest/"},
    {"pytest", "https://docs.pytest.org/en/stable/"},
    {"re", "https://docs.python.org/3/"},
    {"requests", "https://requests.readthedocs.io/en/latest/"},
    {"safetensors", "https://huggingface.co/docs/safetensors/main/en/"},
    {"scipy", "https://docs.scipy.org/doc/scipy/"},
    {"sklearn", "https://scikit-learn.org/stable/"},
    {"sqlalchemy", "https://docs.sqlalchemy.org/en/20/"},
    {"subprocess", "https://docs.python.org/3/"},
    {"sympy", "https://docs.sympy.org/latest/"},
    {"tensorflow", "https://www.tensorflow.org/api_docs/python/"},
    {"threading", "https://docs.python.org/3/"},
    {"tokenizers", "https://huggingface.co/docs/tokenizers/main/en/"},
    {"torch", "https://docs.pytorch.org/docs/stable/"},
    {"torchaudio", "https://docs.pytorch.org/audio/stable/"},
    {"torchvision", "https://docs.pytorch.org/vision/stable/"},
    {"tqdm", "https://tqdm.github.io/docs/"},
    {"transformers", "https://huggingface.co/docs/transformers/main/en/"},
    {"trl", "https://huggingface.co/docs/trl/main/en/"},
    {"typing", "https://docs.python.org/3/"},
    {"xarray", "https://docs.xarray.dev/en/stable/"},
});
static_assert(std::is_sorted(kPackages.begin(), kPackages.end(),
                             [](const ForeignPackage& a, const ForeignPackage& b) { return a.name < b.name; }));

struct Abbreviation {
  std::string_view shorter, longer;
};
constexpr std::array<Abbreviation, 6> kAbbreviations{{{"np", "numpy"},
                                                      {"nn", "torch.nn"},
                                                      {"pd", "pandas"},
                                                      {"plt", "matplotlib.pyplot"},
                                                      {"tf", "tensorflow"},
                                                      {"jnp", "jax.numpy"}}};

}  // namespace

const ForeignPackage* foreign_package(std::string_view name) {
  const std::string longer = unabbreviated(name);
  const std::string_view first = std::string_view(longer).substr(0, longer.find('.'));
  const auto* found =
      std::lower_bound(kPackages.begin(), kPackages.end(), first,
                       [](const ForeignPackage& package, std::string_view wanted) { return package.name < wanted; });
  return found != kPackages.end() && found->name == first ? found : nullptr;
}

std::string unabbreviated(std::string_view name) {
  const std::size_t dot = name.find('.');
  for (const Abbreviation& one : kAbbreviations)
    if (dot != std::string_view::npos && name.substr(0, dot) == one.shorter)
      return std::string(one.longer).append(name.substr(dot));
  return std::string(name);
}

}  // namespace veneer::docs
