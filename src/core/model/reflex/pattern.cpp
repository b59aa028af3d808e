#include "core/model/reflex/pattern.h"

#include "base/os/os.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

bool one_token_fits(std::string_view name, const Token& token) {
  if (name == "url") return token.kind == TokenKind::kUrl;
  if (name == "quote") return token.kind == TokenKind::kQuote;
  if (name == "code") return token.kind == TokenKind::kCode;
  if (name == "fence") return token.kind == TokenKind::kFence;
  if (name == "path") return token.kind == TokenKind::kPath;
  if (name == "email") return token.kind == TokenKind::kEmail;
  if (name == "number") return token.kind == TokenKind::kNumber;
  if (name == "string") return token.kind == TokenKind::kQuote || token.kind == TokenKind::kCode;
  return true;
}

}  // namespace

struct Pattern::Match {
  const Clause& clause;
  std::vector<size_t> tokens;  // indices of the tokens that are no punctuation
  std::map<std::string, std::pair<size_t, size_t>, std::less<>> captures{};
  size_t steps = 0;
};

Pattern::Pattern(std::string_view source) {
  for (std::string_view part : os::split(source, ' ')) {
    if (part.empty()) continue;
    Item item{};
    if (part.ends_with('?')) {
      item.optional = true;
      part.remove_suffix(1);
    }
    if (part == "*") {
      item.kind = Item::Kind::kGap;
    } else if (part.starts_with('<')) {
      std::string_view name = part.substr(1, part.size() - 2);
      item.kind = name.ends_with('*') ? Item::Kind::kMany : Item::Kind::kOne;
      if (name.ends_with('*')) name.remove_suffix(1);
      item.name = name;
    } else {
      item.kind = Item::Kind::kWords;
      for (const std::string_view alternative : os::split(part, '|')) {
        auto& sequence = item.alternatives.emplace_back();
        for (const std::string_view word : os::split(alternative, '_')) sequence.emplace_back(word);
      }
    }
    items_.push_back(std::move(item));
  }
}

std::optional<Captures> Pattern::match(const Clause& clause, std::string_view prompt) const {
  Match state{.clause = clause, .tokens = {}};
  for (size_t i = 0; i < clause.size(); ++i) {
    if (clause[i].kind != TokenKind::kPunctuation && clause[i].kind != TokenKind::kNewline)
      state.tokens.push_back(i);
  }
  if (!match_from(0, 0, state)) return std::nullopt;
  Captures out;
  for (const auto& [name, range] : state.captures) {
    out[name] = covered_text(clause, state.tokens[range.first], state.tokens[range.second - 1] + 1, prompt);
  }
  return out;
}

bool Pattern::match_from(size_t item_index, size_t token, Match& state) const {
  if (++state.steps > kMaxMatchSteps) return false;
  const size_t count = state.tokens.size();
  if (item_index == items_.size()) return token == count;
  const Item& item = items_[item_index];
  const auto token_at = [&](size_t i) -> const Token& { return state.clause[state.tokens[i]]; };
  switch (item.kind) {
    case Item::Kind::kWords:
      for (const auto& sequence : item.alternatives) {
        bool fits = token + sequence.size() <= count;
        for (size_t i = 0; fits && i < sequence.size(); ++i) {
          fits = token_at(token + i).kind == TokenKind::kWord && token_at(token + i).lower == sequence[i];
        }
        if (fits && match_from(item_index + 1, token + sequence.size(), state)) return true;
      }
      break;
    case Item::Kind::kGap:
      for (size_t i = token; i <= count; ++i) {
        if (match_from(item_index + 1, i, state)) return true;
      }
      return false;
    case Item::Kind::kOne:
      if (token < count && one_token_fits(item.name, token_at(token)) &&
          match_from(item_index + 1, token + 1, state)) {
        state.captures[item.name] = {token, token + 1};
        return true;
      }
      break;
    case Item::Kind::kMany:
      for (size_t i = token + 1; i <= count; ++i) {
        if (match_from(item_index + 1, i, state)) {
          state.captures[item.name] = {token, i};
          return true;
        }
      }
      break;
  }
  return item.optional && match_from(item_index + 1, token, state);
}

std::string covered_text(const Clause& clause, size_t first, size_t last, std::string_view prompt) {
  if (first >= last || last > clause.size()) return "";
  const bool single = last - first == 1;
  if (single && clause[first].kind != TokenKind::kWord) return clause[first].text;
  std::string text;
  for (size_t i = first; i < last; ++i) {
    // What stands between two tokens is white space, or something that was taken out of the clause.
    if (i > first) {
      const std::string_view between = prompt.substr(clause[i - 1].end, clause[i].begin - clause[i - 1].end);
      text += os::trim(between).empty() ? between : std::string_view(" ");
    }
    text += prompt.substr(clause[i].begin, clause[i].end - clause[i].begin);
  }
  return std::string(os::trim(text));
}

}  // namespace soma::model::reflex
