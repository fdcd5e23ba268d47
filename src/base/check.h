// Checks for our own mistakes. They stay on in release builds and throw ErrorCode::internal.
// Input from outside is not checked here: it is validated where it enters, with a message for its author.
#pragma once

#include "base/error.h"

#define VENEER_CHECK(condition)                                                                                 \
  do {                                                                                                          \
    if (!(condition))                                                                                           \
      ::veneer::fail(::veneer::ErrorCode::internal, "{}:{}: check failed: {}", __FILE__, __LINE__, #condition); \
  } while (false)

#define VENEER_CHECK_EQ(a, b)                                                                                       \
  do {                                                                                                              \
    const auto& veneer_check_a = (a);                                                                               \
    const auto& veneer_check_b = (b);                                                                               \
    if (!(veneer_check_a == veneer_check_b))                                                                        \
      ::veneer::fail(::veneer::ErrorCode::internal, "{}:{}: check failed: {} == {} ({} != {})", __FILE__, __LINE__, \
                     #a, #b, veneer_check_a, veneer_check_b);                                                       \
  } while (false)
