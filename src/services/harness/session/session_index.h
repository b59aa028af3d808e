// What is to be told of sessions without waking them: read from the journal's runs, their labels and events.
#pragma once

#include "services/harness/harness.h"
#include "services/harness/session/events.h"

namespace soma::harness {

SessionSummary summary_of(const journal::Run& run);
std::optional<auth::Identity> user_of(const journal::Run& run);  // whose the session is

// The tree that the run belongs to. kNotFound when there is no such run.
os::Result<SessionTree> read_tree(journal::Journal& journal, const std::string& run);

// Every pending approval of every session.
os::Result<std::vector<SessionApproval>> read_approvals(journal::Journal& journal);

}  // namespace soma::harness
