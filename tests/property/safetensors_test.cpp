// Random safetensors files: valid ones are read back exactly, damaged ones are refused or read within their bounds.
#include "checkpoint/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>

#include "base/error.h"
#include "support/golden.h"

namespace veneer::checkpoint {
namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t limit) {
  return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

std::string random_name(Random& random) {
  static const std::vector<std::string> kPieces{"unet",       ".",  "to_q", "weight", "0", "\u00e9",
                                                "\U0001f600", "\"", "\\",   "\n",     " ", "{"};
  std::string name;
  for (std::size_t i = below(random, 8) + 1; i > 0; --i) name += kPieces[below(random, kPieces.size())];
  return name;
}

Tensor random_tensor(Random& random) {
  constexpr DType kTypes[] = {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64,
                              DType::i32, DType::i16, DType::i8,  DType::u8,   DType::boolean};
  const DType dtype = kTypes[below(random, std::size(kTypes))];
  Shape shape;
  for (std::size_t i = below(random, 5); i > 0; --i) shape.push_back(static_cast<std::int64_t>(below(random, 5)));
  std::vector<std::byte> bytes(static_cast<std::size_t>(element_count(shape)) * size_of(dtype));
  for (auto& byte : bytes) byte = static_cast<std::byte>(below(random, 256));
  auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  const std::span<const std::byte> span(*owner);
  return {dtype, shape, span, owner};
}

std::string random_file(Random& random, std::map<std::string, Tensor>& tensors,
                        std::map<std::string, std::string>& metadata) {
  for (std::size_t i = below(random, 6); i > 0; --i)
    tensors.insert_or_assign(random_name(random), random_tensor(random));
  for (std::size_t i = below(random, 3); i > 0; --i)
    metadata.insert_or_assign(random_name(random), random_name(random));
  return serialize_safetensors(tensors, metadata);
}

/// The bytes in a block of exactly their size, so that AddressSanitizer sees one byte too many.
struct Exact {
  explicit Exact(std::string_view file) : bytes(new std::byte[file.size()]), size(file.size()) {
    if (size > 0) std::memcpy(bytes.get(), file.data(), size);
  }
  [[nodiscard]] std::span<const std::byte> span() const { return {bytes.get(), size}; }
  std::unique_ptr<std::byte[]> bytes;
  std::size_t size;
};

std::string mutated(std::string file, Random& random) {
  for (std::size_t i = below(random, 4) + 1; i > 0 && !file.empty(); --i) {
    const std::size_t at = below(random, file.size());
    switch (below(random, 5)) {
      case 0:
        file[at] = static_cast<char>(below(random, 256));
        break;
      case 1:  // a digit for a digit: lengths, extents and offsets that are nearly right
        if (const auto digit = file.find_first_of("0123456789", at); digit != std::string::npos)
          file[digit] = static_cast<char>('0' + below(random, 10));
        break;
      case 2:
        file.erase(at, below(random, 16));
        break;
      case 3:
        file.insert(at, file.substr(below(random, file.size()), below(random, 32)));
        break;
      default:
        file.resize(at);
    }
  }
  return file;
}

TEST(SafetensorsProperty, RandomFilesRoundTrip) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    Random random(seed);
    std::map<std::string, Tensor> tensors;
    std::map<std::string, std::string> metadata;
    const Exact file(random_file(random, tensors, metadata));
    const auto header = parse_safetensors_header(file.span(), "random");
    EXPECT_EQ(header.metadata, metadata) << seed;
    ASSERT_EQ(header.entries.size(), tensors.size()) << seed;
    for (const auto& entry : header.entries) {
      const Tensor read(entry.dtype, entry.shape, file.span().subspan(entry.begin, entry.end - entry.begin), nullptr);
      EXPECT_TRUE(testing_support::identical(read, tensors.at(entry.name))) << seed << " " << entry.name;
    }
  }
}

TEST(SafetensorsProperty, DamagedFilesAreRefusedOrReadWithinBounds) {
  int refused = 0, accepted = 0;
  for (unsigned seed = 0; seed < 20'000; ++seed) {
    Random random(seed);
    std::map<std::string, Tensor> tensors;
    std::map<std::string, std::string> metadata;
    const Exact file(mutated(random_file(random, tensors, metadata), random));
    try {
      std::size_t position = 0;
      for (const auto& entry : parse_safetensors_header(file.span(), "damaged").entries) {
        ASSERT_LE(position, entry.begin);
        ASSERT_LE(entry.begin, entry.end);
        ASSERT_LE(entry.end, file.size);
        ASSERT_EQ(entry.end - entry.begin, static_cast<std::size_t>(element_count(entry.shape)) * size_of(entry.dtype));
        position = entry.end;
      }
      ++accepted;
    } catch (const Error& e) {
      ASSERT_TRUE(e.code() == ErrorCode::corrupt_file || e.code() == ErrorCode::unsupported) << e.what();
      ++refused;
    }
  }
  EXPECT_GT(refused, 5'000) << "the damage must reach the checks";
  EXPECT_GT(accepted, 100) << "and some of it must miss them (bytes of tensors, letters of names)";
}

}  // namespace
}  // namespace veneer::checkpoint
