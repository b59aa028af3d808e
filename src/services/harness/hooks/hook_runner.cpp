// A call has one token that stops it, requested by whichever comes first: the caller's cancellation or the
// timer of the hook's timeout. Both targets end at once when it is, so there is one place that knows time.
#include "services/harness/hooks/hook_runner.h"

#include <fmt/format.h>

namespace soma::harness {

using os::Code;
using os::Result;

namespace {

constexpr int kDenyExitCode = 2;

class Timer {
 public:
  Timer(os::Clock& clock, os::Time when, std::function<void()> action)
      : clock_(clock), id_(clock.call_at(when, std::move(action))) {}
  ~Timer() { clock_.cancel(id_); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  os::Clock& clock_;
  os::Clock::TimerId id_;
};

std::string_view last_line(std::string_view text) {
  text = os::trim(text);
  return os::trim(text.substr(text.rfind('\n') + 1));
}

Result<HookAnswer> answer_of(const net::ProgramEnd& end) {
  if (end.status.signal != 0)
    return os::fail(Code::kUnavailable, fmt::format("it was killed by signal {}", end.status.signal));
  if (end.status.code == kDenyExitCode) return HookAnswer{false, bounded_reason(end.errors)};
  if (end.status.code == 0) return read_hook_answer(end.output);
  const std::string_view said = last_line(end.errors);
  return os::fail(Code::kUnavailable,
                  fmt::format("it exited with code {}{}{}", end.status.code, said.empty() ? "" : ": ", said));
}

Result<HookAnswer> answer_of(const net::Response& response) {
  const int kind = response.status / 100;
  if (kind == 2) return read_hook_answer(response.body);
  return os::fail(Code::kUnavailable, fmt::format("it answered with status {}{}", response.status,
                                                  kind == 3 ? "; redirects are not followed" : ""));
}

void decide(const Hook& hook, const Result<HookAnswer>& answer, HookOutcome& outcome) {
  if (answer) {
    outcome.allowed = answer->allowed;
    outcome.reason = answer->reason;
    return;
  }
  outcome.error = bounded_reason(answer.error().message);
  outcome.allowed = hook.failure_mode == FailureMode::kAllow;
  if (!*outcome.allowed)
    outcome.reason = bounded_reason(fmt::format("the hook '{}' failed: {}", hook.name, *outcome.error));
}

}  // namespace

struct HookRunner::State {
  explicit State(HookDependencies dependencies) : with(std::move(dependencies)) {}

  HookDependencies with;
  net::Cancellation ending;  // of the calls that nobody waits for
  size_t background = 0;
  uint64_t dropped = 0;

  net::Task<Result<HookAnswer>> call_webhook(const WebhookTarget& target, const HookCall& call,
                                             net::Cancellation stop) {
    if (stop.requested()) co_return os::fail(Code::kCancelled, stop.reason());
    net::ClientRequest request;
    request.method = "POST";
    request.url = target.url;
    request.body = json::write(hook_payload(call));
    const int64_t timestamp = os::unix_ms(with.clock.now()) / 1000;
    request.headers.add("content-type", "application/json");
    request.headers.add("x-soma-hook-event-id", call.event_id);
    request.headers.add("x-soma-timestamp", std::to_string(timestamp));
    if (!target.secret.empty()) {
      const Result<std::string> secret = with.read_secret(target.secret);
      if (!secret || secret->empty())
        co_return os::fail(Code::kUnauthenticated,
                           fmt::format("its secret {} cannot be read: {}", target.secret,
                                       secret ? "it is empty" : secret.error().message));
      request.headers.add("x-soma-signature", hook_signature(*secret, timestamp, request.body));
    }
    request.stall_timeout = os::Duration(0);  // the hook's own timeout is the limit
    request.max_body_bytes = kMaxHookAnswerBytes;
    request.cancellation = stop;
    const Result<net::Response> response = co_await with.http.fetch(std::move(request));
    if (response) co_return answer_of(*response);
    if (response.error().code != Code::kLimitExceeded) co_return std::unexpected(response.error());
    co_return os::fail(Code::kLimitExceeded, fmt::format("its answer is larger than kMaxHookAnswerBytes ({})",
                                                         kMaxHookAnswerBytes));
  }

  net::Task<Result<HookAnswer>> call_command(const CommandTarget& target, const HookCall& call,
                                             net::Cancellation stop) {
    net::ProgramCall program;
    program.arguments = target.arguments;
    program.input = json::write(hook_payload(call)) + "\n";
    program.max_output_bytes = kMaxHookAnswerBytes;
    program.limit_name = "kMaxHookAnswerBytes";
    const Result<net::ProgramEnd> end = co_await net::run_program(with.executor, with.clock, with.launcher,
                                                                  std::move(program), std::move(stop));
    if (!end) co_return std::unexpected(end.error());
    co_return answer_of(*end);
  }

  net::Task<HookOutcome> ask(const HookCall& call, net::Cancellation cancellation) {
    const Hook& hook = *call.hook;
    const os::Time begun = with.clock.now();
    net::Cancellation stop;
    const auto cancelled =
        cancellation.on_request([stop, cancellation]() mutable { stop.request(cancellation.reason()); });
    const Timer timeout(with.clock, begun + std::chrono::seconds(hook.timeout_seconds),
                        [stop]() mutable { stop.request("its timeout passed"); });
    const auto* webhook = std::get_if<WebhookTarget>(&hook.target);
    Result<HookAnswer> answer;
    if (webhook != nullptr) {
      answer = co_await call_webhook(*webhook, call, stop);
    } else {
      answer = co_await call_command(std::get<CommandTarget>(hook.target), call, stop);
    }
    HookOutcome outcome;
    outcome.latency_ms = (with.clock.now() - begun) / std::chrono::milliseconds(1);
    if (!answer && cancellation.requested()) {
      outcome.cancelled = true;
      outcome.error = bounded_reason("cancelled: " + cancellation.reason());
      co_return outcome;
    }
    if (!answer && stop.requested())
      answer = os::fail(Code::kTimeout,
                        fmt::format("it gave no answer within timeoutSeconds ({})", hook.timeout_seconds));
    decide(hook, answer, outcome);
    co_return outcome;
  }
};

namespace {

void log_failure(const HookCall& call, std::string_view error) {
  os::log(os::Level::kWarning, "hook.failed",
          {{"hook", call.hook->name},
           {"type", hook_type_name(call.hook->type)},
           {"hookEventId", call.event_id},
           {"session", call.session_id},
           {"error", error}});
}

// Holds copies: the caller's hook and the runner itself may be gone before it ends.
template <class State>
net::Task<> tell(std::shared_ptr<State> state, Hook hook, HookCall call) {
  call.hook = &hook;
  const HookOutcome outcome = co_await state->ask(call, state->ending);
  --state->background;
  if (outcome.error) log_failure(call, *outcome.error);
}

}  // namespace

HookRunner::HookRunner(HookDependencies dependencies)
    : state_(std::make_shared<State>(std::move(dependencies))) {}

HookRunner::~HookRunner() {
  state_->ending.request("the hooks are shut down");
}

net::Task<HookOutcome> HookRunner::run(HookCall call, net::Cancellation cancellation) {
  const std::shared_ptr<State> state = state_;
  if (call.hook->wait) co_return co_await state->ask(call, std::move(cancellation));
  HookOutcome outcome;
  if (state->background >= kMaxBackgroundHooks) {
    ++state->dropped;
    outcome.error = fmt::format("dropped: kMaxBackgroundHooks ({}) calls are running", kMaxBackgroundHooks);
    log_failure(call, *outcome.error);
    co_return outcome;
  }
  ++state->background;
  Hook hook = *call.hook;
  net::spawn(state->with.executor, tell(state, std::move(hook), std::move(call)), "hook.tell");
  co_return outcome;
}

size_t HookRunner::background() const {
  return state_->background;
}

uint64_t HookRunner::dropped() const {
  return state_->dropped;
}

}  // namespace soma::harness
