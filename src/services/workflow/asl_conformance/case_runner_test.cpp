#include "services/workflow/asl_conformance/case_runner_test_kit.h"

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "services/workflow/engine/map_run.h"

namespace soma::workflow::conformance {
namespace {

using engine::Payload;

constexpr int64_t kMostSeconds = 3'600;  // of virtual time; what takes longer is still running
constexpr size_t kMostSteps = 100'000;

struct Outcome {
  std::optional<Payload> output{};
  std::string error{}, cause{};
  int64_t after_seconds = 0;
};

// The functions that a case brings along.
class Functions {
 public:
  Functions(const json::Value& functions, os::IdSource& ids) : functions_(functions), ids_(ids) {}

  Outcome call(const engine::ScheduleTask& task) {
    using Kind = engine::Resource::Kind;
    if (task.resource.kind == Kind::kLambda) return invoke(task.resource.arn, task.parameters.value(), false);
    if (task.resource.kind == Kind::kService && task.resource.service == "lambda") {
      const json::Value& parameters = task.parameters.value();
      json::Value payload = parameters.get("Payload");
      // A string is the request's body as it is.
      if (payload.is_string()) {
        if (auto body = json::parse(payload.as_string())) payload = std::move(*body);
      }
      Outcome outcome = invoke(std::string(parameters.get("FunctionName").string_or("")), payload, true);
      return wrapped(std::move(outcome), parameters.get("LogType").string_or("") == "Tail");
    }
    return {.error = "States.Runtime", .cause = "nobody serves " + task.resource.arn};
  }

 private:
  const json::Value* find(std::string_view name) const {
    constexpr std::string_view kLatest = ":$LATEST";
    if (name.ends_with(kLatest)) name.remove_suffix(kLatest.size());
    if (!functions_.is_object()) return nullptr;
    for (const auto& [arn, function] : functions_.as_object()) {
      if (arn == name || function.get("name").string_or("") == name) return &function;
    }
    return nullptr;
  }

  Outcome invoke(const std::string& name, const json::Value& payload, bool by_service) {
    const json::Value* function = find(name);
    if (function == nullptr) return missing(name, by_service);
    const std::string_view behaviour = function->get("behaviour").string_or("");
    const json::Value& args = function->get("args");
    if (behaviour != "sleep") return behave(behaviour, args, payload);
    Outcome outcome = behave(args.get("then").string_or(""), args, payload);
    outcome.after_seconds = args.get("seconds").int_or(0);
    return outcome;
  }

  Outcome missing(const std::string& name, bool by_service) {
    const std::string arn =
        name.starts_with("arn:") ? name : "arn:aws:lambda:us-east-1:111111111111:function:" + name;
    return {
        .error = "Lambda.ResourceNotFoundException",
        .cause = fmt::format("Function not found: {}{} (Service: AWSLambda; Status Code: 404; Error Code: "
                             "ResourceNotFoundException; Request ID: {}; Proxy: null)",
                             arn, by_service ? ":$LATEST" : "", ids_.uuid())};
  }

  Outcome behave(std::string_view behaviour, const json::Value& args, const json::Value& payload) {
    if (behaviour == "echo")
      return {.output = payload.is_null() ? Payload(json::Object()) : Payload(payload)};
    if (behaviour == "return") return {.output = Payload(args.get("payload"))};
    if (behaviour == "return-text") {
      // It prints lists as its language does.
      std::string text = json::write(payload);
      std::ranges::replace(text, '"', '\'');
      return {.output = Payload(std::string(args.get("prefix").string_or("")) + text)};
    }
    if (behaviour == "return-raw") return raw(args);
    const json::Value cause = json::object({{"errorMessage", args.get("errorMessage")},
                                            {"errorType", args.get("errorType")},
                                            {"requestId", ids_.uuid()},
                                            {"stackTrace", args.get("stackTrace")}});
    return {.error = std::string(args.get("errorType").string_or("")), .cause = json::write(cause)};
  }

  static Outcome raw(const json::Value& args) {
    std::string text(args.get("text").string_or(""));
    if (args.has("repeat")) {
      text.clear();
      for (int64_t i = 0; i < args.get("count").int_or(0); ++i) text += args.get("repeat").string_or("");
    }
    auto parsed = Payload::parse(text);
    return {.output = parsed ? std::move(*parsed) : Payload(json::Value(std::move(text)))};
  }

  Outcome wrapped(Outcome outcome, bool with_log) {
    if (!outcome.output) return outcome;
    if (outcome.output->bytes() > engine::kMaxPayloadBytes) return outcome;
    json::Value answer = json::object({{"ExecutedVersion", "$LATEST"},
                                       {"Payload", outcome.output->value()},
                                       {"SdkHttpMetadata", json::object({{"HttpStatusCode", 200}})},
                                       {"SdkResponseMetadata", json::object({{"RequestId", ids_.uuid()}})},
                                       {"StatusCode", 200}});
    if (with_log) answer.set("LogResult", os::base64_encode("what it printed"));
    outcome.output = Payload(std::move(answer));
    return outcome;
  }

  const json::Value& functions_;
  os::IdSource& ids_;
};

struct World {
  os::Time now;
  os::IdSource& ids;
  Functions functions;
};

struct Ended {
  engine::Status status = engine::Status::kRunning;
  engine::Finished finished{};
  json::Array history;
};

// Answers what an execution asks for, the earliest first.
class Driver {
 public:
  Driver(DefinitionPtr definition, engine::StartInfo start, World& world)
      : definition_(definition),
        execution_(std::move(definition), std::move(start), world.ids),
        world_(world) {}

  os::Result<Ended> run(Payload input) {
    const os::Time limit = world_.now + std::chrono::seconds(kMostSeconds);
    SOMA_TRY(tell(engine::Begin{.input = std::move(input)}));
    for (size_t steps = 0; execution_.status() == engine::Status::kRunning && steps < kMostSteps; ++steps) {
      const auto next = due_.begin();
      const auto wake = execution_.wake();
      if (next != due_.end() && (!wake || next->first < *wake)) {
        if (next->first > limit) break;
        world_.now = std::max(world_.now, next->first);
        const engine::Event event = next->second;
        due_.erase(next);
        SOMA_TRY(tell(event));
      } else {
        if (!wake || *wake > limit) break;
        world_.now = std::max(world_.now, *wake);
        SOMA_TRY(tell(engine::Advance{}));
      }
    }
    ended_.status = execution_.status();
    return std::move(ended_);
  }

 private:
  os::Result<> tell(const engine::Event& event) {
    auto step = execution_.apply(event, world_.now);
    if (!step && step.error().code == os::Code::kNotFound) return {};  // it was given up meanwhile
    if (!step) return std::unexpected(step.error());
    for (const engine::HistoryEvent& one : step->history) ended_.history.push_back(to_api(one, true));
    for (const engine::Command& command : step->commands) {
      SOMA_TRY(std::visit([&](const auto& what) { return carry_out(what); }, command));
    }
    return {};
  }

  os::Result<> carry_out(const engine::ScheduleTask& task) {
    Outcome outcome = world_.functions.call(task);
    const os::Time at = world_.now + std::chrono::seconds(outcome.after_seconds);
    due_.emplace(world_.now, engine::TaskStarted{.task = task.task});
    if (outcome.output) {
      due_.emplace(at, engine::TaskSucceeded{.task = task.task, .output = *outcome.output});
    } else {
      due_.emplace(at, engine::TaskFailed{.task = task.task, .error = outcome.error, .cause = outcome.cause});
    }
    return {};
  }
  os::Result<> carry_out(const engine::CancelTask&) { return {}; }
  os::Result<> carry_out(const engine::Finished& finished) {
    ended_.finished = finished;
    return {};
  }

  os::Result<> carry_out(const engine::StartMapRun& run) {
    const workflow::State* map = find_state(*definition_, run.state_name);
    const std::string& label = std::get<MapDetails>(map->details).label;
    const std::string arn =
        replaced_arn("mapRun") + "/" + (label.empty() ? world_.ids.uuid() : label) + ":" + world_.ids.uuid();
    due_.emplace(world_.now, engine::MapRunBegun{.task = run.task, .map_run_arn = arn});
    std::vector<Payload> outputs;
    const json::Value items = run.items ? run.items->value() : json::Value(json::Array());
    for (size_t i = 0; i < items.size(); ++i) {
      const auto index = static_cast<int64_t>(i);
      const engine::MapItem item = engine::item_at(items, i);
      auto input = engine::child_input(*map, run, index, item, {.now = world_.now, .ids = world_.ids});
      if (!input) return fail_map_run(run, input.error().error, input.error().cause);
      engine::StartInfo start = execution_.info();
      start.context_members = engine::child_context(index, item);
      SOMA_ASSIGN(Ended child, Driver(engine::child_definition(*map), std::move(start), world_).run(*input));
      if (child.status != engine::Status::kSucceeded) {
        return fail_map_run(run, "States.ExceedToleratedFailureThreshold",
                            "The specified tolerated failure threshold was exceeded");
      }
      outputs.push_back(child.finished.output);
    }
    due_.emplace(world_.now, engine::TaskSucceeded{.task = run.task, .output = Payload::array_of(outputs)});
    return {};
  }

  os::Result<> fail_map_run(const engine::StartMapRun& run, std::string error, std::string cause) {
    due_.emplace(world_.now,
                 engine::TaskFailed{.task = run.task, .error = std::move(error), .cause = std::move(cause)});
    return {};
  }

  std::string replaced_arn(std::string_view kind) const {
    std::string arn = execution_.info().machine_arn;
    const size_t at = arn.find("stateMachine");
    if (at != std::string::npos) arn.replace(at, std::string_view("stateMachine").size(), kind);
    return arn;
  }

  DefinitionPtr definition_;
  engine::Execution execution_;
  World& world_;
  std::multimap<os::Time, engine::Event> due_;
  Ended ended_;
};

json::Value or_null(const std::optional<std::string>& text) {
  return text ? json::Value(*text) : json::Value();
}

}  // namespace

std::optional<Seen> run_case(const AslCase& which, std::string& problem) {
  const MachineType type = which.express() ? MachineType::kExpress : MachineType::kStandard;
  const Parsed parsed = parse_definition(json::write(which.data.get("definition")), type);
  if (!parsed.definition) {
    problem = "its definition is refused: " + invalid_definition_message(parsed.diagnostics);
    return std::nullopt;
  }
  os::VirtualClock clock;
  const auto ids = os::make_seeded_ids(1, clock);
  World world{.now = clock.now(), .ids = *ids, .functions = Functions(which.data.get("functions"), *ids)};
  if (const auto at = os::parse_time(which.data.get("clock").string_or(""))) world.now = *at;
  engine::StartInfo start{.execution_arn = which.execution_arn(),
                          .execution_name = which.execution_name(),
                          .machine_arn = which.machine_arn(),
                          .machine_name = which.machine_name(),
                          .role_arn = std::string(kRole),
                          .type = type,
                          .synchronous = which.data.get("sync").bool_or(false)};
  const json::Value* input = which.data.find("input");
  auto ended = Driver(parsed.definition, std::move(start), world)
                   .run(input != nullptr ? Payload(*input) : Payload(json::Object()));
  if (!ended) {
    problem = ended.error().to_string();
    return std::nullopt;
  }
  Seen seen{.status = std::string(engine::status_name(ended->status)), .history = std::move(ended->history)};
  if (ended->status == engine::Status::kSucceeded) seen.output = ended->finished.output.value();
  seen.error = or_null(ended->finished.error);
  seen.cause = or_null(ended->finished.cause);
  return seen;
}

}  // namespace soma::workflow::conformance
