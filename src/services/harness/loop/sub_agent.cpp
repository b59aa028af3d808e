#include "services/harness/loop/sub_agent.h"

#include <fmt/format.h>

#include "base/aws/aws.h"
#include "core/model/prices.h"
#include "services/harness/loop/invocation.h"
#include "services/harness/loop/invocation_follower.h"
#include "services/harness/session/events.h"

namespace soma::harness {
namespace {

constexpr std::string_view kDescription =
    "Gives a task to another agent and returns its answer. It sees nothing of this conversation: write the "
    "whole task.";

json::Value input_schema() {
  return json::object(
      {{"type", "object"},
       {"properties",
        json::object(
            {{"prompt", json::object({{"type", "string"},
                                      {"minLength", 1},
                                      {"maxLength", 100'000},
                                      {"description", "The whole task, with everything that it needs."}})}})},
       {"required", json::array({"prompt"})},
       {"additionalProperties", false}});
}

// What the caller gets of the invocation.finished of a sub-agent. `answer` is the last thing that its model
// said.
SubAgentEnd end_of(const json::Value& finished, std::string answer) {
  SubAgentEnd end;
  if (finished.has("costUsd")) end.cost_pico = model::pico(finished.get("costUsd").double_or(0));
  if (const json::Value* error = finished.find("error")) {
    end.error = true;
    end.text = fmt::format("The agent failed: {}", error->get("message").string_or(""));
    return end;
  }
  if (const json::Value* output = finished.find("output")) answer = json::write(*output);
  const std::string_view stop = finished.get("stopReason").string_or("");
  end.error = stop != model::stop_reason_name(model::StopReason::kEndTurn);
  end.text = end.error
                 ? fmt::format("The agent stopped before it was done ({}). Its last words: {}", stop, answer)
                 : std::move(answer);
  return end;
}

struct News {
  std::string_view of, told;  // of the sub-agent's own approvals, and of those that were told to it
};
constexpr News kAsks{event::kApprovalRequested, event::kSubAgentAsks};
constexpr News kHeard{event::kApprovalAnswered, event::kSubAgentHeard};

bool is_news(const journal::Event& event) {
  return event.type == kAsks.of || event.type == kAsks.told || event.type == kHeard.of ||
         event.type == kHeard.told;
}

// What the caller is told of an event of its sub-agent. One that the sub-agent was told itself keeps its
// place: the session that waits may be further down.
void tell(const journal::Event& event, json::Value body, const SubAgentPlace& place,
          const std::string& tool_use_id, const SubAgentNews& news) {
  const bool asks = event.type == kAsks.of || event.type == kAsks.told;
  const bool own = event.type == kAsks.of || event.type == kHeard.of;
  if (own) {
    body.set("call", body.get("toolUseId"));
    body.set("harnessName", place.harness_name);
    body.set("harnessId", place.harness_id);
    body.set("sessionId", place.session_id);
  }
  body.set("toolUseId", tool_use_id);
  news(asks ? kAsks.told : kHeard.told, std::move(body));
}

}  // namespace

net::Task<os::Result<SubAgentEnd>> sub_agent_end(journal::Journal& journal, net::Executor executor,
                                                 Invocation invocation, SubAgentPlace place,
                                                 std::string tool_use_id, SubAgentNews news,
                                                 net::Cancellation cancellation) {
  const auto other = [&](const journal::Event& event) -> os::Result<> {
    if (!is_news(event)) return {};
    SOMA_ASSIGN(json::Value body, json::parse(event.body));
    tell(event, std::move(body), place, tool_use_id, news);
    return {};
  };
  SOMA_CO_ASSIGN(FollowedEnd end, co_await follow_to_end(journal, executor, std::move(invocation), other,
                                                         kStopShutdown, std::move(cancellation)));
  co_return end_of(end.finished, std::move(end.answer));
}

std::string_view sub_agent_config_schema() {
  return R"json({
    "type": "object",
    "required": ["harness"],
    "additionalProperties": false,
    "properties": {
      "harness": {"type": "string", "minLength": 1, "maxLength": 256, "description": "The name of the harness that answers."},
      "description": {"type": "string", "minLength": 1, "maxLength": 4096},
      "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 86400, "default": 900},
      "budgetShare": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.5},
      "maxResultBytes": {"type": "integer", "minimum": 1024, "maximum": 262144}
    }
  })json";
}

std::string sub_agent_session_id(const SubAgentCall& call) {
  const std::string place = fmt::format("{}\n{}\n{}", call.parent_run, call.turn, call.tool_use_id);
  return "sub-" + aws::sha256_hex(place).substr(0, 40);
}

SubAgent::SubAgent(const tool::ToolConfig& config)
    : name_(config.name),
      description_(config.config.get("description").string_or(kDescription)),
      harness_(config.config.get("harness").string_or("")),
      timeout_seconds_(config.config.get("timeoutSeconds").int_or(kDefaultSubAgentSeconds)),
      budget_share_(config.config.get("budgetShare").double_or(kDefaultBudgetShare)) {
  if (config.config.has("maxResultBytes"))
    max_result_bytes_ = static_cast<size_t>(config.config.get("maxResultBytes").as_int());
}

model::ToolSpec SubAgent::spec() const {
  return {name_, description_, input_schema()};
}

SubAgentCall SubAgent::call_for(const json::Value& input) const {
  SubAgentCall call;
  call.harness = harness_;
  call.prompt = input.get("prompt").string_or("");
  call.timeout_seconds = timeout_seconds_;
  return call;
}

}  // namespace soma::harness
