// Choices among options that the assistant offered: "I'd go with the second one".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace soma::memory {

inline constexpr size_t kMaxOptions = 20;
inline constexpr size_t kMaxOptionBytes = 300;

// What the assistant offers: lines of a list, numbered parts of a line, the parts of "A, B, or C", or
// sentences when words of offering are among them ("how about", "you could"). Empty when there are fewer than
// two.
std::vector<std::string> options_of(std::string_view assistant_text);

struct Choice {
  std::string chosen;  // the option as it was offered when the answer names its number or place, else the
                       // answer's words
  std::string_view sentence;  // of the answer that says so; a view into it
};

// Null when the answer takes none of them.
std::optional<Choice> choice_of(std::string_view answer, const std::vector<std::string>& options);

}  // namespace soma::memory
