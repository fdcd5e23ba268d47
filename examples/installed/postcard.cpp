// A program outside of Veneer's tree: takes a job as a line of JSON, as `veneer generate --jobs` does, and makes it.
#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "service/job.h"
#include "service/output.h"
#include "service/prepare.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: postcard MODEL JOB\n");
    return 2;
  }
  try {
    veneer::pipelines::Pipeline pipeline(argv[1], {});
    const auto job = veneer::service::job_from_json(veneer::parse_json(argv[2], "JOB"), {}, "JOB");
    const auto prepared = veneer::service::prepare(job, pipeline, {.model_name = "demo"});
    const auto result = pipeline.generate(prepared.request);
    for (const std::string& file : veneer::service::write_pictures(result, job, prepared.provenance))
      fmt::print("{} with seed {}\n", file, prepared.provenance.seed);
  } catch (const veneer::Error& error) {
    fmt::print(stderr, "postcard: {}\n", error.what());
    return 1;
  }
}
