#include "nn/embedding.h"

namespace veneer::nn {

Value time_embedding(const Builder& b, Value sinusoid, const TimeEmbeddingOptions& options) {
  const Value hidden = b.activate(b.linear("linear_1", sinusoid, options.channels), options.activation);
  return b.activate(b.linear("linear_2", hidden, options.channels), options.post_activation);
}

}  // namespace veneer::nn
