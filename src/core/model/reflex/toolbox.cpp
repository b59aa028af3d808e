#include "core/model/reflex/toolbox.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/os/os.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

bool enumerates(const json::Value& property, std::string_view value) {
  const json::Value& options = property.get("enum");
  for (size_t i = 0; i < options.size(); ++i) {
    if (options.at(i).string_or("") == value) return true;
  }
  return false;
}

std::string spaced(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z' && !out.empty()) out += ' ';
    out += c == '_' || c == '-' || c == '.' || c == '/' ? ' ' : c;
  }
  return out;
}

std::set<std::string> term_set(std::string_view text) {
  std::set<std::string> out;
  for (const std::string& word : words(text)) {
    if (!is_stop_word(word) && word != "tool" && word != "use" && word != "call") out.insert(stem(word));
  }
  return out;
}

std::set<std::string> words_of(const ToolSpec& tool) {
  std::string text = spaced(tool.name) + " " + tool.description;
  const json::Value& properties = tool.input_schema.get("properties");
  if (properties.is_object()) {
    for (const auto& [name, property] : properties.as_object())
      text += " " + spaced(name) + " " + std::string(property.get("description").string_or(""));
  }
  return term_set(text);
}

}  // namespace

Toolbox::Toolbox(const std::vector<ToolSpec>& tools) {
  for (const ToolSpec& tool : tools) {
    const json::Value& properties = tool.input_schema.get("properties");
    if (browser == nullptr && enumerates(properties.get("action"), "navigate")) {
      browser = &tool;
    } else if (files == nullptr && enumerates(properties.get("operation"), "view") &&
               properties.has("path")) {
      files = &tool;
    } else if (code == nullptr && properties.has("code") && properties.has("language")) {
      code = &tool;
    } else if (shell == nullptr && properties.has("command") &&
               properties.get("command").get("type").string_or("") == "string") {
      shell = &tool;
    } else {
      others.push_back(&tool);
    }
  }
}

const ToolSpec* Toolbox::choose(std::string_view clause) const {
  const std::set<std::string> wanted = term_set(clause);
  const std::string lower = " " + os::to_lower(clause) + " ";
  std::vector<std::set<std::string>> bags;
  for (const ToolSpec* tool : others) bags.push_back(words_of(*tool));
  const ToolSpec* best = nullptr;
  double best_score = 0;
  for (size_t i = 0; i < others.size(); ++i) {
    if (contains(lower, os::to_lower(others[i]->name)) && others[i]->name.size() > 3) return others[i];
    const std::set<std::string> name = term_set(spaced(others[i]->name));
    double score = 0;
    for (const std::string& term : wanted) {
      if (!bags[i].contains(term)) continue;
      const auto sharing = static_cast<double>(
          std::ranges::count_if(bags, [&](const auto& bag) { return bag.contains(term); }));
      score += (name.contains(term) ? 2.0 : 1.0) / std::sqrt(sharing);
    }
    if (score > best_score) best = others[i], best_score = score;
  }
  // One word of the name, or two of the description, for a short order; a long one needs more.
  const double needed = std::max(1.5, 0.3 * static_cast<double>(wanted.size()));
  return best_score >= needed ? best : nullptr;
}

const ToolSpec* Toolbox::for_purpose(std::string_view purpose) const {
  for (const ToolSpec* tool : others) {
    const auto name = term_set(spaced(tool->name));
    if (name.contains(stem(purpose))) return tool;
  }
  return nullptr;
}

std::optional<std::string> property_named(const ToolSpec& tool,
                                          std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (tool.input_schema.get("properties").has(name)) return std::string(name);
  }
  return std::nullopt;
}

bool looks_repeatable(const ToolSpec& tool) {
  static const std::set<std::string_view> reading = {
      "get",   "read", "list", "search", "find",     "fetch",     "look",    "lookup",
      "query", "view", "show", "check",  "describe", "calculate", "convert", "weather"};
  static const std::set<std::string_view> writing = {"create", "delete", "update", "send",
                                                     "write",  "remove", "set",    "post",
                                                     "book",   "order",  "cancel", "pay"};
  bool reads = false;
  for (const std::string& word : words(spaced(tool.name))) {
    if (writing.contains(word)) return false;
    reads = reads || reading.contains(word);
  }
  return reads;
}

}  // namespace soma::model::reflex
