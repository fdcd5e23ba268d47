// The words that pages say, each with a number, so that what is remembered of a page does not repeat them.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace veneer::docs {

class Vocabulary {
 public:
  /// Of an empty vocabulary: starts with the words of one that was settled, which keep their numbers.
  void start_with(std::vector<std::string> words) { sorted_ = std::move(words); }
  /// The numbers of words, which are added if they are new. Thread-safe.
  [[nodiscard]] std::vector<std::uint32_t> add(const std::vector<std::string_view>& words);
  [[nodiscard]] std::size_t size() const { return sorted_.size() + fresh_.size(); }

  /// Leaves the words whose numbers are marked, in alphabetical order. Returns the new number of each old one.
  std::vector<std::uint32_t> settle(const std::vector<bool>& used);
  /// By number; without those added since it was settled.
  [[nodiscard]] const std::vector<std::string>& words() const { return sorted_; }

 private:
  std::vector<std::string> sorted_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::uint32_t> fresh_;  ///< numbered from sorted_.size() on
};

}  // namespace veneer::docs
