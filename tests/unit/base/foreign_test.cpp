#include "base/foreign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace veneer {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(ForeignKind, NamesWhatCameInstead) {
  const std::pair<std::string_view, const char*> kinds[] = {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n", "a Git LFS pointer: the download"},
      {"<!DOCTYPE html><html>", "a web page (HTML or XML): the download failed"},
      {"\xEF\xBB\xBF\n  <HTML lang=en>", "a web page (HTML or XML): the download failed"},
      {"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>", "a web page (HTML or XML): the download failed"},
      {"\x80\x02\x8a\x0a", "a Python pickle, which can run code and is not read: it was renamed, or"},
      {"PK\x03\x04\x14\x01\x01 archive/data.pkl", "a zip file with a Python pickle, which can run code"},
      {"PK\x03\x04\x14\x01\x01 ink.safetensors", "a zip file: it was renamed, or the download failed"},
      {"\x1f\x8b\x08\x08", "a gzip file"},
      {"GGUF\x03", "a GGUF file"},
      {"\x89PNG\r\n\x1a\n", "a PNG picture"},
  };
  for (const auto& [bytes, what] : kinds) EXPECT_THAT(foreign_kind(bytes), StartsWith(what));
  for (const std::string_view bytes : {"", " ", "{\"error\":1}", "Entry not found", "\x80", "PK"})
    EXPECT_EQ(foreign_kind(bytes), "") << bytes;
}

TEST(ForeignText, QuotesItsBeginning) {
  EXPECT_EQ(foreign_text("Entry not found"), "text (Entry not found): the download failed");
  EXPECT_EQ(foreign_text(R"( {"error":"Unauthorized"})"), "JSON ({\"error\":\"Unauthorized\"}): the download failed");
  EXPECT_EQ(foreign_text("Access denied\nfor you"), "text (Access denied...): the download failed");
  EXPECT_THAT(foreign_text(std::string(79, 'a') + "é" + std::string(9, 'b')),
              HasSubstr("(" + std::string(79, 'a') + "...)"));
  for (const std::string_view bytes : {"", "a\x01", "\x7f", "\xff\xff"}) EXPECT_EQ(foreign_text(bytes), "") << bytes;
  EXPECT_EQ(foreign_text(std::string_view("a\0b", 3)), "");
}

}  // namespace
}  // namespace veneer
