#include "services/harness/context/token_estimate.h"

#include <algorithm>
#include <cmath>

namespace soma::harness {
namespace {

// In sixths of a token.
constexpr int64_t kUnits = 6;
constexpr int64_t units_of(char byte) {
  return static_cast<unsigned char>(byte) < 0x80 ? 2 : 3;
}

constexpr int64_t rounded_up(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit;
}

struct BlockCost {
  int64_t operator()(const model::Text& text) const { return estimate_tokens(text.text); }
  int64_t operator()(const model::JsonContent& content) const {
    return estimate_tokens(json::write(content.value));
  }
  int64_t operator()(const model::Reasoning& reasoning) const {
    return estimate_tokens(reasoning.text) + estimate_tokens(reasoning.signature) +
           rounded_up(static_cast<int64_t>(reasoning.redacted.size()), 3);
  }
  int64_t operator()(const model::ToolUse& use) const {
    return kToolBlockTokens + estimate_tokens(use.name) + estimate_tokens(json::write(use.input));
  }
  int64_t operator()(const model::ToolResult& result) const {
    int64_t sum = kToolBlockTokens;
    for (const model::ResultContent& content : result.content) sum += std::visit(*this, content);
    return sum;
  }
  int64_t operator()(const model::Image&) const { return kImageTokens; }
  int64_t operator()(const model::Document& document) const {
    const std::string& bytes = document.media.bytes;
    if (!bytes.empty() && bytes.find('\0') == std::string::npos && os::is_valid_utf8(bytes))
      return estimate_tokens(document.media.name) + estimate_tokens(bytes);
    return kDocumentTokens + rounded_up(static_cast<int64_t>(bytes.size()), kDocumentBytesPerToken);
  }
};

}  // namespace

int64_t estimate_tokens(std::string_view text) {
  int64_t units = 0;
  for (const char byte : text) units += units_of(byte);
  return rounded_up(units, kUnits);
}

int64_t estimate_tokens(const model::Block& block) {
  return std::visit(BlockCost{}, block);
}

int64_t estimate_tokens(const model::Message& message) {
  int64_t sum = kMessageTokens;
  for (const model::Block& block : message.content) sum += estimate_tokens(block);
  return sum;
}

int64_t estimate_tokens(std::span<const model::Message> messages) {
  int64_t sum = 0;
  for (const model::Message& message : messages) sum += estimate_tokens(message);
  return sum;
}

int64_t estimate_fixed_tokens(std::span<const std::string> system, std::span<const model::ToolSpec> tools) {
  int64_t sum = 0;
  for (const std::string& text : system) sum += kMessageTokens + estimate_tokens(text);
  for (const model::ToolSpec& tool : tools)
    sum += kToolSpecTokens + estimate_tokens(tool.name) + estimate_tokens(tool.description) +
           estimate_tokens(json::write(tool.input_schema));
  return sum;
}

std::string_view prefix_of_tokens(std::string_view text, int64_t tokens) {
  int64_t units = std::min(tokens, int64_t{1} << 40) * kUnits;
  size_t bytes = 0;
  while (bytes < text.size() && (units -= units_of(text[bytes])) >= 0) ++bytes;
  return os::utf8_prefix(text, bytes);
}

double calibrated_scale(int64_t estimated, const model::Usage& usage) {
  const int64_t counted = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_write_input_tokens;
  if (estimated <= 0 || counted <= 0) return 1;
  return std::clamp(static_cast<double>(counted) / static_cast<double>(estimated), kMinScale, kMaxScale);
}

std::optional<int64_t> ContextBudget::usable() const {
  if (!window) return std::nullopt;
  return *window - reserve;
}

int64_t ContextBudget::scaled(int64_t estimated) const {
  return static_cast<int64_t>(std::ceil(static_cast<double>(estimated) * scale));
}

ContextBudget context_budget(std::optional<int64_t> window, std::optional<int64_t> max_answer_tokens,
                             double scale) {
  ContextBudget budget{.window = window, .reserve = 0, .scale = scale};
  if (window) budget.reserve = std::min(std::max(max_answer_tokens.value_or(0), *window / 10), *window / 2);
  return budget;
}

bool needs_compaction(int64_t estimated, const ContextBudget& budget) {
  const auto usable = budget.usable();
  return usable && budget.scaled(estimated) > *usable;
}

}  // namespace soma::harness
