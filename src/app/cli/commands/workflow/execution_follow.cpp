#include "app/cli/commands/workflow/execution_follow.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "app/cli/remote/invocation.h"
#include "app/cli/render/journal_line.h"
#include "app/cli/render/one_line.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Code;
using os::Result;
using std::chrono::steady_clock;

constexpr auto kSilence = std::chrono::seconds(60);  // the server sends something every 15 s
constexpr auto kPause = std::chrono::milliseconds(500);
constexpr size_t kPageEvents = 1'000;

// The details' one member that says most.
std::string about(const Value& event) {
  for (const auto& [member, details] : event.as_object()) {
    if (!member.ends_with("EventDetails") || !details.is_object()) continue;
    std::string out;
    for (const char* part :
         {"name", "index", "resource", "error", "cause", "output", "input", "parameters"}) {
      const Value* value = details.find(part);
      if (value == nullptr) continue;
      out += (out.empty() ? "" : " ") + (value->is_string() ? value->as_string() : json::write(*value));
      if (out.size() > kMaxJournalLineBytes) break;
    }
    return one_line(out, kMaxJournalLineBytes);
  }
  return "";
}

struct Follow {
  Connection& connection;
  const ExecutionKey& key;
  const std::function<void(const Value&)>& on_event;
  uint64_t seen = 0;  // events that were told
  std::string run{};  // its name, as the server has it

  // The run's last event is read before the execution: an end that comes between the two has a later event,
  // so that nobody waits for an event after the last one.
  struct Now {
    Value execution;
    uint64_t last_event;
  };
  Result<Now> look() {
    if (run.empty()) {
      SOMA_ASSIGN(const Value named, call(connection.url(), "GET", execution_path(key)));
      run = named.get("execution").get("runId").string_or("");
    }
    SOMA_ASSIGN(const Value state, call(connection.url(), "GET", api_path("/api/runs/{}", {run})));
    SOMA_ASSIGN(const Value found, call(connection.url(), "GET", execution_path(key)));
    return Now{found.get("execution"), static_cast<uint64_t>(state.get("run").get("lastSeq").int_or(0))};
  }

  // Tells what is new.
  Result<> catch_up() {
    for (std::string page_token;;) {
      const std::string path =
          with_query(execution_path(key, "/history"),
                     {{"limit", std::to_string(kPageEvents)}, {"nextToken", page_token}});
      SOMA_ASSIGN(const Value page, call(connection.url(), "GET", path));
      const Value& events = page.get("events");
      for (size_t i = 0; i < events.size(); ++i) {
        const auto id = static_cast<uint64_t>(events.at(i).get("id").int_or(0));
        if (id <= seen) continue;
        seen = id;
        on_event(events.at(i));
      }
      page_token = page.get("nextToken").string_or("");
      if (page_token.empty()) return {};
    }
  }

  // Returns when the run has something new, or has been silent for long.
  net::Task<Result<>> wait_for_more(uint64_t from) {
    net::HttpClient client(co_await net::this_executor());
    net::ClientRequest request;
    request.url = connection.url() + api_path("/api/runs/{}/events", {run}) + fmt::format("?from={}", from);
    request.stall_timeout = kSilence;
    SseHandler handler;
    handler.on_event = [](const net::SseEvent&) { return false; };
    co_return co_await stream_sse(client, std::move(request), handler);
  }
};

bool may_come_back(const os::Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kTimeout;
}

}  // namespace

std::string history_line(const Value& event) {
  const std::string at(event.get("at").string_or(""));
  return fmt::format("{}  #{:<4} {:<24} {}", at.size() > 23 ? at.substr(11, 12) : at,
                     event.get("id").int_or(0), event.get("type").string_or(""), about(event));
}

Result<Value> follow_execution(Connection& connection, const ExecutionKey& key, bool live,
                               const std::function<void(const Value&)>& on_event) {
  Follow follow{connection, key, on_event};
  auto last_contact = steady_clock::now();
  for (;;) {
    const Result<Follow::Now> now = follow.look();
    Result<> step = now ? follow.catch_up() : std::unexpected(now.error());
    if (step) {
      if (!live || now->execution.get("status").string_or("") != "RUNNING") return now->execution;
      last_contact = steady_clock::now();
      step = net::run(follow.wait_for_more(now->last_event + 1));
      if (step) continue;
    }
    if (!may_come_back(step.error())) return std::unexpected(step.error());
    if (steady_clock::now() - last_contact > kReconnectWindow)
      return os::fail(Code::kUnavailable, "the server went away and did not come back",
                      "start one with: soma serve");
    std::this_thread::sleep_for(kPause);
    connection.look_again();
  }
}

}  // namespace soma::cli
