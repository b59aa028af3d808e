// One answer of a language model as a task: no tools, no session. Asking again after a crash costs, and does
// no other harm.
#include <fmt/format.h>

#include "app/server/tasks/tasks.h"
#include "services/harness/config.h"
#include "services/workflow/connectors/answers.h"

namespace soma::server {
namespace {

using json::Value;
using os::Result;
using workflow::ConnectorResult;

constexpr std::string_view kKind = "Model";

// The model and the system prompt, read as a harness's are.
Result<model::ConverseRequest> request_of(const Value& parameters) {
  SOMA_TRY(check_members(parameters, {"Model", "System", "Prompt", "Messages"}));
  Value config = json::object({{"harnessName", "task"}, {"model", parameters.get("Model")}});
  if (const Value* system = parameters.find("System"))
    config.set("systemPrompt",
               system->is_string() ? json::array({json::object({{"text", system->as_string()}})}) : *system);
  SOMA_ASSIGN(harness::Config read, harness::config_from_json(config, "", ""));
  SOMA_ASSIGN(const Value body, body_of(parameters));
  model::ConverseRequest request{
      .model = std::move(read.model), .system = std::move(read.system_prompt), .messages = {}, .tools = {}};
  const Value& messages = body.get("messages");
  for (size_t index = 0; index < messages.size(); ++index) {
    SOMA_ASSIGN(model::Message message,
                model::message_from_json(messages.at(index), fmt::format("/Messages/{}", index)));
    request.messages.push_back(std::move(message));
  }
  if (request.messages.empty() || request.messages.back().role != model::Role::kUser)
    return os::fail(os::Code::kInvalidArgument, "the last message must be the user's");
  return request;
}

class ModelConnector final : public OwnConnector {
 public:
  explicit ModelConnector(const TaskDependencies& dependencies)
      : OwnConnector("model", "converse", true), with_(dependencies.with) {}

  net::Task<ConnectorResult> run(workflow::ConnectorCall call,
                                 std::function<void(workflow::engine::Payload)> /*submitted*/,
                                 net::Cancellation cancellation) override {
    const Result<model::ConverseRequest> request = request_of(call.task.parameters.value());
    if (!request) co_return failed_call(kKind, request.error());
    const net::Executor executor = co_await net::this_executor();
    net::HttpClient http(executor);
    Result<std::unique_ptr<model::Provider>> provider =
        model::make_provider(request->model, model::ProviderContext{.clock = with_.clock,
                                                                    .ids = with_.ids,
                                                                    .http = &http,
                                                                    .policy = &with_.outbound,
                                                                    .read_secret = with_.read_secret});
    if (!provider) co_return failed_call(kKind, provider.error());
    model::MessageAssembler assembler;
    Result<> fits;
    const model::EventSink sink = [&](const model::StreamEvent& event) {
      if (fits) fits = assembler.add(event);
    };
    Result<> answered = co_await (*provider)->converse(*request, sink, cancellation);
    if (cancellation.requested() && cancellation.reason() == workflow::kTaskLetGo)
      co_return workflow::let_go();
    if (answered && !fits) answered = fits;
    if (answered && !assembler.complete())
      answered = os::fail(os::Code::kCorrupt, "the model's answer has no end");
    if (!answered) co_return failed_call(kKind, answered.error());
    co_return result_of(request->model, assembler);
  }

 private:
  ConnectorResult result_of(const model::ModelSettings& settings,
                            const model::MessageAssembler& assembler) const {
    Value out = json::object({{"Text", model::text_of(assembler.message())},
                              {"Message", model::to_json(assembler.message())},
                              {"StopReason", model::stop_reason_name(assembler.stop_reason())},
                              {"Usage", model::to_json(assembler.usage())}});
    if (const auto price = with_.prices()->find(settings.provider, settings.model_id))
      out.set("CostUsd", model::usd(model::cost_of(*price, assembler.usage())));
    return workflow::answer(std::move(out));
  }

  const harness::Dependencies& with_;
};

}  // namespace

std::unique_ptr<workflow::Connector> make_model_connector(const TaskDependencies& dependencies) {
  return std::make_unique<ModelConnector>(dependencies);
}

}  // namespace soma::server
