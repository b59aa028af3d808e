// What a JSON value says: its texts.
#pragma once

#include <string>

#include "base/json/json.h"

namespace soma::memory {

inline constexpr size_t kMaxTextsDepth = 32;

// Appends every text inside the value, a line each, in order; ends past `most` bytes.
void append_texts(std::string& out, const json::Value& value, size_t most, size_t depth = 0);
void append_line(std::string& out, std::string_view line, size_t most);

}  // namespace soma::memory
