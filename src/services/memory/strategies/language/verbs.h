// English verbs, as far as lists and endings can tell.
#pragma once

#include <string>
#include <string_view>

namespace soma::memory::language {

// Forms that stay as they are with any subject: irregular pasts, "-ed", and modal verbs.
bool is_past(std::string_view folded);
bool is_modal(std::string_view folded);      // can, will, would, … and their negations
bool is_base_verb(std::string_view folded);  // a common verb as it follows "I": work, live, have

bool is_third_person(std::string_view folded);  // "-s" of a common verb: works, lives, has
// A verb that has a subject, in whatever person: is, has, does, works, left, can, don't, …
bool is_finite(std::string_view folded);
// What may be the verb right after "I" or "you": any word that is not known to be something else.
bool may_be_verb(std::string_view folded);

// The form that follows "she" for the one that follows "I" or "you": work → works, have → has, don't →
// doesn't, am → is. Nothing changes in pasts, modals, "-ing" and what is no verb for sure.
std::string third_person(std::string_view folded);

}  // namespace soma::memory::language
