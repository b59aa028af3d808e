#include <array>

#include <fmt/format.h>
#include "core/model/message_wire.h"
#include "core/model/replay.h"

namespace soma::model {
namespace {

os::Result<os::Code> code_named(std::string_view name, std::string_view pointer) {
  for (int i = 0; i <= static_cast<int>(os::Code::kInternal); ++i) {
    if (os::code_name(static_cast<os::Code>(i)) == name) return static_cast<os::Code>(i);
  }
  return wrong(
      pointer,
      fmt::format("unknown error code \"{}\"; such as Unavailable, LimitExceeded, InvalidArgument", name));
}

os::Result<int64_t> bounded(const json::Value& value, std::string_view pointer, int64_t low, int64_t high) {
  if (value.type() != json::Type::kInt || value.as_int() < low || value.as_int() > high) {
    return wrong(pointer, fmt::format("must be an integer from {} to {}", low, high));
  }
  return value.as_int();
}

// Reads a recording line by line and keeps track of the blocks, for what recordings leave out.
class RecordingReader {
 public:
  explicit RecordingReader(std::string path) { recording_.path = std::move(path); }

  os::Result<Recording> run(std::string_view text) {
    size_t begin = 0;
    while (begin < text.size()) {
      size_t end = text.find('\n', begin);
      if (end == std::string_view::npos) end = text.size();
      ++line_;
      if (line_ > kMaxReplayLines)
        return located(
            os::Error{os::Code::kLimitExceeded, fmt::format("more than {} lines", kMaxReplayLines), {}, {}});
      const std::string_view line = os::trim(text.substr(begin, end - begin));
      if (!line.empty()) {
        if (auto read = take(line); !read) return located(std::move(read.error()));
      }
      begin = end + 1;
    }
    return std::move(recording_);
  }

 private:
  std::unexpected<os::Error> located(os::Error error) const {
    error.message = fmt::format("{}:{}: {}", recording_.path, line_, error.message);
    error.details.emplace_back("file", recording_.path);
    error.details.emplace_back("line", std::to_string(line_));
    return std::unexpected(std::move(error));
  }

  os::Result<> take(std::string_view line) {
    SOMA_ASSIGN(const json::Value value, json::parse(line));
    SOMA_ASSIGN(const json::Member* member, union_member(value, "", "an event, wait, fail, repeat"));
    const json::Value& body = member->second;
    if (member->first == "wait") {
      SOMA_ASSIGN(const int64_t ms, bounded(body.get("ms"), "/wait/ms", 0, kMaxReplayWaitMs));
      push(ReplayWait{ms});
      return {};
    }
    if (member->first == "fail") return take_fail(body);
    if (member->first == "repeat") return take_repeat(body);
    SOMA_ASSIGN(StreamEvent event, event_from_json(value));
    return take_event(std::move(event));
  }

  os::Result<> take_fail(const json::Value& body) {
    SOMA_ASSIGN(const std::string name, required_string(body, "/fail", "code"));
    SOMA_ASSIGN(const os::Code code, code_named(name, "/fail/code"));
    SOMA_ASSIGN(std::string message, required_string(body, "/fail", "message"));
    push(ReplayFail{os::Error{code, std::move(message), {}, {}}});
    end_turn();
    return {};
  }

  os::Result<> take_repeat(const json::Value& body) {
    ReplayRepeat repeat{.count = 0, .event = {}};
    SOMA_ASSIGN(repeat.count, bounded(body.get("count"), "/repeat/count", 1, kMaxReplayRepeat));
    if (body.has("waitMs")) {
      SOMA_ASSIGN(repeat.wait_ms, bounded(body.get("waitMs"), "/repeat/waitMs", 0, kMaxReplayWaitMs));
    }
    const json::Value index = body.has("contentBlockIndex")
                                  ? body.get("contentBlockIndex")
                                  : json::Value(open_ ? last_index_ : last_index_ + 1);
    const json::Value as_event = json::object(
        {{"contentBlockDelta", json::object({{"contentBlockIndex", index}, {"delta", body.get("delta")}})}});
    auto event = event_from_json(as_event);
    if (!event) return wrong("/repeat/delta", event.error().message);
    repeat.event = std::get<ContentBlockDelta>(*std::move(event));
    start_block_of(repeat.event);
    push(std::move(repeat));
    return {};
  }

  os::Result<> take_event(StreamEvent event) {
    if (std::holds_alternative<Metadata>(event) && turn_ended_) {
      recording_.turns.back().push_back({std::move(event), line_});
      turn_ended_ = false;
      return {};
    }
    turn_ended_ = false;
    if (const auto* start = std::get_if<ContentBlockStart>(&event)) last_index_ = start->index, open_ = true;
    if (const auto* delta = std::get_if<ContentBlockDelta>(&event)) start_block_of(*delta);
    if (std::holds_alternative<ContentBlockStop>(event)) open_ = false;
    const bool last = std::holds_alternative<MessageStop>(event);
    push(std::move(event));
    if (last) {
      end_turn();
      turn_ended_ = true;
    }
    return {};
  }

  // ConverseStream starts no text and reasoning blocks; soma's streams do.
  void start_block_of(const ContentBlockDelta& delta) {
    const bool silent =
        std::holds_alternative<TextDelta>(delta.delta) || std::holds_alternative<ReasoningDelta>(delta.delta);
    if (!silent || delta.index <= last_index_) return;
    last_index_ = delta.index;
    open_ = true;
    push(StreamEvent(ContentBlockStart{delta.index}));
  }

  template <class Step>
  void push(Step step) {
    if (!in_turn_) recording_.turns.emplace_back();
    in_turn_ = true;
    recording_.turns.back().push_back({std::move(step), line_});
  }

  void end_turn() {
    in_turn_ = false;
    open_ = false;
    last_index_ = -1;
  }

  Recording recording_;
  size_t line_ = 0;
  int last_index_ = -1;
  bool open_ = false, in_turn_ = false, turn_ended_ = false;
};

}  // namespace

os::Result<Recording> parse_recording(std::string_view text, const std::string& path) {
  return RecordingReader(path).run(text);
}

}  // namespace soma::model
