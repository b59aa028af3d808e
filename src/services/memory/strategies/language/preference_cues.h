// Sentences in which somebody says what he likes, avoids or wants done.
//
// A cue is a pattern of words (pattern.h) with a polarity and a strength. Strong cues ("I prefer", "I'm
// allergic to", "please never") are taken as they stand. Weak ones ("I love", "I enjoy", "I always") are said
// of everything in chat: they need an object that stands for a kind of thing, not "it", "this photo", "your
// dog" or "seeing you".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "services/memory/strategies/language/words.h"

namespace soma::memory::language {

enum class Attitude { kLikes, kDislikes, kWants };  // kWants: an instruction to the assistant

struct Statement {
  Attitude attitude = Attitude::kLikes;
  std::string object;   // what it is about, as it was said, without the cue
  std::string instead;  // what is turned down for it: "rather than …", "over …", "instead of …"
};

// Null for questions, moods and one-offs ("right now", "tonight"), wishes ("I'd love to"), guesses, what
// other people like, and sentences with personal data. Linear; sentences over kMaxStatementBytes say nothing.
inline constexpr size_t kMaxStatementBytes = 600;
std::optional<Statement> stated_preference(std::string_view sentence);

// The same for the reasons that come with a choice: moods count, and "doesn't appeal to me" is a cue.
std::optional<Statement> stated_reason(std::string_view sentence);

}  // namespace soma::memory::language
