// Stands in for libFuzzer's main in ordinary builds: runs the target once over each file of the folders in argv.
#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  int inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (!entry.is_regular_file()) continue;
      std::printf("%s\n", entry.path().c_str());
      std::fflush(stdout);  // so that the last line names the input that crashed
      const auto file = veneer::MappedFile::open(entry.path());
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(file->bytes().data()), file->bytes().size());
      ++inputs;
    }
  }
  return inputs > 0 ? 0 : 1;  // an empty corpus proves nothing
}
