#include "app/cli/render/invocation_renderer.h"

#include <fmt/format.h>

#include "app/cli/exit_code.h"
#include "app/cli/render/figures.h"
#include "app/cli/render/one_line.h"

namespace soma::cli {
namespace {

using json::Value;

constexpr size_t kMaxInputBytes = 4'096;  // of a call that the person is to answer

// For people. The order is: a line for each tool call, tokens and time, the answer.
class PlainRenderer final : public InvocationRenderer {
 public:
  PlainRenderer(Terminal& terminal, Elapsed elapsed_ms, AnswerFormat format)
      : InvocationRenderer(terminal, std::move(elapsed_ms)),
        stream_(format == AnswerFormat::kStream),
        output_(format == AnswerFormat::kOutput) {
    terminal_.live("waiting for the model");
  }

 private:
  void show(const Value& wire_event) override {
    const auto& [name, body] = wire_event.as_object().front();
    if (const auto line = own_.line(wire_event)) show_own(*line);
    if (name == "messageStart") start_message(body.get("role").string_or(""));
    if (name == "contentBlockStart") start_block(body.get("start"));
    if (name == "contentBlockDelta") show_text(body.get("delta").get("text"));
    if (name == "contentBlockStop" && stream_) terminal_.end_out_line();
    if (const ToolCall* call = answer_.completed_call()) show_completed(*call);
    if (name == "messageStop") interrupted_ = body.get("stopReason").string_or("") == "interrupted";
  }

  void show_own(const std::string& line) {
    if (stream_) terminal_.end_out_line();
    terminal_.note(line);
    terminal_.live(own_.waiting() > 0 ? "waiting for an approval" : "waiting for the model");
  }

  void start_message(std::string_view role) {
    if (role != "assistant") return;
    if (std::exchange(interrupted_, false)) {
      terminal_.end_out_line();
      terminal_.note("soma: the answer was interrupted; it starts again");
    }
    terminal_.live("waiting for the model");
  }

  void start_block(const Value& start) {
    if (const Value* use = start.find("toolUse")) {
      const std::string line = tool_line(use->get("name").string_or(""));
      if (terminal_.traits().error_is_terminal)
        terminal_.live(line);
      else
        terminal_.note(line);
    }
  }

  void show_completed(const ToolCall& call) {
    if (!terminal_.traits().error_is_terminal) return;
    const std::string state = call.status == "error" ? terminal_.red("[error]") : terminal_.green("[ok]");
    terminal_.note(fmt::format("{} {}", terminal_.dim(tool_line(call.name)), state));
    terminal_.live("waiting for the model");
  }

  void show_text(const Value& text) {
    if (!stream_ || !text.is_string() || answer_.role() != "assistant" || text.as_string().empty()) return;
    // What the tool calls took stands above the answer, as in the answer that is not streamed.
    if (answer_.input_tokens() + answer_.output_tokens() > shown_tokens_) show_usage("");
    terminal_.live("");
    terminal_.out(text.as_string());
  }

  void show_end(const InvocationEnd& end) override {
    terminal_.live("");
    if (stream_) {
      terminal_.end_out_line();
      if (answer_.input_tokens() + answer_.output_tokens() > shown_tokens_)
        show_usage(shown_tokens_ > 0 ? " in total" : "");
    } else {
      show_usage("");
      if (!output_)
        terminal_.out(answer_.text());
      else if (own_.end().has("output"))
        terminal_.out(json::write(own_.end().get("output")));
      terminal_.end_out_line();
    }
    show_pending(end);
  }

  void show_pending(const InvocationEnd& end) {
    const Value calls = pending_calls();
    if (calls.empty()) return;
    std::string results;
    for (const Value& call : calls.as_array()) {
      const std::string_view id = call.get("toolUseId").string_or("?");
      const std::string input = call.has("input") ? json::write(call.get("input")) : "";
      terminal_.note(fmt::format("✋ Yours to answer: {} {} ({})", call.get("name").string_or("a call"),
                                 one_line(input, kMaxInputBytes), id));
      results += fmt::format(" --tool-result {}=…", id);
    }
    terminal_.note(
        fmt::format("   soma invoke --harness {} --session-id {}{}", end.harness, end.session_id, results));
  }

  void show_usage(std::string_view suffix) {
    shown_tokens_ = answer_.input_tokens() + answer_.output_tokens();
    const std::string line = usage_line(answer_.input_tokens(), answer_.output_tokens(), elapsed_ms_(),
                                        own_.cost_usd().value_or(0));
    terminal_.note(terminal_.dim(fmt::format("{}{}", line, suffix)));
  }

  static std::string tool_line(std::string_view name) { return fmt::format("🔧 Tool: {}", name); }

  bool stream_, output_;
  bool interrupted_ = false;
  int64_t shown_tokens_ = 0;
};

class JsonRenderer final : public InvocationRenderer {
 public:
  using InvocationRenderer::InvocationRenderer;

 private:
  // Who waits should know what for.
  void show(const Value& wire_event) override {
    if (wire_event.has("approvalRequested")) terminal_.note(own_.line(wire_event).value_or(""));
  }
  void show_end(const InvocationEnd& end) override {
    Value out = json::object({{"text", answer_.text()},
                              {"sessionId", end.session_id},
                              {"invocationId", end.invocation_id},
                              {"stopReason", answer_.stop_reason()},
                              {"usage", answer_.usage()},
                              {"latencyMs", elapsed_ms_()}});
    for (const char* key : {"costUsd", "output"})
      if (own_.end().has(key)) out.set(key, own_.end().get(key));
    if (Value pending = pending_calls(); !pending.empty()) out.set("pending", std::move(pending));
    own_.add_to(out);
    out.set("toolCalls", answer_.tool_calls_json());
    if (!answer_.error_name().empty())
      out.set("error", json::object({{"code", answer_.error_name()}, {"message", answer_.error_message()}}));
    terminal_.out_line(json::write(out));
  }
};

class EventRenderer final : public InvocationRenderer {
 public:
  using InvocationRenderer::InvocationRenderer;

 private:
  void show(const Value& wire_event) override { terminal_.out_line(json::write(wire_event)); }
  void show_end(const InvocationEnd&) override {}
};

}  // namespace

void InvocationRenderer::on_event(const Value& wire_event) {
  if (!wire_event.is_object() || wire_event.size() != 1) return;
  answer_.add(wire_event);
  own_.add(wire_event);
  show(wire_event);
}

void InvocationRenderer::on_notice(std::string_view text) {
  terminal_.note(fmt::format("soma: {}", text));
}

int InvocationRenderer::finish(const InvocationEnd& end) {
  show_end(end);
  if (!answer_.error_name().empty()) {
    terminal_.note(fmt::format("{} {}", terminal_.red("soma:"), answer_.error_message()));
    return answer_.error_name() == "validationException" ? kExitUsage : kExitFailed;
  }
  if (answer_.stop_reason() == "interrupted") {
    terminal_.note(end.cancelled ? "soma: stopped" : "soma: stopped by somebody else");
    return end.cancelled ? kExitInterrupted : kExitFailed;
  }
  if (answer_.stop_reason() == "tool_use" && !pending_calls().empty()) return kExitPending;
  const int code = exit_code_of_stop_reason(answer_.stop_reason());
  if (code != kExitOk)
    terminal_.note(fmt::format("{} stopped before the answer was complete: {}", terminal_.red("soma:"),
                               answer_.stop_reason().empty() ? "no answer" : answer_.stop_reason()));
  return code;
}

Value InvocationRenderer::pending_calls() const {
  Value out = json::Array{};
  const Value& ids = own_.end().get("pending");
  for (size_t index = 0; index < ids.size(); ++index) {
    // A call of an earlier invocation is known by its id alone.
    Value entry = json::object({{"toolUseId", ids.at(index)}});
    const Value calls = answer_.tool_calls_json();
    for (const Value& call : calls.as_array())
      if (call.get("toolUseId") == ids.at(index))
        for (const char* key : {"name", "input"}) entry.set(key, call.get(key));
    out.push_back(std::move(entry));
  }
  return out;
}

std::unique_ptr<InvocationRenderer> make_renderer(AnswerFormat format, Terminal& terminal,
                                                  InvocationRenderer::Elapsed elapsed_ms) {
  switch (format) {
    case AnswerFormat::kJson:
      return std::make_unique<JsonRenderer>(terminal, std::move(elapsed_ms));
    case AnswerFormat::kEvents:
      return std::make_unique<EventRenderer>(terminal, std::move(elapsed_ms));
    case AnswerFormat::kPlain:
    case AnswerFormat::kStream:
    case AnswerFormat::kOutput:
      break;
  }
  return std::make_unique<PlainRenderer>(terminal, std::move(elapsed_ms), format);
}

std::string usage_line(int64_t input_tokens, int64_t output_tokens, int64_t elapsed_ms, double cost_usd) {
  std::string line = fmt::format("⚡ {} in · {} out · {:.1f}s", input_tokens, output_tokens,
                                 static_cast<double>(elapsed_ms) / 1000.0);
  if (cost_usd > 0) line += " · " + dollars(cost_usd);
  return line;
}

}  // namespace soma::cli
