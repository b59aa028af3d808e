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
constexpr const char* kMountsLabel = "filesystemConfigurations";  // JSON

}  // namespace

CodeSessions::CodeSessions(const Dependencies& dependencies)
    : dependencies_(dependencies), sessions_(dependencies, kKind) {}

net::Task<Result<CodeSessionInfo>> CodeSessions::open(StartCodeSession request) {
  if (!request.mounts.empty()) request.timed.details.set(kMountsLabel, json::write(to_json(request.mounts)));
  TimedSessions::Make make =
      [this, mounts = std::move(request.mounts)](
          TimedSessions::Place place) -> net::Task<Result<std::shared_ptr<TimedSession>>> {
    SOMA_CO_ASSIGN(std::vector<sandbox::Mount> ready,
                   ready_mounts(mounts, {.data_directory = dependencies_.data_directory,
                                         .session_directory = place.directory,
                                         .session_id = place.session_id}));
    co_return CodeSession::make(dependencies_, std::move(place), std::move(ready));
  };
  co_return co_await sessions_.open(std::move(request.timed), std::move(make));
}

Value CodeSessions::mounts_of(const CodeSessionInfo& session) {
  const auto mounts = json::parse(session.label(kMountsLabel));
  return mounts ? *mounts : Value(json::Array{});
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
