// What a character is to a text's words, and how it is compared. Private to the folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace soma::search {

enum class CharacterKind : uint8_t {
  kBreak,     // no part of a word: white space, punctuation, symbols, private use
  kIgnored,   // as if it were not there: accents by themselves, soft hyphens, joiners, variation selectors
  kWord,      // a letter or digit of a script that writes spaces between words
  kUnspaced,  // a letter of one that does not: Han, kana, Thai, Lao, Khmer, Myanmar; and Hangul, whose
              // words carry endings
};

struct Character {
  char32_t code = 0;
  CharacterKind kind = CharacterKind::kBreak;
  size_t bytes = 1;  // of its UTF-8
};

// The character that begins at byte `at` of `text`, which is valid UTF-8 and goes on there.
Character character_at(std::string_view text, size_t at);

// Appends a character as words are compared: lower case (Latin, Greek, Cyrillic, Armenian), without the
// accents of Latin and Greek, full-width forms as ASCII.
void append_folded(std::string& word, char32_t code);

bool is_apostrophe(char32_t code);  // ' or the typographic ones

}  // namespace soma::search
