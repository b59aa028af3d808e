// The Model Context Protocol (https://modelcontextprotocol.io/specification): tools that other programs
// offer.
//
//   mcp.h        this file: a client of one server
//   message.h    JSON-RPC messages
//   client/      how a server is reached: Streamable HTTP, or a local program's stdin and stdout
//
// Two eras are spoken. Modern: 2026-07-28, where each request says everything of itself. Legacy: 2025-11-25,
// 2025-06-18 and 2025-03-26, which begin with `initialize` and may have a session. Which one a server speaks
// is found out with a `server/discover` at the first request and remembered as long as the client lives, as
// the specification's page "Versioning and Compatibility" says.
//
// The client offers no capability: no roots, sampling or elicitation. A server that asks for them all the
// same is told so; `ping` is answered.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/net/net.h"
#include "core/mcp/message.h"

namespace soma::mcp {

inline constexpr std::string_view kModernVersion = "2026-07-28";
// The versions of the legacy era, the wanted one first.
inline constexpr std::string_view kLegacyVersions[] = {"2025-11-25", "2025-06-18", "2025-03-26"};

inline constexpr size_t kMaxStreamMessages = 10'000;  // that come with one answer
inline constexpr size_t kMaxStreamBytes = 64u << 20;  // of the stream that brings one answer
inline constexpr size_t kMaxResumptions = 8;          // in a row, of a stream that brings nothing new
inline constexpr size_t kMaxListPages = 100;
inline constexpr size_t kMaxListedTools = 1'000;
inline constexpr size_t kMaxInputRounds = 8;  // of a call whose server asks to be called again
inline constexpr size_t kMaxToolNameBytes = 256;
inline constexpr size_t kMaxSchemaBytes = 64u << 10;       // of one tool's input schema, as JSON
inline constexpr size_t kMaxDescriptionBytes = 16u << 10;  // what is kept of a tool's description
inline constexpr os::Duration kDefaultConnectTime = std::chrono::seconds(30);  // for finding out the era
inline constexpr os::Duration kDefaultListTime = std::chrono::seconds(30);     // for the whole list
inline constexpr os::Duration kMaxRetryDelay = std::chrono::seconds(30);       // before a stream is resumed
inline constexpr os::Duration kGoodbyeTime =
    std::chrono::seconds(5);  // for the end of a session, a cancellation

// Shows a server at an address who asks, where that is no fixed header: a signature, a token that expires.
// Used on the client's loop, for several requests at the same time.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // Adds to a request what it is to show, just before it is sent as it then is: each POST, GET and DELETE,
  // and each again when it is repeated. An error is the request's, which is not sent. `request` stays until
  // then.
  virtual net::Task<os::Result<>> authorize(net::ClientRequest& request) = 0;
  // The server answered 401 to a request with these headers. True: another authorize() may show something
  // that it takes, and the request is sent once more.
  virtual bool refused(const net::Headers& headers) = 0;
};

// A server at an address.
struct HttpServer {
  std::string url;
  net::Headers headers{};  // sent with every request; may hold secrets: never logged
  std::shared_ptr<const net::OutboundPolicy> policy{};  // null: no restriction
  std::shared_ptr<Authorizer> authorizer{};             // null: the headers are all
};
// A program on this machine that speaks on its stdin and stdout, as soma's own user.
struct CommandServer {
  std::vector<std::string> arguments;      // the program first
  std::vector<std::string> environment{};  // "NAME=value", beside PATH, HOME and LANG; may hold secrets
  std::string working_directory{};         // empty: soma's own
  os::ProcessLauncher* launcher = nullptr;
};

struct ClientOptions {
  std::string name;  // of the server, in errors and logs
  std::variant<HttpServer, CommandServer> server;
  os::Duration connect_time = kDefaultConnectTime;
  os::Duration list_time = kDefaultListTime;
};

// What a server says of one of its tools. It is the server's word alone.
struct Tool {
  std::string name;
  std::string description;   // the title when there is no description
  json::Value input_schema;  // an object schema
  bool read_only = false;    // annotations/readOnlyHint
  bool idempotent = false;   // annotations/idempotentHint
};

struct ToolList {
  std::vector<Tool> tools;            // in the server's order, names unique
  std::vector<std::string> left_out;  // tools that cannot be offered, each with the reason
};

struct Progress {
  double progress = 0;
  std::optional<double> total{};
  std::string message{};
};

struct ToolCall {
  std::string name;
  json::Value arguments;
  os::Time deadline = os::Time::max();
  net::Cancellation cancellation{};
  std::function<void(const Progress&)> on_progress{};  // optional
};

struct CallResult {
  bool error = false;                       // the tool's own failure
  std::vector<json::Value> content;         // blocks as the server sent them: text, image, audio, resource, …
  std::optional<json::Value> structured{};  // structuredContent
};

// One server, for as long as somebody talks to it. Used on one loop, its executor's. Requests may run at the
// same time. Destroying it ends the session in the background; requests that run are to be cancelled first.
//
// Errors name the server: kUnavailable (not reachable, cut), kTimeout, kCancelled, kUnauthenticated (401,
// 403), kPermissionDenied (policy), kLimitExceeded, kCorrupt (what it says is not MCP), kInvalidArgument (it
// refuses the request), kUnsupported (no common version).
class Client {
 public:
  Client(const net::Executor& executor, os::Clock& clock, ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  net::Task<os::Result<ToolList>> list_tools(net::Cancellation cancellation);
  // A legacy session that the server has forgotten is begun again, and the call repeated: it was refused
  // before it ran. What was cut while it ran is not repeated.
  net::Task<os::Result<CallResult>> call_tool(ToolCall call);
  // Ends the session and the program. Nothing may run.
  net::Task<> close();

  // The server said, since the last list_tools(), that its tools are others now.
  bool tools_changed() const;
  // Whether the server keeps something for this client: a session, or a program that runs.
  bool stateful() const;
  std::string_view version() const;  // of the protocol; empty before the first request

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace soma::mcp
