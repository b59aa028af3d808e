// Calls of tools whose answers are still to come, turn by turn.
#pragma once

#include "services/memory/strategies/strategies.h"

namespace soma::memory::topics {

// A turn that only tells that a tool was called.
inline bool is_bare_call(const Turn& turn) {
  if (!turn.call || turn.call->name.empty()) return false;
  return turn.role != Role::kTool || (turn.text.empty() && !turn.call->succeeded);
}

// A tool's answer by itself, to a call that an earlier turn told of.
inline bool is_bare_answer(const Turn& turn) {
  return turn.role == Role::kTool && (!turn.call || turn.call->name.empty());
}

class OpenCalls {
 public:
  void hear(const Turn& turn) {
    if (is_bare_call(turn)) {
      ++count_;
    } else if (turn.role == Role::kTool) {
      count_ -= count_ > 0;
    } else if (turn.role != Role::kAssistant) {
      count_ = 0;  // a person speaks: nobody waits any more
    }
  }
  bool any() const { return count_ > 0; }

 private:
  size_t count_ = 0;
};

}  // namespace soma::memory::topics
