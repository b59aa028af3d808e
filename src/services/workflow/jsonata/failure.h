// The language's own errors, on their way out. Private to jsonata/.
//
// An error ends the whole expression, so it is thrown, once, and caught where Expression ends; a path without
// errors pays nothing for it. Codes, and the texts in which {{field}} stands for a field, are those of the
// reference implementation.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/os/result.h"

namespace soma::workflow::jsonata {

inline constexpr size_t kNoPosition = static_cast<size_t>(-1);

struct Failure {
  std::string_view code;          // static text: "T2001"
  size_t position = kNoPosition;  // in the expression, in bytes
  std::string token{};            // the operator or function; empty: not known
  bool token_is_literal = false;  // a number or true, false, null: shown without quotes
  std::string value{};            // as JSON text, shortened
  std::string value2{};           // as JSON text, shortened
  size_t index = 0;               // of an argument, from 1
  std::string type{};             // plural: "numbers"
  std::string message{};          // of $error and $assert, or the function's name for D3140
};

// The text for the code, with the failure's fields in it.
std::string failure_message(const Failure& failure);
// `expression` is the text that was compiled: positions are given in its UTF-16 units, as the reference does.
os::Error to_error(const Failure& failure, std::string_view expression);

}  // namespace soma::workflow::jsonata
