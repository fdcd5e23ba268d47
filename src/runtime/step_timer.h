// How long the steps of a run take.
#pragma once

#include <functional>
#include <string_view>

namespace veneer::runtime {

/// Told of each step that ran: the layer's name, its kind ("conv2d 3x3", "attention"), and how long it took.
using StepTimer = std::function<void(std::string_view name, std::string_view kind, double seconds)>;

}  // namespace veneer::runtime
