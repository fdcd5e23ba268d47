#include "pipelines/model_folder.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "base/foreign.h"
#include "checkpoint/checkpoint.h"

namespace veneer::pipelines {
namespace {

struct Mark {
  std::string_view part;  ///< of a tensor's name
  std::string_view what;
};

constexpr Mark kMarks[] = {
    {"lora_", "an adapter, which is applied to a model"},
    {"model.diffusion_model.", "a single-file checkpoint, which is not supported yet: convert it to a folder"},
    {"first_stage_model.", "a single-file checkpoint, which is not supported yet: convert it to a folder"},
};

std::string_view kind_of_weights(const checkpoint::Checkpoint& file) {
  for (const Mark& mark : kMarks)
    for (const auto& [name, tensor] : file.tensors())
      if (name.find(mark.part) != std::string::npos) return mark.what;
  return "a safetensors file";
}

constexpr std::string_view kPickle = "a pickle, which can run code and is not read";

struct Extension {
  std::string_view extension, what;
};
constexpr Extension kExtensions[] = {
    {".ckpt", kPickle}, {".pt", kPickle},  {".pth", kPickle},
    {".bin", kPickle},  {".pkl", kPickle}, {".gguf", "a GGUF file, which is not supported yet"},
};

std::string_view kind_of_file(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (path.filename() == "model_index.json") return "a file of it";
  if (extension == ".safetensors") return kind_of_weights(checkpoint::Checkpoint::open(path));
  const auto* known = std::ranges::find(kExtensions, extension, &Extension::extension);
  if (known != std::end(kExtensions)) return known->what;
  const auto file = MappedFile::open(path);
  const std::string_view kind =
      foreign_kind({reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()});
  return kind.empty() ? "a file" : kind;
}

}  // namespace

void require_model_folder(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return;
  fail(ErrorCode::unsupported, "{}: expected a diffusers folder (with model_index.json), got {}", path.string(),
       kind_of_file(path));
}

}  // namespace veneer::pipelines
