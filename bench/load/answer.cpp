#include "load/answer.h"

#include <algorithm>
#include <charconv>

namespace soma_load {
namespace {

constexpr size_t kOtherTextBytes = 200;
constexpr size_t kMaxKeys = 3;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

// The value of a header in a head that is lower case already; empty when absent.
std::string_view header(std::string_view head, std::string_view name) {
  const std::string wanted = "\r\n" + std::string(name) + ":";
  size_t begin = head.find(wanted);
  if (begin == std::string_view::npos) return {};
  begin = head.find_first_not_of(' ', begin + wanted.size());
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

// {"a":{"b":1}} -> a.b, without parsing more of the event than its beginning.
std::string outer_keys(std::string_view data) {
  std::string keys;
  for (size_t count = 0; count < kMaxKeys && data.starts_with("{\""); ++count) {
    data.remove_prefix(2);
    const size_t end = data.find("\":");
    if (end == std::string_view::npos) break;
    if (!keys.empty()) keys += '.';
    keys += data.substr(0, end);
    data.remove_prefix(end + 2);
  }
  return keys;
}

// As it stands in the JSON, escapes and all.
size_t text_bytes(std::string_view data) {
  constexpr std::string_view kMember = "\"text\":\"";
  const size_t member = data.find(kMember);
  if (member == std::string_view::npos) return 0;
  const size_t begin = member + kMember.size();
  size_t end = begin;
  while (end < data.size() && data[end] != '"') end += data[end] == '\\' ? 2 : 1;
  return end - begin;
}

}  // namespace

bool Answer::feed(std::string_view bytes, int64_t now_ns) {
  input_ += bytes;
  if (input_.size() > kMaxBufferedBytes) return false;
  bool moved = true;
  while (moved && state_ != State::kDone) {
    if (!step(now_ns, moved)) return false;
  }
  return true;
}

bool Answer::take_line_of_input(std::string_view& line) {
  const size_t end = input_.find("\r\n");
  if (end == std::string::npos) return false;
  line = std::string_view(input_).substr(0, end);
  return true;
}

// One state's work. `moved` is false when it needs more input.
bool Answer::step(int64_t now_ns, bool& moved) {
  std::string_view line;
  switch (state_) {
    case State::kHead:
      moved = input_.find("\r\n\r\n") != std::string::npos;
      return !moved || read_head();
    case State::kSized:
    case State::kChunk: {
      const size_t size = std::min(remaining_, input_.size());
      moved = size > 0;
      take_body(std::string_view(input_).substr(0, size), now_ns);
      input_.erase(0, size);
      remaining_ -= size;
      if (remaining_ == 0) state_ = state_ == State::kSized ? State::kDone : State::kChunkEnd;
      return true;
    }
    case State::kChunkSize:
      moved = take_line_of_input(line);
      if (!moved) return true;
      if (!read_chunk_size(line)) return false;
      input_.erase(0, line.size() + 2);
      return true;
    case State::kChunkEnd:
      moved = input_.size() >= 2;
      if (!moved) return true;
      input_.erase(0, 2);
      state_ = State::kChunkSize;
      return true;
    case State::kTrailer: {
      moved = take_line_of_input(line);
      if (!moved) return true;
      if (line.empty()) state_ = State::kDone;
      input_.erase(0, line.size() + 2);
      return true;
    }
    case State::kDone:
      moved = false;
      return true;
  }
  return false;
}

bool Answer::read_head() {
  const size_t end = input_.find("\r\n\r\n");
  const std::string head = lower(std::string_view(input_).substr(0, end + 2));
  input_.erase(0, end + 4);
  constexpr std::string_view kVersion = "http/1.1 ";
  if (!head.starts_with(kVersion)) return false;
  const char* digits = head.data() + kVersion.size();
  if (std::from_chars(digits, head.data() + head.size(), status_).ec != std::errc()) return false;
  is_stream_ = header(head, "content-type").starts_with("text/event-stream");
  if (header(head, "transfer-encoding") == "chunked") {
    state_ = State::kChunkSize;
    return true;
  }
  const std::string_view length = header(head, "content-length");
  if (std::from_chars(length.data(), length.data() + length.size(), remaining_).ec != std::errc())
    return false;
  state_ = remaining_ == 0 ? State::kDone : State::kSized;
  return true;
}

bool Answer::read_chunk_size(std::string_view line) {
  if (std::from_chars(line.data(), line.data() + line.size(), remaining_, 16).ec != std::errc()) return false;
  state_ = remaining_ == 0 ? State::kTrailer : State::kChunk;
  return true;
}

void Answer::take_body(std::string_view bytes, int64_t now_ns) {
  stamps_.feed(bytes, now_ns, latencies_);
  if (!is_stream_) {
    other_text_ += bytes.substr(0, kOtherTextBytes - std::min(kOtherTextBytes, other_text_.size()));
    return;
  }
  for (size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    line_ += bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    take_line(line_, now_ns);
    line_.clear();
  }
  line_ += bytes;
}

void Answer::take_line(std::string_view line, int64_t now_ns) {
  if (line.starts_with("data: ")) {
    data_ += line.substr(6);
  } else if (line.empty() && !data_.empty()) {
    events_.push_back({outer_keys(data_), text_bytes(data_), now_ns});
    data_.clear();
  }
}

}  // namespace soma_load
