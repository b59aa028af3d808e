#include "services/workflow/executions/correlation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/aws/aws.h"

namespace soma::workflow {
namespace {

using json::Value;

constexpr std::string_view kMeta = "meta", kCorrelationId = "correlationId";
constexpr size_t kTraceDigits = 32, kSpanDigits = 16;

bool is_hex(std::string_view text, size_t digits) {
  return text.size() == digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// "Root=1-5759e988-bd862e3fe1be46a994272793;…" or "00-<32>-<16>-01"; empty: neither.
std::string trace_of(std::string_view header) {
  if (header.starts_with("00-") && is_hex(header.substr(3, kTraceDigits), kTraceDigits))
    return std::string(header.substr(3, kTraceDigits));
  constexpr std::string_view kRoot = "Root=1-";
  const size_t at = header.find(kRoot);
  if (at == std::string_view::npos) return {};
  std::string trace(header.substr(at + kRoot.size(), kTraceDigits + 1));
  std::erase(trace, '-');
  return is_hex(trace, kTraceDigits) ? trace : std::string();
}

// The schema of "meta" in the contract's input; null: the contract says nothing of it.
const Value* declared_meta(const Revision& revision) {
  if (!revision.contract || !revision.contract->input) return nullptr;
  return revision.contract->input->text.get("properties").find(kMeta);
}

// Whether the schema of an object leaves room for a member that is a text.
bool takes_text(const Value* object_schema, std::string_view member) {
  if (object_schema == nullptr) return true;
  const Value* schema = object_schema->get("properties").find(member);
  if (schema == nullptr) return object_schema->get("additionalProperties").bool_or(true);
  const Value& type = schema->get("type");
  if (type.is_string()) return type.as_string() == "string";
  return !type.is_array() ||
         std::ranges::any_of(type.as_array(), [](const Value& one) { return one.string_or("") == "string"; });
}

struct Filling {
  std::string_view member;
  std::string text;
};

std::vector<Filling> fillings(const ExecutionStart& start, const Revision& revision) {
  return {{kCorrelationId, start.correlation_id},
          {"causationId", start.parent_arn},
          {"contractVersion", revision.contract ? revision.contract->version : ""},
          {"traceparent", traceparent(start.trace_header, start.correlation_id, start.info.execution_arn)},
          {"alias", start.alias},
          {"version", start.version ? std::to_string(*start.version) : ""}};
}

// The text of an input that may have an envelope: parsing is left to those.
bool may_have_meta(std::string_view input) {
  return input.find("\"meta\"") != std::string_view::npos;
}

}  // namespace

void correlate(ExecutionStart& start, const Revision& revision) {
  const Value* declared = start.map_run_arn.empty() ? declared_meta(revision) : nullptr;
  os::Result<Value> input = json::Object{};
  if (declared != nullptr || may_have_meta(start.input)) input = json::parse(start.input);
  // What is no JSON is refused where it is read as the execution's input.
  const bool readable = input && input->is_object();
  if (readable && start.correlation_id.empty()) {
    const std::string_view given = input->get(kMeta).get(kCorrelationId).string_or("");
    if (given.size() <= kMaxCorrelationIdBytes) start.correlation_id = given;
  }
  if (start.correlation_id.empty()) start.correlation_id = start.info.execution_arn;

  if (!readable || !start.map_run_arn.empty()) return;
  const Value* there = input->find(kMeta);
  const bool nested = !start.parent_arn.empty();
  const bool wanted = declared != nullptr || (nested && there != nullptr);
  if (!wanted || (there != nullptr && !there->is_object())) return;
  Value meta = there != nullptr ? *there : Value(json::Object{});
  bool changed = false;
  for (Filling& filling : fillings(start, revision)) {
    if (filling.text.empty() || meta.has(filling.member) || !takes_text(declared, filling.member)) continue;
    meta.set(filling.member, std::move(filling.text));
    changed = true;
  }
  if (!changed) return;
  start.given_digest = aws::sha256_hex(start.input);
  input->set(kMeta, std::move(meta));
  start.input = json::write(*input);
}

bool same_given_input(const ExecutionStart& left, const ExecutionStart& right) {
  if (left.given_digest.empty() && right.given_digest.empty()) return left.input == right.input;
  const auto digest = [](const ExecutionStart& start) {
    return start.given_digest.empty() ? aws::sha256_hex(start.input) : start.given_digest;
  };
  return digest(left) == digest(right);
}

std::string traceparent(std::string_view trace_header, std::string_view correlation_id,
                        std::string_view execution_arn) {
  std::string trace = trace_of(trace_header);
  if (trace.empty()) trace = aws::sha256_hex(correlation_id).substr(0, kTraceDigits);
  return fmt::format("00-{}-{}-01", trace, aws::sha256_hex(execution_arn).substr(0, kSpanDigits));
}

}  // namespace soma::workflow
