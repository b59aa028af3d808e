#include "services/memory/strategies/summary.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <span>

#include "base/os/text.h"
#include "services/memory/strategies/language/sentences.h"
#include "services/memory/strategies/progress.h"
#include "services/memory/strategies/topics/keyphrases.h"
#include "services/memory/strategies/topics/open_calls.h"
#include "services/memory/strategies/topics/ranking.h"
#include "services/memory/strategies/topics/segments.h"
#include "services/memory/strategies/topics/words.h"

namespace soma::memory {
namespace {

constexpr size_t kNamePhrases = 3;
constexpr size_t kMinTopicTerms =
    5;  // distinct ones; a topic with less says nothing, unless a tool was called
constexpr size_t kMinBudgetBytes = 160;  // a short topic still has a sentence
constexpr size_t kMaxNamedTools = 10;
constexpr size_t kMaxToolNameBytes = 64;

// How a role's words count.
struct Voice {
  Role role;
  std::string_view name;
  double weight;         // of its sentences and phrases
  size_t max_sentences;  // of a turn, the first ones
  size_t max_bytes;      // of a turn that are read
};
constexpr Voice kVoices[] = {
    {Role::kUser, "user", 1.0, 40, 16'000},
    {Role::kAssistant, "assistant", 0.8, 12, 4'000},
    {Role::kTool, "tool", 0.3, 3, 1'000},
    {Role::kOther, "other", 1.0, 40, 16'000},
};
const Voice& voice(const Turn& turn) {
  return kVoices[static_cast<size_t>(turn.role)];
}

// A sentence of a topic and whose it is.
struct Said {
  std::string text;
  const Voice* voice;
};

std::vector<Said> sentences_of(std::span<const Turn> turns) {
  std::vector<Said> out;
  for (const Turn& turn : turns) {
    const Voice& who = voice(turn);
    size_t count = 0;
    for (const std::string_view sentence : language::sentences(os::utf8_prefix(turn.text, who.max_bytes))) {
      if (++count > who.max_sentences || out.size() == topics::kMaxRankedSentences) break;
      out.push_back({topics::condensed(sentence, kMaxSummarySentence), &who});
    }
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// "examine_evidence (2), search_location"; empty when no tool was called.
std::string tools_of(std::span<const Turn> turns) {
  std::map<std::string, size_t> counts;
  topics::OpenCalls calls;  // a call and its answer are one
  for (const Turn& turn : turns) {
    if (turn.call && !turn.call->name.empty() && (topics::is_bare_call(turn) || !calls.any()))
      ++counts[topics::condensed(turn.call->name, kMaxToolNameBytes)];
    calls.hear(turn);
  }
  std::vector<std::string> names;
  for (const auto& [name, count] : counts) {
    if (names.size() == kMaxNamedTools) break;
    names.push_back(count == 1 ? name : name + " (" + std::to_string(count) + ")");
  }
  return os::join(names, ", ");
}

std::string name_of(std::span<const Said> said, std::string_view tools) {
  std::vector<topics::Passage> passages;
  for (const Said& each : said) passages.push_back({each.text, each.voice->weight});
  const std::vector<std::string> phrases = topics::keyphrases(passages, kNamePhrases);
  if (!phrases.empty()) return os::join(phrases, ", ");
  return tools.empty() ? "Talk" : std::string(tools);
}

// The chosen sentences, a line each; the speaker is named where it changes.
std::string body_of(std::span<const Said> said) {
  std::vector<topics::Candidate> candidates;
  size_t whole = 0;
  for (const Said& each : said) {
    const bool person = each.voice->role == Role::kUser || each.voice->role == Role::kOther;
    candidates.push_back({.text = each.text, .weight = each.voice->weight, .bounded = !person});
    whole += each.text.size();
  }
  const size_t budget = std::clamp(whole / kSummaryShare, kMinBudgetBytes, kMaxSummaryBytes);
  std::string body;
  const Voice* last = nullptr;
  for (const size_t at : topics::choose_sentences(candidates, budget)) {
    if (said[at].voice != last) body += std::string(said[at].voice->name) + ": ";
    last = said[at].voice;
    body += escaped(said[at].text) + '\n';
  }
  return body;
}

bool says_something(std::span<const Said> said) {
  std::vector<std::string> terms;
  for (const Said& each : said) {
    std::ranges::move(topics::distinct_terms(each.text), std::back_inserter(terms));
    std::ranges::sort(terms);
    const auto repeated = std::ranges::unique(terms);
    terms.erase(repeated.begin(), repeated.end());
    if (terms.size() >= kMinTopicTerms) return true;
  }
  return false;
}

// The record's text; empty when the topic is not worth one.
std::string topic_text(std::span<const Turn> turns) {
  const std::vector<Said> said = sentences_of(turns);
  const std::string tools = tools_of(turns);
  if (tools.empty() && !says_something(said)) return {};
  std::string text = "<topic name=\"" + escaped(name_of(said, tools)) + "\">\n" + body_of(said);
  if (!tools.empty()) text += "tools: " + escaped(tools) + '\n';
  return text + "</topic>";
}

class Summary final : public Strategy {
 public:
  Consolidated consolidate(const Conversation& conversation, const KnownRecords& known,
                           json::Value& notes) const override {
    const std::span<const Turn> all = conversation.turns;
    const size_t open = std::min(first_unsettled(conversation, notes), all.size());
    const std::span<const Turn> turns = all.subspan(open);
    Consolidated out;
    const std::vector<size_t> starts = topics::segment_starts(turns, topics::kTopics);
    for (size_t at = 0; at < starts.size() && out.changes.size() < kMaxChanges; ++at) {
      const size_t end = at + 1 < starts.size() ? starts[at + 1] : turns.size();
      add_topic(conversation, turns.subspan(starts[at], end - starts[at]), known, out);
    }
    if (!starts.empty()) settle(conversation, open + starts.back(), notes);
    return out;
  }

 private:
  static void add_topic(const Conversation& conversation, std::span<const Turn> turns,
                        const KnownRecords& known, Consolidated& out) {
    Change change{.text = topic_text(turns)};
    if (change.text.empty()) return;
    change.subject = "topic/" + conversation.session_id + "/" + turns.front().source;
    const std::vector<Known> records = known.about(Place::kRecords, change.subject);
    if (!records.empty()) {
      if (records.front().text == change.text) return;
      change.record_id = records.front().id;
    }
    for (const Turn& turn : turns) change.sources.push_back(turn.source);
    out.changes.push_back(std::move(change));
  }
};

}  // namespace

const Strategy& summary_strategy() {
  static const Summary strategy;
  return strategy;
}

}  // namespace soma::memory
