// Text that a model or a page wrote, made fit for a terminal: no control character reaches it.
#pragma once

#include <string>
#include <string_view>

namespace soma::cli {

inline constexpr size_t kMaxOneLineBytes = 240;

// At most `max_bytes` of it, longer is cut with …; control characters become spaces.
std::string one_line(std::string_view text, size_t max_bytes);
// All of it, its line breaks kept.
std::string without_controls(std::string_view text);

}  // namespace soma::cli
