// Who says what: a sentence retold in the third person, so that it stands alone.
//
//   the user says       "I work in Bern and my cat is 3"   → "The user works in Bern and the user's cat is 3"
//   the assistant says  "You have two flights"             → "The user has two flights"
//
// "we" becomes "the user and others". Words between double quotes stay. Verbs agree as far as verbs.h knows
// them; nothing else of the sentence is changed.
#pragma once

#include <string>
#include <string_view>

namespace soma::memory::language {

enum class Speaker { kUser, kAssistant };

// Linear. The first letter is a capital.
std::string retold(std::string_view sentence, Speaker speaker);

}  // namespace soma::memory::language
