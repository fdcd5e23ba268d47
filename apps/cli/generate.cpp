// veneer generate: one picture from flags, or many from lines of JSON, over one compiled pipeline.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/job_flags.h"
#include "cli/progress.h"
#include "cli/usage_error.h"
#include "pipelines/pipeline.h"
#include "service/job.h"
#include "service/output.h"
#include "service/prepare.h"
#include "service/prompt_tags.h"

namespace veneer::cli {
namespace {

using service::Job;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The command line. Flags that are fields of a job are the defaults of all jobs.
struct Options {
  std::filesystem::path model;
  Job job;
  std::string jobs;  // file, or "-"
  std::filesystem::path lora_dir;
  adapters::AdapterMode adapter_mode = adapters::AdapterMode::automatic;
  std::size_t adapter_cache_bytes = std::size_t{4} << 30;
  int threads = 0;
  bool quiet = false;
};

struct Finished {
  std::vector<std::string> files, warnings;
  std::uint64_t seed = 0;
  double seconds = 0, swap_seconds = 0;
  int compilations = 0;
};

/// Its own name, however the folder was written: "." too.
std::string name_of(const std::filesystem::path& folder) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(folder / ".", error);
  return (error ? folder / "." : absolute).parent_path().filename().string();
}

class Generator {
 public:
  explicit Generator(const Options& options)
      : options_(options),
        stop_(stop_on_interrupt()),
        settings_{
            .model_name = name_of(options.model), .lora_dir = options.lora_dir, .adapter_mode = options.adapter_mode},
        pipeline_(options.model, {.threads = options.threads, .adapter_cache_bytes = options.adapter_cache_bytes}) {}

  Finished run(const Job& job) {
    try {
      return make(job);
    } catch (const Error& error) {
      const bool of_scheduler = std::string_view(error.what()).starts_with("scheduler");
      if (error.code() != ErrorCode::unsupported || !of_scheduler || !job.scheduler.empty()) throw;
      fail(error.code(), "{}; --scheduler NAME replaces the model's own", error.what());
    }
  }

 private:
  Finished make(const Job& job) {
    const auto start = Clock::now();
    const int compiled_before = pipeline_.statistics().plans_compiled;
    require_lora_dir(job);
    service::Prepared prepared = service::prepare(job, pipeline_, settings_);
    prepared.request.stop = stop_;
    ProgressBar progress(options_.quiet ? ProgressBar::Style::silent : ProgressBar::style_of_stderr());
    progress.state("compiling and encoding");
    prepared.request.progress = [&](const pipelines::Progress& at) {
      progress.step(at.step, at.steps);
      if (at.step == at.steps) progress.state("decoding");
    };
    pipelines::Result result = pipeline_.generate(prepared.request);
    if (stop_.stop_requested()) fail(ErrorCode::cancelled, "interrupted");
    Finished finished;
    {
      const WritingOutput whole;
      finished.files = service::write_pictures(result, job, prepared.provenance);
    }
    finished.warnings = std::move(prepared.warnings);
    std::ranges::move(result.warnings, std::back_inserter(finished.warnings));
    finished.seed = prepared.provenance.seed;
    finished.swap_seconds = prepared.load_seconds + result.swap_seconds;
    finished.compilations = pipeline_.statistics().plans_compiled - compiled_before;
    finished.seconds = seconds_since(start);
    return finished;
  }

  void require_lora_dir(const Job& job) const {
    const auto tags = service::parse_tags(job.prompt).tags;
    if (!tags.empty() && options_.lora_dir.empty())
      fail_usage("prompt: <lora:{}>: expected --lora-dir, the folder where it is", tags.front().name);
  }

  const Options& options_;
  const std::stop_token stop_;
  const service::Settings settings_;
  pipelines::Pipeline pipeline_;
};

void print_warnings(const Finished& finished, std::string_view where) {
  for (const std::string& warning : finished.warnings) fmt::print(stderr, "veneer: {}warning: {}\n", where, warning);
}

int run_one(const Options& options) {
  Generator generator(options);
  const Finished finished = generator.run(options.job);
  print_warnings(finished, "");
  if (!options.quiet)
    fmt::print(stderr, "{}: seed {}, {:.2f} s\n", fmt::join(finished.files, ", "), finished.seed, finished.seconds);
  return 0;
}

/// The line that is printed for a job that went well.
Json report(const Finished& finished) {
  return {{"files", finished.files},
          {"seed", finished.seed},
          {"seconds", finished.seconds},
          {"swap_us", std::llround(finished.swap_seconds * 1e6)},
          {"compilations", finished.compilations}};
}

bool next_line(std::istream& lines, std::string& line) {
  const WaitingForInput waiting;
  return static_cast<bool>(std::getline(lines, line));
}

int run_jobs(const Options& options) {
  std::ifstream file;
  const std::string name = options.jobs == "-" ? "stdin" : options.jobs;
  if (options.jobs != "-") file.open(options.jobs);
  std::istream& lines = options.jobs == "-" ? std::cin : file;
  if (!lines) fail(ErrorCode::not_found, "--jobs: {}: cannot open", name);

  Generator generator(options);
  int status = 0;
  std::string line;
  for (int number = 1; next_line(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = fmt::format("{}:{}", name, number);
    Json result;
    try {
      const Job job = service::job_from_json(parse_json(line, where), options.job, where);
      const Finished finished = generator.run(job);
      print_warnings(finished, where + ": ");
      result = report(finished);
      result["output"] = job.output.empty() ? finished.files.front() : job.output;
    } catch (const std::exception& error) {
      const auto* ours = dynamic_cast<const Error*>(&error);
      if (ours && ours->code() == ErrorCode::cancelled) throw;
      const std::string message = error.what();
      result = {{"error", message.starts_with(where) ? message : where + ": " + message}};
      status = 1;
    }
    result["line"] = number;
    fmt::print("{}\n", result.dump(-1, ' ', false, Json::error_handler_t::replace));
    std::fflush(stdout);
  }
  if (lines.bad()) fail(ErrorCode::invalid_argument, "--jobs: {}: cannot read", name);
  return status;
}

/// "512M", "4G", or bytes.
std::size_t parse_bytes(const std::string& text) {
  constexpr std::string_view kUnits = "KMGT";
  std::size_t used = 0, value = 0;
  for (; used < text.size() && text[used] >= '0' && text[used] <= '9'; ++used)
    value = value * 10 + static_cast<std::size_t>(text[used] - '0');
  const std::size_t unit = used + 1 == text.size() ? kUnits.find(text[used]) : kUnits.npos;
  constexpr std::size_t kMost = std::size_t{1} << 20;
  if (used == 0 || used > 15 || (used != text.size() && (unit == kUnits.npos || value > kMost)))
    fail_usage("--adapter-cache: expected bytes, as 512M or 4G, got \"{}\"", text);
  return used == text.size() ? value : value << (10 * (unit + 1));
}

adapters::AdapterMode parse_mode(const std::string& text) {
  if (text == "auto") return adapters::AdapterMode::automatic;
  if (text == "merge") return adapters::AdapterMode::merge;
  if (text == "branch") return adapters::AdapterMode::branch;
  fail_usage("--adapter-mode: expected auto, merge or branch, got \"{}\"", text);
}

void check_precision(const std::string& text) {
  if (text == "bf16") fail_usage("--precision: bf16: not supported yet: expected auto or f32");
  if (text != "auto" && text != "f32") fail_usage("--precision: expected auto or f32, got \"{}\"", text);
}

}  // namespace

void add_generate(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("generate", "Make pictures from a prompt, or from a file of jobs.");
  command->add_option("MODEL", options->model, "A diffusers folder (the one with model_index.json).")
      ->required()
      ->type_name("");
  add_job_flags(*command, options->job);
  command
      ->add_option("--jobs", options->jobs,
                   "Make many pictures over one compiled pipeline: each line is a JSON object with the fields "
                   "prompt, negative_prompt, prompt_2, negative_prompt_2, prompt_3, negative_prompt_3, seed, steps, "
                   "guidance_scale, "
                   "true_cfg_scale, max_sequence_length, width, height, num_images, scheduler, "
                   "loras ([{\"path\", \"weight\"}]), latents, output; what a line leaves out is taken from the "
                   "flags. Prints a line for each: line, output, files, seed, seconds, swap_us, compilations; or "
                   "error. \"-\" reads stdin.")
      ->type_name("FILE.jsonl")
      ->excludes("--prompt")
      ->excludes("--output");
  command->add_option("--lora-dir", options->lora_dir, "Where the adapters named in prompts are: DIR/NAME.safetensors.")
      ->type_name("DIR");
  const auto text_flag = [&](const std::string& name, const std::string& argument, const std::string& help,
                             const std::function<void(const std::string&)>& set) {
    command->add_option_function<std::string>(name, set, help)->type_name(argument);
  };
  text_flag("--adapter-mode", "MODE",
            "merge: add adapters to a copy of the weights; branch: compute them beside the weights; auto: whichever "
            "costs less for each layer (default).",
            [=](const std::string& text) { options->adapter_mode = parse_mode(text); });
  text_flag("--adapter-cache", "BYTES", "Memory for adapters that may come again: 512M, 4G (default: 4G).",
            [=](const std::string& text) { options->adapter_cache_bytes = parse_bytes(text); });
  text_flag("--precision", "TYPE", "f32 or auto, which is f32 (default).", check_precision);
  command->add_option("--threads", options->threads, "Threads to compute on (default: all cores).")
      ->type_name("N")
      ->check(whole_number(1, 4096));
  command->add_flag("--quiet", options->quiet, "No progress and no summary; warnings and errors stay.");
  command->callback([options, command, &run] {
    if (command->count("--jobs") + command->count("--prompt") == 0) fail_usage("generate: expected --prompt or --jobs");
    check_flags(options->job);
    run = [options] { return options->jobs.empty() ? run_one(*options) : run_jobs(*options); };
  });
}

}  // namespace veneer::cli
