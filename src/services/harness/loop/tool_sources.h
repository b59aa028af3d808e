// Sources of tools (MCP servers) and an invocation: each is asked which tools it has when the invocation
// begins or goes on, and again before a model call when it says that they are others now.
//
// A source that cannot be asked fails nothing: the invocation goes on without its tools, an event says so
// (tools.unavailable), and the next invocation asks again. What it offers is an event too (tools.listed),
// written when it is not what the session knows already: a recording is played again from that.
#pragma once

#include "services/harness/loop/invocation.h"
#include "services/harness/loop/recorder.h"

namespace soma::harness {

enum class WhichSources { kAll, kChanged };

// All at the same time; their tools come in the order of the configuration. Not while a tool runs. Errors:
// the journal's.
net::Task<os::Result<>> list_sources(InvocationContext& context, Recorder& recorder, WhichSources which);

// The event as clients see it: a call of a source's tool says so (mcp_tool_use), and names its server.
model::StreamEvent with_server(model::StreamEvent event, const Config& config);

}  // namespace soma::harness
