// The lint rules: one function each, named in the table of lint.cpp.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/workflow/lint/graph.h"

namespace soma::workflow::lint {

struct Context {
  const Graph& graph;               // the machine in question
  std::span<const Graph> machines;  // all, for what children are
  const Thresholds& thresholds;
};
// Adds what it finds: the rule's id and level are filled in by the table.
using Report = std::function<void(const std::string& pointer, std::string message, std::string fix)>;
using Check = void (*)(const Context&, const Report&);

void too_many_domains(const Context&, const Report&);
void long_choice_chain(const Context&, const Report&);
void wide_choice(const Context&, const Report&);
void much_reshaping(const Context&, const Report&);
void runs_of_pass(const Context&, const Report&);
void repeated_pass(const Context&, const Report&);
void copied_error_handling(const Context&, const Report&);
void crowded_handler(const Context&, const Report&);
void cloned_parts(const Context&, const Report&);
void dead_carried_keys(const Context&, const Report&);
void distant_reads(const Context&, const Report&);
void growing_payload(const Context&, const Report&);
void whole_payload_to_child(const Context&, const Report&);
void deep_reads_of_child(const Context&, const Report&);
void deep_nesting(const Context&, const Report&);
void nesting_cycle(const Context&, const Report&);
void single_task_child(const Context&, const Report&);
void unqualified_child(const Context&, const Report&);
void missing_timeout(const Context&, const Report&);
void missing_retry(const Context&, const Report&);
void missing_parent_id(const Context&, const Report&);
void history_budget(const Context&, const Report&);
void mixed_profile(const Context&, const Report&);

}  // namespace soma::workflow::lint
