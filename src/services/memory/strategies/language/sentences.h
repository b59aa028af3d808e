// Chat text, cut into sentences.
//
// A sentence ends at a line's end, and at . ! ? or … before white space, with the quotes and brackets that
// close there. It does not end after an abbreviation or an initial ("Dr. Lee", "J. Park", "e.g. this"),
// inside a number, at dots before a small letter ("well... maybe"), nor at a quotation's end before a small
// letter
// ("Stop!" he said). The marks of lists and quotes at a line's start ("- ", "2. ", "> ") belong to no
// sentence.
#pragma once

#include <string_view>
#include <vector>

namespace soma::memory::language {

// In their order, without white space around them, never empty; views into `text`. Linear in the text. Any
// bytes are allowed: what is not ASCII counts as letters, except for … and the typographic quotes.
std::vector<std::string_view> sentences(std::string_view text);

}  // namespace soma::memory::language
