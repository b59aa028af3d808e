// How an operation of the API fails: the names that its SDKs know, which are not those of the rest of soma.
//
// Source: the errors of the service models (bedrock-agentcore 2024-02-28, -control 2023-06-05).
#pragma once

#include "base/net/net.h"

namespace soma::memory::api {

// As net::error_response, but ServiceQuotaExceededException 402 and ServiceException 5xx; a
// ValidationException has a fieldList where the wrong members are known (members.h). A name that is taken is
// a ValidationException that says "already exists", since that is what clients look for
// (MemoryClient.create_or_get_memory of the AgentCore SDK).
net::Response error_answer(const os::Error& error, std::string_view request_id);

// A handler of the API that computes one answer. Its errors are answered so.
net::Handler answering(net::Answer answer);

}  // namespace soma::memory::api
