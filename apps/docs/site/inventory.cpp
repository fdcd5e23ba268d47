#include "docs/site/inventory.h"

#include <fmt/format.h>
#include <zlib.h>

#include "base/error.h"
#include "docs/text/unicode.h"

namespace veneer::docs {

std::string write_inventory(std::string_view project, std::string_view version,
                            const std::vector<InventoryEntry>& entries) {
  std::string body;
  for (const InventoryEntry& entry : entries)
    body += fmt::format("{} {} 1 {} {}\n", entry.name, entry.role, entry.address,
                        entry.title.empty() || entry.title == entry.name ? "-" : entry.title);
  uLongf size = compressBound(static_cast<uLong>(body.size()));
  std::string packed(size, '\0');
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(body.data()),
                static_cast<uLong>(body.size()), 6) != Z_OK)
    fail(ErrorCode::internal, "objects.inv: zlib cannot pack {} bytes", body.size());
  packed.resize(size);
  return fmt::format(
             "# Sphinx inventory version 2\n# Project: {}\n# Version: {}\n"
             "# The remainder of this file is compressed using zlib.\n",
             project, version) +
         packed;
}

std::vector<InventoryEntry> read_inventory(std::string_view bytes, std::string_view where) {
  if (!bytes.starts_with("# Sphinx inventory version 2"))
    fail(ErrorCode::corrupt_file, "{}: expected a Sphinx inventory of version 2", where);
  for (int line = 0; line < 4; ++line) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) fail(ErrorCode::corrupt_file, "{}: the inventory ends in its header", where);
    bytes.remove_prefix(end + 1);
  }
  constexpr std::size_t kMost = std::size_t{256} << 20;
  std::string body;
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) fail(ErrorCode::internal, "{}: zlib does not start", where);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  int status = Z_OK;
  std::string chunk(1 << 16, '\0');
  while (status == Z_OK && body.size() < kMost) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    status = inflate(&stream, Z_NO_FLUSH);
    body.append(chunk, 0, chunk.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) fail(ErrorCode::corrupt_file, "{}: the inventory's packed part is damaged", where);
  std::vector<InventoryEntry> entries;
  for (std::string_view line : split_lines(body)) {
    // name role priority address title; the name may hold spaces, so the role is found from "domain:".
    const std::size_t colon = line.find(':');
    const std::size_t role = colon == std::string_view::npos ? colon : line.rfind(' ', colon);
    if (role == std::string_view::npos) continue;
    const std::size_t priority = line.find(' ', role + 1);
    const std::size_t address = priority == std::string_view::npos ? priority : line.find(' ', priority + 1);
    if (address == std::string_view::npos) continue;
    const std::size_t title = line.find(' ', address + 1);
    InventoryEntry entry;
    entry.name = line.substr(0, role);
    entry.role = line.substr(role + 1, priority - role - 1);
    entry.address = line.substr(address + 1, title == std::string_view::npos ? title : title - address - 1);
    if (entry.address.ends_with('$')) entry.address.replace(entry.address.size() - 1, 1, entry.name);
    if (title != std::string_view::npos && line.substr(title + 1) != "-") entry.title = line.substr(title + 1);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace veneer::docs
