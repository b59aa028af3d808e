// Where the machines' log groups go: one file each, a JSON line for each event.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "services/workflow/engine/engine.h"

namespace soma::workflow {

inline constexpr size_t kMaxQueuedLogBytes = 16u << 20;  // not written yet, of all groups; more is dropped

// Thread-safe.
class LogSink {
 public:
  virtual ~LogSink() = default;
  // `line` without its newline.
  virtual void write(std::string_view group, std::string line) = 0;
};

// <directory>/<group, percent-encoded>.jsonl, appended to on a worker thread in the order of write(). Waits
// for the last line when destroyed.
std::unique_ptr<LogSink> make_file_log_sink(os::FileSystem& files, std::string directory);

// What a machine's loggingConfiguration says.
class ExecutionLog {
 public:
  // `configuration` in the API's shape; a level of OFF, no destination, or no sink: nothing is written.
  ExecutionLog(LogSink* sink, const json::Value& configuration, std::string execution_arn);
  bool on() const { return sink_ != nullptr; }
  void write(const std::vector<engine::HistoryEvent>& events, int64_t redrives) const;

 private:
  enum class Level { kAll, kError, kFatal };

  bool wants(engine::EventType type) const;

  LogSink* sink_ = nullptr;
  Level level_ = Level::kAll;
  bool include_data_ = false;
  std::string group_, execution_arn_;
};

}  // namespace soma::workflow
