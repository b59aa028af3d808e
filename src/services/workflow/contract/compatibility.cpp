#include "services/workflow/contract/compatibility.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json/canonical.h"
#include "services/workflow/contract/inclusion.h"

namespace soma::workflow::contract {
namespace {

using json::Value;

class Report {
 public:
  explicit Report(Comparison& out) : out_(out) {}
  void add(Verdict verdict, std::string pointer, std::string_view rule, std::string message) {
    out_.verdict = std::max(out_.verdict, verdict);
    if (out_.findings.size() < kMaxFindings)
      out_.findings.push_back({verdict, std::move(pointer), std::string(rule), std::move(message)});
  }

 private:
  Comparison& out_;
};

const Value& text_of(const std::optional<Shape>& shape) {
  static const Value anything{true};
  return shape ? shape->text : anything;
}

// Calls `visit` with the pointer of each member that `after` describes and `before` does not.
template <typename Visit>
void new_members(const Value& before, const Value& after, const std::string& pointer, size_t depth,
                 const Visit& visit) {
  if (depth > kMaxComparisonDepth) return;
  if (const Value& properties = after.get("properties"); properties.is_object())
    for (const auto& [name, schema] : properties.as_object()) {
      const std::string place = json::append_pointer(pointer + "/properties", name);
      const Value* old = before.get("properties").find(name);
      if (old == nullptr) {
        visit(place);
      } else {
        new_members(*old, schema, place, depth + 1, visit);
      }
    }
  if (const Value* items = after.find("items"))
    new_members(before.get("items"), *items, pointer + "/items", depth + 1, visit);
}

// Whatever callers sent before must still be accepted.
void compare_input(const Contract& before, const Contract& after, Report& report) {
  for (const Gap& gap : gaps(text_of(before.input), text_of(after.input))) {
    const bool was_never_described = gap.rule == "undeclared";
    report.add(
        was_never_described ? Verdict::kAdditive : Verdict::kBreaking, "/input" + gap.pointer,
        "input-" + gap.rule,
        was_never_described
            ? "is newly described; a caller that already sent something else under this name is refused"
            : fmt::format("callers may send what is no longer accepted: {}", gap.message));
  }
  new_members(text_of(before.input), text_of(after.input), "/input", 0, [&report](const std::string& place) {
    report.add(Verdict::kAdditive, place, "input-added", "is a new member that callers may send");
  });
}

bool declared_open(const std::vector<std::string>& open, const std::string& pointer) {
  return std::ranges::find(open, pointer) != open.end();
}

// Whatever is answered now must have been possible before.
void compare_answer(std::string_view part, const Value& before, const Value& after, const Contract& old,
                    Report& report) {
  const std::string root = fmt::format("/{}", part);
  for (const Gap& gap : gaps(after, before)) {
    const std::string place = root + gap.pointer;
    if (gap.rule == "closed") {
      report.add(Verdict::kAdditive, place, "output-added",
                 "may be answered now; callers that refuse unknown members must learn of it");
    } else if (gap.rule == "enum" && declared_open(old.open_enums, place)) {
      report.add(Verdict::kAdditive, place, "output-enum-extended",
                 gap.message + "; this enum was declared open");
    } else {
      report.add(Verdict::kBreaking, place, "output-" + gap.rule,
                 fmt::format("callers may get what was not possible before: {}", gap.message));
    }
  }
  new_members(before, after, root, 0, [&report](const std::string& place) {
    report.add(Verdict::kAdditive, place, "output-added", "is a new member of the answer");
  });
}

void compare_business_failure(const Contract& before, const Contract& after, Report& report) {
  if (before.business_failure && !after.business_failure) {
    report.add(
        Verdict::kBreaking, "/businessFailure", "business-failure-removed",
        "a business failure was an answer and is none any more: callers that look for it now meet an error");
  } else if (!before.business_failure && after.business_failure) {
    report.add(
        Verdict::kBreaking, "/businessFailure", "business-failure-added",
        "a success may now say that the business refused: callers that do not look for it take it for one");
  } else if (before.business_failure) {
    compare_answer("businessFailure", before.business_failure->text, after.business_failure->text, before,
                   report);
  }
}

void compare_promises(const Contract& before, const Contract& after, Report& report) {
  for (const std::string& error : after.errors)
    if (std::ranges::find(before.errors, error) == before.errors.end())
      report.add(Verdict::kBreaking, "/errors", "error-added",
                 fmt::format("may fail with {}, which no caller catches yet", error));
  const int64_t never = INT64_MAX;
  if (after.timeout_seconds.value_or(never) > before.timeout_seconds.value_or(never))
    report.add(Verdict::kBreaking, "/timeoutSeconds", "timeout-raised",
               "may take longer than callers were promised");
  if (before.idempotency.idempotent &&
      (!after.idempotency.idempotent || after.idempotency.key != before.idempotency.key))
    report.add(Verdict::kBreaking, "/idempotency", "idempotency-changed",
               "callers repeat what is no longer safe to repeat under the same key");
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCompatible:
      return "compatible";
    case Verdict::kAdditive:
      return "additive";
    case Verdict::kBreaking:
      return "breaking";
  }
  return "";
}

Comparison compare(const Contract& before, const Contract& after) {
  Comparison out;
  Report report(out);
  compare_input(before, after, report);
  compare_answer("output", text_of(before.output), text_of(after.output), before, report);
  compare_business_failure(before, after, report);
  compare_promises(before, after, report);
  // A member that is both new and the reason of a gap is told once, with the graver verdict.
  std::vector<Finding>& all = out.findings;
  std::erase_if(all, [&all](const Finding& finding) {
    return finding.verdict == Verdict::kAdditive &&
           std::ranges::any_of(all, [&finding](const Finding& other) {
             return other.pointer == finding.pointer &&
                    (other.verdict > finding.verdict || &other < &finding);
           });
  });
  return out;
}

Value to_json(const Comparison& comparison) {
  Value findings = json::Array{};
  for (const Finding& finding : comparison.findings)
    findings.push_back(json::object({{"verdict", verdict_name(finding.verdict)},
                                     {"pointer", finding.pointer},
                                     {"rule", finding.rule},
                                     {"message", finding.message}}));
  return json::object({{"verdict", verdict_name(comparison.verdict)}, {"findings", std::move(findings)}});
}

}  // namespace soma::workflow::contract
