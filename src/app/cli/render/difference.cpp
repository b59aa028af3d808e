#include "app/cli/render/difference.h"

#include <fmt/format.h>

#include <algorithm>

namespace soma::cli {
namespace {

using json::Value;

void compare(const Value& before, const Value& after, const std::string& path, std::vector<std::string>& out);

void compare_objects(const Value& before, const Value& after, const std::string& path,
                     std::vector<std::string>& out) {
  const auto member_path = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  for (const auto& [key, value] : after.as_object()) {
    if (const Value* old = before.find(key))
      compare(*old, value, member_path(key), out);
    else
      out.push_back(fmt::format("+ {}: {}", member_path(key), json::write(value)));
  }
  for (const auto& [key, value] : before.as_object())
    if (!after.has(key)) out.push_back(fmt::format("- {}: {}", member_path(key), json::write(value)));
}

void compare_arrays(const Value& before, const Value& after, const std::string& path,
                    std::vector<std::string>& out) {
  const size_t shared = std::min(before.size(), after.size());
  for (size_t index = 0; index < shared; ++index)
    compare(before.at(index), after.at(index), fmt::format("{}[{}]", path, index), out);
  for (size_t index = shared; index < after.size(); ++index)
    out.push_back(fmt::format("+ {}[{}]: {}", path, index, json::write(after.at(index))));
  for (size_t index = shared; index < before.size(); ++index)
    out.push_back(fmt::format("- {}[{}]: {}", path, index, json::write(before.at(index))));
}

void compare(const Value& before, const Value& after, const std::string& path,
             std::vector<std::string>& out) {
  if (before == after) return;
  if (before.is_object() && after.is_object()) return compare_objects(before, after, path, out);
  if (before.is_array() && after.is_array()) return compare_arrays(before, after, path, out);
  out.push_back(fmt::format("~ {}: {} → {}", path, json::write(before), json::write(after)));
}

}  // namespace

std::vector<std::string> differences(const Value& before, const Value& after) {
  std::vector<std::string> out;
  compare(before, after, "", out);
  return out;
}

}  // namespace soma::cli
