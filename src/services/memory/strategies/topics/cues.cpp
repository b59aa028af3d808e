#include "services/memory/strategies/topics/cues.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/os/text.h"
#include "services/memory/strategies/language/sentences.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory::topics {
namespace {

constexpr size_t kMaxCourtesyWords = 6;  // a longer sentence says more than that
constexpr std::string_view kGreetings[] = {"hi",        "hello",        "hey",          "hiya",
                                           "howdy",     "good morning", "good evening", "good afternoon",
                                           "long time", "greetings"};
constexpr std::string_view kFarewells[] = {"bye",           "goodbye",           "good night", "see you",
                                           "see ya",        "talk to you later", "talk soon",  "talk later",
                                           "take care",     "catch you later",   "gotta go",   "have to go",
                                           "catch up soon", "chat soon",         "chat later"};
constexpr std::string_view kThanks[] = {"thanks", "thank you", "thx", "cheers", "much appreciated"};
constexpr std::string_view kNoThanks[] = {"no thanks", "no thank you"};
constexpr std::string_view kPraise[] = {
    "that works",  "it works",  "works now",   "working now", "perfect",           "well done",
    "good job",    "great job", "good work",   "nice work",   "exactly what i",    "that helps",
    "that helped", "solved",    "that did it", "excellent",   "works like a charm"};
constexpr std::string_view kComplaints[] = {
    "doesn't work",     "does not work",     "didn't work",       "did not work",
    "not working",      "isn't working",     "still broken",      "still fails",
    "still failing",    "same error",        "that's wrong",      "that is wrong",
    "this is wrong",    "it's wrong",        "wrong again",       "not what i asked",
    "not what i meant", "not what i wanted", "you misunderstood", "incorrect",
    "useless",          "that failed",       "it failed",         "no use",
    "didn't help",      "did not help",      "doesn't help"};
constexpr std::string_view kDismissals[] = {"never mind",      "nevermind", "forget it",
                                            "forget about it", "leave it",  "don't bother",
                                            "no longer needed"};
constexpr std::string_view kDone[] = {"that's all", "that is all", "that will be all", "that'll be all",
                                      "we're done", "we are done", "i'm done",         "all done"};
constexpr std::string_view kSubjectChanges[] = {"by the way",
                                                "btw",
                                                "anyway",
                                                "anyways",
                                                "moving on",
                                                "let's move on",
                                                "on another note",
                                                "on a different note",
                                                "next question",
                                                "new topic",
                                                "change the subject",
                                                "changing the subject",
                                                "change of subject",
                                                "one more thing",
                                                "another question",
                                                "another thing",
                                                "something else",
                                                "unrelated",
                                                "switching gears",
                                                "let's talk about",
                                                "speaking of which"};
constexpr std::string_view kRequestPhrases[] = {
    "can you",   "could you",  "would you please", "will you",        "please",
    "i want to", "i want you", "i need",           "i'd like",        "i would like",
    "help me",   "let's",      "let us",           "tell me",         "show me",
    "how do i",  "how can i",  "how should i",     "i'm looking for", "i am looking for"};
constexpr std::string_view kRequestLeads[] = {"please", "now",     "ok",    "okay",  "then",  "so",
                                              "and",    "next",    "first", "again", "great", "thanks",
                                              "also",   "alright", "well",  "just",  "try to"};
constexpr std::string_view kRequestVerbs[] = {
    "accuse",    "add",         "analyse",   "analyze",   "arrange",  "ask",      "bake",       "book",
    "bring",     "build",       "buy",       "calculate", "call",     "cancel",   "change",     "check",
    "choose",    "clean",       "close",     "combine",   "commit",   "compare",  "compute",    "configure",
    "confront",  "connect",     "convert",   "cook",      "copy",     "count",    "create",     "cut",
    "debug",     "delete",      "deploy",    "describe",  "design",   "disable",  "disconnect", "download",
    "draft",     "edit",        "email",     "enable",    "estimate", "evaluate", "examine",    "explain",
    "extract",   "fetch",       "filter",    "find",      "fix",      "format",   "generate",   "get",
    "give",      "go",          "group",     "implement", "inform",   "inspect",  "install",    "interrogate",
    "interview", "investigate", "launch",    "list",      "load",     "log",      "look",       "make",
    "mark",      "measure",     "merge",     "monitor",   "move",     "note",     "notify",     "open",
    "order",     "outline",     "paint",     "parse",     "pick",     "plan",     "play",       "post",
    "prepare",   "print",       "proofread", "propose",   "provide",  "pull",     "put",        "query",
    "question",  "rate",        "read",      "recommend", "record",   "refactor", "remind",     "remove",
    "rename",    "replace",     "reply",     "reserve",   "reset",    "restart",  "retry",      "revert",
    "review",    "rewrite",     "run",       "save",      "scan",     "schedule", "search",     "select",
    "send",      "set",         "show",      "simulate",  "solve",    "sort",     "split",      "start",
    "stop",      "suggest",     "summarise", "summarize", "swap",     "switch",   "take",       "talk",
    "tell",      "test",        "track",     "translate", "try",      "turn",     "update",     "upload",
    "use",       "validate",    "verify",    "visit",     "wash",     "weigh",    "write"};
constexpr std::string_view kBackwardWords[] = {"it",    "that",  "they", "them", "this", "these",
                                               "those", "he",    "she",  "his",  "her",  "its",
                                               "their", "there", "one",  "ones"};
constexpr std::string_view kFollowUps[] = {
    "what kind",     "what type", "which", "how long", "how many", "how much", "why",    "when",  "who",
    "what happened", "what did",  "did",   "is",       "was",      "does",     "really", "how so"};
constexpr std::string_view kSmallTalk[] = {
    "for a living", "for fun",   "hobby",   "hobbies", "free time", "spare time", "work",    "job",
    "favorite",     "favourite", "pets",    "old are", "from",      "music",      "married", "kids",
    "children",     "family",    "tonight", "today",   "weekend",   "siblings",   "school"};
constexpr std::string_view kYou[] = {"you", "your", "u", "ur"};
constexpr std::string_view kAcknowledgements[] = {
    "that",   "is",     "nice",  "cool",   "great", "awesome", "wow", "yeah", "yes", "sounds",
    "good",   "sorry",  "thank", "thanks", "haha",  "lol",     "oh",  "me",   "too", "interesting",
    "neat",   "really", "same",  "very",   "i",     "am",      "to",  "hear", "fun", "so",
    "that's", "ok",     "okay",  "i'm",    "you",   "no",      "ah",  "well"};

bool is_acknowledgement(std::string_view spaced) {
  const std::vector<std::string_view> all = words(spaced);
  const auto said =
      std::ranges::count_if(all, [](std::string_view word) { return is_among(kAcknowledgements, word); });
  return !all.empty() && static_cast<size_t>(said) * 10 >= all.size() * 6;
}

bool requests(std::string_view spaced) {
  if (says(spaced, kRequestPhrases)) return true;
  for (const std::string_view word : words(spaced)) {
    if (is_among(kRequestVerbs, word)) return true;
    if (!is_among(kRequestLeads, word)) return false;
  }
  return false;
}

void read_question(std::string_view spaced, Cues& found) {
  found.question = true;
  found.asks_you = says(spaced, kYou);
  found.small_talk = says(spaced, kSmallTalk);
  found.follow_up = begins(spaced, kFollowUps);
  found.asks_back = says(spaced, kBackwardWords);
}

std::vector<std::string_view> head_sentences(std::string_view text) {
  return language::sentences(os::utf8_prefix(text, kMaxCueBytes));
}

}  // namespace

Cues cues(std::string_view text) {
  Cues found;
  const std::string all = spaced_words(os::utf8_prefix(text, kMaxCueBytes));
  found.greeting = begins(all, kGreetings);
  found.farewell = says(all, kFarewells);
  found.complaint = says(all, kComplaints);
  found.praise = !found.complaint && says(all, kPraise);
  found.thanks = found.praise || (!found.complaint && says(all, kThanks) && !says(all, kNoThanks));
  found.dismissal = says(all, kDismissals);
  found.done = says(all, kDone);
  found.changes_subject = says(all, kSubjectChanges);
  bool leading = true;  // still among the acknowledgements
  for (const std::string_view sentence : head_sentences(text)) {
    const std::string spaced = spaced_words(sentence);
    found.ends_asking = sentence.ends_with('?');
    if (found.ends_asking) read_question(spaced, found);
    found.request = found.request || requests(spaced);
    if (leading && is_acknowledgement(spaced)) continue;
    if (leading)
      found.about_self = begins(spaced, std::array<std::string_view, 4>{"i", "my", "i'm", "well i"});
    leading = false;
    found.points_back = found.points_back || says(spaced, kBackwardWords);
  }
  return found;
}

bool is_courtesy(std::string_view sentence) {
  const std::string spaced = spaced_words(os::utf8_prefix(sentence, kMaxCueBytes));
  if (words(spaced).size() > kMaxCourtesyWords) return false;
  return begins(spaced, kGreetings) || says(spaced, kFarewells) || says(spaced, kThanks);
}

std::string_view request_sentence(std::string_view text) {
  std::string_view question;
  for (const std::string_view sentence : head_sentences(text)) {
    if (requests(spaced_words(sentence))) return sentence;
    if (question.empty() && sentence.ends_with('?')) question = sentence;
  }
  return question;
}

}  // namespace soma::memory::topics
