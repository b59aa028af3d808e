// What kind of a sentence it is: a question, small talk, a statement; and what it begins with.
#pragma once

#include <span>
#include <string_view>

#include "services/memory/strategies/language/words.h"

namespace soma::memory::language {

// The sentence without what opens it and says nothing: "Yeah, ", "By the way, ", "Thanks, Ada! ". At most
// kMaxOpeners are taken off.
inline constexpr size_t kMaxOpeners = 4;
std::string_view without_opener(std::string_view sentence);

bool is_question(std::string_view sentence, std::span<const Word> all);
// Greetings, thanks, praise, wishes, guesses, advice: nothing that was or is so.
bool is_small_talk(std::span<const Word> all);
// He, she, it, they, this, that, …: what it is about was said before.
bool begins_unresolved(std::span<const Word> all);
// Mail addresses, telephone and card numbers.
bool has_personal_data(std::string_view sentence);

}  // namespace soma::memory::language
