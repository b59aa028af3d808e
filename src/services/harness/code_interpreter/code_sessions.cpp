#include "services/harness/code_interpreter/code_sessions.h"

#include "services/harness/code_interpreter/code_tools.h"

namespace soma::harness {

using json::Value;
using os::Result;

namespace {

constexpr TimedSessionKind kKind{.kind = kCodeSessionKind,
                                 .prefix = "code-interpreter",
                                 .events = "interpreter",
                                 .words = "code interpreter session",
                                 .max_seconds = kMaxCodeSessionSeconds,
                                 .max_open = kMaxCodeSessions,
                                 .max_open_name = "kMaxCodeSessions"};

}  // namespace

CodeSessions::CodeSessions(const Dependencies& dependencies)
    : dependencies_(dependencies), sessions_(dependencies, kKind) {}

net::Task<Result<CodeSessionInfo>> CodeSessions::open(StartTimedSession request) {
  TimedSessions::Make make =
      [this](TimedSessions::Place place) -> net::Task<Result<std::shared_ptr<TimedSession>>> {
    co_return CodeSession::make(dependencies_, place.executor, std::move(place.directory), place.ends_at);
  };
  co_return co_await sessions_.open(std::move(request), std::move(make));
}

net::Task<Result<CodeSessionInfo>> CodeSessions::close(std::string session_id) {
  co_return co_await sessions_.close(std::move(session_id));
}

net::Task<Result<Value>> CodeSessions::call(std::string session_id, std::string name, Value arguments) {
  TimedSessions::Work work = [name, arguments = std::move(arguments)](TimedSession& session) {
    return run_code_tool(static_cast<CodeSession&>(session), name, arguments);
  };
  co_return co_await sessions_.call(std::move(session_id), std::move(name), std::move(work));
}

}  // namespace soma::harness
