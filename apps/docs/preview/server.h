// The preview over HTTP, for this machine only.
#pragma once

#include <memory>
#include <string>

#include "docs/preview/preview.h"

namespace veneer::docs {

class PreviewServer {
 public:
  /// Listens on 127.0.0.1. Throws Error invalid_argument if the port is taken. Port 0: any free one.
  PreviewServer(Preview& preview, int port);
  ~PreviewServer();  ///< as stop()
  PreviewServer(const PreviewServer&) = delete;
  PreviewServer& operator=(const PreviewServer&) = delete;

  [[nodiscard]] int port() const;
  /// Answers until `stop` is called (from any thread).
  void run();
  void stop();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace veneer::docs
