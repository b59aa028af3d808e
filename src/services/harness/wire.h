// The translation between a session's journal and InvokeHarness's stream, and between definitions and the
// control plane's shapes: the one place that knows the foreign spelling.
#pragma once

#include <string>
#include <vector>

#include "base/journal/journal.h"
#include "services/harness/harness.h"

namespace soma::harness {

struct WireEvent {
  std::string name;  // "contentBlockDelta"; exceptions: "runtimeClientError", "internalServerException",
                     // "validationException"
  json::Value body;
  bool exception = false;
  bool own = false;  // soma's, not of InvokeHarness: left out where only the API's events are understood
};

// What a client of the invocation sees of one journal event: nothing, one event, or several.
os::Result<std::vector<WireEvent>> expand(const journal::Event& event);
// True for the event that ends the invocation's stream.
bool ends_invocation(const journal::Event& event, std::string_view invocation_id);

// The whole of a definition: in the short spellings of harness.json, or in the API's unions.
enum class Spelling { kShort, kApi };
json::Value harness_json(const Definition& definition, Spelling spelling);
json::Value harness_summary_json(const Definition& definition);
// An entry of the list: the summary, and what the console shows beside it, model and tools.
json::Value harness_list_entry_json(const Definition& definition);
json::Value endpoint_json(const Endpoint& endpoint);
json::Value session_json(const SessionSummary& summary);
json::Value tree_json(const SessionTree& tree);
json::Value approval_json(const SessionApproval& approval);
// {decision, inputHash?, by?, reason?}; kInvalidArgument names what is wrong.
os::Result<ApprovalAnswer> approval_answer_from_json(const json::Value& body);
// The providers, and the models that have a price.
json::Value models_json(const model::PriceTable& prices);

// The body of InvokeHarness: messages, and the overrides that remain.
os::Result<InvokeRequest> invoke_request_from_json(const json::Value& body);

}  // namespace soma::harness
