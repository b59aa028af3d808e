// The network, and the event loops it lives on.
//
//   task.h    Task, LoopPool, Notifier, Cancellation, FdStream: coroutines on single-threaded loops
//   program.h run_program: a child process that is asked and answers
//   http.h    Request, Response, Headers, server-sent events, URLs, the error shape
//   server.h  Server, Router, Reply, WebSocket
//   client.h  HttpClient, OutboundPolicy
#pragma once

#include "base/net/client.h"   // IWYU pragma: export
#include "base/net/http.h"     // IWYU pragma: export
#include "base/net/program.h"  // IWYU pragma: export
#include "base/net/server.h"   // IWYU pragma: export
#include "base/net/task.h"     // IWYU pragma: export
#include "base/net/turn.h"     // IWYU pragma: export
