// Corrections: "Actually, it's Bergen, not Oslo", "Sorry, I meant June", and what they make of a sentence.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace soma::memory::language {

struct Correction {
  std::string right;  // what is so: "Bergen", "order 88231"
  std::string wrong;  // what was said instead; empty when it was not named again
  bool meant;         // "I meant": about the speaker's own words for certain
};

// Of a whole sentence, openers included. A sentence that corrects with a subject of its own ("Actually, I
// live in Bergen") is none: it stands alone. Null also when there is no name, number or date in what is right
// and nothing is said to be wrong.
std::optional<Correction> correction_of(std::string_view sentence);

// Whether a sentence says at its beginning that something before was wrong: "Actually", "No, wait", "Sorry".
bool opens_correction(std::string_view sentence);

// The text with what is wrong in it put right; null when that is not in it. Where the wrong value was not
// named, it is the only one of its kind (name, number, time, weekday, month) in the text.
std::optional<std::string> corrected(std::string_view text, const Correction& correction);

// Whether the text has a word of the correction besides the value itself: "guests" of "40 guests".
bool shares_topic(std::string_view text, const Correction& correction);

}  // namespace soma::memory::language
