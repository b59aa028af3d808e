// Where episodes begin and end: an episode is one thing that a person wanted, and what was done about it.
//
// It begins at a turn that wants or tells something, or at a call of a tool. It ends
//   after   a turn that closes it: thanks without a new request, "never mind", "that's all", a farewell
//   before  a request of other things, a question in other words, a new subject, a long pause
//   at all  when the conversation is at rest
// What stays with it: an answer to the assistant's question, a question about what was said, a complaint, the
// request said again. Judged by what is before a turn alone, so that what was decided stays so.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "services/memory/strategies/strategies.h"

namespace soma::memory::episodes {

inline constexpr size_t kMaxEpisodeTurns =
    200;  // it ends at the next turn of a person; twice as long, at any

struct Extent {
  size_t begin = 0, end = 0;  // of turns
  bool left = false;          // ended by the turn at `end`, which may still speak of it
};

struct Extents {
  std::vector<Extent> closed;
  std::optional<size_t> open;  // where the last one begins that has no end yet
};

Extents find_episodes(std::span<const Turn> turns, bool at_rest);

}  // namespace soma::memory::episodes
