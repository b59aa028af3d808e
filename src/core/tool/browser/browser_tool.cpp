#include "core/tool/browser/browser_tool.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>

#include "core/tool/browser/actions.h"

namespace soma::tool {

namespace {

using browser::Action;
using browser::Operation;

constexpr int64_t kDefaultTimeoutSeconds = 30;
constexpr int64_t kMaxTimeoutSeconds = 300;
constexpr os::Duration kSaveLimit = std::chrono::seconds(3);

json::Value member(std::string_view type, std::string_view description) {
  return json::object({{"type", type}, {"description", description}});
}

model::ToolSpec make_spec(const std::string& name) {
  std::string description =
      "A real web browser (Chromium). Pages are returned as Markdown in which links read [text](e5) and "
      "controls read "
      "[e12] button \"Send\"; pass such a reference as `ref` to act on it. References hold until the page is "
      "left. Actions: ";
  json::Value names = json::Value(json::Array{});
  for (const Action& action : browser::actions()) {
    fmt::format_to(std::back_inserter(description), "{}: {}. ", action.name, action.use);
    names.push_back(action.name);
  }
  description += "An element may also be named by `label` (its visible text) or a CSS `selector`.";
  json::Value directions = json::array({"up", "down", "left", "right", "top", "bottom"});
  json::Value properties = json::object({
      {"action",
       json::object({{"type", "string"}, {"enum", std::move(names)}, {"description", "what to do"}})},
      {"url", member("string", "navigate, new_tab: the address; wait: a part of it, or a pattern with *")},
      {"ref", member("string", "the element's reference in the page's text, such as e12")},
      {"label", member("string", "the element's visible text or label, instead of ref")},
      {"selector", member("string", "the element's CSS selector, instead of ref")},
      {"text",
       member("string",
              "type: what to type; click, hover, scroll: the element's text; wait: text to wait for")},
      {"clear", member("boolean", "type: replace what the field holds (default true)")},
      {"submit", member("boolean", "type: press Enter afterwards")},
      {"key", member("string", "press: Enter, Tab, Escape, ArrowDown, Control+A, a …")},
      {"value", member("string", "select: the option's text or value")},
      {"values", json::object({{"type", "array"},
                               {"items", json::object({{"type", "string"}})},
                               {"description", "select: several options"}})},
      {"direction",
       json::object(
           {{"type", "string"}, {"enum", std::move(directions)}, {"description", "scroll: where to"}})},
      {"amount", member("integer", "scroll: pixels (default: nearly a screen)")},
      {"offset", member("integer", "read: the character to begin with")},
      {"tab", member("string", "switch_tab, close_tab: such as t2")},
      {"full_page", member("boolean", "screenshot: the whole page")},
      {"script", member("string", "evaluate: JavaScript")},
      {"gone", member("boolean", "wait: until it is no longer so")},
      {"accept_dialogs",
       member("boolean", "accept the questions that the page asks meanwhile (default: dismiss them)")},
      {"prompt_text", member("string", "the answer to a prompt that is accepted")},
      {"timeout_s", json::object({{"type", "number"},
                                  {"minimum", 0.1},
                                  {"maximum", kMaxTimeoutSeconds},
                                  {"description", "default 30"}})},
  });
  json::Value schema = json::object({{"type", "object"},
                                     {"properties", std::move(properties)},
                                     {"required", json::array({"action"})},
                                     {"additionalProperties", false}});
  return model::ToolSpec{name, std::move(description), std::move(schema)};
}

const Action* find_action(const json::Value& input) {
  std::string_view name = input.get("action").string_or("");
  for (const Action& action : browser::actions()) {
    if (action.name == name) return &action;
  }
  return nullptr;
}

// Calls of one tool go one after the other, also when the model asks for several at once.
class Turnstile {
 public:
  explicit Turnstile(const net::Executor& executor) : executor_(executor) {}
  net::Task<> enter() {
    if (!std::exchange(busy_, true)) co_return;
    auto turn = std::make_shared<net::Notifier>(executor_);
    waiting_.push_back(turn);
    co_await turn->wait();
  }
  void leave() {
    if (waiting_.empty()) {
      busy_ = false;
      return;
    }
    auto next = waiting_.front();
    waiting_.pop_front();
    next->notify();
  }

 private:
  net::Executor executor_;
  bool busy_ = false;
  std::deque<std::shared_ptr<net::Notifier>> waiting_;
};

class BrowserTool final : public Tool {
 public:
  BrowserTool(const ToolConfig& config, Environment& environment)
      : environment_(environment),
        spec_(make_spec(config.name)),
        session_(environment),
        turnstile_(environment.executor) {}

  const model::ToolSpec& spec() const override { return spec_; }

  bool repeatable(const json::Value& input) const override {
    const Action* action = find_action(input);
    return action && action->repeatable;
  }

  net::Task<Outcome> run(const json::Value& input, Context& context) override {
    co_await turnstile_.enter();
    struct Leave {
      Turnstile& turnstile;
      ~Leave() { turnstile.leave(); }
    } leave{turnstile_};
    Outcome outcome = co_await run_alone(input, context);
    co_return outcome;
  }

  bool holds_state() const override { return session_.holds_state(); }

 private:
  net::Task<Outcome> run_alone(const json::Value& input, Context& context) {
    const Action* action = find_action(input);
    if (!action) co_return error_outcome("there is no such action; see the tool's schema");
    auto timeout = std::chrono::duration_cast<os::Duration>(
        std::chrono::duration<double>(input.get("timeout_s").double_or(kDefaultTimeoutSeconds)));
    Operation operation{environment_.clock, std::min(environment_.clock.now() + timeout, context.deadline),
                        context.cancellation};
    session_.shared().accept_dialogs = input.get("accept_dialogs").bool_or(false);
    session_.shared().prompt_text = input.get("prompt_text").string_or("");
    auto ready = co_await session_.ready(operation);
    if (!ready) co_return browser::failure(session_, ready.error());
    Outcome outcome = co_await action->run(session_, operation, input);
    Operation saving{environment_.clock, environment_.clock.now() + kSaveLimit};
    co_await session_.save(saving);
    co_return outcome;
  }

  Environment& environment_;
  model::ToolSpec spec_;
  browser::Session session_;
  Turnstile turnstile_;
};

}  // namespace

os::Result<std::unique_ptr<Tool>> make_browser_tool(const ToolConfig& config, Environment& environment) {
  return std::make_unique<BrowserTool>(config, environment);
}

}  // namespace soma::tool
