#include "services/harness/loop/tool_sources.h"

#include <algorithm>
#include <exception>

#include "services/harness/loop/harness_tools.h"
#include "services/harness/loop/stand_in.h"

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

constexpr size_t kMaxToldLeftOut = 50;  // tools that are left out, as an event names them

using Listed = Result<tool::SourceTools>;

json::Value listed_json(const BenchSource& source, const tool::SourceTools& listed) {
  json::Value tools = json::Array{};
  for (const tool::SourceTool& tool : listed.tools)
    tools.push_back(json::object({{"name", tool.spec.name},
                                  {"description", tool.spec.description},
                                  {"inputSchema", tool.spec.input_schema},
                                  {"repeatable", tool.repeatable}}));
  json::Value body = json::object({{"source", source.name}, {"tools", std::move(tools)}});
  if (listed.left_out.empty()) return body;
  json::Value left_out = json::Array{};
  for (const std::string& why : listed.left_out)
    if (left_out.size() < kMaxToldLeftOut) left_out.push_back(why);
  body.set("leftOut", std::move(left_out));
  return body;
}

tool::SourceTools listed_from_json(const json::Value& body) {
  tool::SourceTools out;
  const json::Value& tools = body.get("tools");
  for (size_t index = 0; index < tools.size(); ++index) {
    const json::Value& tool = tools.at(index);
    out.tools.push_back({{std::string(tool.get("name").string_or("")),
                          std::string(tool.get("description").string_or("")), tool.get("inputSchema")},
                         tool.get("repeatable").bool_or(false)});
  }
  return out;
}

// Asks the sources side by side. Lives on list_sources()'s frame.
class Round {
 public:
  Round(InvocationContext& context, WhichSources which) : context_(context), idle_(context.executor) {
    for (const auto& source : context.bench.sources())
      if (which == WhichSources::kAll || source->source->changed()) asked_.push_back(source.get());
    answers_.resize(asked_.size(), os::fail(Code::kInternal, "it was not asked"));
  }

  net::Task<> run() {
    left_ = asked_.size();
    for (size_t place = 0; place < asked_.size(); ++place)
      net::spawn(context_.executor, ask(place), "harness.tools");
    while (left_ > 0) co_await idle_.wait();
  }

  size_t size() const { return asked_.size(); }
  const BenchSource& source(size_t place) const { return *asked_[place]; }
  Listed& answer(size_t place) { return answers_[place]; }

 private:
  net::Task<> ask(size_t place) {
    try {
      answers_[place] = co_await answer_of(*asked_[place]);
    } catch (const std::exception& exception) {
      os::log(os::Level::kError, "harness.tools.bug",
              {{"source", asked_[place]->name}, {"what", exception.what()}});
      answers_[place] = os::fail(Code::kInternal, exception.what());
    }
    --left_;
    idle_.notify();
  }

  net::Task<Listed> answer_of(BenchSource& source) {
    if (StandIn* stand_in = context_.dependencies.stand_in) {
      const json::Value listed = stand_in->listed_tools(source.name);
      if (listed.is_null())
        co_return os::fail(Code::kUnavailable, "it offered nothing when this was recorded");
      co_return listed_from_json(listed);
    }
    const Config& config = context_.history.running->config;
    tool::IsWanted wanted = [&config, &source](std::string_view name) {
      return !config.allowed_tools || tool_allowed(*config.allowed_tools, name, source.name);
    };
    co_return co_await source.source->list(std::move(wanted), context_.cancellation);
  }

  InvocationContext& context_;
  net::Notifier idle_;
  std::vector<BenchSource*> asked_;
  std::vector<Listed> answers_;
  size_t left_ = 0;
};

void take(InvocationContext& context, Recorder& recorder, const BenchSource& source, Listed& answer) {
  if (!answer) {
    context.bench.offer(source, {});
    recorder.record(event::kToolsUnavailable,
                    json::object({{"source", source.name}, {"error", answer.error().to_string()}}));
    os::log(os::Level::kWarning, "harness.tools.unavailable",
            {{"run", context.key.run()}, {"source", source.name}, {"error", answer.error().to_string()}});
    return;
  }
  const std::vector<std::string> taken = context.bench.offer(source, answer->tools);
  answer->left_out.insert(answer->left_out.end(), taken.begin(), taken.end());
  const json::Value body = listed_json(source, *answer);
  const auto known = context.history.listed.find(source.name);
  if (known != context.history.listed.end() && known->second == body) return;
  recorder.record(event::kToolsListed, body);
  for (const std::string& why : answer->left_out)
    os::log(os::Level::kWarning, "harness.tool.left_out", {{"source", source.name}, {"why", why}});
}

}  // namespace

net::Task<Result<>> list_sources(InvocationContext& context, Recorder& recorder, WhichSources which) {
  Round round(context, which);
  if (round.size() == 0) co_return Result<>{};
  co_await round.run();
  // Whoever stopped the invocation stopped the asking: that says nothing of the servers.
  if (context.cancellation.requested()) co_return Result<>{};
  for (size_t place = 0; place < round.size(); ++place)
    take(context, recorder, round.source(place), round.answer(place));
  co_return Result<>{};
}

model::StreamEvent with_server(model::StreamEvent event, const Config& config) {
  auto* block = std::get_if<model::ContentBlockStart>(&event);
  auto* use = block ? std::get_if<model::ToolUseStart>(&block->start) : nullptr;
  if (!use || !use->type.empty()) return event;
  const tool::ToolConfig* configured = configured_tool(config, use->name);
  if (!configured || configured->name == use->name) return event;
  use->type = "mcp_tool_use";
  use->server_name = configured->name;
  return event;
}

}  // namespace soma::harness
