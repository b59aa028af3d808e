// What a fact says about what: "The user lives in Bern" fills the slot `home` of the user with "Bern". A slot
// holds one value at a time, so that another value for it contradicts the first.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace soma::memory {

struct Slot {
  std::string key;    // subject and slot, in small letters: "the user|home"
  std::string value;  // as it was said
};

// Of a fact as facts_of() tells it. Slots: home, age, name, employer, job, relationship; "X's N" for nouns N
// of which one has one (alibi, birthday, address, boss, favourite …); what somebody claims to have done; the
// number that something is; when something is.
std::optional<Slot> slot_of(std::string_view fact);

// Whether two values of a slot are the same one, said in more or fewer words.
bool same_value(std::string_view left, std::string_view right);

}  // namespace soma::memory
