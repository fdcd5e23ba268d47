#include "support/interpreter.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/error.h"

namespace veneer::testing_support {
namespace {

using graph::Activation;

double activated(double x, Activation kind) {
  switch (kind) {
    case Activation::none:
      return x;
    case Activation::silu:
      return x / (1 + std::exp(-x));
    case Activation::gelu:
      return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
    case Activation::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Activation::quick_gelu:
      return x / (1 + std::exp(-1.702 * x));
  }
  fail(ErrorCode::internal, "interpret: an activation without a formula");
}

std::size_t to_size(std::int64_t n) {
  return static_cast<std::size_t>(n);
}

/// A tensor's values and extents, so that the loops below read like their formulas.
struct Array {
  explicit Array(const Tensor& tensor) : shape(tensor.shape()), values(tensor.to_f32()) {}
  explicit Array(Shape extents) : shape(std::move(extents)), values(to_size(element_count(shape))) {}

  [[nodiscard]] std::int64_t columns() const { return shape.back(); }
  [[nodiscard]] std::int64_t rows() const { return element_count(shape) / columns(); }
  [[nodiscard]] std::int64_t rows_per_sample() const { return rows() / shape.front(); }
  [[nodiscard]] const float* row(std::int64_t i) const { return values.data() + i * columns(); }
  float* row(std::int64_t i) { return values.data() + i * columns(); }

  Shape shape;
  std::vector<float> values;
};

double dot(const float* a, const float* b, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

/// One operation: `in` are the values of its inputs, `out` has the inferred shape and holds zeros.
struct Evaluate {
  const std::vector<Tensor>& tensors;  // the inputs as they are, for ids
  std::vector<Array> in;
  Array out;

  void operator()(const graph::Input&) { fail(ErrorCode::internal, "interpret: Input is no computation"); }

  void operator()(const graph::Linear& linear) {
    std::int64_t first = 0;
    for (const graph::SlotWeight& part : linear.parts) {
      const std::vector<float> weight = part.weight.tensor.to_f32();
      const std::int64_t features = part.weight.tensor.dim(0), channels = in[0].columns();
      for (std::int64_t r = 0; r < out.rows(); ++r)
        for (std::int64_t o = 0; o < features; ++o)
          out.row(r)[first + o] = static_cast<float>(dot(in[0].row(r), weight.data() + o * channels, channels));
      if (part.bias) add_columns(*part.bias, first);
      first += features;
    }
    add_residual();
  }

  void operator()(const graph::Conv2d& conv) {
    const Tensor& stored = conv.weight.weight.tensor;
    const std::int64_t channels = stored.dim(1), kernel_h = stored.dim(2), kernel_w = stored.dim(3);
    const std::vector<float> weight = taps_first(stored);
    const std::int64_t height = in[0].shape[1], width = in[0].shape[2];
    for (std::int64_t row = 0; row < out.rows(); ++row) {
      const std::int64_t x = row % out.shape[2], y = row / out.shape[2] % out.shape[1],
                         n = row / out.shape[2] / out.shape[1];
      std::vector<double> sums(to_size(out.columns()));
      for (std::int64_t tap = 0; tap < kernel_h * kernel_w; ++tap) {
        const std::int64_t iy = y * conv.stride - conv.padding.top + tap / kernel_w;
        const std::int64_t ix = x * conv.stride - conv.padding.left + tap % kernel_w;
        if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
        const float* pixel = in[0].row((n * height + iy) * width + ix);
        for (std::int64_t o = 0; o < out.columns(); ++o)
          sums[to_size(o)] += dot(pixel, weight.data() + (tap * out.columns() + o) * channels, channels);
      }
      for (std::int64_t o = 0; o < out.columns(); ++o) out.row(row)[o] = static_cast<float>(sums[to_size(o)]);
    }
    if (conv.weight.bias) add_columns(*conv.weight.bias, 0);
    add_residual();
  }

  void operator()(const graph::GroupNorm& norm) {
    const std::vector<float> gamma = norm.gamma.tensor.to_f32(), beta = norm.beta.tensor.to_f32();
    const std::int64_t pixels = out.rows_per_sample(), width = out.columns() / norm.groups;
    const auto shifted = [&](std::int64_t n, std::int64_t pixel, std::int64_t c) {
      return double{in[0].row(n * pixels + pixel)[c]} + (in.size() == 2 ? double{in[1].row(n)[c]} : 0);
    };
    for (std::int64_t n = 0; n < out.shape[0]; ++n) {
      for (std::int64_t c0 = 0; c0 < out.columns(); c0 += width) {
        double mean = 0, variance = 0;
        const auto count = static_cast<double>(pixels * width);
        for (std::int64_t p = 0; p < pixels; ++p)
          for (std::int64_t c = c0; c < c0 + width; ++c) mean += shifted(n, p, c) / count;
        for (std::int64_t p = 0; p < pixels; ++p)
          for (std::int64_t c = c0; c < c0 + width; ++c) variance += std::pow(shifted(n, p, c) - mean, 2) / count;
        for (std::int64_t p = 0; p < pixels; ++p)
          for (std::int64_t c = c0; c < c0 + width; ++c) {
            const double y = (shifted(n, p, c) - mean) / std::sqrt(variance + norm.eps);
            out.row(n * pixels + p)[c] =
                static_cast<float>(activated(y * gamma[to_size(c)] + beta[to_size(c)], norm.activation));
          }
      }
    }
  }

  void operator()(const graph::LayerNorm& norm) {
    const std::vector<float> ones(to_size(out.columns()), 1), zeros(to_size(out.columns()));
    const std::vector<float> gamma = norm.gamma ? norm.gamma->tensor.to_f32() : ones;
    const std::vector<float> beta = norm.beta ? norm.beta->tensor.to_f32() : zeros;
    const auto count = static_cast<double>(out.columns());
    for (std::int64_t r = 0; r < out.rows(); ++r) {
      double mean = 0, variance = 0;
      for (std::int64_t c = 0; c < out.columns(); ++c) mean += in[0].row(r)[c] / count;
      for (std::int64_t c = 0; c < out.columns(); ++c) variance += std::pow(in[0].row(r)[c] - mean, 2) / count;
      for (std::int64_t c = 0; c < out.columns(); ++c)
        out.row(r)[c] = static_cast<float>(
            (in[0].row(r)[c] - mean) / std::sqrt(variance + norm.eps) * gamma[to_size(c)] + beta[to_size(c)]);
    }
  }

  void operator()(const graph::RmsNorm& norm) {
    const std::vector<float> gamma = norm.gamma.tensor.to_f32();
    for (std::size_t first = 0; first < out.values.size(); first += gamma.size()) {
      double square = 0;
      for (std::size_t c = 0; c < gamma.size(); ++c) square += std::pow(double{in[0].values[first + c]}, 2);
      const double mean = square / static_cast<double>(gamma.size());
      for (std::size_t c = 0; c < gamma.size(); ++c)
        out.values[first + c] = static_cast<float>(in[0].values[first + c] / std::sqrt(mean + norm.eps) * gamma[c]);
    }
  }

  void operator()(const graph::Modulate& op) {
    for (std::int64_t r = 0; r < out.rows(); ++r) {
      const float* m = in[1].row(r / out.rows_per_sample());
      for (std::int64_t c = 0; c < out.columns(); ++c)
        out.row(r)[c] =
            static_cast<float>(in[0].row(r)[c] * (1 + double{m[op.scale_column + c]}) + double{m[op.shift_column + c]});
    }
  }

  void operator()(const graph::GatedAdd& op) {
    for (std::int64_t r = 0; r < out.rows(); ++r) {
      const float* m = in[2].row(r / out.rows_per_sample());
      for (std::int64_t c = 0; c < out.columns(); ++c)
        out.row(r)[c] = static_cast<float>(in[0].row(r)[c] + double{m[op.gate_column + c]} * in[1].row(r)[c]);
    }
  }

  void operator()(const graph::Activate& op) {
    for (std::size_t i = 0; i < out.values.size(); ++i)
      out.values[i] = static_cast<float>(activated(in[0].values[i], op.kind));
  }

  void operator()(const graph::Geglu&) {
    for (std::int64_t r = 0; r < out.rows(); ++r)
      for (std::int64_t c = 0; c < out.columns(); ++c)
        out.row(r)[c] =
            static_cast<float>(in[0].row(r)[c] * activated(in[0].row(r)[out.columns() + c], Activation::gelu));
  }

  void operator()(const graph::Add&) {
    for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = in[0].values[i] + in[1].values[i];
  }

  void operator()(const graph::Multiply&) {
    for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] = in[0].values[i] * in[1].values[i];
  }

  void operator()(const graph::AddChannels&) {
    for (std::int64_t r = 0; r < out.rows(); ++r)
      for (std::int64_t c = 0; c < out.columns(); ++c)
        out.row(r)[c] = in[0].row(r)[c] + in[1].row(r / out.rows_per_sample())[c];
  }

  void operator()(const graph::Scale& op) {
    for (std::size_t i = 0; i < out.values.size(); ++i)
      out.values[i] = static_cast<float>(double{op.factor} * in[0].values[i] + double{op.offset});
  }

  void operator()(const graph::Attention& op) {
    for (std::int64_t n = 0; n < out.shape[0]; ++n)
      for (std::int64_t head = 0; head < op.heads; ++head)
        for (std::int64_t t = 0; t < out.shape[1]; ++t) attend(op, n, head, t);
  }

  void operator()(const graph::Rotate& op) {
    const Array table(op.table.tensor);
    const std::int64_t head = table.columns();
    for (std::int64_t r = 0; r < out.rows(); ++r) {
      const float *cosines = table.row(2 * (r % out.shape[1])), *sines = cosines + head;
      for (std::int64_t c = 0; c < out.columns(); ++c) {
        const std::int64_t other = c % 2 == 0 ? c + 1 : c - 1;
        out.row(r)[c] = static_cast<float>(double{in[0].row(r)[c]} * cosines[c % head] +
                                           double{in[0].row(r)[other]} * sines[c % head]);
      }
    }
  }

  void operator()(const graph::Embedding& op) {
    const Array table(op.table.tensor);
    for (std::int64_t r = 0; r < out.rows(); ++r) {
      std::int32_t id = 0;
      std::memcpy(&id, tensors[0].bytes().data() + to_size(r) * sizeof id, sizeof id);
      if (id < 0 || id >= table.rows())
        fail(ErrorCode::invalid_argument, "interpret: {}: expected an id below {}, got {}", op.table.name, table.rows(),
             id);
      std::copy_n(table.row(id), out.columns(), out.row(r));
    }
  }

  void operator()(const graph::TakeToken&) {
    for (std::int64_t n = 0; n < out.rows(); ++n) {
      std::int32_t token = 0;
      std::memcpy(&token, tensors[1].bytes().data() + to_size(n) * sizeof token, sizeof token);
      std::copy_n(in[0].row(n * in[0].rows_per_sample() + token), out.columns(), out.row(n));
    }
  }

  void operator()(const graph::AddPositions& op) {
    const Array table(op.table.tensor);
    for (std::int64_t r = 0; r < out.rows(); ++r)
      for (std::int64_t c = 0; c < out.columns(); ++c) out.row(r)[c] = in[0].row(r)[c] + table.row(r % out.shape[1])[c];
  }

  /// In f32 throughout, as the reference: at timestep 999 the rounding of the angle is in the fifth digit of its sine.
  void operator()(const graph::TimestepEmbedding& op) {
    const std::int64_t half = op.dim / 2;
    for (std::int64_t k = 0; k < element_count(in[0].shape); ++k)
      for (std::int64_t i = 0; i < half; ++i) {
        const float exponent = -std::log(10000.0F) * static_cast<float>(i);
        const float frequency = std::exp(exponent / (static_cast<float>(half) - op.downscale_freq_shift));
        const float angle = in[0].values[to_size(k)] * frequency;
        out.values[to_size(k * op.dim + (op.flip_sin_to_cos ? half + i : i))] = std::sin(angle);
        out.values[to_size(k * op.dim + (op.flip_sin_to_cos ? i : half + i))] = std::cos(angle);
      }
  }

  void operator()(const graph::Concat&) {
    std::int64_t first = 0;
    for (const Array& part : in) {
      for (std::int64_t r = 0; r < out.rows(); ++r) std::copy_n(part.row(r), part.columns(), out.row(r) + first);
      first += part.columns();
    }
  }

  void operator()(const graph::ConcatTokens&) {
    std::int64_t first = 0;
    for (const Array& part : in) {
      for (std::int64_t r = 0; r < part.rows(); ++r) {
        const std::int64_t n = r / part.shape[1], t = r % part.shape[1];
        std::copy_n(part.row(r), out.columns(), out.row(n * out.shape[1] + first + t));
      }
      first += part.shape[1];
    }
  }

  void operator()(const graph::SliceTokens& op) {
    for (std::int64_t r = 0; r < out.rows(); ++r)
      std::copy_n(in[0].row(r / op.count * in[0].shape[1] + op.begin + r % op.count), out.columns(), out.row(r));
  }

  void operator()(const graph::Unpatchify& op) {
    const std::int64_t height = out.shape[1], width = out.shape[2];
    for (std::int64_t r = 0; r < out.rows(); ++r) {
      const std::int64_t x = r % width, y = r / width % height, n = r / width / height;
      const std::int64_t token = (n * op.height + y / op.patch) * op.width + x / op.patch;
      const std::int64_t pixel = y % op.patch * op.patch + x % op.patch;
      std::copy_n(in[0].row(token) + pixel * out.columns(), out.columns(), out.row(r));
    }
  }

  void operator()(const graph::Upsample& op) {
    const std::int64_t height = in[0].shape[1], width = in[0].shape[2];
    for (std::int64_t n = 0; n < out.shape[0]; ++n)
      for (std::int64_t y = 0; y < op.height; ++y)
        for (std::int64_t x = 0; x < op.width; ++x)
          std::copy_n(in[0].row((n * height + y * height / op.height) * width + x * width / op.width), out.columns(),
                      out.row((n * op.height + y) * op.width + x));
  }

  void operator()(const graph::Reshape&) { out.values = in[0].values; }

  // --- parts of the above ---

  /// One query of one head.
  void attend(const graph::Attention& op, std::int64_t n, std::int64_t head, std::int64_t t) {
    const std::int64_t offset = head * op.head_dim, memory = in[1].shape[1], queries = in[0].shape[1];
    const std::int64_t keys = op.mask == graph::AttentionMask::causal ? t + 1 + memory - queries : memory;
    const float* q = in[0].row(n * out.shape[1] + t) + op.q_column + offset;
    std::vector<float> bias;
    if (op.relative_bias) bias = op.relative_bias->tensor.to_f32();
    std::vector<double> scores;
    for (std::int64_t k = 0; k < keys; ++k) {
      scores.push_back(op.scale * dot(q, in[1].row(n * memory + k) + op.k_column + offset, op.head_dim));
      const std::int64_t columns = out.shape[1] + memory - 1;
      if (!bias.empty()) scores.back() += double{bias[to_size(head * columns + t - k + memory - 1)]};
    }
    const double largest = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    for (double& score : scores) total += score = std::exp(score - largest);
    for (std::int64_t d = 0; d < op.head_dim; ++d) {
      double sum = 0;
      for (std::size_t k = 0; k < scores.size(); ++k)
        sum += scores[k] / total * in[2].row(n * memory + static_cast<std::int64_t>(k))[op.v_column + offset + d];
      out.row(n * out.shape[1] + t)[offset + d] = static_cast<float>(sum);
    }
  }

  /// [out,in,kh,kw] -> [kh*kw,out,in]
  static std::vector<float> taps_first(const Tensor& weight) {
    const std::vector<float> stored = weight.to_f32();
    const std::int64_t taps = weight.dim(2) * weight.dim(3), rows = weight.dim(0) * weight.dim(1);
    std::vector<float> result(stored.size());
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t tap = 0; tap < taps; ++tap) result[to_size(tap * rows + r)] = stored[to_size(r * taps + tap)];
    return result;
  }

  void add_columns(const graph::Parameter& bias, std::int64_t first) {
    const std::vector<float> values = bias.tensor.to_f32();
    for (std::int64_t r = 0; r < out.rows(); ++r)
      for (std::size_t c = 0; c < values.size(); ++c) out.row(r)[to_size(first) + c] += values[c];
  }

  void add_residual() {
    if (in.size() < 2) return;
    for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] += in[1].values[i];
  }
};

Tensor take_input(const graph::Input& input, const NamedTensors& inputs) {
  const auto found = inputs.find(input.name);
  if (found == inputs.end()) fail(ErrorCode::invalid_argument, "interpret: expected an input {}, got none", input.name);
  if (found->second.dtype() != input.dtype || found->second.shape() != input.shape)
    fail(ErrorCode::invalid_argument, "interpret: {}: expected {}{}, got {}", input.name, to_string(input.dtype),
         to_string(input.shape), found->second.describe());
  return found->second;
}

}  // namespace

NamedTensors interpret(const graph::Graph& graph, const NamedTensors& inputs) {
  std::vector<Tensor> values;
  for (const graph::Node& node : graph.nodes()) {
    if (const auto* input = std::get_if<graph::Input>(&node.op)) {
      values.push_back(take_input(*input, inputs));
      continue;
    }
    std::vector<Tensor> tensors;
    for (const graph::Value value : node.inputs) tensors.push_back(values.at(to_size(value.id)));
    std::vector<Array> arrays;
    for (const Tensor& tensor : tensors)
      arrays.push_back(is_floating(tensor.dtype()) ? Array(tensor) : Array(Shape{0}));
    Evaluate evaluate{tensors, std::move(arrays), Array(node.shape)};
    std::visit(evaluate, node.op);
    values.push_back(Tensor::from_f32(node.shape, std::move(evaluate.out.values)));
  }
  NamedTensors outputs;
  for (const graph::Output& output : graph.outputs()) outputs[output.name] = values.at(to_size(output.value.id));
  return outputs;
}

}  // namespace veneer::testing_support
