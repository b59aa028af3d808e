// The era is found out once, with a request that only modern servers understand (`server/discover`): an
// answer, or an error that only they give, means modern; any other refusal of the request means legacy, and
// `initialize` follows. A server that is away, that wants credentials, or that fails (5xx) is of no era: the
// error is told, and the next request tries again.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>

#include "base/os/version.h"
#include "core/mcp/client/http_transport.h"
#include "core/mcp/client/stdio_transport.h"
#include "core/mcp/client/tool_headers.h"

namespace soma::mcp {
namespace {

using json::Value;
using os::Code;
using os::Result;

// How long a program may be silent to the modern probe before it counts as legacy (specification, stdio).
constexpr os::Duration kProbeTime = std::chrono::seconds(5);
constexpr std::string_view kRpcCode = "rpcCode";  // the detail of an error that holds JSON-RPC's code
constexpr std::string_view kMetaPrefix = "io.modelcontextprotocol/";

Value client_info() {
  return json::object({{"name", "soma"}, {"version", os::kVersion}});
}

std::string meta_key(std::string_view name) {
  return std::string(kMetaPrefix) + std::string(name);
}

enum class Era { kUnknown, kModern, kLegacy };

// Requests a stop at a deadline, or when whoever asks does; both reach the exchange as one.
class Limit {
 public:
  Limit(os::Clock& clock, os::Time deadline, const net::Cancellation& asked)
      : clock_(clock),
        registration_(asked.on_request([stop = stop_, asked]() mutable { stop.request(asked.reason()); })) {
    if (deadline == os::Time::max()) return;
    timer_ = clock.call_at(deadline, [stop = stop_, passed = passed_]() mutable {
      *passed = true;
      stop.request("the time for the answer is over");
    });
  }
  ~Limit() {
    if (timer_) clock_.cancel(*timer_);
  }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

  const net::Cancellation& stop() const { return stop_; }
  // A stop at the deadline is kTimeout, whatever the transport calls it.
  os::Error explained(os::Error error) const {
    if (error.code == Code::kCancelled && *passed_)
      return {Code::kTimeout, "no answer came in time", std::move(error.hint), {}};
    return error;
  }

 private:
  os::Clock& clock_;
  net::Cancellation stop_;
  std::shared_ptr<std::atomic<bool>> passed_ = std::make_shared<std::atomic<bool>>(false);
  net::Cancellation::Registration registration_;
  std::optional<os::Clock::TimerId> timer_;
};

os::Error refusal(const RpcError& error) {
  const Code code = error.code == kMethodNotFound ? Code::kUnsupported : Code::kInvalidArgument;
  return {code,
          fmt::format("it answers with the error {}: {}", error.code, error.message),
          "",
          {{std::string(kRpcCode), std::to_string(error.code)}}};
}

bool is_refusal(const os::Error& error, int64_t code) {
  return std::ranges::any_of(error.details, [&](const auto& detail) {
    return detail.first == kRpcCode && detail.second == std::to_string(code);
  });
}

// What an answer of HTTP without a message means.
os::Error status_error(const Reply& reply) {
  const std::string body = reply.text.empty() ? "" : fmt::format(": {}", reply.text);
  if (reply.status == 401 || reply.status == 403)
    return {Code::kUnauthenticated,
            fmt::format("it wants other credentials (status {}){}", reply.status, body),
            "check the credentials that it is shown: its headers, or how it is signed in to",
            {}};
  if (reply.status >= 300 && reply.status < 400)
    return {Code::kInvalidArgument,
            fmt::format("it is somewhere else (status {})", reply.status),
            "redirects are not followed: name the address itself",
            {}};
  const bool may_pass = reply.status >= 500 || reply.status == 429;
  return {may_pass ? Code::kUnavailable : Code::kInvalidArgument,
          fmt::format("it answers with status {}{}", reply.status, body),
          "",
          {}};
}

Result<Value> result_of(Reply reply) {
  if (!reply.message) return std::unexpected(status_error(reply));
  if (reply.message->error) return std::unexpected(refusal(*reply.message->error));
  return std::move(reply.message->result);
}

// The first version of ours that the server names; nothing when it names none.
std::optional<std::string> common_version(const Value& supported) {
  const auto names = [&](std::string_view version) {
    return supported.is_array() && std::ranges::any_of(supported.as_array(), [&](const Value& entry) {
             return entry.string_or("") == version;
           });
  };
  if (names(kModernVersion)) return std::string(kModernVersion);
  for (const std::string_view version : kLegacyVersions)
    if (names(version)) return std::string(version);
  return std::nullopt;
}

Result<Tool> read_tool(const Value& value) {
  Tool tool;
  tool.name = value.get("name").string_or("");
  if (tool.name.empty() || tool.name.size() > kMaxToolNameBytes)
    return os::fail(Code::kInvalidArgument, fmt::format("its name has {} bytes (1 to {}, kMaxToolNameBytes)",
                                                        tool.name.size(), kMaxToolNameBytes));
  const Value& schema = value.get("inputSchema");
  if (!schema.is_object() || schema.get("type").string_or("") != "object")
    return os::fail(Code::kInvalidArgument, "its inputSchema is not of an object");
  if (json::write(schema).size() > kMaxSchemaBytes)
    return os::fail(Code::kLimitExceeded,
                    fmt::format("its inputSchema has over {} bytes (kMaxSchemaBytes)", kMaxSchemaBytes));
  tool.input_schema = schema;
  const Value& annotations = value.get("annotations");
  const std::string_view description = value.get("description").string_or("");
  const std::string_view title = value.get("title").string_or(annotations.get("title").string_or(""));
  tool.description = os::utf8_prefix(description.empty() ? title : description, kMaxDescriptionBytes);
  tool.read_only = annotations.get("readOnlyHint").bool_or(false);
  tool.idempotent = annotations.get("idempotentHint").bool_or(false);
  return tool;
}

Result<CallResult> read_call_result(const Value& result) {
  CallResult out;
  out.error = result.get("isError").bool_or(false);
  const Value& content = result.get("content");
  if (!content.is_array() && !content.is_null())
    return os::fail(Code::kCorrupt, "the content of its result is no list");
  for (size_t index = 0; index < content.size(); ++index) out.content.push_back(content.at(index));
  if (const Value* structured = result.find("structuredContent")) out.structured = *structured;
  return out;
}

// What the server wants before it gives a result; nothing when it has given one.
std::optional<Value> input_required(const Value& result) {
  if (result.get("resultType").string_or("complete") != "input_required") return std::nullopt;
  return result.get("inputRequests");
}

// In words, for the error: "elicitation/create, roots/list".
std::string asked_methods(const Value& requests) {
  std::set<std::string> methods;
  if (requests.is_object())
    for (const auto& [key, request] : requests.as_object())
      methods.emplace(os::to_valid_utf8(request.get("method").string_or("?")).substr(0, 64));
  return fmt::format("{}", fmt::join(methods, ", "));
}

}  // namespace

struct Client::State {
  State(const net::Executor& e, os::Clock& c, ClientOptions o)
      : executor(e), clock(c), options(std::move(o)) {}

  net::Executor executor;
  os::Clock& clock;
  ClientOptions options;
  std::unique_ptr<Transport> transport;
  net::Turn connecting;
  Era era = Era::kUnknown;
  std::string version, session_id;
  int64_t next_id = 1;
  std::map<int64_t, std::function<void(const Progress&)>>
      listening;  // by the id of the call, its progress token
  std::map<std::string, std::vector<MirroredArgument>, std::less<>> mirrored;  // by tool
  bool changed = false;

  bool on_http() const { return std::holds_alternative<HttpServer>(options.server); }

  void make_transport() {
    // The transport goes with the state: its listener must not keep the state.
    const Listener listener = [this](const Message& message) { return hear(message); };
    if (const auto* http = std::get_if<HttpServer>(&options.server)) {
      transport = make_http_transport(executor, clock, *http, listener);
    } else {
      transport = make_stdio_transport(executor, clock, std::get<CommandServer>(options.server), listener);
    }
  }

  std::optional<Value> hear(const Message& message) {
    if (message.kind == Message::Kind::kRequest) {
      if (message.method == "ping") return result_json(message.id, json::Object{});
      return error_json(message.id, kMethodNotFound, "this client offers no " + message.method.substr(0, 64));
    }
    if (message.method == "notifications/tools/list_changed") changed = true;
    if (message.method == "notifications/progress") hear_progress(message.params);
    return std::nullopt;
  }

  void hear_progress(const Value& params) {
    const auto found = listening.find(params.get("progressToken").int_or(0));
    if (found == listening.end()) return;
    Progress progress{.progress = params.get("progress").double_or(0),
                      .message = os::to_valid_utf8(params.get("message").string_or(""))};
    if (params.get("total").is_number()) progress.total = params.get("total").as_double();
    found->second(progress);
  }

  // ---- one request

  void add_meta(Value& params, std::string_view as_version, std::optional<int64_t> progress_token) const {
    if (as_version != kModernVersion && !progress_token) return;
    Value meta = params.has("_meta") ? params.get("_meta") : json::Object{};
    if (as_version == kModernVersion) {
      meta.set(meta_key("protocolVersion"), as_version);
      meta.set(meta_key("clientInfo"), client_info());
      meta.set(meta_key("clientCapabilities"), json::Object{});
    }
    if (progress_token) meta.set("progressToken", *progress_token);
    params.set("_meta", std::move(meta));
  }

  struct Ask {
    std::string method;
    Value params = json::Object{};
    std::string name{};  // for Mcp-Name
    std::vector<std::pair<std::string, std::string>> headers{};
    std::function<void(const Progress&)> on_progress{};
    std::string version{};  // of this request; empty: the one that was agreed on
  };

  net::Task<Result<Reply>> send(Ask ask, net::Cancellation stop) {
    const int64_t id = next_id++;
    const std::string as_version = ask.version.empty() ? version : ask.version;
    const bool modern = as_version == kModernVersion;
    if (ask.on_progress) listening[id] = ask.on_progress;
    add_meta(ask.params, as_version, ask.on_progress ? std::optional(id) : std::nullopt);
    Exchange exchange{.id = id, .message = request_json(id, ask.method, std::move(ask.params)), .stop = stop};
    if (modern) {
      exchange.headers = std::move(ask.headers);
      exchange.headers.emplace_back("Mcp-Protocol-Version", as_version);
      exchange.headers.emplace_back("Mcp-Method", ask.method);
      if (!ask.name.empty()) exchange.headers.emplace_back("Mcp-Name", header_value(ask.name));
    }
    Result<Reply> reply = co_await transport->ask(std::move(exchange));
    listening.erase(id);
    const bool cancelled = !reply && reply.error().code == Code::kCancelled;
    if (cancelled && ask.method != "initialize" && transport->cancels_by_message()) {
      std::string reason = stop.reason();
      co_await tell_cancelled(id, std::move(reason));
    }
    co_return reply;
  }

  net::Task<> tell_cancelled(int64_t id, std::string reason) {
    Value params = json::object({{"requestId", id}, {"reason", std::move(reason)}});
    Value message = notification_json("notifications/cancelled", std::move(params));
    const net::Cancellation nobody;
    const Limit limit(clock, clock.now() + kGoodbyeTime, nobody);
    static_cast<void>(co_await transport->tell(std::move(message), limit.stop()));
  }

  // ---- the era

  net::Task<Result<>> connect(net::Cancellation cancellation) {
    const net::Turn::Holder turn = co_await connecting.take();
    // A program that has ended forgets what was agreed on.
    const bool gone = era == Era::kLegacy && !on_http() && !transport->running();
    if (era != Era::kUnknown && !gone) co_return Result<>{};
    const Limit limit(clock, clock.now() + options.connect_time, cancellation);
    Result<> found;
    if (gone) {
      found = co_await initialize(limit.stop());
    } else {
      found = co_await find_era(limit.stop());
    }
    if (!found) co_return std::unexpected(limit.explained(std::move(found.error())));
    co_return found;
  }

  net::Task<Result<>> find_era(net::Cancellation stop) {
    if (!transport) make_transport();
    Ask probe{.method = "server/discover", .version = std::string(kModernVersion)};
    const os::Time until = on_http() ? os::Time::max() : clock.now() + kProbeTime;
    const Limit limit(clock, until, stop);
    Result<Reply> reply = co_await send(std::move(probe), limit.stop());
    if (!reply) {
      // A legacy program may say nothing at all to a request before `initialize`.
      const bool silent = limit.explained(reply.error()).code == Code::kTimeout && !stop.requested();
      if (!silent) co_return std::unexpected(std::move(reply.error()));
      co_return co_await initialize(stop);
    }
    if (reply->message && !reply->message->error && reply->message->result.has("supportedVersions")) {
      Value supported = reply->message->result.get("supportedVersions");
      co_return co_await agree_on(std::move(supported), stop);
    }
    const bool modern = reply->message && reply->message->error && is_modern_error(*reply->message->error);
    if (modern) {
      const RpcError& error = *reply->message->error;
      if (error.code != kUnsupportedVersion) co_return std::unexpected(refusal(error));
      Value supported = error.data.get("supported");
      co_return co_await agree_on(std::move(supported), stop);
    }
    const bool of_no_era = reply->status == 401 || reply->status == 403 || reply->status == 429 ||
                           (reply->status >= 300 && reply->status < 400) || reply->status >= 500;
    if (of_no_era && !reply->message) co_return std::unexpected(status_error(*reply));
    co_return co_await initialize(stop);
  }

  net::Task<Result<>> agree_on(Value supported, net::Cancellation stop) {
    const std::optional<std::string> common = common_version(supported);
    if (!common)
      co_return os::fail(Code::kUnsupported, fmt::format("it speaks none of soma's versions of MCP ({}, {})",
                                                         kModernVersion, fmt::join(kLegacyVersions, ", ")));
    if (*common != kModernVersion) co_return co_await initialize(stop);
    era = Era::kModern;
    version = kModernVersion;
    session_id.clear();
    transport->speak(version, "");
    co_return Result<>{};
  }

  net::Task<Result<>> initialize(net::Cancellation stop) {
    transport->speak("", "");
    version.clear();
    session_id.clear();
    Ask ask{.method = "initialize",
            .params = json::object({{"protocolVersion", kLegacyVersions[0]},
                                    {"capabilities", json::Object{}},
                                    {"clientInfo", client_info()}})};
    SOMA_CO_ASSIGN(Reply reply, co_await send(std::move(ask), stop));
    std::string session = reply.session_id;
    SOMA_CO_ASSIGN(const Value result, result_of(std::move(reply)));
    const std::string_view offered = result.get("protocolVersion").string_or("");
    if (std::ranges::find(kLegacyVersions, offered) == std::end(kLegacyVersions))
      co_return os::fail(
          Code::kUnsupported,
          fmt::format("it speaks version '{}' of MCP", os::to_valid_utf8(offered).substr(0, 64)),
          fmt::format("soma speaks {}, {}", kModernVersion, fmt::join(kLegacyVersions, ", ")));
    era = Era::kLegacy;
    version = offered;
    session_id = std::move(session);
    transport->speak(version, session_id);
    Value ready = notification_json("notifications/initialized", {});
    co_return co_await transport->tell(std::move(ready), stop);
  }

  // ---- requests of an era that is known

  net::Task<Result<Value>> request(Ask ask, net::Cancellation stop) {
    SOMA_CO_TRY(co_await connect(stop));
    const std::string session = session_id;
    Ask first = ask;
    SOMA_CO_ASSIGN(Reply reply, co_await send(std::move(first), stop));
    const bool forgotten = reply.status == 404 && era == Era::kLegacy && !session.empty();
    if (!forgotten) co_return result_of(std::move(reply));
    // The session is gone, and the request was refused before anything was done.
    os::log(os::Level::kInfo, "mcp.session.renewed", {{"server", options.name}});
    SOMA_CO_TRY(co_await renew(session, stop));
    SOMA_CO_ASSIGN(Reply second, co_await send(std::move(ask), stop));
    co_return result_of(std::move(second));
  }

  // Unless another request has done so already.
  net::Task<Result<>> renew(std::string forgotten, net::Cancellation stop) {
    const net::Turn::Holder turn = co_await connecting.take();
    if (session_id != forgotten) co_return Result<>{};
    co_return co_await initialize(stop);
  }

  net::Task<Result<ToolList>> list(net::Cancellation stop) {
    changed = false;
    ToolList out;
    std::set<std::string> names, cursors;
    std::map<std::string, std::vector<MirroredArgument>, std::less<>> headers;
    std::string cursor;
    for (size_t page = 0; page < kMaxListPages; ++page) {
      Ask ask{.method = "tools/list"};
      if (!cursor.empty()) ask.params.set("cursor", cursor);
      SOMA_CO_ASSIGN(const Value result, co_await request(std::move(ask), stop));
      const Value& tools = result.get("tools");
      if (!tools.is_array()) co_return os::fail(Code::kCorrupt, "its list of tools has no tools");
      for (const Value& tool : tools.as_array()) {
        if (out.tools.size() + out.left_out.size() >= kMaxListedTools)
          co_return os::fail(Code::kLimitExceeded,
                             fmt::format("it has over {} tools (kMaxListedTools)", kMaxListedTools));
        add_tool(tool, out, names, headers);
      }
      cursor = result.get("nextCursor").string_or("");
      if (cursor.empty()) {
        mirrored = std::move(headers);
        co_return out;
      }
      if (!cursors.insert(cursor).second)
        co_return os::fail(Code::kCorrupt, "its list of tools has no end: it gives the same cursor twice");
    }
    co_return os::fail(Code::kLimitExceeded,
                       fmt::format("its list of tools has over {} pages (kMaxListPages)", kMaxListPages));
  }

  void add_tool(const Value& value, ToolList& out, std::set<std::string>& names,
                std::map<std::string, std::vector<MirroredArgument>, std::less<>>& headers) const {
    Result<Tool> tool = read_tool(value);
    const auto leave_out = [&](std::string_view why) {
      const std::string name = os::to_valid_utf8(value.get("name").string_or("?"));
      out.left_out.push_back(fmt::format("{}: {}", os::utf8_prefix(name, kMaxToolNameBytes), why));
    };
    if (!tool) return leave_out(tool.error().message);
    if (era == Era::kModern && on_http()) {
      auto annotated = mirrored_arguments(tool->input_schema);
      if (!annotated) return leave_out(annotated.error().message);
      if (!annotated->empty()) headers[tool->name] = std::move(*annotated);
    }
    if (!names.insert(tool->name).second) return leave_out("its name is there twice");
    out.tools.push_back(std::move(*tool));
  }

  Ask ask_of(const ToolCall& call, Value params) const {
    Ask ask{.method = "tools/call",
            .params = std::move(params),
            .name = call.name,
            .on_progress = call.on_progress};
    if (const auto found = mirrored.find(call.name); found != mirrored.end())
      ask.headers = mirrored_headers(found->second, call.arguments);
    return ask;
  }

  // A server whose tool wants other headers now refuses the call before it runs: its list says which.
  net::Task<Result<Value>> call_once(const ToolCall& call, Value params, net::Cancellation stop) {
    Ask ask = ask_of(call, params);
    Result<Value> result = co_await request(std::move(ask), stop);
    if (result || !is_refusal(result.error(), kHeaderMismatch)) co_return result;
    SOMA_CO_TRY(co_await list(stop));
    Ask again = ask_of(call, std::move(params));
    co_return co_await request(std::move(again), stop);
  }

  // A modern server may ask to be called again, with what it gives along (requestState). Questions to a
  // person or a model it cannot ask: no capability for them was declared.
  net::Task<Result<CallResult>> call(ToolCall call, net::Cancellation stop) {
    Value state;
    for (size_t round = 0; round < kMaxInputRounds; ++round) {
      Value params = json::object({{"name", call.name}, {"arguments", call.arguments}});
      if (!state.is_null()) params.set("requestState", state);
      SOMA_CO_ASSIGN(const Value result, co_await call_once(call, std::move(params), stop));
      const std::optional<Value> wanted = input_required(result);
      if (!wanted) co_return read_call_result(result);
      if (!wanted->empty())
        co_return os::fail(Code::kUnsupported,
                           fmt::format("the call needs {} of the client, which soma does not offer",
                                       asked_methods(*wanted)));
      state = result.get("requestState");
    }
    co_return os::fail(
        Code::kLimitExceeded,
        fmt::format("it asked to be called again over {} times (kMaxInputRounds)", kMaxInputRounds));
  }

  os::Error named(os::Error error) const {
    error.message = fmt::format("the MCP server '{}': {}", options.name, error.message);
    return error;
  }

  net::Task<> end() {
    if (!transport) co_return;
    const net::Cancellation nobody;
    const Limit limit(clock, clock.now() + kGoodbyeTime, nobody);
    co_await transport->close(limit.stop());
    era = Era::kUnknown;
    version.clear();
    session_id.clear();
  }
};

namespace {

// Holds the state until the session has ended.
template <class State>
net::Task<> end_in_background(std::shared_ptr<State> state) {
  co_await state->end();
}

}  // namespace

Client::Client(const net::Executor& executor, os::Clock& clock, ClientOptions options)
    : state_(std::make_shared<State>(executor, clock, std::move(options))) {}

Client::~Client() {
  if (stateful()) net::spawn(state_->executor, end_in_background(state_), "mcp.end");
}

net::Task<Result<ToolList>> Client::list_tools(net::Cancellation cancellation) {
  const std::shared_ptr<State> state = state_;
  const Limit limit(state->clock, state->clock.now() + state->options.list_time, cancellation);
  Result<ToolList> list = co_await state->list(limit.stop());
  if (!list) co_return std::unexpected(state->named(limit.explained(std::move(list.error()))));
  co_return list;
}

net::Task<Result<CallResult>> Client::call_tool(ToolCall call) {
  const std::shared_ptr<State> state = state_;
  const Limit limit(state->clock, call.deadline, call.cancellation);
  Result<CallResult> result = co_await state->call(std::move(call), limit.stop());
  if (!result) co_return std::unexpected(state->named(limit.explained(std::move(result.error()))));
  co_return result;
}

net::Task<> Client::close() {
  const std::shared_ptr<State> state = state_;
  co_await state->end();
}

bool Client::tools_changed() const {
  return state_->changed;
}

bool Client::stateful() const {
  return state_->transport && (!state_->session_id.empty() || state_->transport->running());
}

std::string_view Client::version() const {
  return state_->version;
}

}  // namespace soma::mcp
