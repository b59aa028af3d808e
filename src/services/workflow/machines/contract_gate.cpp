#include "services/workflow/machines/contract_gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/workflow/contract/compatibility.h"

namespace soma::workflow {
namespace {

using contract::Finding;
using contract::Verdict;

void add(contract::Comparison& all, const contract::Comparison& one) {
  all.verdict = std::max(all.verdict, one.verdict);
  for (const Finding& finding : one.findings) {
    const bool known = std::ranges::any_of(all.findings, [&](const Finding& other) {
      return other.pointer == finding.pointer && other.rule == finding.rule;
    });
    if (!known && all.findings.size() < contract::kMaxFindings) all.findings.push_back(finding);
  }
}

std::string breaks(const contract::Comparison& comparison) {
  std::vector<std::string> told;
  size_t breaking = 0;
  for (const Finding& finding : comparison.findings) {
    if (finding.verdict != Verdict::kBreaking) continue;
    if (++breaking <= kMaxToldFindings)
      told.push_back(fmt::format("{} {}", finding.pointer.empty() ? "/" : finding.pointer, finding.message));
  }
  std::string out = fmt::format("{}", fmt::join(told, "; "));
  if (breaking > kMaxToldFindings) out += fmt::format("; and {} more", breaking - kMaxToldFindings);
  return out;
}

// How the later one's contract stands to the earlier one's. Nothing when the earlier one promised nothing; to
// promise nothing any more is a break.
std::optional<contract::Comparison> compare_contracts(const Revision& before, const Revision& after) {
  if (!before.contract) return std::nullopt;
  if (after.contract) return contract::compare(*before.contract, *after.contract);
  return contract::Comparison{Verdict::kBreaking,
                              {{Verdict::kBreaking, "", "contract-removed",
                                "there is no contract any more: callers can rely on nothing"}}};
}

std::vector<const Revision*> revisions_of(const Machine& machine, const std::vector<Route>& routes) {
  std::vector<const Revision*> revisions;
  for (const Route& route : routes)
    if (const Version* version = machine.version(route.version)) revisions.push_back(version->revision.get());
  return revisions;
}

// What is about to happen, as errors tell it: "Failed to publish the State Machine version".
struct Passage {
  std::string_view what;
  std::vector<const Revision*> before, after;  // each of `after` is compared with each of `before`
  bool allow_breaking = false;
};

Answered<json::Value> pass(const Passage& passage) {
  std::optional<contract::Comparison> all;
  for (const Revision* before : passage.before)
    for (const Revision* after : passage.after)
      if (const auto one = compare_contracts(*before, *after)) {
        if (!all) all.emplace();
        add(*all, *one);
      }
  if (!all) return json::Value();
  if (all->verdict == Verdict::kBreaking && !passage.allow_breaking)
    return refuse(
        error::kConflict,
        fmt::format("{} because its contract breaks its callers: {}. When they are ready for it, say so: "
                    "allowBreaking of soma's own API, --allow-breaking on the command line.",
                    passage.what, breaks(*all)));
  return contract::to_json(*all);
}

}  // namespace

Answered<json::Value> pass_version_gate(const Machine& machine, const Revision& revision,
                                        bool allow_breaking) {
  Passage passage{"Failed to publish the State Machine version", {}, {&revision}, allow_breaking};
  if (!machine.versions.empty()) passage.before.push_back(machine.versions.back().revision.get());
  return pass(passage);
}

Answered<json::Value> pass_alias_gate(const Machine& machine, const std::vector<Route>& before,
                                      const std::vector<Route>& after, bool allow_breaking) {
  std::vector<Route> there = before, coming;
  for (const Route& route : after)
    if (std::ranges::find(before, route.version, &Route::version) == before.end()) coming.push_back(route);
  std::ranges::sort(coming, {}, &Route::version);
  if (there.empty() && coming.size() > 1) {
    there.push_back(coming.front());
    coming.erase(coming.begin());
  }
  return pass({"Failed to route the alias to the State Machine version", revisions_of(machine, there),
               revisions_of(machine, coming), allow_breaking});
}

}  // namespace soma::workflow
