// What the model reads of a tool's result, whatever the tool: no more than it may, and where the whole is.
#pragma once

#include <string>
#include <vector>

#include "core/tool/result_store.h"
#include "core/tool/tool.h"

namespace soma::harness {

struct BoundedResult {
  std::vector<model::ResultContent> for_model;
  std::vector<model::ResultContent>
      for_client;  // what follows the streamed text; kMaxResultBytes of each text
};

// `streamed` is what the call emitted; `outcome` what it returned. Texts and JSON of at most `max_bytes`
// together are left alone, so a result that is bounded already stays as it is. Larger ones are joined in
// their order (JSON as text), kept whole in the store, and replaced by one text: head, note and tail. Images
// and documents stay. What cannot be kept is said in the note. Call it on the session's loop; it writes on a
// worker thread, and the file is synced when it returns.
net::Task<BoundedResult> bound_result(tool::ResultStore store, std::string result_name, std::string streamed,
                                      tool::Outcome outcome, size_t max_bytes);

}  // namespace soma::harness
