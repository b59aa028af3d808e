// The part that all services share, against a server whose answers are written byte by byte. Time is virtual:
// waits between attempts pass as soon as nothing else is to be done.
#include "core/model/providers/http_provider.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include "base/aws/aws.h"

namespace soma::model {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

struct Script {
  std::string bytes;
  bool hold = false;  // the connection stays open until the client gives up
};

// Answers the n-th connection with the n-th script; counts what was asked.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<Script> scripts) : scripts_(std::move(scripts)) {
    listener_ = os::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_.get(), 16);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string base() const { return fmt::format("http://127.0.0.1:{}", port_); }
  std::vector<std::string> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (size_t index = 0;; ++index) {
      os::Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) return;
      std::string request = read_request(client);
      {
        std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
      }
      const Script& script = scripts_[std::min(index, scripts_.size() - 1)];
      ::send(client.get(), script.bytes.data(), script.bytes.size(), MSG_NOSIGNAL);
      char byte = 0;
      if (script.hold) ::recv(client.get(), &byte, 1, 0);
    }
  }

  static std::string read_request(const os::Fd& client) {
    std::string text;
    char bytes[65536];
    for (;;) {
      const size_t end = text.find("\r\n\r\n");
      const size_t at = os::to_lower(text).find("content-length: ");
      if (end != std::string::npos && at != std::string::npos &&
          text.size() >= end + 4 + std::strtoul(text.c_str() + at + 16, nullptr, 10))
        return text;
      const ssize_t count = ::recv(client.get(), bytes, sizeof bytes, 0);
      if (count <= 0) return text;
      text.append(bytes, static_cast<size_t>(count));
    }
  }

  std::vector<Script> scripts_;
  os::Fd listener_;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

std::string answer(int status, std::string_view type, std::string_view body, std::string_view headers = "") {
  return fmt::format(
      "HTTP/1.1 {} x\r\ncontent-type: {}\r\n{}content-length: {}\r\nconnection: close\r\n\r\n{}", status,
      type, headers, body.size(), body);
}

std::string sse(std::initializer_list<std::string_view> events) {
  std::string out;
  for (const std::string_view event : events) out += fmt::format("data: {}\n\n", event);
  return out;
}

constexpr std::string_view kStart = R"({"type":"message_start","message":{"usage":{"input_tokens":3}}})";
constexpr std::string_view kTool =
    R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"pay","input":{}}})";
constexpr std::string_view kTextStart =
    R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})";
constexpr std::string_view kText =
    R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}})";
constexpr std::string_view kBlockStop = R"({"type":"content_block_stop","index":0})";
constexpr std::string_view kStop =
    R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}})";
constexpr std::string_view kEnd = R"({"type":"message_stop"})";
constexpr std::string_view kOverloaded =
    R"({"type":"error","error":{"type":"overloaded_error","message":"busy"}})";

std::string hello() {
  return answer(200, "text/event-stream", sse({kStart, kTextStart, kText, kBlockStop, kStop, kEnd}));
}
std::string refusal(int status, std::string_view headers = "") {
  return answer(status, "application/json", R"({"error":{"type":"some_error","message":"no: key-1"}})",
                headers);
}

class HttpProviderTest : public testing::Test {
 protected:
  // Asks once and waits for the end; the clock goes on whenever the provider waits for it.
  os::Result<> converse(std::vector<Script> scripts) {
    server_.emplace(std::move(scripts));
    os::Result<> result;
    net::run([&]() -> net::Task<> {
      const net::Executor executor = co_await net::this_executor();
      net::HttpClient client(executor);
      ProviderContext context{.clock = clock_, .ids = *ids_, .http = &client};
      context.environment = [this](std::string_view name) { return environment_[std::string(name)]; };
      const auto provider = make_http_provider(std::move(context), make_codec_, limits_);
      ConverseRequest request;
      request.model = settings_;
      if (request.model.api_base.empty()) request.model.api_base = server_->base();
      request.messages = history_;
      request.messages.push_back({Role::kUser, {Text{"Hi"}}});
      bool done = false;
      net::spawn(executor, drive_clock(done), "clock");
      const EventSink sink = [this](StreamEvent event) {
        if (on_event_) on_event_(event);
        const auto added = assembled_.add(event);
        EXPECT_TRUE(added) << added.error().to_string();
      };
      result = co_await provider->converse(request, sink, cancellation_);
      done = true;
      while (driving_) co_await boost::asio::post(executor, boost::asio::use_awaitable);
    });
    return result;
  }

  net::Task<> drive_clock(const bool& done) {
    driving_ = true;
    const net::Executor executor = co_await net::this_executor();
    while (!done) {
      if (clock_.next_timer() != os::Time::max()) {
        ++waits_;
        if (on_wait_) on_wait_();
        if (!cancellation_.requested())
          clock_.advance(std::max(clock_.next_timer() - clock_.now(), os::Duration(0)));
      }
      co_await boost::asio::post(executor, boost::asio::use_awaitable);
    }
    driving_ = false;
  }

  size_t requests() const { return server_->requests().size(); }

  os::VirtualClock clock_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(7, clock_);
  std::map<std::string, std::string> environment_ = {{"MY_KEY", "key-1"}};
  ModelSettings settings_{.provider = "anthropic", .model_id = "claude", .api_key_reference = "env:MY_KEY"};
  CodecMaker make_codec_ = make_anthropic_codec;
  HttpLimits limits_;
  std::vector<Message> history_;
  net::Cancellation cancellation_;
  MessageAssembler assembled_;
  std::function<void(const StreamEvent&)> on_event_;
  std::function<void()> on_wait_;
  bool driving_ = false;
  int waits_ = 0;
  std::optional<ScriptedServer> server_;
};

TEST_F(HttpProviderTest, StreamsAnAnswerAndSendsTheKeyInItsHeader) {
  const auto result = converse({{hello()}});
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(text_of(assembled_.message()), "Hello");
  EXPECT_EQ(assembled_.usage().input_tokens, 3);
  EXPECT_EQ(assembled_.usage().output_tokens, 2);
  const std::string request = server_->requests().at(0);
  EXPECT_THAT(request, HasSubstr("POST /v1/messages"));
  EXPECT_THAT(request, HasSubstr("x-api-key: key-1"));
}

TEST_F(HttpProviderTest, ReadsAnAnswerThatCameWithoutAStream) {
  const std::string document =
      R"({"type":"message","content":[{"type":"text","text":"Whole"}],"stop_reason":"end_turn","usage":{}})";
  ASSERT_TRUE(converse({{answer(200, "application/json", document)}}));
  EXPECT_EQ(text_of(assembled_.message()), "Whole");
}

TEST_F(HttpProviderTest, AsksAgainAfterWhatMayPass) {
  for (const int status : {408, 409, 429, 500, 502, 503, 529}) {
    SCOPED_TRACE(status);
    assembled_ = {};
    const auto result = converse({{refusal(status)}, {""}, {hello()}});
    ASSERT_TRUE(result) << result.error().to_string();
    EXPECT_EQ(requests(), 3u) << "a refusal, a broken connection, an answer";
    EXPECT_EQ(text_of(assembled_.message()), "Hello");
  }
}

TEST_F(HttpProviderTest, DoesNotRepeatWhatCannotHelp) {
  const std::pair<int, os::Code> rows[] = {{400, os::Code::kInvalidArgument},
                                           {401, os::Code::kUnauthenticated},
                                           {403, os::Code::kPermissionDenied},
                                           {404, os::Code::kNotFound},
                                           {413, os::Code::kLimitExceeded}};
  for (const auto& [status, code] : rows) {
    SCOPED_TRACE(status);
    const auto result = converse({{refusal(status)}});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code);
    EXPECT_EQ(requests(), 1u);
  }
}

TEST_F(HttpProviderTest, WaitsAsLongAsTheServiceAsks) {
  const os::Time before = clock_.now();
  ASSERT_TRUE(converse({{refusal(429, "retry-after: 7\r\n")}, {hello()}}));
  EXPECT_GE(clock_.now() - before, 7s);
  EXPECT_LE(clock_.now() - before, 7s + limits_.first_backoff);
}

TEST_F(HttpProviderTest, DoesNotWaitLongerThanItsLimit) {
  const auto result = converse({{refusal(429, "retry-after: 3600\r\n")}, {hello()}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kLimitExceeded);
  EXPECT_THAT(result.error().hint, HasSubstr("3600 s"));
  EXPECT_EQ(requests(), 1u);
}

TEST_F(HttpProviderTest, GivesUpAfterItsAttemptsWithinABoundedTime) {
  const os::Time before = clock_.now();
  const auto result = converse({{refusal(503)}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kUnavailable);
  EXPECT_THAT(result.error().message, HasSubstr("after 5 attempts"));
  EXPECT_EQ(requests(), 5u);
  EXPECT_LE(clock_.now() - before, 500ms + 1s + 2s + 4s);
  EXPECT_GT(clock_.now(), before);
}

TEST_F(HttpProviderTest, AStreamThatOnlySaysItIsOverloadedHasNotBegun) {
  const auto result = converse({{answer(200, "text/event-stream", sse({kStart, kOverloaded}))}, {hello()}});
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(requests(), 2u);
}

TEST_F(HttpProviderTest, ACutAfterTheFirstPieceIsNeverAskedAgain) {
  const auto result = converse({{answer(200, "text/event-stream", sse({kStart, kTool}))}, {hello()}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kUnavailable);
  EXPECT_THAT(result.error().message, HasSubstr("cut after it had begun"));
  EXPECT_EQ(requests(), 1u) << "a repeat could call the tool twice";
}

TEST_F(HttpProviderTest, WhatIsNoAnswerIsCorrupt) {
  const auto result = converse({{answer(200, "text/event-stream", "data: {broken\n\n")}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kCorrupt);
  EXPECT_EQ(requests(), 1u);
}

TEST_F(HttpProviderTest, CancellingEndsAStreamThatHangs) {
  on_event_ = [this](const StreamEvent&) { cancellation_.request("enough"); };
  std::string begun = answer(200, "text/event-stream", sse({kStart, kTextStart, kText}));
  begun.replace(begun.find("content-length: "), 16, "content-length: 9");
  const auto result = converse({{begun, true}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kCancelled);
}

TEST_F(HttpProviderTest, CancellingEndsAWaitBetweenAttempts) {
  on_wait_ = [this] { cancellation_.request("enough"); };
  const auto result = converse({{refusal(503)}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kCancelled);
  EXPECT_EQ(requests(), 1u);
}

TEST_F(HttpProviderTest, SilenceEndsAnAttempt) {
  limits_.idle_timeout = 2s;  // which the answer to the second attempt must not take
  limits_.max_attempts = 2;
  const auto result = converse({{"", true}, {hello()}});
  EXPECT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(requests(), 2u);
}

TEST_F(HttpProviderTest, TheModelsOwnIdleTimeoutGoesBeforeTheDefault) {
  limits_.max_attempts = 1;  // and the default of two minutes would be noticed
  settings_.idle_timeout_seconds = 1;
  const auto result = converse({{"", true}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kTimeout);
  EXPECT_THAT(result.error().message, HasSubstr("1000 ms"));
}

// A server that keeps the connection open after [DONE] held every turn up for two minutes.
TEST_F(HttpProviderTest, ACompleteAnswerDoesNotWaitForItsConnectionToEnd) {
  std::string open = hello();
  open.replace(open.find("content-length: "), 16, "content-length: 9");
  const auto before = std::chrono::steady_clock::now();
  const auto result = converse({{open, true}});
  EXPECT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(text_of(assembled_.message()), "Hello");
  EXPECT_LT(std::chrono::steady_clock::now() - before, limits_.idle_timeout / 2);
}

// A proxy's error page with status 200 was read as an event stream without events, and asked for five times.
TEST_F(HttpProviderTest, AWebPageIsNoAnswer) {
  const auto result = converse({{answer(200, "text/html; charset=utf-8", "<html>Log in</html>")}, {hello()}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kCorrupt);
  EXPECT_THAT(result.error().message, HasSubstr("web page"));
  EXPECT_THAT(result.error().hint, HasSubstr("apiBase"));
  EXPECT_EQ(requests(), 1u);
}

TEST_F(HttpProviderTest, APackedAnswerIsRefusedByItsName) {
  const auto result =
      converse({{answer(200, "text/event-stream", "...", "content-encoding: gzip\r\n")}, {hello()}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kCorrupt);
  EXPECT_THAT(result.error().message, HasSubstr("packed (gzip)"));
  EXPECT_EQ(requests(), 1u);
}

// Two of them at once took 250 MB: 64 MB each were gathered, and copied as the text grew.
TEST_F(HttpProviderTest, ADocumentIsBoundedLikeAnEvent) {
  const auto result = converse({{answer(200, "application/json", std::string((16u << 20) + 1, ' '))}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kLimitExceeded);
  EXPECT_THAT(result.error().message, HasSubstr("kMaxDocumentBytes"));
}

TEST_F(HttpProviderTest, ARedirectIsNotFollowedAndSaysWhereItLed) {
  const auto result =
      converse({{answer(307, "text/plain", "", "location: http://other.example/v1?token=t0\r\n")}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, os::Code::kInvalidArgument) << "waiting does not mend it";
  EXPECT_THAT(result.error().to_string(), HasSubstr("http://other.example/v1"));
  EXPECT_THAT(result.error().to_string(), Not(HasSubstr("t0")));
  EXPECT_EQ(requests(), 1u);
}

// A server that numbers the calls of each answer from zero gave two calls of one conversation the same id,
// and the journal, approvals and the next provider could not tell them apart.
TEST_F(HttpProviderTest, AnIdThatTheConversationHadBeforeIsSpelledAnew) {
  history_ = {{Role::kAssistant, {ToolUse{"t1", "pay", json::object({})}}},
              {Role::kUser, {ToolResult{"t1", false, {}}}}};
  ASSERT_TRUE(converse({{answer(200, "text/event-stream", sse({kStart, kTool, kBlockStop, kStop, kEnd}))}}));
  const auto& use = std::get<ToolUse>(assembled_.message().content.at(0));
  EXPECT_EQ(use.name, "pay");
  EXPECT_NE(use.id, "t1");
  EXPECT_FALSE(use.id.empty());
}

TEST_F(HttpProviderTest, AKeyIsInNoMessage) {
  const auto echoed = converse({{refusal(400)}});
  ASSERT_FALSE(echoed);
  EXPECT_THAT(echoed.error().to_string(), HasSubstr("no: [key]"));
  settings_.api_key_reference = "sk-a-real-key";
  const auto refused = converse({{hello()}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, os::Code::kInvalidArgument);
  EXPECT_THAT(refused.error().to_string(), Not(HasSubstr("sk-a")));
  EXPECT_EQ(requests(), 0u);
}

TEST_F(HttpProviderTest, ReferencesToSecretsGoToTheStoreThatHoldsThem) {
  const Environment environment = [this](std::string_view name) { return environment_[std::string(name)]; };
  ProviderContext context{clock_, *ids_};
  EXPECT_EQ(resolve_key("secret:MY_KEY", context, environment).error().code, os::Code::kUnauthenticated);
  context.read_secret = [](const std::string& reference) -> os::Result<std::string> {
    return "stored under " + reference;
  };
  EXPECT_EQ(resolve_key("secret:MY_KEY", context, environment), "stored under secret:MY_KEY");
  EXPECT_EQ(resolve_key("arn:aws:any", context, environment), "stored under arn:aws:any");
  EXPECT_EQ(resolve_key("env:MY_KEY", context, environment), "key-1");
  EXPECT_EQ(resolve_key("MY_KEY", context, environment), "key-1");
  EXPECT_EQ(resolve_key("", context, environment), "");
  const auto refused = resolve_key("sk-live-1234", context, environment);
  EXPECT_EQ(refused.error().code, os::Code::kInvalidArgument);
  EXPECT_THAT(refused.error().to_string(), Not(HasSubstr("1234")));
}

TEST_F(HttpProviderTest, TheCustomaryKeyStaysAwayFromOtherServers) {
  environment_["ANTHROPIC_API_KEY"] = "key-2";
  settings_.api_key_reference = "";
  ASSERT_TRUE(converse({{hello()}}));
  EXPECT_THAT(server_->requests().at(0), Not(HasSubstr("key-2")));
}

TEST_F(HttpProviderTest, BedrockRequestsAreSignedAndItsFramesRead) {
  make_codec_ = make_bedrock_codec;
  settings_.model_id = "a.b-v1:0";
  settings_.api_key_reference = "";
  environment_["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
  environment_["AWS_SECRET_ACCESS_KEY"] = "secret";
  std::string body;
  const std::pair<std::string_view, std::string_view> frames[] = {
      {"messageStart", R"({"role":"assistant"})"},
      {"contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"Hello"}})"},
      {"contentBlockStop", R"({"contentBlockIndex":0})"},
      {"messageStop", R"({"stopReason":"end_turn"})"},
      {"metadata", R"({"usage":{"inputTokens":3,"outputTokens":2,"cacheReadInputTokens":1}})"}};
  for (const auto& [type, payload] : frames)
    body += aws::encode_event(type, "application/json", payload).value();
  const auto result = converse({{answer(200, aws::kEventStreamContentType, body)}});
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(text_of(assembled_.message()), "Hello");
  EXPECT_EQ(assembled_.usage().cache_read_input_tokens, 1);
  const std::string request = server_->requests().at(0);
  EXPECT_THAT(request, HasSubstr("POST /model/a.b-v1%3A0/converse-stream"));
  EXPECT_THAT(request, HasSubstr("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/bedrock/"));
  EXPECT_THAT(request, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace soma::model
