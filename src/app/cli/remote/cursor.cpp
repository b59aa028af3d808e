#include "app/cli/remote/cursor.h"

#include <algorithm>
#include <charconv>

namespace soma::cli {
namespace {

using json::Value;

uint64_t leading_number(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

uint64_t seq_of(const Value& event) {
  return static_cast<uint64_t>(event.get("seq").int_or(0));
}

Value wire(const char* name, Value body) {
  return json::object({{name, std::move(body)}});
}

Value block(const Value& index) {
  return json::object({{"contentBlockIndex", index}});
}

Value delta(const Value& index, const char* name, Value content) {
  Value body = block(index);
  body.set("delta", json::object({{name, std::move(content)}}));
  return wire("contentBlockDelta", std::move(body));
}

// "tail" is there when the beginning of the result was streamed while the tool ran: its block is open
// already.
std::vector<Value> tool_result_events(const Value& body) {
  std::vector<Value> out;
  const Value& index = body.get("index");
  const bool streamed = body.has("tail");
  if (!streamed) {
    const Value result = json::object({{"toolUseId", body.get("toolUseId")}, {"status", body.get("status")}});
    Value start = block(index);
    start.set("start", json::object({{"toolResult", result}}));
    out.push_back(wire("contentBlockStart", std::move(start)));
  }
  Value contents = json::Array{};
  const Value& pieces = body.get(streamed ? "tail" : "content");
  for (size_t at = 0; at < pieces.size(); ++at) {
    const Value& piece = pieces.at(at);
    contents.push_back(piece.has("text") || piece.has("json") ? piece : json::object({{"json", piece}}));
  }
  if (!contents.empty()) out.push_back(delta(index, "toolResult", std::move(contents)));
  if (streamed) {
    const std::string status = json::write(json::object({{"status", body.get("status")}}));
    out.push_back(delta(index, "toolResultMetadata", json::object({{"metadata", status}})));
  }
  out.push_back(wire("contentBlockStop", block(index)));
  return out;
}

// The members of `body` that are there, of those that are named.
Value only(const Value& body, std::initializer_list<const char*> keys) {
  Value out = json::Object{};
  for (const char* key : keys)
    if (body.has(key)) out.set(key, body.get(key));
  return out;
}

std::vector<Value> finish_events(const Value& body) {
  const Value& error = body.get("error");
  if (!error.is_object()) {
    std::vector<Value> out;
    // The model's own end was streamed with its message; a limit's was not.
    if (!body.get("stopStreamed").bool_or(false))
      out.push_back(wire("messageStop", json::object({{"stopReason", body.get("stopReason")}})));
    out.push_back(wire("invocationFinished", only(body, {"stopReason", "usage", "costUsd", "iterations",
                                                         "toolCalls", "latencyMs", "output", "pending"})));
    return out;
  }
  const std::string_view code = error.get("code").string_or("");
  std::string message(error.get("message").string_or(""));
  const std::string_view hint = error.get("hint").string_or("");
  if (!hint.empty()) message.append(" (").append(hint).append(")");
  const bool internal =
      code == os::code_name(os::Code::kInternal) || code == os::code_name(os::Code::kCorrupt);
  return {wire(internal ? "internalServerException" : "runtimeClientError",
               json::object({{"message", message}}))};
}

// Events that are soma's own: the stream has them as the journal does.
struct OwnEvent {
  std::string_view type;
  const char* name;
};
constexpr OwnEvent kOwnEvents[] = {{"approval.requested", "approvalRequested"},
                                   {"approval.answered", "approvalAnswered"},
                                   {"subagent.started", "subagentStarted"},
                                   {"context.compacted", "contextCompacted"},
                                   {"output.rejected", "outputRejected"}};

}  // namespace

std::vector<Value> wire_events(const Value& journal_event) {
  const std::string_view type = journal_event.get("type").string_or("");
  const Value& body = journal_event.get("body");
  if (type == "stream" && body.is_array()) return body.as_array();
  if (type == "model.result")
    return {
        wire("metadata", json::object({{"usage", body.get("usage")},
                                       {"metrics", json::object({{"latencyMs", body.get("latencyMs")}})}}))};
  if (type == "tool.result") return tool_result_events(body);
  if (type == "invocation.finished") return finish_events(body);
  if (type == "hook.finished")
    return {wire("hookEvent", only(body, {"hookEventId", "name", "type", "decision", "reason"}))};
  const auto* const own = std::ranges::find(kOwnEvents, type, &OwnEvent::type);
  if (own != std::end(kOwnEvents)) return {wire(own->name, body)};
  return {};
}

void Cursor::saw(std::string_view id) {
  const uint64_t seq = leading_number(id);
  if (seq == 0) return;
  seen_ = seq == seq_ ? seen_ + 1 : 1;
  seq_ = seq;
  inside_ = true;
}

Cursor::Step Cursor::follow(const Value& journal_event) {
  Step step;
  const uint64_t seq = seq_of(journal_event);
  const std::string_view type = journal_event.get("type").string_or("");
  const Value& body = journal_event.get("body");
  const std::string_view invocation = body.get("invocationId").string_or("");
  if (type == "invocation.started" && invocation == invocation_id_) inside_ = true;
  if (!inside_ || seq < seq_) return step;
  if (seq != seq_) {
    seq_ = seq;
    seen_ = 0;
  }
  const std::vector<Value> parts = wire_events(journal_event);
  for (size_t part = seen_; part < parts.size(); ++part) step.events.push_back(parts[part]);
  seen_ = std::max(seen_, parts.size());
  step.resumed = type == "invocation.resumed";
  step.finished = type == "invocation.finished" && invocation == invocation_id_;
  return step;
}

}  // namespace soma::cli
