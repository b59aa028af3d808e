#include "base/journal/limits.h"

#include <fmt/format.h>

namespace soma::journal {
namespace {

std::unexpected<os::Error> too_large(std::string_view what, size_t actual, std::string_view limit_name,
                                     size_t limit) {
  auto refused = os::fail(os::Code::kLimitExceeded,
                          fmt::format("{}: {} is over {} ({})", what, actual, limit_name, limit));
  refused.error().details = {{"limit", std::string(limit_name)}, {"maximum", std::to_string(limit)}};
  return refused;
}

}  // namespace

size_t body_bytes(const std::vector<NewEvent>& events) {
  size_t bytes = 0;
  for (const NewEvent& event : events) bytes += event.body.size();
  return bytes;
}

os::Result<> check_run_id(std::string_view run) {
  if (run.empty()) return os::fail(os::Code::kInvalidArgument, "the run id is empty");
  if (run.size() > kMaxRunIdBytes) return too_large("run id", run.size(), "kMaxRunIdBytes", kMaxRunIdBytes);
  if (run.find('\0') != std::string_view::npos || !os::is_valid_utf8(run))
    return os::fail(os::Code::kInvalidArgument, "the run id is not valid UTF-8 text");
  return {};
}

os::Result<> check_word(std::string_view what, std::string_view word) {
  if (word.empty()) return os::fail(os::Code::kInvalidArgument, fmt::format("the {} is empty", what));
  if (word.size() > kMaxWordBytes) return too_large(what, word.size(), "kMaxWordBytes", kMaxWordBytes);
  return {};
}

os::Result<> check_events(const std::vector<NewEvent>& events) {
  if (events.size() > kMaxAppendEvents)
    return too_large("events in one append", events.size(), "kMaxAppendEvents", kMaxAppendEvents);
  for (const NewEvent& event : events) {
    SOMA_TRY(check_word("event type", event.type));
    if (event.body.empty())
      return os::fail(os::Code::kInvalidArgument,
                      fmt::format("{}: the event's body is empty, not JSON", event.type));
    if (event.body.size() > kMaxEventBytes)
      return too_large(event.type, event.body.size(), "kMaxEventBytes", kMaxEventBytes);
  }
  const size_t bytes = body_bytes(events);
  if (bytes > kMaxAppendBytes)
    return too_large("bytes in one append", bytes, "kMaxAppendBytes", kMaxAppendBytes);
  return {};
}

os::Result<> check_labels(const std::vector<Label>& labels) {
  if (labels.size() > kMaxLabels) return too_large("labels", labels.size(), "kMaxLabels", kMaxLabels);
  for (const Label& label : labels) {
    SOMA_TRY(check_word("label name", label.name));
    if (label.value.size() > kMaxLabelValueBytes)
      return too_large(label.name, label.value.size(), "kMaxLabelValueBytes", kMaxLabelValueBytes);
  }
  return {};
}

}  // namespace soma::journal
