#include "runtime/execute.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "base/check.h"
#include "base/parallel.h"
#include "runtime/kernels/attention.h"
#include "runtime/kernels/convolution.h"
#include "runtime/kernels/elementwise.h"
#include "runtime/kernels/normalize.h"
#include "runtime/kernels/tokens.h"

namespace veneer::runtime {
namespace {

/// The one binding of the whole batch, or none if samples differ.
std::optional<const AdapterBinding*> uniform(const BatchBinding& binding) {
  if (binding.empty()) return nullptr;
  for (const AdapterBinding* other : binding)
    if (other != binding[0]) return std::nullopt;
  return binding[0];
}

/// Pixels or tokens of one sample.
std::int64_t positions(const Shape& shape) {
  return element_count(shape) / shape.front() / shape.back();
}

std::int64_t row_count(const Shape& shape) {
  return element_count(shape) / shape.back();
}

AttentionShape attention_shape(const graph::Attention& attention, const Shape& q, const Shape& k) {
  return {q[0], attention.heads, attention.head_dim, q[1], k[1]};
}

GroupNormShape group_norm_shape(const graph::GroupNorm& norm, const Shape& x) {
  return {x[0], positions(x), x.back(), norm.groups};
}

ConvolutionGeometry geometry_of(const WeightedShape::Image& image, std::int64_t samples) {
  return {samples,           image.height,        image.width,        image.out_height,
          image.out_width,   image.kernel_height, image.kernel_width, image.stride,
          image.padding.top, image.padding.left};
}

std::string kind_of(const Step& step) {
  const auto* weighted = std::get_if<WeightedStep>(&step);
  if (!weighted) return graph::op_name(std::get<KernelStep>(step).op);
  const auto& image = weighted->shape.image;
  return image ? fmt::format("conv2d {}x{}", image->kernel_height, image->kernel_width) : "linear";
}

/// Times one step, if there is somebody to tell.
class StepStopwatch {
 public:
  StepStopwatch(const StepTimer& timer, const Step& step) : timer_(timer), step_(step) {
    if (timer_) start_ = std::chrono::steady_clock::now();
  }
  ~StepStopwatch() {
    if (!timer_) return;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start_;
    std::visit([&](const auto& step) { timer_(step.name, kind_of(step_), taken.count()); }, step_);
  }
  StepStopwatch(const StepStopwatch&) = delete;
  StepStopwatch& operator=(const StepStopwatch&) = delete;

 private:
  const StepTimer& timer_;
  const Step& step_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace

/// One overload an operation: reads inputs, writes the output, by the kernels of this folder.
struct KernelCall {
  const ProgramState& state;
  const KernelStep& step;

  [[nodiscard]] const Shape& shape(std::size_t i) const {
    return state.program_->values[static_cast<std::size_t>(step.inputs[i])].shape;
  }
  [[nodiscard]] const Shape& result() const {
    return state.program_->values[static_cast<std::size_t>(step.output)].shape;
  }
  [[nodiscard]] TokenShape token_shape() const { return {result()[0], result()[1], result()[2]}; }
  static const float* data(const std::optional<graph::Parameter>& parameter) {
    return parameter ? parameter->tensor.f32().data() : nullptr;
  }
  [[nodiscard]] const float* x(std::size_t i = 0) const { return state.f32(step.inputs[i]); }
  [[nodiscard]] float* y() const { return state.f32(step.output); }

  void operator()(const graph::GroupNorm& norm) const {
    GroupNormParameters parameters{norm.gamma.tensor.f32().data(), norm.beta.tensor.f32().data(),
                                   static_cast<float>(norm.eps)};
    if (step.inputs.size() == 2) {
      parameters.shift = x(1);
      parameters.shift_stride = shape(1).back();
    }
    parameters.activation = norm.activation;
    group_norm(group_norm_shape(norm, shape(0)), parameters, x(), y(), state.scratch_.data());
  }
  void operator()(const graph::LayerNorm& norm) const {
    layer_norm(x(), row_count(shape(0)), shape(0).back(), static_cast<float>(norm.eps), data(norm.gamma),
               data(norm.beta), y());
  }
  void operator()(const graph::RmsNorm& norm) const {
    const std::int64_t columns = norm.gamma.tensor.dim(0);
    rms_norm(x(), element_count(shape(0)) / columns, columns, static_cast<float>(norm.eps),
             norm.gamma.tensor.f32().data(), y());
  }
  void operator()(const graph::Modulate& op) const {
    modulate(x(), token_shape(), {x(1) + op.scale_column, shape(1).back()}, {x(1) + op.shift_column, shape(1).back()},
             y());
  }
  void operator()(const graph::GatedAdd& op) const {
    gated_add(x(), x(1), token_shape(), {x(2) + op.gate_column, shape(2).back()}, y());
  }
  void operator()(const graph::Activate& activation) const {
    activate(activation.kind, x(), y(), element_count(shape(0)));
  }
  void operator()(const graph::Geglu&) const { geglu(x(), y(), row_count(result()), result().back()); }
  void operator()(const graph::Add&) const { add(x(0), x(1), y(), element_count(result())); }
  void operator()(const graph::Multiply&) const { multiply(x(0), x(1), y(), element_count(result())); }
  void operator()(const graph::AddChannels&) const {
    add_channels(x(0), x(1), shape(1).back(), y(), shape(0).front(), positions(shape(0)), shape(0).back());
  }
  void operator()(const graph::Scale& scale) const {
    affine(x(), scale.factor, scale.offset, y(), element_count(result()));
  }
  void operator()(const graph::Attention& a) const {
    attention(attention_shape(a, shape(0), shape(1)), a.mask, a.scale, {x(0) + a.q_column, shape(0).back()},
              {x(1) + a.k_column, shape(1).back()}, {x(2) + a.v_column, shape(2).back()}, {y(), result().back()},
              state.scratch_.data(), state.scratch_.size(), data(a.relative_bias));
  }
  void operator()(const graph::Rotate& rotate) const {
    const Tensor& table = rotate.table.tensor;
    rotate_pairs(x(), token_shape(), table.dim(2), table.f32().data(), y());
  }
  void operator()(const graph::Embedding& embedding) const {
    const Tensor& table = embedding.table.tensor;
    const auto channels = static_cast<std::size_t>(table.dim(1));
    const std::size_t row_bytes = channels * size_of(table.dtype());
    const auto* ids = reinterpret_cast<const std::int32_t*>(state.address(step.inputs[0]));
    for (std::int64_t i = 0; i < element_count(shape(0)); ++i)
      convert_to_f32(table.dtype(), table.bytes().data() + static_cast<std::size_t>(ids[i]) * row_bytes,
                     {y() + static_cast<std::size_t>(i) * channels, channels});
  }
  void operator()(const graph::TakeToken&) const {
    const std::int64_t tokens = shape(0)[1], channels = shape(0)[2];
    const auto* index = reinterpret_cast<const std::int32_t*>(state.address(step.inputs[1]));
    for (std::int64_t n = 0; n < shape(0)[0]; ++n)
      std::copy_n(x() + (n * tokens + index[n]) * channels, channels, y() + n * channels);
  }
  void operator()(const graph::AddPositions& positions_table) const {
    const std::int64_t per_sample = shape(0)[1] * shape(0)[2];
    for (std::int64_t n = 0; n < shape(0)[0]; ++n)
      add(x() + n * per_sample, positions_table.table.tensor.f32().data(), y() + n * per_sample, per_sample);
  }
  void operator()(const graph::TimestepEmbedding& embedding) const {
    timestep_embedding(embedding, x(), element_count(shape(0)), y());
  }
  void operator()(const graph::Concat&) const {
    float* to = y();
    for (std::size_t i = 0; i < step.inputs.size(); to += shape(i).back(), ++i)
      copy_rows(x(i), shape(i).back(), to, result().back(), row_count(result()), shape(i).back());
  }
  void operator()(const graph::ConcatTokens&) const {
    const std::int64_t channels = result()[2], stride = result()[1] * channels;
    float* to = y();
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const std::int64_t count = shape(i)[1] * channels;
      copy_rows(x(i), count, to, stride, result()[0], count);
      to += count;
    }
  }
  void operator()(const graph::SliceTokens& slice) const {
    const std::int64_t channels = result()[2], count = slice.count * channels;
    copy_rows(x() + slice.begin * channels, shape(0)[1] * channels, y(), count, result()[0], count);
  }
  void operator()(const graph::Unpatchify& op) const {
    unpatchify(x(), {result()[0], op.height, op.width, result()[3]}, op.patch, y());
  }
  void operator()(const graph::Upsample& upsample) const {
    upsample_nearest(x(), shape(0), upsample.height, upsample.width, y());
  }
  // These never become kernel steps.
  void operator()(const graph::Input&) const { VENEER_CHECK(false); }
  void operator()(const graph::Linear&) const { VENEER_CHECK(false); }
  void operator()(const graph::Conv2d&) const { VENEER_CHECK(false); }
  void operator()(const graph::Reshape&) const { VENEER_CHECK(false); }
};

std::size_t kernel_scratch_bytes(const KernelStep& step, const std::vector<Program::ValuePlace>& values) {
  const auto shape = [&](std::size_t i) { return values[static_cast<std::size_t>(step.inputs[i])].shape; };
  if (const auto* attention = std::get_if<graph::Attention>(&step.op))
    return attention_scratch_bytes(attention_shape(*attention, shape(0), shape(1)), team_size());
  if (const auto* norm = std::get_if<graph::GroupNorm>(&step.op))
    return group_norm_scratch_bytes(group_norm_shape(*norm, shape(0)));
  return 0;
}

std::size_t weighted_scratch_bytes(const WeightedStep& step) {
  if (step.primitive) return step.primitive->scratchpad.get_size();
  const auto& layout = step.weight->layout;
  if (!step.shape.image || !layout || !convolvable(*layout))
    fail(ErrorCode::unsupported, "{}: oneDNN has no implementation for this shape", step.name);
  return convolution_scratch_bytes(*layout);
}

ProgramState::ProgramState(const Program& program, std::byte* arena, std::span<std::byte> scratch)
    : program_(&program), scratch_(scratch), stream_(with_onednn("stream", [] { return dnnl::stream(cpu_engine()); })) {
  for (const auto& value : program.values)
    addresses_.push_back(value.home == Program::ValuePlace::Home::arena ? arena + value.offset : nullptr);
  arguments_.resize(program.steps.size());
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    const auto* weighted = std::get_if<WeightedStep>(&program.steps[i]);
    if (!weighted || !weighted->primitive) continue;
    const auto unset = [&](const dnnl::memory::desc& desc) { return dnnl::memory(desc, cpu_engine(), nullptr); };
    const WeightedPrimitive& primitive = *weighted->primitive;
    with_onednn(weighted->name, [&] {
      arguments_[i] = {unset(primitive.src), unset(primitive.dst), unset(primitive.dst),
                       dnnl::memory(primitive.scratchpad, cpu_engine(), scratch.data())};
    });
  }
}

void ProgramState::execute(const BatchBinding& binding) {
  for (const AdapterBinding* one : binding) {
    const std::size_t bytes = one ? one->scratch_bytes(team_size()) : 0;
    if (branch_scratch_.size() < bytes) branch_scratch_ = Buffer(bytes);
  }
  for (std::size_t i = 0; i < program_->steps.size(); ++i) {
    const Step& step = program_->steps[i];
    const StepStopwatch stopwatch(timer_, step);
    if (const auto* weighted = std::get_if<WeightedStep>(&step)) {
      run(*weighted, arguments_[i], binding);
    } else {
      run(std::get<KernelStep>(step));
    }
  }
}

void ProgramState::run(const WeightedStep& step, Arguments& arguments, const BatchBinding& binding) const {
  const auto whole_batch = uniform(binding);
  for (const AdapterBinding* other : binding) VENEER_CHECK(whole_batch || !other || !other->merged_only());
  const AdapterBinding* one = whole_batch.value_or(nullptr);
  const dnnl::memory* merged = one ? one->merged(step.weight->id) : nullptr;
  const dnnl::memory& weights = merged ? *merged : step.weight->memory;
  const dnnl::memory* changed = one ? one->bias(step.weight->id) : nullptr;
  const dnnl::memory& bias = changed ? *changed : step.weight->bias_memory;
  if (step.primitive)
    run_primitive(step, weights, bias, arguments);
  else
    run_convolution(step, weights, bias);
  if (!binding.empty() && !merged) add_branches(step, binding);
}

void ProgramState::run_primitive(const WeightedStep& step, const dnnl::memory& weights, const dnnl::memory& bias,
                                 Arguments& arguments) const {
  with_onednn(step.name, [&] {
    arguments.src.set_data_handle(address(step.src));
    arguments.dst.set_data_handle(address(step.dst));
    if (step.residual != kNoValue) arguments.residual.set_data_handle(address(step.residual));
  });
  const std::array<dnnl_exec_arg_t, 6> given = {{
      {DNNL_ARG_SRC, arguments.src.get()},
      {DNNL_ARG_WEIGHTS, weights.get()},
      {DNNL_ARG_BIAS, bias.get()},
      {DNNL_ARG_DST, arguments.dst.get()},
      {DNNL_ARG_SCRATCHPAD, arguments.scratchpad.get()},
      {DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, arguments.residual.get()},
  }};
  const int count = step.residual != kNoValue ? 6 : 5;
  const dnnl_status_t status =
      dnnl_primitive_execute(step.primitive->primitive.get(), stream_.get(), count, given.data());
  if (status != dnnl_success) fail(ErrorCode::internal, "{}: oneDNN: status {}", step.name, static_cast<int>(status));
}

void ProgramState::run_convolution(const WeightedStep& step, const dnnl::memory& weights,
                                   const dnnl::memory& bias) const {
  const float* residual = step.residual != kNoValue ? f32(step.residual) : nullptr;
  convolve(*step.weight->layout, geometry_of(*step.shape.image, step.shape.image->batch), f32(step.src),
           static_cast<const float*>(weights.get_data_handle()), static_cast<const float*>(bias.get_data_handle()),
           residual, f32(step.dst), scratch_.data());
}

void ProgramState::add_branches(const WeightedStep& step, const BatchBinding& binding) const {
  const WeightedShape& shape = step.shape;
  const std::int64_t items = program_->batch, rows = shape.rows / items;
  const auto sample_of = [&](std::int64_t item) {  // a timestep program holds the batch many times over
    return binding[static_cast<std::size_t>(item) % binding.size()];
  };
  for (std::int64_t begin = 0, end; begin < items; begin = end) {
    for (end = begin + 1; end < items && sample_of(end) == sample_of(begin);) ++end;
    if (!sample_of(begin)) continue;
    for (const SlotRows& part : step.weight->slots) {
      VENEER_CHECK(!sample_of(begin)->needs_merge(part.slot));
      const LowRankFactors* factors = sample_of(begin)->branch(part.slot);
      if (!factors) continue;
      float* y = f32(step.dst) + begin * rows * shape.out + part.row_begin;
      const LowRankScratch scratch{branch_scratch_.data(), branch_scratch_.size()};
      if (shape.image) {
        const std::int64_t pixels = shape.image->height * shape.image->width;
        low_rank_convolution(*factors, geometry_of(*shape.image, end - begin),
                             f32(step.src) + begin * pixels * shape.in, y, shape.out, scratch);
      } else {
        low_rank_linear(*factors, f32(step.src) + begin * rows * shape.in, shape.in, (end - begin) * rows, y, shape.out,
                        scratch);
      }
    }
  }
}

void ProgramState::run(const KernelStep& step) const {
  std::visit(KernelCall{*this, step}, step.op);
}

}  // namespace veneer::runtime
