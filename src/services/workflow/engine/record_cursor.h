// A walk over a record, which is our own compact JSON: payloads are skipped as text, never made into values.
// Private to engine/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace soma::workflow::engine {

// After the first thing that is not as expected, ok() is false, and every walk ends.
class RecordCursor {
 public:
  explicit RecordCursor(std::string_view text) : text_(text) {}

  // for (cursor.open('{'); cursor.member(key);) …
  void open(char bracket);
  bool member(std::string_view& key);  // false, and past it, at the closing brace
  bool element();                      // the same of an array
  int64_t integer();
  std::string string();
  // The text of the value that comes next, whatever it is.
  std::string_view raw();

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == text_.size(); }
  size_t offset() const { return at_; }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool more(char close);
  void skip_string();
  void refuse() { ok_ = false; }

  std::string_view text_;
  size_t at_ = 0;
  bool ok_ = true;
  bool fresh_ = false;  // nothing was read since the last open()
};

}  // namespace soma::workflow::engine
