// What stands before a version and before an alias's move: a contract that breaks its callers does not pass
// unless somebody says that it may.
#pragma once

#include <vector>

#include "services/workflow/machines/machines.h"

namespace soma::workflow {

inline constexpr size_t kMaxToldFindings = 5;  // in an error; the rest is counted

// Both answer the comparison as it is kept (null: there was nothing to compare), or ConflictException with
// its findings.
//
// The gate before a version of `revision`: it is compared with the machine's newest version.
Answered<json::Value> pass_version_gate(const Machine& machine, const Revision& revision,
                                        bool allow_breaking);
// The gate before an alias's move: what comes in is compared with what was there. Two versions that come in
// together are compared with each other, the later with the earlier.
Answered<json::Value> pass_alias_gate(const Machine& machine, const std::vector<Route>& before,
                                      const std::vector<Route>& after, bool allow_breaking);

}  // namespace soma::workflow
