#include "services/memory/texts.h"

namespace soma::memory {

void append_line(std::string& out, std::string_view line, size_t most) {
  if (line.empty() || out.size() > most) return;
  if (!out.empty()) out += '\n';
  out += line;
}

void append_texts(std::string& out, const json::Value& value, size_t most, size_t depth) {
  if (value.is_string()) return append_line(out, value.as_string(), most);
  if (depth == kMaxTextsDepth) return;
  if (value.is_array())
    for (const json::Value& each : value.as_array()) append_texts(out, each, most, depth + 1);
  if (value.is_object())
    for (const auto& [key, each] : value.as_object()) append_texts(out, each, most, depth + 1);
}

}  // namespace soma::memory
