// `agentcore_code_interpreter`: code that keeps its variables between calls.
#include <fmt/format.h>

#include <deque>
#include <map>

#include "core/tool/builtin_tools.h"
#include "core/tool/interpreter.h"
#include "core/tool/streamed_text.h"

namespace soma::tool {
namespace {

constexpr std::string_view kInput = R"({
  "type": "object",
  "properties": {
    "language": {"type": "string", "enum": ["python", "javascript", "bash"]},
    "code": {"type": "string", "minLength": 1, "maxLength": 1000000, "description": "What to run. Variables, functions and imports stay for later calls in the same language."},
    "timeout": {"type": "integer", "minimum": 1, "maximum": 3600, "description": "Seconds after which the interpreter is stopped and its state is lost (default 300)."},
    "clearContext": {"type": "boolean", "description": "Start with a fresh interpreter."}
  },
  "required": ["language", "code"],
  "additionalProperties": false
})";

constexpr std::string_view kDescription =
    "Runs Python, JavaScript (Node.js) or bash in the session's isolated workspace (/workspace) and returns "
    "what it prints; the value of a last "
    "expression is printed too. Each language keeps its state between calls. There is no standard input.";

// Calls of one language wait for each other, in order.
class Turns {
 public:
  explicit Turns(const net::Executor& executor) : executor_(executor) {}
  net::Task<> take() {
    if (!std::exchange(taken_, true)) co_return;
    auto turn = std::make_shared<net::Notifier>(executor_);
    waiting_.push_back(turn);
    co_await turn->wait();
  }
  void give_back() {
    if (waiting_.empty()) {
      taken_ = false;
      return;
    }
    waiting_.front()->notify();
    waiting_.pop_front();
  }

 private:
  net::Executor executor_;
  std::deque<std::shared_ptr<net::Notifier>> waiting_;
  bool taken_ = false;
};

class TurnEnd {
 public:
  explicit TurnEnd(std::shared_ptr<Turns> turns) : turns_(std::move(turns)) {}
  ~TurnEnd() { turns_->give_back(); }
  TurnEnd(const TurnEnd&) = delete;
  TurnEnd& operator=(const TurnEnd&) = delete;

 private:
  std::shared_ptr<Turns> turns_;
};

// The line in brackets at the end of a result; often none.
std::string closing_of(const CellEnd& end, const Language& language, os::Duration time, bool silent) {
  std::string closing;
  switch (end.how) {
    case CellEnd::How::kDone:
      if (language.name == "bash" && end.status != "0") closing = fmt::format("[exit code {}]", end.status);
      if (silent && closing.empty()) closing = "[no output]";
      break;
    case CellEnd::How::kTimedOut:
      closing =
          fmt::format("[timed out after {:.2f} s: the {} interpreter was stopped and its state is lost]",
                      std::chrono::duration<double>(time).count(), language.name);
      break;
    case CellEnd::How::kCancelled:
      closing =
          fmt::format("[cancelled: the {} interpreter was stopped and its state is lost]", language.name);
      break;
    case CellEnd::How::kDied:
      closing =
          fmt::format("[the {} interpreter is gone and its state is lost: {}]", language.name, end.status);
      break;
  }
  return closing;
}

class CodeInterpreterTool final : public Tool {
 public:
  CodeInterpreterTool(const ToolConfig& config, Environment& environment)
      : environment_(environment), spec_{config.name, std::string(kDescription), parse_literal(kInput)} {}

  const model::ToolSpec& spec() const override { return spec_; }
  bool repeatable(const json::Value&) const override { return false; }
  bool holds_state() const override {
    for (const auto& [name, slot] : slots_)
      if (slot.interpreter.running()) return true;
    return false;
  }

  net::Task<Outcome> run(const json::Value& input, Context& context) override {
    if (environment_.sandbox == nullptr) co_return error_outcome(environment_.sandbox_error);
    const Language* language = find_language(input.get("language").string_or(""));
    std::string code(input.get("code").string_or(""));
    if (language == nullptr) co_return error_outcome("language must be python, javascript or bash");
    if (code.find('\0') != std::string::npos) co_return error_outcome("the code holds a NUL character");
    Slot& slot = slot_of(*language);
    std::shared_ptr<Turns> turns = slot.turns;
    co_await turns->take();
    TurnEnd turn_end(turns);

    const os::Duration time = call_time(input, context, environment_.clock);
    ResultStore store{environment_.workspace, environment_.sandbox};
    StreamedText text(std::move(store), context);
    if (input.get("clearContext").bool_or(false)) forget(*language, slot);
    if (!slot.interpreter.running()) {
      if (slot.started || was_started(*language))
        text.add(sandbox::Stream::kStdout,
                 fmt::format("[state was reset: what earlier {} calls defined is gone]\n", language->name));
      auto started = co_await slot.interpreter.start();
      if (!started) {
        std::string why = started.error().to_string();
        co_return co_await text.finish(true, std::move(why));
      }
      slot.started = true;
      remember(*language);
    }
    net::Cancellation cancellation = context.cancellation;
    const os::Time deadline = environment_.clock.now() + time;
    const sandbox::OutputSink sink = [&text](sandbox::Stream stream, std::string_view bytes) {
      text.add(stream, bytes);
    };
    auto end = co_await slot.interpreter.run(std::move(code), deadline, cancellation, sink);
    if (!end) {
      std::string why = end.error().to_string();
      co_return co_await text.finish(true, std::move(why));
    }
    if (end->how != CellEnd::How::kDone)
      forget(*language, slot);  // it is told now: not again by the next call
    const bool error = end->how != CellEnd::How::kDone || end->status == "error";
    std::string closing = closing_of(*end, *language, time, text.empty());
    co_return co_await text.finish(error, std::move(closing));
  }

 private:
  struct Slot {
    Interpreter interpreter;
    std::shared_ptr<Turns> turns;
    bool started = false;
  };

  Slot& slot_of(const Language& language) {
    auto found = slots_.find(language.name);
    if (found != slots_.end()) return found->second;
    Interpreter interpreter(language, *environment_.sandbox, environment_.executor, environment_.clock,
                            environment_.ids);
    Slot slot{.interpreter = std::move(interpreter), .turns = std::make_shared<Turns>(environment_.executor)};
    return slots_.emplace(language.name, std::move(slot)).first->second;
  }

  // A file outlives soma where an interpreter does not: it tells the next life that there was state to lose.
  std::string marker_path(const Language& language) const {
    return fmt::format("{}/{}-{}.state", environment_.private_directory, spec_.name, language.name);
  }
  bool was_started(const Language& language) const {
    return !environment_.private_directory.empty() && os::read_file(marker_path(language)).has_value();
  }
  void remember(const Language& language) const {
    if (environment_.private_directory.empty() || was_started(language)) return;
    if (auto written = os::write_file_atomic(marker_path(language), "an interpreter runs\n"); !written)
      os::log(os::Level::kWarning, "tool.interpreter.marker", {{"error", written.error().to_string()}});
  }
  void forget(const Language& language, Slot& slot) const {
    slot.interpreter.stop();
    slot.started = false;
    if (!environment_.private_directory.empty())
      static_cast<void>(os::make_posix_file_system()->remove(marker_path(language)));
  }

  Environment& environment_;
  model::ToolSpec spec_;
  std::map<std::string_view, Slot> slots_;
};

}  // namespace

os::Result<std::unique_ptr<Tool>> make_code_interpreter_tool(const ToolConfig& config,
                                                             Environment& environment) {
  return std::make_unique<CodeInterpreterTool>(config, environment);
}

}  // namespace soma::tool
