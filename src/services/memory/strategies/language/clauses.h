// Sentences that are two: "My name is Ada and I live in Oslo."
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "services/memory/strategies/language/words.h"

namespace soma::memory::language {

inline constexpr size_t kMaxClauses = 4;

// The main clauses that "and", "but" or a comma joins, when each of them stands alone: it has a subject and a
// verb of its own and no pronoun that the one before explains; else the whole sentence, alone. Views into the
// sentence, in their order, at most kMaxClauses, without the words and marks between them. Quotations,
// brackets and what hangs on "that", "if", "because" are not cut.
std::vector<std::string_view> main_clauses(std::string_view sentence);

// Whether the "I" or "you" at `at` is the end of a subject of two: "Ada and I live", not "I am Ada and I
// live".
bool ends_shared_subject(std::span<const Word> all, size_t at);

}  // namespace soma::memory::language
