#include "app/cli/commands/memory/strategy_option.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;

struct StrategyWord {
  std::string_view word, type, member, name;
};
constexpr StrategyWord kWords[] = {
    {"semantic", "SEMANTIC", "semanticMemoryStrategy", "Facts"},
    {"summary", "SUMMARIZATION", "summaryMemoryStrategy", "Summaries"},
    {"preference", "USER_PREFERENCE", "userPreferenceMemoryStrategy", "Preferences"},
    {"episodic", "EPISODIC", "episodicMemoryStrategy", "Episodes"}};
constexpr std::string_view kEpisodic = "episodic";

Result<StrategyWord> find_word(std::string_view typed) {
  const std::string lower = os::to_lower(typed);
  std::vector<std::string_view> words;
  for (const StrategyWord& known : kWords) {
    if (lower == known.word || lower == os::to_lower(known.type)) return known;
    words.push_back(known.word);
  }
  const std::string_view near = os::nearest(lower, words);
  return os::fail(Code::kInvalidArgument, fmt::format("'{}' is no strategy", typed),
                  near.empty() ? "there are: semantic, summary, preference, episodic"
                               : fmt::format("did you mean '{}'?", near));
}

Value templates(std::string_view text) {
  return json::array({text});
}

}  // namespace

Result<Value> parse_strategy(const std::string& word) {
  const std::vector<std::string_view> parts = os::split(word, ':');
  SOMA_ASSIGN(const StrategyWord known, find_word(parts.front()));
  const size_t most = known.word == kEpisodic ? 4 : 3;
  if (parts.size() > most || std::ranges::any_of(parts, &std::string_view::empty))
    return os::fail(Code::kInvalidArgument, fmt::format("--strategy {}: cannot be read", word),
                    fmt::format("write it as {0}, {0}:NAME or {0}:NAME:NAMESPACE{1}", known.word,
                                known.word == kEpisodic ? "[:REFLECTIONS]" : ""));
  Value strategy = json::object({{"name", parts.size() > 1 ? parts[1] : known.name}});
  if (parts.size() > 2) strategy.set("namespaceTemplates", templates(parts[2]));
  if (parts.size() > 3)
    strategy.set("reflectionConfiguration", json::object({{"namespaceTemplates", templates(parts[3])}}));
  return json::object({{std::string(known.member), std::move(strategy)}});
}

Result<std::string> parse_strategy_type_word(std::string_view word) {
  SOMA_ASSIGN(const StrategyWord known, find_word(word));
  return std::string(known.type);
}

}  // namespace soma::cli
