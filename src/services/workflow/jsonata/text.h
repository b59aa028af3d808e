// Text as JavaScript sees it, kept as UTF-8. Private to jsonata/.
//
// The language counts code points, but compares, splits and matches UTF-16 code units, so half of a surrogate
// pair can stand alone. Text is therefore kept as WTF-8: UTF-8 in which a lone surrogate is the three bytes
// its number would have. What comes in and goes out as plain UTF-8 needs no conversion.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace soma::workflow::jsonata {

bool is_ascii(std::string_view text);
// The code point (or lone surrogate) at `at`, which moves behind it. A byte that starts none is U+FFFD.
char32_t decode(std::string_view text, size_t& at);
void append_code_point(std::string& out, char32_t code_point);
// One more UTF-16 unit; a low surrogate joins the lone high one before it.
void append_unit(std::string& out, char16_t unit);
// left + right need more than their bytes put together: a pair closes between them.
bool joins_surrogates(std::string_view left, std::string_view right);
std::string join_surrogates(std::string_view left, std::string_view right);

std::u16string to_utf16(std::string_view text);
std::string from_utf16(std::u16string_view units);
size_t count_code_points(std::string_view text);
size_t count_units(std::string_view text);  // UTF-16
// The byte offset of the `count`th code point, or the size.
size_t offset_of_code_point(std::string_view text, size_t count);
// As std::string_view::find, in linear time whatever the texts are.
size_t find_text(std::string_view text, std::string_view wanted, size_t from);
// Below 0, 0, above 0: by UTF-16 units.
int compare_units(std::string_view left, std::string_view right);

// The full mappings without locale (ß becomes SS).
std::string upper_case(std::string_view text);
std::string lower_case(std::string_view text);
// One code point's simple mapping, or itself.
char32_t simple_upper(char32_t code_point);
char32_t simple_lower(char32_t code_point);

}  // namespace soma::workflow::jsonata
