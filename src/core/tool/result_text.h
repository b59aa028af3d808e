// Text that is too long for its reader: the beginning, what is left out, the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/tool/result_store.h"

namespace soma::tool {

// The end of a text, of at most `max_bytes`, that does not begin inside a UTF-8 sequence.
std::string_view utf8_suffix(std::string_view text, size_t max_bytes);
// "12,345"
std::string with_commas(uint64_t number);

// A line that stands for what is left out: "[… 1,234 bytes left out; the whole result is in …]". `kept` may
// be null: nothing was to be kept.
std::string left_out_note(uint64_t bytes, const KeptResult* kept);

// A text of `total` bytes of which the first (`head`) and the last (`tail`) are at hand, each at least
// `max_bytes` long or the whole. The answer is 3/4 head, the note, 1/4 tail, then `closing`; it has no more
// than `max_bytes`, which leaves room for the note (kMinResultBytes does). A text that fits stays as it is.
struct Ends {
  std::string_view head, tail;
  uint64_t total = 0;
};
std::string shorten(const Ends& text, std::string_view closing, size_t max_bytes, const KeptResult* kept);

// The same for a text that is at hand, of which nothing is kept.
std::string cut_middle(std::string text, size_t max_bytes);

}  // namespace soma::tool
