// The token of a task that waits for somebody outside: opaque and URL-safe. It says which task is meant, and
// holds a random part that only who was given the token knows; the record of the execution keeps the whole
// token, and one that differs in a single character is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/os/os.h"

namespace soma::workflow {

inline constexpr size_t kMaxTokenBytes = 2'048;

struct TaskAddress {
  std::string execution_arn;
  uint64_t task = 0;
};

std::string make_task_token(std::string_view execution_arn, uint64_t task, os::IdSource& ids);
// Nothing: not made here.
std::optional<TaskAddress> read_task_token(std::string_view token);

}  // namespace soma::workflow
