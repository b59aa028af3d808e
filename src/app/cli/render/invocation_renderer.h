// An invocation as it is printed: for people (plain), for machines when it is over (json), or event by event
// (events).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "app/cli/remote/invocation.h"
#include "app/cli/render/answer.h"
#include "app/cli/render/own_events.h"
#include "app/cli/terminal.h"

namespace soma::cli {

struct InvocationEnd {
  std::string session_id, invocation_id;
  bool cancelled = false;  // by Ctrl-C
  std::string harness{};
};

// One invocation. The terminal outlives it.
class InvocationRenderer : public InvocationObserver {
 public:
  // Milliseconds since the invocation began.
  using Elapsed = std::function<int64_t()>;

  InvocationRenderer(Terminal& terminal, Elapsed elapsed_ms)
      : terminal_(terminal), elapsed_ms_(std::move(elapsed_ms)) {}
  void on_event(const json::Value& wire_event) final;
  void on_notice(std::string_view text) override;
  void on_tick() override { terminal_.tick(); }
  // Prints what is left to say and returns the exit code.
  int finish(const InvocationEnd& end);

 protected:
  // After the answer took the event in.
  virtual void show(const json::Value& wire_event) = 0;
  virtual void show_end(const InvocationEnd& end) = 0;
  // The calls of inline functions that the client is to answer, with toolUseId, name and input.
  json::Value pending_calls() const;

  Terminal& terminal_;
  Elapsed elapsed_ms_;
  Answer answer_;
  OwnEvents own_;
};

enum class AnswerFormat {
  kPlain,   // tool lines, tokens and time on stderr, then the answer on stdout
  kStream,  // the same, the answer as it comes
  kOutput,  // as kPlain, the JSON of the output in place of the answer
  kJson,    // {"text", "sessionId", "invocationId", "stopReason", "usage", "latencyMs", "toolCalls"} and what
          // else there was: "costUsd", "output", "pending", and OwnEvents' members
  kEvents,  // one wire event a line
};
std::unique_ptr<InvocationRenderer> make_renderer(AnswerFormat format, Terminal& terminal,
                                                  InvocationRenderer::Elapsed elapsed_ms);

// "⚡ 6005 in · 110 out · 2.2s · $0.0123"; without the money when there is none to tell.
std::string usage_line(int64_t input_tokens, int64_t output_tokens, int64_t elapsed_ms, double cost_usd = 0);

}  // namespace soma::cli
