// Whether a path may be a model at all. A free function; any thread may call it.
#pragma once

#include <filesystem>

namespace veneer::pipelines {

/// Throws Error unsupported for a file in place of a diffusers folder, with what it holds: a single-file checkpoint, an
/// adapter, a pickle. A path where nothing stands is let pass: reading it says so.
void require_model_folder(const std::filesystem::path& path);

}  // namespace veneer::pipelines
