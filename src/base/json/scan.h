// A strict walk over JSON text (RFC 8259), byte by byte. parse() reads with simdjson; this walk says where
// and why a text that simdjson refused is wrong, reads the rare document that is a single scalar, and finds
// positions for locate(). Private to base/json.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"

namespace soma::json {

struct Problem {
  os::Code code = os::Code::kInvalidArgument;
  size_t offset = 0;
  std::string message{};
  std::string hint{};
};

Position position_of(std::string_view text, size_t offset);

// The number that the token spells, grammar checked; nothing when it is malformed or beyond a double's range.
std::optional<Value> read_number(std::string_view token);

// Functions that return bool stop at the first problem, return false and keep it in problem().
class Scanner {
 public:
  Scanner(std::string_view text, size_t max_depth) : text_(text), max_depth_(max_depth) {}

  // One value with nothing but white space around it. A scalar is stored in `scalar` where one is given.
  bool document(Value* scalar = nullptr);
  const Problem& problem() const { return problem_; }

  // Steps of the walk. peek: the next byte that is not white space, or '\0' at the end.
  char peek();
  size_t offset() const { return offset_; }
  void skip_byte() { ++offset_; }
  bool value(size_t depth, Value* scalar = nullptr);
  bool string(std::string& decoded);

 private:
  struct Key {
    std::string text;
    size_t offset;
  };
  bool object(size_t depth);
  bool array(size_t depth);
  bool escape(std::string& decoded);
  bool code_unit(unsigned& unit);
  bool number(Value* scalar);
  bool literal(std::string_view word, Value meaning, Value* scalar);
  bool enter(size_t depth);
  bool unique(std::vector<Key>& keys);
  bool after_element(char close, std::string_view inside, bool& done);
  bool refuse(std::string message, std::string hint = {});
  bool refuse_at(size_t offset, std::string message, std::string hint = {});
  bool unexpected(std::string_view expected);

  std::string_view text_;
  size_t max_depth_;
  size_t offset_ = 0;
  Problem problem_;
};

}  // namespace soma::json
