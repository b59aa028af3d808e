// What field of life a text is about, by a small lexicon.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace soma::memory {

inline constexpr size_t kMaxCategories = 3;

// In the order of how many of their words are in the text, then of the lexicon; {"general"} when none is.
std::vector<std::string> categories_of(std::string_view text);

}  // namespace soma::memory
