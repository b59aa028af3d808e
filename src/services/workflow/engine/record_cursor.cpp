#include "services/workflow/engine/record_cursor.h"

#include <charconv>

#include "base/json/json.h"

namespace soma::workflow::engine {

void RecordCursor::open(char bracket) {
  if (!ok_ || peek() != bracket) return refuse();
  ++at_;
  fresh_ = true;
}

bool RecordCursor::more(char close) {
  if (!ok_) return false;
  if (peek() == close) {
    ++at_;
    fresh_ = false;
    return false;
  }
  if (!fresh_) {
    if (peek() != ',') {
      refuse();
      return false;
    }
    ++at_;
  }
  fresh_ = false;
  return true;
}

bool RecordCursor::member(std::string_view& key) {
  if (!more('}')) return false;
  const size_t begin = at_ + 1;
  skip_string();
  if (!ok_ || peek() != ':') {
    refuse();
    return false;
  }
  key = text_.substr(begin, at_ - 1 - begin);
  ++at_;
  return true;
}

bool RecordCursor::element() {
  return more(']');
}

int64_t RecordCursor::integer() {
  int64_t value = 0;
  if (!ok_) return value;
  const char* begin = text_.data() + at_;
  const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
  if (error != std::errc()) refuse();
  at_ += static_cast<size_t>(end - begin);
  return value;
}

std::string RecordCursor::string() {
  const std::string_view text = raw();
  // Nothing is escaped in the names of types and members.
  if (ok_ && text.starts_with('"') && !text.contains('\\'))
    return std::string(text.substr(1, text.size() - 2));
  const auto value = json::parse(text);
  if (value && value->is_string()) return value->as_string();
  refuse();
  return {};
}

void RecordCursor::skip_string() {
  if (peek() != '"') return refuse();
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '\\') {
      ++at_;
    } else if (text_[at_] == '"') {
      ++at_;
      return;
    }
  }
  refuse();
}

std::string_view RecordCursor::raw() {
  const size_t begin = at_;
  size_t depth = 0;
  while (ok_ && at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      skip_string();
      if (depth == 0) break;
      continue;
    }
    const bool closes = c == '}' || c == ']';
    // A number or word ends where the enclosing value goes on.
    if (depth == 0 && (closes || c == ',')) break;
    if (c == '{' || c == '[') ++depth;
    ++at_;
    if (closes && --depth == 0) break;
  }
  if (depth != 0 || at_ == begin) refuse();
  if (at_ > text_.size()) {
    at_ = text_.size();
    refuse();
  }
  return text_.substr(begin, at_ - begin);
}

}  // namespace soma::workflow::engine
