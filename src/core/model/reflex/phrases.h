// Parts of a clause that no pattern can say: polite words, quoted content, lists of fields. Private to
// core/model/reflex.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/reflex/prompt.h"

namespace soma::model::reflex {

bool is_word(const Clause& clause, size_t index, std::initializer_list<std::string_view> any);
// Drops polite and ordering words and punctuation at both ends.
void strip_clause(Clause& clause);

// A script that prints a text, in the language of the file's ending.
std::string printing_script(std::string_view path, const std::string& text);
// `the text "buy milk"` is buy milk.
std::string literal(const std::string& content);

bool is_pronoun(std::string_view text);
bool mentions_self(std::string_view what);
bool is_key(const std::string& key);
// "2 people | on 5 December | at 10:00": a preposition before a number or a month begins another entry.
bool begins_moment(const std::vector<Token>& tokens, size_t i, const std::string& entry);

}  // namespace soma::model::reflex
