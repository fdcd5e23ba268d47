// The documentation of objects, kept from build to build, so that the sources are read anew only when they have
// changed. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include "docs/site/build.h"

namespace veneer::docs {

class KeptObjects {
 public:
  explicit KeptObjects(ObjectDocsFactory make) : make_(std::move(make)) {}

  /// For build_site: lends what is kept, and reads it first if nothing is, or if the sources have changed.
  [[nodiscard]] ObjectDocsFactory lender();
  /// Null if nothing has been read yet, or there is nothing to read; never waits for a reading. Valid as long as this
  /// object lives.
  [[nodiscard]] std::unique_ptr<ObjectDocs> lend() const;
  /// Reads the sources if that has not been done, and hands `places` over before anyone can borrow them. What had been
  /// kept until then comes back: to free it takes a while, so let go of it when nobody waits.
  std::shared_ptr<void> make(const BuildOptions& options, std::vector<DocumentedPlace> places);
  /// The sources have changed: the next build, or `make`, reads them. Until then the old ones are lent.
  void forget();

 private:
  struct Shared {
    std::shared_mutex mutex;  ///< set_documented against the rest
    std::unique_ptr<ObjectDocs> docs;
    std::uint64_t change = 0;  ///< the sources' that it shows
  };
  class Lent;
  struct Reading {
    std::shared_ptr<Shared> now, before;
  };
  Reading read(const BuildOptions& options, Findings& findings, std::optional<std::vector<DocumentedPlace>> places);
  std::shared_ptr<Shared> current() const;

  ObjectDocsFactory make_;
  std::atomic<std::uint64_t> change_{0};
  std::mutex reading_;  ///< held while the sources are read
  Findings source_findings_;
  mutable std::mutex mutex_;  ///< of what follows
  std::shared_ptr<Shared> shared_;
};

}  // namespace veneer::docs
