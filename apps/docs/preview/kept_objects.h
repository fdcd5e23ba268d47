// The documentation of objects, kept from build to build, so that the sources are read anew only when they have
// changed. Thread-safe.
#pragma once

#include <memory>
#include <shared_mutex>
#include <vector>

#include "docs/site/build.h"

namespace veneer::docs {

class KeptObjects {
 public:
  explicit KeptObjects(ObjectDocsFactory make) : make_(std::move(make)) {}

  /// For build_site: lends what is kept, and reads it first if nothing is.
  [[nodiscard]] ObjectDocsFactory lender();
  /// Null if nothing has been read yet, or there is nothing to read. Valid as long as this object lives.
  [[nodiscard]] std::unique_ptr<ObjectDocs> lend() const;
  /// Reads the sources if that has not been done, and hands `places` over.
  void make(const BuildOptions& options, std::vector<DocumentedPlace> places);
  /// The sources have changed: the next one who asks reads them.
  void forget();

 private:
  struct Shared {
    std::shared_mutex mutex;  ///< set_documented against the rest
    std::unique_ptr<ObjectDocs> docs;
  };
  class Lent;
  std::shared_ptr<Shared> read(const BuildOptions& options, Findings& findings);

  ObjectDocsFactory make_;
  mutable std::mutex mutex_;
  std::shared_ptr<Shared> shared_;
  Findings source_findings_;
};

}  // namespace veneer::docs
