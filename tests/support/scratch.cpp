#include "support/scratch.h"

#include <cstdlib>
#include <string>

#include "base/check.h"
#include "base/file.h"

namespace veneer::testing_support {

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "veneer-test-XXXXXX").string();
  VENEER_CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path ScratchFolder::write(const std::filesystem::path& name, std::string_view bytes) const {
  const auto path = path_ / name;
  std::filesystem::create_directories(path.parent_path());
  write_file(path, bytes);
  return path;
}

}  // namespace veneer::testing_support
