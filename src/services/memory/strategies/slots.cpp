#include "services/memory/strategies/slots.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "services/memory/strategies/language/pattern.h"
#include "services/memory/strategies/language/verbs.h"
#include "services/memory/strategies/language/words.h"

namespace soma::memory {
namespace {

using language::Word;
using Words = std::span<const Word>;

constexpr size_t kMaxValueWords = 12;
constexpr size_t kMaxSubjectWords = 4;

// Of the user, where the value follows the pattern.
struct UserSlot {
  std::string_view pattern, slot;
};
constexpr UserSlot kUserSlots[] = {
    {"user ~ lives|live in|at|near", "home"},
    {"user is ~ living in|at|near", "home"},
    {"user has|have? ~ moved to", "home"},
    {"user is|was ~ based in", "home"},
    {"user has? ~ turned", "age"},
    {"user's name is", "name"},
    {"user is ~ called|named", "name"},
    {"user ~ works at|for", "employer"},
    {"user ~ works as", "job"},
    {"user's job is", "job"},
    {"user is ~ married to", "relationship"},
    {"user is ~ engaged to", "relationship"},
    {"user is ~ dating", "relationship"},
    {"user is ~ single|divorced|widowed", "relationship"},
};

// Nouns of which one has one.
constexpr std::string_view kOwned[] = {
    "name",    "alibi",    "age",         "birthday", "address",  "job",      "nationality", "height",
    "weight",  "boss",     "manager",     "husband",  "wife",     "spouse",   "motive",      "hometown",
    "budget",  "deadline", "status",      "size",     "timezone", "employer", "nickname",    "role",
    "title",   "location", "salary",      "goal",     "diet",     "shift",    "seat",        "destination",
    "surname", "star",     "whereabouts", "rent",     "landlord", "number"};
constexpr std::string_view kOfNow[] = {"new", "current", "present", "correct", "actual"};
constexpr std::string_view kClaims[] = {"claims",  "claimed",  "says",   "said",
                                        "insists", "insisted", "swears", "swore"};
constexpr std::string_view kWhen[] = {"is|was|starts|begins|leaves|opens|closes|ends ~ on|at|for|by|due",
                                      "has|have been? moved to"};

template <typename List>
bool in(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string joined(Words all) {
  std::string text;
  for (const Word& word : all) {
    if (!text.empty()) text += ' ';
    text += word.folded;
  }
  return text;
}

// The value: what follows up to the clause's end.
std::string value_from(Words all, size_t at) {
  size_t end = at;
  while (end < all.size() && end - at < kMaxValueWords && (end == at || !all[end].after_break) &&
         all[end].folded != "and" && all[end].folded != "but" && all[end].folded != "because")
    ++end;
  return joined(all.subspan(at, end - at));
}

std::optional<Slot> filled(std::string key, Words all, size_t value_at) {
  std::string value = value_at < all.size() ? value_from(all, value_at) : std::string();
  if (value.empty()) return std::nullopt;
  return Slot{std::move(key), std::move(value)};
}

std::optional<Slot> of_the_user(Words all) {
  static const language::PatternList patterns([] {
    static std::string_view texts[std::size(kUserSlots)];
    std::ranges::transform(kUserSlots, std::begin(texts), &UserSlot::pattern);
    return std::span<const std::string_view>(texts);
  }());
  if (all.size() < 4 || all[0].folded != "the" || !all[1].folded.starts_with("user")) return std::nullopt;
  // "The user is 34 years old": the value stands inside the pattern.
  if (all.size() > 4 && all[2].folded == "is" && language::is_number(all[3].folded) &&
      all[4].folded.starts_with("year"))
    return Slot{"the user|age", all[3].folded};
  const auto match = patterns.at(all, 1);
  if (!match) return std::nullopt;
  const UserSlot& slot = kUserSlots[match->pattern];
  if (slot.slot == "age" && (match->end >= all.size() || !language::is_number(all[match->end].folded)))
    return std::nullopt;
  const bool state = slot.pattern.ends_with("widowed");
  return filled("the user|" + std::string(slot.slot), all, state ? match->end - 1 : match->end);
}

// "Ada's alibi is …", "The user's favourite colour is …"
std::optional<Slot> of_an_owner(Words all) {
  const size_t reach = std::min(all.size(), kMaxSubjectWords);
  for (size_t owner = 0; owner < reach; ++owner) {
    if (!all[owner].folded.ends_with("'s")) continue;
    size_t noun = owner + 1;
    bool favourite = false;
    if (noun < all.size() && (all[noun].folded == "favourite" || all[noun].folded == "favorite"))
      favourite = true;
    size_t verb = noun;
    while (verb < all.size() && verb - noun < kMaxSubjectWords && all[verb].folded != "is" &&
           all[verb].folded != "was")
      ++verb;
    if (verb >= all.size() || verb == noun || (all[verb].folded != "is" && all[verb].folded != "was"))
      return std::nullopt;
    if (!favourite && !in(kOwned, all[verb - 1].folded)) return std::nullopt;
    // "The user's new address" is the address.
    if (verb - noun > 1 && in(kOfNow, all[noun].folded)) ++noun;
    std::string name = joined(all.subspan(noun, verb - noun));
    if (name.starts_with("favorite")) name.replace(0, 8, "favourite");
    std::string subject = joined(all.first(owner + 1));
    subject.resize(subject.size() - 2);
    return filled(subject + "|" + name, all, verb + 1);
  }
  return std::nullopt;
}

// "Ada claims she was at the pier": what she claims to have done.
std::optional<Slot> of_a_claim(Words all) {
  const size_t reach = std::min(all.size(), kMaxSubjectWords);
  for (size_t verb = 1; verb < reach; ++verb) {
    if (!in(kClaims, all[verb].folded)) continue;
    size_t at = verb + 1;
    if (at < all.size() && all[at].folded == "that") ++at;
    if (at + 1 >= all.size() ||
        (all[at].folded != "she" && all[at].folded != "he" && all[at].folded != "they"))
      return std::nullopt;
    const std::string& did = all[at + 1].folded;
    if (did != "was" && did != "were" && did != "went" && did != "stayed" && did != "left")
      return std::nullopt;
    size_t who = verb;
    while (who > 1 && language::is_adverb(all[who - 1].folded)) --who;
    return filled(joined(all.first(who)) + "|whereabouts claimed", all, at + 1);
  }
  return std::nullopt;
}

// "Tiger is 3", "the user's son is 12 years old", "the invoice number is 5512"
std::optional<Slot> of_a_number(Words all) {
  const size_t reach = std::min(all.size(), kMaxSubjectWords + 1);
  for (size_t verb = 1; verb < reach; ++verb) {
    if (all[verb].folded != "is") continue;
    size_t at = verb + 1;
    while (at < all.size() && language::is_adverb(all[at].folded)) ++at;
    const bool number = at < all.size() && language::is_number(all[at].folded);
    if (!number || (at + 1 < all.size() && !all[at + 1].folded.starts_with("year"))) return std::nullopt;
    const std::string subject = joined(all.first(verb));
    return Slot{subject + (subject == "the user" ? "|age" : "|number"), all[at].folded};
  }
  return std::nullopt;
}

// "The meeting is on Friday at 3"
std::optional<Slot> of_a_time(Words all) {
  static const language::PatternList patterns(kWhen);
  const size_t reach = std::min(all.size(), kMaxSubjectWords + 1);
  for (size_t at = 1; at < reach; ++at) {
    const auto match = patterns.at(all, at);
    if (!match || match->end >= all.size()) continue;
    const std::string& value = all[match->end].folded;
    if (!language::is_number(value) && !language::is_weekday(value) && !language::is_month(value))
      return std::nullopt;
    std::string subject = joined(all.first(at));
    if (subject == "the user" || subject == "it" || subject.ends_with(" others")) return std::nullopt;
    return filled(subject + "|when", all, match->end);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Slot> slot_of(std::string_view fact) {
  const std::vector<Word> all = language::words(fact);
  if (all.size() < 3) return std::nullopt;
  if (auto slot = of_the_user(all)) return slot;
  if (auto slot = of_an_owner(all)) return slot;
  if (auto slot = of_a_claim(all)) return slot;
  if (auto slot = of_a_number(all)) return slot;
  return of_a_time(all);
}

bool same_value(std::string_view left, std::string_view right) {
  if (left == right) return true;
  const auto one = language::content_words(left), other = language::content_words(right);
  if (one.empty() || other.empty()) return one.empty() && other.empty();
  return language::contains_all(one, other) || language::contains_all(other, one);
}

}  // namespace soma::memory
