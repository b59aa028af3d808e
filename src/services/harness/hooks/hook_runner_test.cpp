// Hooks called for real: webhooks over loopback, and the calls that nobody waits for. Programs are in
// hook_command_test.cpp.
#include "services/harness/hooks/hook_runner.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <fmt/format.h>
#include "services/harness/hooks/hook_test_kit.h"

namespace soma::harness {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using HookWebhook = HookTest;
using HookBackground = HookTest;

TEST_F(HookWebhook, Allows) {
  for (const std::string_view body : {"", "{}", R"({"decision": "allow", "reason": "fine"})"}) {
    WebhookServer server(answers(200, std::string(body)));
    const HookOutcome outcome = outcome_of(webhook(server.url()));
    EXPECT_EQ(outcome.allowed, true) << body;
    EXPECT_FALSE(outcome.error) << *outcome.error;
    EXPECT_FALSE(outcome.cancelled);
    EXPECT_EQ(server.count(), 1u);
  }
}

TEST_F(HookWebhook, DeniesWithAReason) {
  WebhookServer server(answers(200, R"({"decision": "deny", "reason": "no shell on Sundays"})"));
  const HookOutcome outcome = outcome_of(webhook(server.url(), FailureMode::kAllow));
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_EQ(outcome.reason, "no shell on Sundays");
  EXPECT_FALSE(outcome.error);
}

TEST_F(HookWebhook, GetsThePayloadAndItsHeaders) {
  WebhookServer server(answers(204, ""));
  Hook hook = webhook(server.url());
  const HookCall call = call_of(hook);
  EXPECT_EQ(outcome_of(call).allowed, true);
  const net::Request request = server.request(0);
  EXPECT_EQ(request.body, json::write(hook_payload(call)));
  EXPECT_EQ(request.headers.get("content-type"), "application/json");
  EXPECT_EQ(request.headers.get("x-soma-hook-event-id"), call.event_id);
  EXPECT_EQ(request.headers.get("x-soma-timestamp"), "1767225600");
  EXPECT_FALSE(request.headers.has("x-soma-signature")) << "it has no secret";
}

// The signature was computed apart: printf '1767225600.<body>' | openssl dgst -sha256 -hmac s3cr3t
TEST_F(HookWebhook, SignsWhatItSends) {
  WebhookServer server(answers(200, "{}"));
  Hook hook = webhook(server.url());
  std::get<WebhookTarget>(hook.target).secret = "env:AUDIT_KEY";
  EXPECT_EQ(outcome_of(hook).allowed, true);
  const net::Request request = server.request(0);
  EXPECT_EQ(
      request.body,
      R"({"hookEventId":"0196aaaa-0000-7000-8000-000000000001","name":"audit","type":"before_tool_call",)"
      R"("at":"2026-01-01T00:00:00.000Z","harnessName":"helper","harnessId":"helper-abc",)"
      R"("sessionId":"session-1","invocationId":"invocation-1","context":{"toolName":"shell",)"
      R"("toolType":"shell","toolUseId":"t1","input":{"command":"ls"}}})");
  EXPECT_EQ(request.headers.get("x-soma-signature"),
            "v1=614bd171f62e3279a2344fb226646bcc7e7c2f55c9984778ac8aafb5d3ff8825");
}

TEST_F(HookWebhook, WithoutItsSecretNothingIsSent) {
  for (const std::string reference : {"secret:gone", "secret:empty"}) {
    WebhookServer server(answers(200, "{}"));
    Hook hook = webhook(server.url());
    std::get<WebhookTarget>(hook.target).secret = reference;
    const HookOutcome outcome = outcome_of(hook);
    EXPECT_EQ(outcome.allowed, false);
    EXPECT_THAT(outcome.reason, HasSubstr("its secret " + reference + " cannot be read"));
    EXPECT_EQ(server.count(), 0u);
  }
}

TEST_F(HookWebhook, AFailureIsDecidedByTheFailureMode) {
  WebhookServer server(answers(500, R"({"decision": "allow"})"));
  const HookOutcome denied = outcome_of(webhook(server.url()));
  EXPECT_EQ(denied.allowed, false);
  EXPECT_EQ(denied.reason, "the hook 'audit' failed: it answered with status 500");
  EXPECT_EQ(denied.error, "it answered with status 500");
  const HookOutcome allowed = outcome_of(webhook(server.url(), FailureMode::kAllow));
  EXPECT_EQ(allowed.allowed, true);
  EXPECT_EQ(allowed.reason, "");
  EXPECT_EQ(allowed.error, "it answered with status 500");
}

TEST_F(HookWebhook, RedirectsAreNotFollowed) {
  WebhookServer elsewhere(answers(200, "{}"));
  WebhookServer server(answers(307, "", {{"Location", elsewhere.url()}}));
  const HookOutcome outcome = outcome_of(webhook(server.url()));
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_THAT(outcome.reason, HasSubstr("status 307; redirects are not followed"));
  EXPECT_EQ(elsewhere.count(), 0u);
}

TEST_F(HookWebhook, GarbageIsNoPermission) {
  for (const std::string_view body : {"ok", "<html>", R"({"decision": "maybe"})", R"({"decison": "deny"})"}) {
    WebhookServer server(answers(200, std::string(body)));
    const HookOutcome outcome = outcome_of(webhook(server.url()));
    EXPECT_EQ(outcome.allowed, false) << body;
    EXPECT_THAT(outcome.reason, StartsWith("the hook 'audit' failed: its answer")) << body;
  }
}

TEST_F(HookWebhook, AnAnswerIsBounded) {
  const std::string frame = R"({"decision": "allow", "reason": ""})";
  const std::string largest =
      R"({"decision": "allow", "reason": ")" + std::string(kMaxHookAnswerBytes - frame.size(), 'x') + R"("})";
  ASSERT_EQ(largest.size(), kMaxHookAnswerBytes);
  WebhookServer fits(answers(200, largest));
  const HookOutcome allowed = outcome_of(webhook(fits.url()));
  EXPECT_EQ(allowed.allowed, true);
  EXPECT_EQ(allowed.reason.size(), kMaxHookReasonBytes);
  WebhookServer over(answers(200, largest + " "));
  const HookOutcome outcome = outcome_of(webhook(over.url()));
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_THAT(outcome.reason, HasSubstr("kMaxHookAnswerBytes (65536)"));
}

TEST_F(HookWebhook, AStallEndsAtTheTimeoutOnTheClock) {
  for (const std::string beginning : {"", R"({"decision": )"}) {
    WebhookServer server(stalls(beginning));
    const Hook hook = webhook(server.url());
    const HookOutcome outcome = outcome_of(hook, [&]() -> net::Task<> {
      co_await until([&] { return server.count() == 1; });
      clock_.advance(59s);
      clock_.advance(1s);
    });
    EXPECT_EQ(outcome.allowed, false);
    EXPECT_EQ(outcome.reason, "the hook 'audit' failed: it gave no answer within timeoutSeconds (60)");
    EXPECT_EQ(outcome.latency_ms, 60'000);
    EXPECT_FALSE(outcome.cancelled);
  }
  EXPECT_EQ(clock_.next_timer(), os::Time::max()) << "a timer was left behind";
}

// What came of it would be a complete answer.
TEST_F(HookWebhook, ACutAnswerIsAFailure) {
  WebhookServer server([](net::Request&, net::Reply& reply) -> net::Task<> {
    net::Headers headers;
    co_await reply.begin(200, std::move(headers));
    co_await reply.write(R"({"decision": "allow"})");
  });
  const HookOutcome outcome = outcome_of(webhook(server.url()));
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_THAT(outcome.reason, StartsWith("the hook 'audit' failed: "));
}

TEST_F(HookWebhook, ARefusedConnectionIsAFailure) {
  // Bound and not listening: nobody else can have the port, and connections are refused.
  const os::Fd bound(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(bound.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(bound.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string url = fmt::format("http://127.0.0.1:{}/hook?key=hunter2", ntohs(address.sin_port));
  const HookOutcome outcome = outcome_of(webhook(url));
  EXPECT_EQ(outcome.allowed, false);
  EXPECT_THAT(outcome.reason, StartsWith("the hook 'audit' failed: "));
  EXPECT_THAT(outcome.reason, Not(HasSubstr("hunter2"))) << "a query may hold a key";
  EXPECT_EQ(outcome_of(webhook(url, FailureMode::kAllow)).allowed, true);
}

TEST_F(HookWebhook, CancellationEndsItAtOnceAndDecidesNothing) {
  WebhookServer server(stalls());
  const Hook hook = webhook(server.url(), FailureMode::kAllow);
  const HookOutcome outcome = outcome_of(hook, [&]() -> net::Task<> {
    co_await until([&] { return server.count() == 1; });
    cancellation_.request("the session ends");
  });
  EXPECT_TRUE(outcome.cancelled);
  EXPECT_FALSE(outcome.allowed);
  EXPECT_EQ(outcome.error, "cancelled: the session ends");
  EXPECT_TRUE(outcome_of(hook).cancelled) << "it was cancelled before it began";
  EXPECT_EQ(server.count(), 1u);
}

TEST_F(HookBackground, IsToldAndNotWaitedFor) {
  WebhookServer server(answers(200, R"({"decision": "deny"})"));
  with_runner([&](std::unique_ptr<HookRunner>& runner) -> net::Task<> {
    // Gone before the request is sent: the call holds its own copy.
    auto hook = std::make_unique<Hook>(webhook(server.url()));
    hook->wait = false;
    HookCall call = call_of(*hook);
    const HookOutcome outcome = co_await runner->run(std::move(call), cancellation_);
    hook.reset();
    EXPECT_EQ(server.count(), 0u);
    EXPECT_FALSE(outcome.allowed);
    EXPECT_FALSE(outcome.error);
    EXPECT_EQ(runner->background(), 1u);
    cancellation_.request("the invocation is over");  // and its messages go out
    co_await until([&] { return runner->background() == 0; });
  });
  EXPECT_EQ(server.count(), 1u);
  EXPECT_EQ(server.request(0).headers.get("x-soma-hook-event-id"), "0196aaaa-0000-7000-8000-000000000001");
}

TEST_F(HookBackground, IsBoundedAndWhatIsDroppedIsCounted) {
  os::set_log_level(os::Level::kOff);  // each of them fails, and says so
  WebhookServer server(stalls());
  Hook hook = webhook(server.url());
  hook.wait = false;
  with_runner([&](std::unique_ptr<HookRunner>& runner) -> net::Task<> {
    HookOutcome last;
    for (size_t count = 0; count <= kMaxBackgroundHooks; ++count) {
      EXPECT_FALSE(last.error);
      HookCall call = call_of(hook);
      last = co_await runner->run(std::move(call), cancellation_);
    }
    EXPECT_EQ(runner->background(), kMaxBackgroundHooks);
    EXPECT_EQ(runner->dropped(), 1u);
    EXPECT_THAT(last.error.value_or(""), HasSubstr("kMaxBackgroundHooks (64)"));
    co_await until([&] { return server.count() == kMaxBackgroundHooks; });
    clock_.advance(60s);
    co_await until([&] { return runner->background() == 0; });
  });
  os::set_log_level(os::Level::kInfo);
}

TEST_F(HookBackground, EndsWithItsRunner) {
  Hook hook = command("echo $$ > \"$1/pid\"; exec tail -f /dev/null");
  hook.wait = false;
  with_runner([&](std::unique_ptr<HookRunner>& runner) -> net::Task<> {
    HookCall call = call_of(hook);
    co_await runner->run(std::move(call), cancellation_);
    co_await until([&] { return written("pid"); });
    EXPECT_TRUE(is_running(content("pid")));
    runner.reset();
    co_await until([&] { return !is_running(content("pid")); });
  });
}

}  // namespace
}  // namespace soma::harness
