#include "checkpoint/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "support/golden.h"
#include "support/scratch.h"

namespace veneer::checkpoint {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// A file with this header and so many bytes of data.
std::string file_of(std::string_view header, std::size_t data_bytes) {
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>((header.size() >> (8 * i)) & 0xff);
  return file.append(header).append(data_bytes, '\0');
}

SafetensorsHeader parse(std::string_view file) {
  return parse_safetensors_header(std::as_bytes(std::span(file)), "a.safetensors");
}

std::string error_of(std::string_view file, ErrorCode code = ErrorCode::corrupt_file) {
  try {
    parse(file);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    EXPECT_THAT(e.what(), StartsWith("a.safetensors: "));
    return e.what();
  }
  return "accepted";
}

/// The header of one tensor "w".
std::string one(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return fmt::format(R"({{"w":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, offsets);
}

TEST(Safetensors, ReadsEntriesInFileOrderAndMetadata) {
  const auto file = file_of(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]},)"
      R"("a":{"dtype":"I64","shape":[],"data_offsets":[12,20]},"e":{"dtype":"F32","shape":[0,4],"data_offsets":[20,20]}} )",
      20);
  const auto header = parse(file);
  ASSERT_EQ(header.entries.size(), 3u);
  EXPECT_EQ(header.entries[0].name, "b");
  EXPECT_EQ(header.entries[0].dtype, DType::f16);
  EXPECT_EQ(header.entries[0].shape, (Shape{2, 3}));
  EXPECT_EQ(header.entries[0].begin, file.size() - 20);
  EXPECT_EQ(header.entries[1].name, "a");
  EXPECT_EQ(header.entries[1].shape, Shape{});
  EXPECT_EQ(header.entries[1].end, file.size());
  EXPECT_EQ(header.entries[2].begin, header.entries[2].end);
  EXPECT_EQ(header.metadata.at("format"), "pt");
}

TEST(Safetensors, AcceptsAFileWithoutTensors) {
  EXPECT_TRUE(parse(file_of("{}", 0)).entries.empty());
}

TEST(Safetensors, RefusesTruncation) {
  const auto whole = file_of(one(R"("F32")", "[2]", "[0,8]"), 8);
  EXPECT_EQ(error_of(whole), "accepted");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(error_of(whole.substr(0, size)), "accepted") << size;
}

TEST(Safetensors, NamesWhatBearsItsName) {
  EXPECT_EQ(error_of(""), "a.safetensors: expected a safetensors file, got an empty one");
  EXPECT_EQ(error_of("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n"),
            "a.safetensors: expected a safetensors file, got a Git LFS pointer: the download failed; git lfs pull "
            "fetches the file");
  EXPECT_EQ(error_of("Entry not found"),
            "a.safetensors: expected a safetensors file, got text (Entry not found): the download failed");
  EXPECT_THAT(error_of(std::string("\x1f\x8b\x08\0\0\0\0\0", 8) + std::string(600000, '\1')),
              HasSubstr("got a gzip file"));
  EXPECT_THAT(error_of("\x80\x04\x95\x2a"), HasSubstr("got a Python pickle"));
}

TEST(Safetensors, DoesNotTakeALengthForAnotherFormat) {
  for (const std::size_t length : {0x3c, 0x0280, 0x58028, 0x8b1f})  // "<", and as a pickle and gzip begin
    EXPECT_THAT(error_of(file_of(std::string(length, '{'), 0).substr(0, 40)), HasSubstr("ends beyond the file"));
}

TEST(Safetensors, RefusesABadHeaderLength) {
  EXPECT_THAT(error_of("abc"), HasSubstr("got text (abc)"));
  EXPECT_THAT(error_of("\x01\x02\x03"), HasSubstr("got 3 bytes"));
  EXPECT_THAT(error_of(std::string(8, '\xff')), HasSubstr("at most 100000000 bytes, got 18446744073709551615"));
  EXPECT_THAT(error_of(std::string("\x01\xe1\xf5\x05\0\0\0\0", 8)), HasSubstr("got 100000001"));
  EXPECT_THAT(error_of(std::string("\x10\0\0\0\0\0\0\0{}", 10)), HasSubstr("header of 16 bytes ends beyond"));
}

TEST(Safetensors, RefusesAHeaderThatIsNotTheFormats) {
  EXPECT_THAT(error_of(file_of("", 0)), HasSubstr("does not begin with {"));
  EXPECT_THAT(error_of(file_of(" {}", 0)), HasSubstr("does not begin with {"));
  EXPECT_THAT(error_of(file_of("{}x", 0)), HasSubstr("not valid JSON"));
  EXPECT_THAT(error_of(file_of("{\"a\xff\":1}", 0)), HasSubstr("not valid JSON"));
  EXPECT_THAT(error_of(file_of(R"({"w":1})", 0)), HasSubstr("w: expected an object"));
  EXPECT_THAT(error_of(file_of(R"({"w":)" + std::string(5000, '[') + std::string(5000, ']') + "}", 0)),
              HasSubstr("nested deeper"));
  const std::string w = R"("w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  EXPECT_THAT(error_of(file_of("{" + w + "," + w + "}", 0)), HasSubstr("\"w\" stands twice"));
}

TEST(Safetensors, MetadataMayBeNull) {
  EXPECT_TRUE(parse(file_of(R"({"__metadata__":null})", 0)).metadata.empty());
}

TEST(Safetensors, RefusesMetadataThatAreNotStrings) {
  EXPECT_THAT(error_of(file_of(R"({"__metadata__":[]})", 0)), HasSubstr("expected an object as __metadata__"));
  EXPECT_THAT(error_of(file_of(R"({"__metadata__":{"r":8}})", 0)), HasSubstr("__metadata__: r: expected a string"));
}

TEST(Safetensors, RefusesBadTensors) {
  const auto error = [](const char* dtype, const char* shape, const char* offsets,
                        ErrorCode code = ErrorCode::corrupt_file) {
    return error_of(file_of(one(dtype, shape, offsets), 8), code);
  };
  EXPECT_THAT(error(R"("F8_E4M3")", "[8]", "[0,8]", ErrorCode::unsupported), HasSubstr("w: element type F8_E4M3"));
  EXPECT_THAT(error("4", "[2]", "[0,8]"), HasSubstr("expected a string as \"dtype\""));
  EXPECT_THAT(error(R"("F32")", "{}", "[0,8]"), HasSubstr("expected a list as \"shape\""));
  EXPECT_THAT(error(R"("F32")", "[-2]", "[0,8]"), HasSubstr("got -2"));
  EXPECT_THAT(error(R"("F32")", "[2.0]", "[0,8]"), HasSubstr("got 2.0"));
  EXPECT_THAT(error(R"("F32")", "[9223372036854775808]", "[0,8]"), HasSubstr("whole numbers"));
  EXPECT_THAT(error(R"("F32")", "[4294967296,4294967296]", "[0,0]"), HasSubstr("overflows"));
  EXPECT_THAT(error(R"("F32")", "[4294967296,4294967296,0]", "[0,0]"), HasSubstr("overflows"));
  EXPECT_THAT(error(R"("F32")", "[3]", "[0,8]"), HasSubstr("w: expected 12 bytes for f32[3], got 8"));
  EXPECT_THAT(error(R"("F32")", "[2]", "[0]"), HasSubstr("two whole numbers"));
  EXPECT_THAT(error(R"("F32")", "[2]", "[-8,0]"), HasSubstr("two whole numbers"));
  EXPECT_THAT(error(R"("F32")", "[2]", "[8,0]"), HasSubstr("bytes 8 to 0 do not lie within"));
  EXPECT_THAT(error(R"("F32")", "[2]", "[1,9]"), HasSubstr("bytes 1 to 9 do not lie within the 8"));
  EXPECT_THAT(error(R"("F32")", "[2]", "[18446744073709551615,7]"), HasSubstr("do not lie within"));
  EXPECT_THAT(error_of(file_of(R"({"w":{"dtype":"F32","shape":[2]}})", 8)), HasSubstr("\"data_offsets\" is missing"));
}

TEST(Safetensors, RefusesOverlapsAndHoles) {
  const auto two = [](int begin, int end) {
    return fmt::format(R"({{"a":{{"dtype":"U8","shape":[4],"data_offsets":[0,4]}},)"
                       R"("b":{{"dtype":"U8","shape":[4],"data_offsets":[{},{}]}}}})",
                       begin, end);
  };
  EXPECT_EQ(error_of(file_of(two(4, 8), 8)), "accepted");
  EXPECT_THAT(error_of(file_of(two(2, 6), 6)), HasSubstr("b: overlaps another tensor"));
  EXPECT_THAT(error_of(file_of(two(0, 4), 4)), HasSubstr("overlaps another tensor"));
  EXPECT_THAT(error_of(file_of(two(5, 9), 9)), HasSubstr("b: leaves a hole"));
  EXPECT_THAT(error_of(file_of(two(4, 8), 9)), HasSubstr("1 bytes after the last tensor"));
}

TEST(Safetensors, WritesWhatItReads) {
  const testing_support::ScratchFolder folder;
  const std::map<std::string, Tensor> tensors{{"halves/\u00e9", Tensor::from_f32({3}, {1, 2, 3})},
                                              {"ids", Tensor::from_i64({2, 1}, {-1, 7})},
                                              {"nothing", Tensor::from_f32({0, 2}, {})}};
  const auto path = folder.path() / "x.safetensors";
  write_safetensors(path, tensors, {{"format", "pt"}});
  const auto file = MappedFile::open(path);
  const auto header = parse_safetensors_header(file->bytes(), "x");
  EXPECT_EQ(header.metadata.at("format"), "pt");
  ASSERT_EQ(header.entries.size(), 3u);
  EXPECT_EQ(header.entries[0].name, "ids") << "the widest type comes first, so that all are aligned";
  for (const auto& entry : header.entries) {
    EXPECT_EQ(entry.begin % size_of(entry.dtype), 0u);
    const Tensor read(entry.dtype, entry.shape, file->bytes().subspan(entry.begin, entry.end - entry.begin), file);
    EXPECT_TRUE(testing_support::identical(read, tensors.at(entry.name)));
  }
}

TEST(Safetensors, DoesNotWriteNamesThatCannotBeRead) {
  const auto tensor = Tensor::from_f32({1}, {0});
  EXPECT_THROW(serialize_safetensors({{"__metadata__", tensor}}), Error);
  EXPECT_THROW(serialize_safetensors({{"\xff", tensor}}), Error);
}

}  // namespace
}  // namespace veneer::checkpoint
