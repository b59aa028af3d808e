#include "app/cli/remote/invocation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <memory>

#include "app/cli/exit_code.h"
#include "app/cli/remote/api_client.h"
#include "app/cli/remote/cursor.h"

namespace soma::cli {
namespace {

namespace asio = boost::asio;
using json::Value;
using os::Code;
using os::Result;
using std::chrono::steady_clock;

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kFirstPause = std::chrono::milliseconds(100);
constexpr auto kLongestPause = std::chrono::milliseconds(2'000);
// A tool may work for long without an event. The journal's stream has keep-alives, so silence there is a cut.
constexpr auto kSilence = std::chrono::seconds(60);

net::Task<> pause(std::chrono::milliseconds duration) {
  asio::steady_timer timer(co_await net::this_executor(), duration);
  co_await timer.async_wait(asio::use_awaitable);
}

bool is_cut(Code code) {
  return code == Code::kUnavailable || code == Code::kTimeout;
}

class Follower : public std::enable_shared_from_this<Follower> {
 public:
  Follower(Connection& connection, InvocationRequest request, InvocationObserver& observer)
      : connection_(connection), request_(std::move(request)), observer_(observer) {}

  net::Task<Result<InvocationOutcome>> run() {
    const net::Executor executor = co_await net::this_executor();
    executor_ = executor;
    net::spawn(executor, tick_until_done(shared_from_this()), "cli.tick");
    net::spawn(executor, watch_interrupts(shared_from_this()), "cli.interrupts");
    Result<> ended = co_await follow_to_end();
    done_ = true;
    if (request_.approvals) request_.approvals->end();
    if (!ended) co_return std::unexpected(std::move(ended.error()));
    co_return outcome_;
  }

 private:
  // The invocation's own stream first, then the journal's, again and again until the end was seen.
  net::Task<Result<>> follow_to_end() {
    net::HttpClient client(co_await net::this_executor());
    last_contact_ = steady_clock::now();
    auto wait = kFirstPause;
    for (;;) {
      const auto contact_before = last_contact_;
      const bool attached = !outcome_.run_id.empty();
      const Result<> streamed = attached ? co_await follow_journal(client) : co_await post(client);
      if (finished_) co_return Result<>();
      // A body that ended before the invocation did was a server that shut down: as good as a cut.
      if (!streamed && !is_cut(streamed.error().code)) co_return streamed;
      if (last_contact_ != contact_before) wait = kFirstPause;
      if (streamed && !attached && !outcome_.run_id.empty()) continue;
      const auto window = outcome_.run_id.empty() ? kFirstContactWindow : kReconnectWindow;
      if (steady_clock::now() - last_contact_ > window) co_return give_up(streamed);
      if (!lost_ && !outcome_.run_id.empty()) {
        lost_ = true;
        observer_.on_notice("connection to the server lost; trying again");
      }
      co_await pause(wait);
      wait = std::min<std::chrono::milliseconds>(wait * 2, kLongestPause);
      connection_.look_again();
    }
  }

  Result<> give_up(const Result<>& streamed) const {
    const std::string why = streamed ? "it closed the stream" : streamed.error().message;
    if (outcome_.run_id.empty())
      return os::fail(Code::kUnavailable, fmt::format("no server answers at {}: {}", connection_.url(), why),
                      "start one with: soma serve");
    return os::fail(
        Code::kUnavailable,
        fmt::format("the server went away and did not come back within {} s: {}", kReconnectWindow.count(),
                    why),
        fmt::format(
            "the invocation goes on when it is started again; see: soma logs --harness {} --session-id {}",
            request_.harness, request_.session_id));
  }

  net::Task<Result<>> post(net::HttpClient& client) {
    net::ClientRequest request;
    request.method = "POST";
    request.url = connection_.url() + with_query("/harnesses/invoke", {{"harnessArn", request_.harness},
                                                                       {"qualifier", request_.qualifier}});
    request.headers.set("Content-Type", "application/json");
    request.headers.set(std::string(kSessionHeader), request_.session_id);
    request.headers.set("x-soma-client-token", request_.client_token);
    if (!request_.user_id.empty()) request.headers.set(std::string(kUserHeader), request_.user_id);
    set_bearer_token(request.headers, request_.bearer_token);
    request.body = json::write(request_.body);
    request.stall_timeout = kSilence;
    SseHandler handler;
    handler.on_open = [this](const net::Headers& headers) {
      const std::string_view run = headers.get("x-soma-run");
      outcome_.run_id = os::percent_decode(run).value_or(std::string(run));
      outcome_.invocation_id = headers.get("x-soma-invocation");
      cursor_.set_invocation(outcome_.invocation_id);
      contact();
    };
    handler.on_event = [this](const net::SseEvent& event) {
      contact();
      const auto wire = json::parse(event.data);
      if (!wire) return true;
      cursor_.saw(event.id);
      show(*wire);
      return true;
    };
    Result<> streamed = co_await stream_sse(client, std::move(request), handler);
    if (streamed && last_word_) finished_ = true;
    co_return streamed;
  }

  net::Task<Result<>> follow_journal(net::HttpClient& client) {
    net::ClientRequest request;
    request.url = connection_.url() + api_path("/api/runs/{}/events", {outcome_.run_id}) +
                  fmt::format("?from={}", cursor_.resume_from());
    request.stall_timeout = kSilence;
    SseHandler handler;
    handler.on_open = [this](const net::Headers&) {
      contact();
      if (std::exchange(lost_, false)) observer_.on_notice("connected again");
    };
    handler.on_event = [this](const net::SseEvent& event) {
      contact();
      const auto entry = json::parse(event.data);
      if (!entry) return true;
      const Cursor::Step step = cursor_.follow(*entry);
      if (step.resumed) observer_.on_notice("the server was restarted and goes on with the invocation");
      for (const Value& wire : step.events) show(wire);
      finished_ = step.finished;
      return !finished_;
    };
    co_return co_await stream_sse(client, std::move(request), handler);
  }

  void contact() { last_contact_ = steady_clock::now(); }

  void show(const Value& wire) {
    if (wire.size() != 1) return;
    const std::string& name = wire.as_object().front().first;
    if (name == "invocationFinished" || name.ends_with("Exception") || name == "runtimeClientError")
      last_word_ = true;
    observer_.on_event(wire);
    if (request_.approvals) request_.approvals->on_event(executor_, wire);
  }

  static net::Task<> tick_until_done(std::shared_ptr<Follower> self) {
    while (!self->done_) {
      co_await pause(kTick);
      if (!self->done_) self->observer_.on_tick();
    }
  }

  static net::Task<> watch_interrupts(std::shared_ptr<Follower> self) {
    const net::Executor executor = co_await net::this_executor();
    asio::signal_set signals(executor, SIGINT);
    co_await signals.async_wait(asio::use_awaitable);
    if (self->done_) co_return;
    self->outcome_.cancelled = true;
    self->observer_.on_notice("stopping the invocation (Ctrl-C again leaves at once)");
    net::spawn(executor, cancel(self), "cli.cancel");
    co_await signals.async_wait(asio::use_awaitable);
    ::_exit(kExitInterrupted);
  }

  // Tries until the server took it: Ctrl-C may come before the invocation was accepted, or while the server
  // is away.
  static net::Task<> cancel(std::shared_ptr<Follower> self) {
    net::HttpClient client(co_await net::this_executor());
    while (!self->done_) {
      net::ClientRequest request;
      request.method = "POST";
      request.url = self->connection_.url() + api_path("/api/sessions/{}/{}/cancel",
                                                       {self->request_.harness, self->request_.session_id});
      const auto response = co_await client.fetch(std::move(request));
      if (response && response->status < 300) co_return;
      co_await pause(kFirstPause);
    }
  }

  Connection& connection_;
  InvocationRequest request_;
  InvocationObserver& observer_;
  net::Executor executor_;
  InvocationOutcome outcome_;
  Cursor cursor_;
  steady_clock::time_point last_contact_;
  bool last_word_ = false;  // the event that ends the invocation's stream was seen
  bool finished_ = false;
  bool lost_ = false;
  bool done_ = false;
};

}  // namespace

Result<InvocationOutcome> follow_invocation(Connection& connection, InvocationRequest request,
                                            InvocationObserver& observer) {
  const auto follower = std::make_shared<Follower>(connection, std::move(request), observer);
  return net::run(follower->run());
}

}  // namespace soma::cli
