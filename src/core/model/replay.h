// The provider `replay`: plays back recorded model traffic. The file's format is described in docs/replay.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/model.h"

namespace soma::model {

inline constexpr size_t kMaxReplayFileBytes = 64u << 20;
inline constexpr size_t kMaxReplayLines = 1'000'000;
inline constexpr int64_t kMaxReplayWaitMs = 3'600'000;
inline constexpr int64_t kMaxReplayRepeat = 10'000'000;

// One line of a recording.
struct ReplayWait {
  int64_t ms;
};
struct ReplayFail {
  os::Error error;
};
struct ReplayRepeat {
  int64_t count;
  ContentBlockDelta event;
  int64_t wait_ms = 0;  // after each
};
struct ReplayStep {
  std::variant<StreamEvent, ReplayWait, ReplayFail, ReplayRepeat> what;
  size_t line;
};

// A recording cut into the model's turns: each ends with messageStop (and the metadata behind it) or with a
// failure.
struct Recording {
  std::string path;
  std::vector<std::vector<ReplayStep>> turns;
};

// Errors: kInvalidArgument with file and line in the message and the details.
os::Result<Recording> parse_recording(std::string_view text, const std::string& path);

std::unique_ptr<Provider> make_replay(ProviderContext context);

}  // namespace soma::model
