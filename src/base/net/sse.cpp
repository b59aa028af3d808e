// Server-sent events, both ways, as the HTML standard says. Lines end with \r\n, \n or \r, and a \r may be
// the last byte of a piece: then a \n at the start of the next piece belongs to it (last_was_cr_).
#include <algorithm>
#include <charconv>

#include "base/net/http.h"
#include "base/os/os.h"

namespace soma::net {

namespace {

constexpr std::string_view kLineEnds = "\r\n";
constexpr std::string_view kNotInId{"\r\n\0", 3};  // an id with NUL is ignored by its reader
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// A field of one line, without the characters that it cannot hold.
void append_field(std::string& out, std::string_view name, std::string_view value, std::string_view without) {
  out += name;
  out += ": ";
  std::ranges::copy_if(value, std::back_inserter(out), [&](char c) { return !without.contains(c); });
  out += '\n';
}

void append_data(std::string& out, std::string_view data) {
  for (;;) {
    const size_t end = std::min(data.find_first_of("\r\n"), data.size());
    out += "data: ";
    out += data.substr(0, end);
    out += '\n';
    if (end == data.size()) return;
    data.remove_prefix(data.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// One line that is not empty, applied to the event that is being put together.
void apply_line(std::string_view line, SseEvent& event, bool& has_data) {
  const size_t colon = line.find(':');
  if (colon == 0) return;  // a comment
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data) event.data += '\n';
    event.data += value;
    has_data = true;
  } else if (field == "event") {
    event.event = value;
  } else if (field == "id") {
    if (!value.contains('\0')) event.id = value;
  } else if (field == "retry" && is_number(value)) {
    uint64_t milliseconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), milliseconds);
    if (error == std::errc()) event.retry_ms = milliseconds;
  }
}

}  // namespace

std::string format_sse(const SseEvent& event) {
  std::string out;
  out.reserve(event.id.size() + event.event.size() + event.data.size() + 48);
  if (!event.id.empty()) append_field(out, "id", event.id, kNotInId);
  if (!event.event.empty()) append_field(out, "event", event.event, kLineEnds);
  if (event.retry_ms) append_field(out, "retry", std::to_string(*event.retry_ms), kLineEnds);
  append_data(out, event.data);
  out += '\n';
  return out;
}

os::Result<std::vector<SseEvent>> SseParser::feed(std::string_view bytes) {
  std::vector<SseEvent> events;
  while (!bytes.empty()) {
    if (std::exchange(last_was_cr_, false) && bytes.starts_with('\n')) {
      bytes.remove_prefix(1);
      continue;
    }
    const size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    if (line_.size() + end + event_.data.size() > kMaxSseEventBytes)
      return os::fail(os::Code::kLimitExceeded, "a server-sent event is larger than kMaxSseEventBytes (" +
                                                    std::to_string(kMaxSseEventBytes) + ")");
    line_ += bytes.substr(0, end);
    if (end == bytes.size()) break;
    last_was_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);

    std::string_view line = line_;
    if (std::exchange(at_start_, false) && line.starts_with(kByteOrderMark))
      line.remove_prefix(kByteOrderMark.size());
    if (!line.empty()) {
      apply_line(line, event_, has_data_);
    } else {
      // An event without data is none, but its id stays for the events that follow.
      if (std::exchange(has_data_, false)) {
        std::string last_id = event_.id;
        events.push_back(std::exchange(event_, {}));
        event_.id = std::move(last_id);
      } else {
        event_.event.clear();
      }
    }
    line_.clear();
  }
  return events;
}

}  // namespace soma::net
