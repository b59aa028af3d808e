#include "services/memory/strategies/language/preference_cues.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "services/memory/strategies/language/pattern.h"
#include "services/memory/strategies/language/statements.h"
#include "services/memory/strategies/language/verbs.h"

namespace soma::memory::language {
namespace {

enum class Strength { kStrong, kWeak };
// Where the object stands: behind the cue, before it, or the whole sentence says it.
enum class Where { kAfter, kBefore, kWhole };

struct Cue {
  std::string_view pattern;
  Attitude attitude;
  Strength strength = Strength::kStrong;
  Where where = Where::kAfter;
};

constexpr Attitude kLikes = Attitude::kLikes, kDislikes = Attitude::kDislikes, kWants = Attitude::kWants;
constexpr Strength kStrong = Strength::kStrong, kWeak = Strength::kWeak;

// "do|does" before the verb and "been"-forms are taken by ~ or named; "~" also takes "strongly", "really", ….
constexpr Cue kCues[] = {
    // what is liked
    {"i|i'd|i've ~ prefer|preferred|favor|favour", kLikes},
    {"i would|do|will|tend|usually ~ prefer|favor|favour|gravitate to?", kLikes},
    {"i ~ have|share? a|an|my ~ _? preference|fondness|passion|soft for|spot", kLikes},
    {"my ~ _? preference is", kLikes},
    {"i'd|i would? much? rather", kLikes},
    {"i ~ opt for", kLikes},
    {"i ~ stick to|with", kLikes},
    {"i ~ gravitate|lean to|toward|towards", kLikes},
    {"i ~ prioritize|prioritise|value|advocate", kLikes, kWeak},
    {"i ~ believe in", kLikes, kWeak},
    {"i'm|im|i am? a|an ~ _? _? advocate|supporter|believer|proponent of|for|in", kLikes},
    {"i'm|im|i am? a|an ~ _? fan|lover|enthusiast of", kLikes},
    {"i'm|im|i am? ~ into|fond|keen|partial of|on|to?", kLikes, kWeak},
    {"i'm|im|i am? ~ committed|dedicated|devoted|loyal to", kLikes},
    {"i'm|im|i am? ~ _? passionate about", kLikes},
    {"i'm|im|i am? a|an ~ _? vegan|vegetarian|pescatarian|minimalist", kLikes, kStrong, Where::kWhole},
    {"i'm|im|i am? ~ vegan|vegetarian|pescatarian", kLikes, kStrong, Where::kWhole},
    {"i'm|im|i am? on a|an _ _? diet", kLikes, kStrong, Where::kWhole},
    {"i ~ follow|adhere|keep|observe to? a|an|the? ~ _ _? diet|lifestyle|practices|laws|guidelines|rules",
     kLikes, kStrong, Where::kWhole},
    {"i ~ follow|adhere|observe to? a|an ~ strict|kosher|halal|vegan|vegetarian", kLikes, kStrong,
     Where::kWhole},
    {"i ~ only|exclusively _", kLikes, kWeak, Where::kWhole},
    {"i|i've ~ always ~ prefer|loved|liked|enjoyed|wanted", kLikes, kWeak},
    {"i ~ insist on", kLikes},
    {"i ~ learn|work|sleep|focus|think|relax ~ best", kLikes, kStrong, Where::kWhole},
    {"works|work ~ best|better for me", kLikes, kStrong, Where::kWhole},
    {"my ~ favourite|favorite _? _? _? is|are", kLikes, kStrong, Where::kWhole},
    {"is|are ~ my ~ favourite|favorite|favourites|favorites|preference", kLikes, kStrong, Where::kBefore},
    {"i ~ love|like|enjoy|adore", kLikes, kWeak},
    {"i always|usually|typically|normally|generally|mostly|rarely|seldom _", kLikes, kWeak, Where::kWhole},
    // what is disliked
    {"i|i've ~ dislike|disliked|hate|despise|loathe|detest|abhor|resent", kDislikes},
    {"i|i'd|i'll ~ avoid|refuse|abstain|refrain from|to?", kDislikes},
    {"i try|prefer|like|need|want|have|must to? avoid|abstain|refrain from?", kDislikes},
    {"i ~ steer|stay|shy|keep clear|away of|from", kDislikes},
    {"i can't|cannot|cant|couldn't ~ stand|tolerate|handle|bear|stomach|abide|digest", kDislikes},
    {"cannot|can't ~ tolerate|stand|consume|eat", kDislikes},
    {"i can not ~ stand|tolerate|handle|bear|stomach|eat|drink", kDislikes},
    {"i can't|cannot|cant ~ eat|drink|have|consume|use|wear|ride|do|be|go|own|keep|participate|engage",
     kDislikes},
    {"i don't|dont ~ like|enjoy|love|care|want|appreciate|prefer|trust|tolerate|support for?", kDislikes},
    {"i don't|dont ~ believe in", kDislikes},
    {"i do not ~ like|enjoy|love|care|want|appreciate|prefer|trust|tolerate|support for?", kDislikes},
    {"i do not ~ "
     "eat|drink|wear|use|watch|read|buy|drive|consume|play|celebrate|travel|purchase|participate|attend|"
     "visit",
     kDislikes},
    {"i don't|dont ~ "
     "eat|drink|wear|use|watch|read|buy|drive|consume|play|do|celebrate|stay|travel|shop|listen|work|"
     "purchase|follow|engage|participate|attend|visit|go",
     kDislikes},
    {"i'm|im|i am? ~ not ~ interested|into|comfortable|keen|fond|comfortable in|with|on|of|doing?",
     kDislikes},
    {"i'm|im|i am? ~ not|no ~ a|an|much? ~ fan|lover|type|kind|person of", kDislikes},
    {"i'm|im|i am? ~ _? "
     "allergic|intolerant|averse|opposed|sensitive|uncomfortable|uninterested|disinterested|afraid|scared|"
     "terrified|wary|skeptical|claustrophobic|prone",
     kDislikes},
    {"i ~ have|suffer|got from? a|an|any|my? ~ _? _? _? _? _? "
     "aversion|dislike|allergy|allergies|phobia|fear|intolerance|objection|bias|distaste|hatred|disdain|"
     "sensitivity|asthma|acrophobia|claustrophobia|arachnophobia",
     kDislikes},
    {"i ~ have _ sensitive|skin _?", kDislikes, kStrong, Where::kWhole},
    {"i ~ have a|an ~ low|limited tolerance for|to", kDislikes},
    {"i ~ have no|zero|little|absolutely|low ~ interest|patience|desire|tolerance|time|taste in|for|to",
     kDislikes},
    {"i ~ get|become ~ motion|sea|air|car|uncomfortable|anxious|nauseous|claustrophobic|sick|overwhelmed",
     kDislikes},
    {"i never _", kDislikes, kWeak, Where::kWhole},
    {"i won't ~ "
     "consider|eat|drink|wear|use|watch|read|buy|drive|consume|play|travel|fly|purchase|participate|attend|"
     "visit",
     kDislikes},
    {"i|and will not ~ "
     "consider|eat|drink|wear|use|watch|read|buy|drive|consume|play|travel|fly|purchase|participate|attend|"
     "visit",
     kDislikes},
    {"i ~ find _ _? _? _? ~ "
     "boring|tedious|ineffective|distracting|overwhelming|unappealing|uncomfortable|stressful|annoying|"
     "disorienting|distressing|restrictive|too|overrated|tiring|exhausting|unpleasant|frustrating",
     kDislikes, kStrong, Where::kWhole},
    {"turns|turn me off", kDislikes, kStrong, Where::kBefore},
    {"makes|make me ~ uncomfortable|sick|anxious|nauseous|nervous|uneasy", kDislikes, kStrong,
     Where::kBefore},
    {"bothers|annoys|irritates|bores|triggers|disgusts|overwhelms me|my", kDislikes, kStrong, Where::kBefore},
    {"i ~ need|require|must", kLikes, kWeak},
    // what is wanted of the assistant
    {"from now on", kWants, kStrong, Where::kBefore},
    {"i want|need|expect|would|ask ~ like? you to ~ always|never|only|stop|keep|use|avoid", kWants, kStrong,
     Where::kWhole},
    {"i'd ~ like|prefer you to ~ always|never|only|stop|keep|use|avoid", kWants, kStrong, Where::kWhole},
};

// Instructions stand at a sentence's beginning.
constexpr std::string_view kInstructions[] = {
    "from now on ~ please? ~ "
    "don't|never|always|use|answer|reply|write|give|call|show|keep|stop|avoid|be|speak|send|book|order|ask",
    "going forward ~ please? ~ "
    "don't|never|always|use|answer|reply|write|give|call|show|keep|stop|avoid|be|speak|send|book|order|ask",
    "in future ~ please? ~ "
    "don't|never|always|use|answer|reply|write|give|call|show|keep|stop|avoid|be|speak|send|book|order|ask",
    "please ~ don't|never|always|avoid|stop|keep|use|only",
    "please do not",
    "always ~ "
    "use|answer|reply|respond|write|give|show|call|include|explain|ask|send|speak|format|cite|put|start|book|"
    "order|tell|address|remind",
    "never ~ "
    "use|answer|reply|respond|write|call|include|explain|ask|send|speak|format|cite|book|order|address|"
    "suggest|recommend",
    "don't ever? use|call|suggest|recommend|send|show|include|ask|write|book|order",
    "do not use|call|suggest|recommend|send|show|include|ask|write|book|order",
    "stop using|calling|suggesting|recommending|sending|showing|including|asking|writing",
};

// Reasons of a choice, which speak of options.
constexpr Cue kReasons[] = {
    {"don't|doesn't|do|does|didn't ~ not? ~ appeal|align|suit|fit|work|interest|sound|seem|match "
     "to|with|for?",
     kDislikes, kStrong, Where::kBefore},
    {"isn't|aren't|wasn't|not|never ~ my ~ thing|style|taste|preference|cup", kDislikes, kStrong,
     Where::kBefore},
    {"isn't|aren't|not ~ for me", kDislikes, kStrong, Where::kBefore},
    {"seem|seems|sound|sounds|feel|feels|is|are|be ~ a|the? ~ bit|little|kind|sort of?", kDislikes, kStrong,
     Where::kBefore},
    {"for|to|suit|suits my ~ liking|taste|tastes|preference|preferences|style", kDislikes, kStrong,
     Where::kBefore},
};

template <size_t N>
PatternList patterns_of(const Cue (&cues)[N]) {
  std::vector<std::string_view> texts(N);
  std::ranges::transform(cues, texts.begin(), &Cue::pattern);
  return PatternList(texts);
}

constexpr std::string_view kComparison[] = {"rather than", "instead of", "as opposed to",
                                            "over",        "more than",  "compared to"};
constexpr std::string_view kMoods[] = {"right now",
                                       "at the moment",
                                       "today",
                                       "tonight",
                                       "this time|morning|evening|week|weekend|year",
                                       "these days",
                                       "for now",
                                       "yesterday",
                                       "last night|week|year|weekend",
                                       "just now"};
// Said of somebody else or of nothing real.
constexpr std::string_view kUnreal[] = {"would|i'd ~ love|like|enjoy|hate",
                                        "if i",
                                        "i wish",
                                        "i used to",
                                        "i thought",
                                        "i ~ hope",
                                        "i guess",
                                        "i ~ might",
                                        "maybe i",
                                        "i can't wait"};

const PatternList& comparison() {
  static const PatternList list(kComparison);
  return list;
}

size_t offset_of(std::string_view sentence, std::span<const Word> all, size_t at) {
  return at < all.size() ? static_cast<size_t>(all[at].raw.data() - sentence.data()) : sentence.size();
}

std::string_view cut(std::string_view sentence, std::span<const Word> all, size_t begin, size_t end) {
  if (begin >= end) return {};
  const size_t from = offset_of(sentence, all, begin);
  const std::string_view last = all[end - 1].raw;
  return sentence.substr(from, static_cast<size_t>(last.data() - sentence.data()) + last.size() - from);
}

// The object of a weak cue stands for a kind of thing.
bool is_a_kind(std::span<const Word> all, size_t at) {
  constexpr std::string_view kParticular[] = {
      "it",         "it's",     "that",     "this",    "these",    "those",   "them",
      "him",        "her",      "you",      "your",    "how",      "what",    "when",
      "where",      "who",      "the",      "my",      "our",      "his",     "their",
      "its",        "seeing",   "hearing",  "being",   "to",       "about",   "every",
      "everything", "each",     "all",      "and",     "but",      "so",      "she",
      "he",         "they",     "we",       "me",      "us",       "both",    "some",
      "one",        "sharing",  "looking",  "getting", "having",   "helping", "spending",
      "giving",     "making",   "doing",    "knowing", "going",    "talking", "a",
      "an",         "chatting", "catching", "finding", "wondered", "dreamed", "thought",
      "had",        "been",     "got",      "felt",    "feel",     "need",    "forget",
      "imagined",   "knew",     "expected", "give",    "have",     "do",      "did",
      "was",        "am",       "will",     "wanted",  "in",       "there",   "of",
      "on",         "for",      "love",     "you'll",  "you're",   "you've",  "they'll",
      "quit",       "stop",     "let",      "lose",    "worry",    "trying",  "experimenting",
      "exploring",  "learning", "more",     "support", "time",     "life"};
  while (at < all.size() && is_adverb(all[at].folded)) ++at;
  if (at >= all.size()) return false;
  if (is_name(all, at)) return true;
  return std::ranges::find(kParticular, all[at].folded) == std::end(kParticular);
}

bool is_person_or_thing_named_before(std::string_view folded) {
  return folded == "it" || folded == "them" || folded == "him" || folded == "her" || folded == "you";
}

// A past that is not the present as well, as "read" is.
bool is_only_past(std::string_view folded) {
  constexpr std::string_view kBoth[] = {"read", "put", "set", "let", "cut", "hit", "hurt", "shut", "quit"};
  return is_past(folded) && std::ranges::find(kBoth, folded) == std::end(kBoth);
}

bool any_match(const PatternList& list, std::span<const Word> all) {
  return list.first(all).has_value();
}

// Cuts the object at what it is compared with.
void set_object(Statement& statement, std::string_view sentence, std::span<const Word> all, size_t begin,
                size_t end) {
  for (size_t at = begin; at < end; ++at) {
    const auto match = comparison().at(all, at);
    if (!match || match->end >= end || at == begin) continue;
    statement.object = cut(sentence, all, begin, at);
    size_t stop = match->end;
    while (stop < end && (stop == match->end || !all[stop].after_break)) ++stop;
    statement.instead = cut(sentence, all, match->end, stop);
    return;
  }
  // A reason or a second statement is not the object.
  size_t stop = begin;
  while (stop < end && (stop == begin || (all[stop].folded != "because" && all[stop].folded != "but" &&
                                          all[stop].folded != "since")))
    ++stop;
  statement.object = cut(sentence, all, begin, stop);
}

template <size_t N>
std::optional<Statement> by_cues(const Cue (&cues)[N], const PatternList& list, std::string_view sentence,
                                 std::span<const Word> all) {
  for (size_t at = 0; at < all.size(); ++at) {
    const auto match = list.at(all, at);
    if (!match) continue;
    const Cue& cue = cues[match->pattern];
    const bool whole = cue.where != Where::kAfter;
    // "I'll write it down from now on" is a plan, not a wish.
    const bool own_plan =
        cue.attitude == kWants && cue.where == Where::kBefore && all[0].folded.starts_with('i');
    if (own_plan) continue;
    const size_t begin = whole ? (cue.where == Where::kBefore ? 0 : at + 1) : match->end;
    const size_t end = cue.where == Where::kBefore ? at : all.size();
    if (begin >= end) continue;
    if (!whole && is_person_or_thing_named_before(all[begin].folded)) continue;
    // "I never looked back" is a story, not a habit.
    if (cue.strength == Strength::kWeak && whole && is_only_past(all[match->end - 1].folded)) continue;
    if (cue.strength == Strength::kWeak && !is_a_kind(all, whole ? match->end - 1 : match->end)) continue;
    Statement statement{.attitude = cue.attitude};
    set_object(statement, sentence, all, begin, end);
    if (!content_words(statement.object).empty()) return statement;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Statement> stated_preference(std::string_view sentence) {
  static const PatternList cues = patterns_of(kCues);
  static const PatternList instructions(kInstructions), moods(kMoods), unreal(kUnreal);
  if (sentence.size() > kMaxStatementBytes || has_personal_data(sentence)) return std::nullopt;
  sentence = without_opener(sentence);
  const std::vector<Word> all = words(sentence);
  if (all.size() < 2 || is_question(sentence, all)) return std::nullopt;
  if (instructions.at(all, 0)) return Statement{.attitude = kWants, .object = std::string(sentence)};
  if (any_match(moods, all) || any_match(unreal, all)) return std::nullopt;
  return by_cues(kCues, cues, sentence, all);
}

std::optional<Statement> stated_reason(std::string_view sentence) {
  static const PatternList cues = patterns_of(kCues);
  static const PatternList reasons = patterns_of(kReasons);
  if (sentence.size() > kMaxStatementBytes || has_personal_data(sentence)) return std::nullopt;
  const std::vector<Word> all = words(sentence);
  if (all.size() < 2 || is_question(sentence, all)) return std::nullopt;
  if (auto found = by_cues(kCues, cues, sentence, all)) return found;
  return by_cues(kReasons, reasons, sentence, all);
}

}  // namespace soma::memory::language
