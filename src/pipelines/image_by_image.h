// Images of one request that cannot share a batch, because their adapters differ and some have only the merged form.
#pragma once

#include <functional>

#include "pipelines/request.h"

namespace veneer::pipelines {

/// Images with adapters of their own share a batch only if all of these can run as branches.
bool needs_one_batch_an_image(const Request& request);

/// One picture after the other by `generate`, each as if it had been asked for alone; together they are what the
/// request asks for. Progress counts the evaluations of all.
Result generate_each(const Request& request, const std::function<Result(const Request&)>& generate);

}  // namespace veneer::pipelines
