// A text's words, one by one. Private to the folder; `terms` in search.h says what a word is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace soma::search {

// Reads `text`, which must outlive the reader. One thread at a time.
class TermReader {
 public:
  explicit TermReader(std::string_view text);
  TermReader(const TermReader&) = delete;
  TermReader& operator=(const TermReader&) = delete;

  // The next term into `term`; false at the end of the text.
  bool next(std::string& term);

 private:
  bool next_word(std::string& word);
  void read_spaced(std::string& word);
  bool read_unspaced(std::string& word);

  std::string repaired_;  // the text, when it was no valid UTF-8
  std::string_view text_;
  size_t at_ = 0;
  bool in_run_ = false;  // the character at at_ ended a pair already
};

}  // namespace soma::search
