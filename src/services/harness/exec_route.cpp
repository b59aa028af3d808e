#include "services/harness/exec_route.h"

#include <fmt/format.h>

#include <mutex>

#include "services/harness/access/admission.h"
#include "services/harness/event_stream.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

// Output that comes on the session's loop, waiting for the connection's. Bounded: a reader too slow for
// kMaxQueuedBytes misses the middle and is told so.
class ExecQueue {
 public:
  static constexpr size_t kMaxQueuedBytes = 8u << 20;
  explicit ExecQueue(const net::Executor& executor) : notifier_(executor) {}
  void push(sandbox::Stream stream, std::string_view text) {
    {
      const std::lock_guard lock(mutex_);
      if (bytes_ + text.size() > kMaxQueuedBytes) {
        dropped_ += text.size();
        return;
      }
      bytes_ += text.size();
      if (!pieces_.empty() && pieces_.back().first == stream) {
        pieces_.back().second += text;
      } else {
        pieces_.emplace_back(stream, text);
      }
    }
    notifier_.notify();
  }
  void finish() {
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    notifier_.notify();
  }
  // What has come; nothing when the command has ended and everything was taken.
  net::Task<std::vector<std::pair<sandbox::Stream, std::string>>> take() {
    while (true) {
      {
        const std::lock_guard lock(mutex_);
        if (!pieces_.empty() || finished_) {
          bytes_ = 0;
          co_return std::exchange(pieces_, {});
        }
      }
      co_await notifier_.wait();
    }
  }
  size_t dropped() const { return dropped_; }

 private:
  std::mutex mutex_;
  std::vector<std::pair<sandbox::Stream, std::string>> pieces_;
  size_t bytes_ = 0, dropped_ = 0;
  bool finished_ = false;
  net::Notifier notifier_;
};

WireEvent chunk(std::string_view name, Value body) {
  return {"chunk", json::object({{std::string(name), std::move(body)}})};
}

net::Task<> run_exec(Service& service, ExecRequest exec, Credentials credentials,
                     std::shared_ptr<ExecQueue> queue, net::Cancellation cancellation,
                     std::shared_ptr<Result<sandbox::Outcome>> outcome) {
  std::string harness = exec.harness, qualifier = exec.qualifier;
  auto caller = co_await service.admit(std::move(harness), std::move(qualifier), std::move(credentials));
  if (!caller) {
    *outcome = std::unexpected(caller.error());
    queue->finish();
    co_return;
  }
  exec.caller = std::move(*caller);
  ExecEvents events;
  events.output = [queue](sandbox::Stream stream, std::string_view text) { queue->push(stream, text); };
  *outcome = co_await service.exec(std::move(exec), std::move(events), cancellation);
  queue->finish();
}

Value content_stop(const Result<sandbox::Outcome>& outcome) {
  const bool timed_out = outcome && outcome->timed_out;
  Value stop = json::object(
      {{"exitCode", outcome ? outcome->exit_code : -1}, {"status", timed_out ? "TIMED_OUT" : "COMPLETED"}});
  if (outcome && !outcome->exceeded.empty()) stop.set("exceeded", os::join(outcome->exceeded, ", "));
  return stop;
}

}  // namespace

net::Task<> answer_exec(Service& service, const Dependencies& dependencies, net::Request& request,
                        net::Reply& reply) {
  const net::Executor executor = co_await net::this_executor();
  const auto body = request.json_body();
  ExecRequest exec_request;
  if (body) {
    exec_request.harness = request.parameter("agentRuntimeArn");
    exec_request.qualifier = request.query_value("qualifier");
    exec_request.session_id = request.headers.get(kSessionHeader);
    if (exec_request.session_id.empty()) exec_request.session_id = dependencies.ids.uuid();
    exec_request.command = body->get("command").string_or("");
    exec_request.timeout_seconds = body->get("timeout").int_or(300);
  }
  const std::string session_id = exec_request.session_id;
  auto outcome =
      std::make_shared<Result<sandbox::Outcome>>(os::fail(Code::kInternal, "the command did not run"));
  auto queue = std::make_shared<ExecQueue>(executor);
  net::Cancellation cancellation;
  if (body) {
    net::spawn(
        executor,
        run_exec(service, std::move(exec_request), credentials_of(request), queue, cancellation, outcome),
        "harness.exec");
  } else {
    *outcome = std::unexpected(body.error());
    queue->finish();
  }
  const auto gone =
      reply.gone().on_request([cancellation]() mutable { cancellation.request("the client is gone"); });

  WireStream stream(reply, WireStream::framing_of(request));
  bool begun = false;
  while (true) {
    auto pieces = co_await queue->take();
    const bool ended = pieces.empty();
    if (!begun && ended && !*outcome) {
      net::Response response = net::error_response(outcome->error(), request.id);
      co_await reply.send(std::move(response));
      co_return;
    }
    std::vector<WireEvent> events;
    if (!begun) {
      net::Headers headers{{std::string(kSessionHeader), session_id}};
      if (!co_await stream.begin(std::move(headers))) co_return;
      begun = true;
      events.push_back(chunk("contentStart", json::Object{}));
    }
    for (auto& [which, text] : pieces)
      events.push_back(
          chunk("contentDelta",
                json::object({{which == sandbox::Stream::kStdout ? "stdout" : "stderr", std::move(text)}})));
    if (ended && queue->dropped() > 0)
      events.push_back(
          chunk("contentDelta",
                json::object({{"stderr", fmt::format("[{} bytes were not sent: the reader was too slow]\n",
                                                     queue->dropped())}})));
    if (ended) events.push_back(chunk("contentStop", content_stop(*outcome)));
    if (!co_await stream.send(events, 0)) co_return;
    if (ended) break;
  }
  co_await stream.end();
}

}  // namespace soma::harness
