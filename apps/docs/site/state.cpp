#include "docs/site/state.h"

#define XXH_INLINE_ALL
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <type_traits>

#include "base/error.h"
#include "base/file.h"

namespace veneer::docs {
namespace {

constexpr std::string_view kMagic = "veneer-docs state 3\n";

struct Damaged {};

class Writer {
 public:
  static constexpr bool kReads = false;
  void bytes(void* data, std::size_t size) { out.append(static_cast<const char*>(data), size); }
  void text(std::string& value) {
    std::uint64_t size = value.size();
    bytes(&size, sizeof size);
    out += value;
  }
  std::uint64_t count(std::uint64_t size) {
    bytes(&size, sizeof size);
    return size;
  }
  std::string out;
};

class Reader {
 public:
  static constexpr bool kReads = true;
  explicit Reader(std::string_view data) : data_(data) {}
  void bytes(void* target, std::size_t size) {
    if (size > data_.size()) throw Damaged{};
    std::copy_n(data_.data(), size, static_cast<char*>(target));  // a list without elements has no address
    data_.remove_prefix(size);
  }
  void text(std::string& value) {
    const std::uint64_t size = count(0);
    value.assign(data_.substr(0, size));
    data_.remove_prefix(size);
  }
  // Every element takes a byte at least, so no count can be greater than what is left.
  std::uint64_t count(std::uint64_t) {
    std::uint64_t size = 0;
    bytes(&size, sizeof size);
    if (size > data_.size()) throw Damaged{};
    return size;
  }

 private:
  std::string_view data_;
};

// One description of the format for reading and writing.
template <class Archive>
void visit(Archive& archive, std::string& value) {
  archive.text(value);
}
template <class Archive, class Value>
requires(std::is_arithmetic_v<Value> || std::is_enum_v<Value>) void visit(Archive& archive, Value& value) {
  archive.bytes(&value, sizeof value);
}
template <class Archive, class Value>
void visit(Archive& archive, std::vector<Value>& list);
template <class Archive, class First, class Second>
void visit(Archive& archive, std::pair<First, Second>& value) {
  visit(archive, value.first);
  visit(archive, value.second);
}
template <class Archive>
void visit(Archive& archive, FileStamp& stamp) {
  visit(archive, stamp.size);
  visit(archive, stamp.changed);
}
template <class Archive>
void visit(Archive& archive, StampedFile& file) {
  visit(archive, file.file);
  visit(archive, file.stamp);
}
template <class Archive>
void visit(Archive& archive, SourcePosition& where) {
  visit(archive, where.file);
  visit(archive, where.line);
}
template <class Archive>
void visit(Archive& archive, Finding& finding) {
  visit(archive, finding.where);
  visit(archive, finding.severity);
  visit(archive, finding.rule);
  visit(archive, finding.message);
  visit(archive, finding.suggestion);
}
template <class Archive>
void visit(Archive& archive, DocumentedAnchor& anchor) {
  visit(archive, anchor.anchor);
  visit(archive, anchor.name);
  visit(archive, anchor.role);
  visit(archive, anchor.alias);
}
template <class Archive>
void visit(Archive& archive, PageLink& link) {
  visit(archive, link.page);
  visit(archive, link.anchor);
  visit(archive, link.where);
}
template <class Archive>
void visit(Archive& archive, std::vector<SearchTerm>& terms) {
  terms.resize(archive.count(terms.size()));
  archive.bytes(terms.data(), terms.size() * sizeof(SearchTerm));
}
template <class Archive>
void visit(Archive& archive, SearchSection& section) {
  visit(archive, section.anchor);
  visit(archive, section.title);
  visit(archive, section.kind);
  visit(archive, section.excerpt);
  visit(archive, section.terms);
}
template <class Archive>
void visit(Archive& archive, Reference& reference) {
  visit(archive, reference.status);
  visit(archive, reference.text);
  visit(archive, reference.page);
  visit(archive, reference.anchor);
  visit(archive, reference.url);
  visit(archive, reference.suggestion);
}
template <class Archive>
void visit(Archive& archive, OutlineEntry& entry) {
  visit(archive, entry.level);
  visit(archive, entry.title);
  visit(archive, entry.id);
  visit(archive, entry.kind);
}
template <class Archive>
void visit(Archive& archive, Span& span) {
  visit(archive, span.begin);
  visit(archive, span.size);
}
template <class Archive>
void visit(Archive& archive, MadeDirective& made) {
  visit(archive, made.object);
  visit(archive, made.members);
  visit(archive, made.level_before);
  visit(archive, made.level_after);
  visit(archive, made.html);
  visit(archive, made.markdown);
  visit(archive, made.links);
  visit(archive, made.findings);
  visit(archive, made.outline);
}
template <class Archive>
void visit(Archive& archive, PageRecord& page) {
  visit(archive, page.path);
  visit(archive, page.stamp);
  visit(archive, page.hash);
  visit(archive, page.inputs);
  visit(archive, page.anchors);
  visit(archive, page.plan_findings);
  visit(archive, page.directives);
  visit(archive, page.title);
  visit(archive, page.description);
  visit(archive, page.ids);
  visit(archive, page.links);
  visit(archive, page.findings);
  visit(archive, page.sections);
  visit(archive, page.main_hash);
  visit(archive, page.frame_hash);
  visit(archive, page.markdown_hash);
  visit(archive, page.references);
}
template <class Archive, class Value>
void visit(Archive& archive, std::vector<Value>& list) {
  const std::uint64_t size = archive.count(list.size());
  if constexpr (Archive::kReads) {
    list.clear();
    for (std::uint64_t i = 0; i < size; ++i) visit(archive, list.emplace_back());
  } else {
    for (Value& value : list) visit(archive, value);
  }
}
template <class Archive>
void visit(Archive& archive, BuildState& state) {
  visit(archive, state.key);
  visit(archive, state.environment);
  visit(archive, state.everything);
  visit(archive, state.feeds);
  visit(archive, state.pages);
  visit(archive, state.assets);
  visit(archive, state.inputs);
  visit(archive, state.findings);
  visit(archive, state.reference_count);
  visit(archive, state.good);
  visit(archive, state.words);
  std::vector<std::pair<std::string, Reference>> references(state.references.begin(), state.references.end());
  visit(archive, references);
  if constexpr (Archive::kReads) state.references = {references.begin(), references.end()};
}

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

FileStamp stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

std::string pack_state(BuildState& state) {
  std::uint64_t hash = 0;
  Writer writer;
  writer.out = kMagic;
  writer.bytes(&hash, sizeof hash);
  const std::size_t begin = writer.out.size();
  visit(writer, state);
  hash = hash_bytes(std::string_view(writer.out).substr(begin));
  std::memcpy(writer.out.data() + kMagic.size(), &hash, sizeof hash);
  return std::move(writer.out);
}

BuildState load_state(const std::filesystem::path& file) {
  try {
    const auto mapped = MappedFile::open(file);
    std::string_view bytes(reinterpret_cast<const char*>(mapped->bytes().data()), mapped->bytes().size());
    std::uint64_t hash = 0;
    if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + sizeof hash) return {};
    bytes.remove_prefix(kMagic.size());
    std::memcpy(&hash, bytes.data(), sizeof hash);
    bytes.remove_prefix(sizeof hash);
    if (hash_bytes(bytes) != hash) return {};
    BuildState state;
    Reader reader(bytes);
    visit(reader, state);
    return state;
  } catch (const Error&) {
    return {};
  } catch (const Damaged&) {
    return {};
  }
}

}  // namespace veneer::docs
