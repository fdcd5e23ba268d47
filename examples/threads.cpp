// Requests side by side over one pipeline, and a request that is stopped. docs/guides/swap-adapters.md shows the parts
// between the marks.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>

#include "base/error.h"
#include "pipelines/pipeline.h"

int main() {
  using veneer::pipelines::Pipeline;
  using veneer::pipelines::Request;
  using veneer::pipelines::Result;

  // docs: threads
  Pipeline pipeline("models/demo", {.threads = 2, .team = 1});  // two requests at a time, a thread each
  const auto ink = pipeline.load_adapter("models/demo/adapters/ink.safetensors");
  const auto flat = pipeline.load_adapter("models/demo/adapters/flat.safetensors");

  const Request request{.prompt = "castle", .seed = 7, .num_inference_steps = 4, .guidance_scale = 3};
  std::array<Request, 2> requests{request, request};
  requests[0].adapters = {{ink, 1.0f}};
  requests[1].adapters = {{flat, 1.0f}};

  std::array<Result, 2> results;
  {
    std::array<std::jthread, 2> threads;
    for (std::size_t i = 0; i < threads.size(); ++i)
      threads[i] = std::jthread([&, i] { results[i] = pipeline.generate(requests[i]); });
  }
  // docs: end threads
  const Result alone = pipeline.generate(requests[0]);
  fmt::print("side by side as alone: {}\n", std::ranges::equal(results[0].images.bytes(), alone.images.bytes()));

  // docs: stop
  std::stop_source stop;
  Request stopped = request;
  stopped.stop = stop.get_token();
  stopped.progress = [&](const veneer::pipelines::Progress& at) {
    if (at.step == 2) stop.request_stop();
  };
  try {
    (void)pipeline.generate(stopped);
  } catch (const veneer::Error& error) {
    fmt::print("{}: {}\n", to_string(error.code()), error.what());
  }
  // docs: end stop
}
