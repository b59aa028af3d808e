// The final answer as JSON of a given schema: asked for in the system prompt, read out of the answer's text,
// checked, and, when it does not fit, asked for again with what is wrong, at most maxOutputRepairs times.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "base/json/schema.h"
#include "base/os/os.h"

namespace soma::harness {

inline constexpr int64_t kDefaultOutputRepairs = 2;
inline constexpr int64_t kMaxOutputRepairs = 10;

// What the model is told, after the system prompt.
std::string output_instructions(const json::Value& schema);

// The JSON value of an answer: the whole text, the inside of its last fenced block, or the span from the
// first bracket to the last one that fits it. An error says, for the model to read, why there is none.
std::expected<json::Value, std::string> read_output(std::string_view answer);

// The value of an answer that fits, or what is wrong, one line each, bounded by json::kMaxViolations.
std::expected<json::Value, std::vector<std::string>> check_output(const json::Schema& schema,
                                                                  std::string_view answer);

// The user message that asks for a better answer. `violations` is an array of strings.
std::string repair_prompt(const json::Value& violations);

}  // namespace soma::harness
