#include "core/model/providers/history.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>

namespace soma::model {
namespace {

bool is_server_side(const ToolUse& use) {
  return !use.type.empty() && use.type != "tool_use";
}

bool is_plain_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// FNV-1a: short, and the same in every run, so that an id keeps its new spelling from turn to turn.
uint64_t fingerprint(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

// Models call tools that there are not, by names that no API takes back ("functions.shell", "shell<|x|>").
// The names of real tools come out as they are.
std::string tool_name(std::string_view name) {
  std::string out(os::utf8_prefix(name, kMaxToolNameBytes));
  std::ranges::replace_if(out, [](char c) { return !is_plain_id_character(c); }, '_');
  return out;
}

// What of one conversation stays, and under which ids.
class Filter {
 public:
  Filter(const std::vector<Message>& messages, const HistoryRules& rules) : rules_(rules) {
    for (const Message& message : messages) {
      for (const Block& block : message.content) {
        const auto* use = std::get_if<ToolUse>(&block);
        if (use == nullptr || !is_server_side(*use)) continue;
        server_side_.insert(use->id);
        if (use->origin != rules.origin) foreign_.insert(use->id);
      }
    }
  }

  Message keep(const Message& message) const {
    Message out{message.role, {}};
    for (Block block : message.content) {
      if (keeps(block, message.role)) out.content.push_back(std::move(block));
    }
    return out;
  }

 private:
  bool keeps(Block& block, Role role) const {
    if (const auto* reasoning = std::get_if<Reasoning>(&block)) return keeps(*reasoning);
    if (auto* use = std::get_if<ToolUse>(&block)) {
      if (is_server_side(*use)) return use->origin == rules_.origin;
      use->id = spelled(use->id);
      use->name = tool_name(use->name);
    } else if (auto* result = std::get_if<ToolResult>(&block)) {
      if (foreign_.contains(result->tool_use_id)) return false;
      // The service ran the call; a result of ours is one too many, and refused.
      if (role == Role::kUser && server_side_.contains(result->tool_use_id)) return false;
      // A service that told of a result without its call would refuse its own words.
      if (role == Role::kAssistant && !server_side_.contains(result->tool_use_id)) return false;
      if (role == Role::kUser) result->tool_use_id = spelled(result->tool_use_id);
    }
    return true;
  }

  bool keeps(const Reasoning& reasoning) const {
    if (!rules_.keep_reasoning || reasoning.origin != rules_.origin) return false;
    return rules_.keep_unsigned_reasoning || !reasoning.signature.empty() || !reasoning.redacted.empty();
  }

  std::string spelled(const std::string& id) const {
    if (rules_.any_tool_id) return id;
    const auto fits = [&](char c) {
      return is_plain_id_character(c) || rules_.more_id_characters.contains(c);
    };
    if (!id.empty() && id.size() <= rules_.max_tool_id_bytes && std::ranges::all_of(id, fits)) return id;
    return fmt::format("call_{:016x}", fingerprint(id));
  }

  const HistoryRules& rules_;
  std::set<std::string> server_side_;  // ids of calls that a provider ran
  std::set<std::string> foreign_;      // those that another provider ran
};

}  // namespace

std::vector<Message> portable_history(const std::vector<Message>& messages, const HistoryRules& rules) {
  const Filter filter(messages, rules);
  std::vector<Message> out;
  for (const Message& message : messages) {
    Message kept = filter.keep(message);
    if (!kept.content.empty()) out.push_back(std::move(kept));
  }
  return out;
}

}  // namespace soma::model
