#include "services/workflow/executions/log_sink.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "base/net/net.h"

namespace soma::workflow {
namespace {

using engine::EventType;

class FileLogSink final : public LogSink {
 public:
  FileLogSink(os::FileSystem& files, std::string directory)
      : state_(std::make_shared<State>(files, std::move(directory))) {}
  ~FileLogSink() override {
    std::unique_lock lock(state_->mutex);
    state_->idle.wait(lock, [this] { return !state_->writing; });
  }

  void write(std::string_view group, std::string line) override {
    const std::lock_guard lock(state_->mutex);
    if (state_->queued_bytes + line.size() > kMaxQueuedLogBytes) {
      if (state_->dropped++ == 0)
        os::log(os::Level::kWarning, "workflow.log.dropped",
                {{"group", group}, {"limit", "kMaxQueuedLogBytes"}});
      return;
    }
    line += '\n';
    state_->queued_bytes += line.size();
    state_->queue.push_back({std::string(group), std::move(line)});
    if (std::exchange(state_->writing, true)) return;
    net::offload_post([state = state_] { state->drain(); });
  }

 private:
  struct Line {
    std::string group, text;
  };
  struct State {
    State(os::FileSystem& f, std::string d) : files(f), directory(std::move(d)) {}

    void drain() {
      for (;;) {
        std::deque<Line> lines;
        {
          const std::lock_guard lock(mutex);
          lines.swap(queue);
          queued_bytes = 0;
          if (lines.empty()) {
            writing = false;
            dropped = 0;
            idle.notify_all();
            return;
          }
        }
        std::unordered_map<std::string, std::string> by_group;
        for (Line& line : lines) by_group[std::move(line.group)] += line.text;
        for (const auto& [group, text] : by_group)
          if (const os::Result<> written = append(group, text); !written)
            os::log(os::Level::kWarning, "workflow.log.failed",
                    {{"group", group}, {"error", written.error().to_string()}});
      }
    }

    os::Result<> append(const std::string& group, const std::string& text) {
      SOMA_TRY(files.make_directories(directory));
      const std::string path = fmt::format("{}/{}.jsonl", directory, os::percent_encode(group));
      SOMA_ASSIGN(const std::unique_ptr<os::File> file, files.open(path, os::OpenMode::kCreate));
      SOMA_ASSIGN(const uint64_t size, file->size());
      return file->write_at(size, std::as_bytes(std::span(text)));
    }

    os::FileSystem& files;
    const std::string directory;
    std::mutex mutex;
    std::condition_variable idle;
    std::deque<Line> queue;
    size_t queued_bytes = 0;
    uint64_t dropped = 0;
    bool writing = false;
  };

  std::shared_ptr<State> state_;
};

bool is_fatal(EventType type) {
  return type == EventType::kExecutionAborted || type == EventType::kExecutionFailed ||
         type == EventType::kExecutionTimedOut;
}

bool is_error(EventType type) {
  const std::string_view name = engine::event_type_name(type);
  return type == EventType::kFailStateEntered || name.ends_with("Failed") || name.ends_with("Aborted") ||
         name.ends_with("TimedOut");
}

// "arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*"
std::string group_of(const json::Value& configuration) {
  constexpr std::string_view kBefore = ":log-group:";
  std::string_view arn =
      configuration.get("destinations").at(0).get("cloudWatchLogsLogGroup").get("logGroupArn").string_or("");
  const size_t begin = arn.find(kBefore);
  if (begin == std::string_view::npos) return {};
  arn.remove_prefix(begin + kBefore.size());
  if (arn.ends_with(":*")) arn.remove_suffix(2);
  return std::string(arn);
}

}  // namespace

std::unique_ptr<LogSink> make_file_log_sink(os::FileSystem& files, std::string directory) {
  return std::make_unique<FileLogSink>(files, std::move(directory));
}

ExecutionLog::ExecutionLog(LogSink* sink, const json::Value& configuration, std::string execution_arn)
    : include_data_(configuration.get("includeExecutionData").bool_or(false)),
      execution_arn_(std::move(execution_arn)) {
  const std::string_view level = configuration.get("level").string_or("OFF");
  if (level == "OFF") return;
  level_ = level == "ERROR" ? Level::kError : level == "FATAL" ? Level::kFatal : Level::kAll;
  group_ = group_of(configuration);
  if (!group_.empty()) sink_ = sink;
}

bool ExecutionLog::wants(EventType type) const {
  switch (level_) {
    case Level::kAll:
      return true;
    case Level::kError:
      return is_error(type);
    case Level::kFatal:
      return is_fatal(type);
  }
  return true;
}

void ExecutionLog::write(const std::vector<engine::HistoryEvent>& events, int64_t redrives) const {
  if (!on()) return;
  for (const engine::HistoryEvent& event : events) {
    if (!wants(event.type)) continue;
    const json::Value shown = engine::to_api(event, include_data_);
    const std::string_view details = engine::event_details_name(event.type);
    json::Value line = json::object({{"id", std::to_string(event.id)},
                                     {"type", engine::event_type_name(event.type)},
                                     {"details", json::Object{}},
                                     {"previous_event_id", std::to_string(event.previous_id)},
                                     {"event_timestamp", std::to_string(os::unix_ms(event.at))},
                                     {"execution_arn", execution_arn_},
                                     {"redrive_count", std::to_string(redrives)}});
    if (const json::Value* member = details.empty() ? nullptr : shown.find(details))
      line.set("details", *member);
    sink_->write(group_, json::write(line));
  }
}

}  // namespace soma::workflow
