// Which events of an invocation have been seen, so that none is lost or shown twice when its stream is cut
// and followed in the journal.
//
// An invocation's own stream gives wire events, each with the seq of the journal event it comes from as its
// id. A journal event of type "stream" holds several wire events, so a cut may fall between two of the same
// seq: the cursor counts how many of the last seq it has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"

namespace soma::cli {

class Cursor {
 public:
  explicit Cursor(std::string invocation_id = {}) : invocation_id_(std::move(invocation_id)) {}
  void set_invocation(std::string invocation_id) { invocation_id_ = std::move(invocation_id); }

  // An event of the invocation's own stream. `id` is "<seq>.<part>", or "<seq>" for the last part.
  void saw(std::string_view id);
  // The seq to follow the journal from: the last one again, since a part of it may be missing.
  uint64_t resume_from() const { return seq_ == 0 ? 1 : seq_; }

  struct Step {
    std::vector<json::Value> events;  // wire events that have not been seen
    bool resumed = false;             // the server went on with the invocation after a restart
    bool finished = false;            // the invocation is over
  };
  // An event of the run's journal ({"seq", "type", "body"}); those of other invocations give nothing.
  Step follow(const json::Value& journal_event);

 private:
  std::string invocation_id_;
  uint64_t seq_ = 0;     // of the last event seen
  size_t seen_ = 0;      // wire events seen of it
  bool inside_ = false;  // the journal's reader is between this invocation's start and finish
};

// The wire events that an event of a session's journal stands for, as the invocation's own stream gives them:
// one part each.
std::vector<json::Value> wire_events(const json::Value& journal_event);

}  // namespace soma::cli
