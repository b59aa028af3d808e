// What a client sends as messages: calls and results are to come in pairs, since no model takes one without
// the other, and a history that has one is refused by models for good.
//
// Where calls of the session wait for the client, their results may come alone or behind the model's turn,
// sent back. Otherwise a conversation may be brought along, in which each call has its result in the message
// behind it.
#pragma once

#include <string>
#include <vector>

#include "core/model/model.h"

namespace soma::harness {

// The calls of the turn that the last invocation handed over; none when it handed over nothing.
struct HandedOverCalls {
  std::vector<std::string> all{};      // those that have their results too: the model's turn names them
  std::vector<std::string> waiting{};  // those that the client is to answer
};

// kInvalidArgument names the message and the call.
os::Result<> check_calls_and_results(const std::vector<model::Message>& messages,
                                     const HandedOverCalls& calls);

}  // namespace soma::harness
