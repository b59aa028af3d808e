#include "services/harness/loop/structured_output.h"

#include <fmt/format.h>

namespace soma::harness {
namespace {

constexpr std::string_view kFence = "```";

// The inside of the last complete fenced block, without its language word; empty when there is none.
std::string_view last_fenced(std::string_view text) {
  const size_t close = text.rfind(kFence);
  if (close == std::string_view::npos || close == 0) return {};
  const size_t open = text.rfind(kFence, close - 1);
  if (open == std::string_view::npos) return {};
  std::string_view inside = text.substr(open + kFence.size(), close - open - kFence.size());
  const size_t line_end = inside.find('\n');
  return line_end == std::string_view::npos ? inside : inside.substr(line_end + 1);
}

// From the first bracket to the last of its kind.
std::string_view bracketed(std::string_view text) {
  const size_t open = text.find_first_of("{[");
  if (open == std::string_view::npos) return {};
  const size_t close = text.rfind(text[open] == '{' ? '}' : ']');
  if (close == std::string_view::npos || close < open) return {};
  return text.substr(open, close - open + 1);
}

}  // namespace

std::string output_instructions(const json::Value& schema) {
  return "When you are done, give your final answer as one JSON value that fits this JSON Schema, and "
         "nothing else: no "
         "words before or after it.\n" +
         json::write(schema);
}

std::expected<json::Value, std::string> read_output(std::string_view answer) {
  const std::string_view whole = os::trim(answer);
  if (whole.empty()) return std::unexpected("the answer is empty");
  auto parsed = json::parse(whole);
  if (parsed) return std::move(*parsed);
  for (const std::string_view part : {os::trim(last_fenced(whole)), bracketed(whole)}) {
    if (part.empty()) continue;
    if (auto inside = json::parse(part)) return std::move(*inside);
  }
  return std::unexpected(fmt::format("the answer is no JSON: {}", parsed.error().message));
}

std::expected<json::Value, std::vector<std::string>> check_output(const json::Schema& schema,
                                                                  std::string_view answer) {
  auto value = read_output(answer);
  if (!value) return std::unexpected(std::vector<std::string>{value.error()});
  std::vector<std::string> wrong;
  for (const json::Violation& violation : schema.validate(*value))
    wrong.push_back(fmt::format("{} {}", violation.pointer.empty() ? "(the value)" : violation.pointer,
                                violation.message));
  if (!wrong.empty()) return std::unexpected(std::move(wrong));
  return std::move(*value);
}

std::string repair_prompt(const json::Value& violations) {
  std::string text = "Your answer does not fit the JSON Schema that was asked for:";
  for (size_t index = 0; index < violations.size(); ++index)
    text += fmt::format("\n- {}", violations.at(index).string_or(""));
  return text + "\nAnswer again with the whole JSON value, corrected, and nothing else.";
}

}  // namespace soma::harness
