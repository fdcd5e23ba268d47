#include "service/provenance.h"

#include <gtest/gtest.h>

#include "schedulers/scheduler.h"

namespace veneer::service {
namespace {

TEST(SamplerName, IsANameThatASchedulerIsAskedForBy) {
  const Json config = Json::object();
  for (const std::string& name : schedulers::scheduler_names())
    EXPECT_EQ(schedulers::scheduler_name(config, sampler_name(name)), name) << sampler_name(name);
}

}  // namespace
}  // namespace veneer::service
