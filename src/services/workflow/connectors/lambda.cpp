#include "services/workflow/connectors/lambda.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/workflow/connectors/answers.h"
#include "services/workflow/driver/clock_timer.h"
#include "services/workflow/names.h"

namespace soma::workflow {
namespace {

using engine::Resource;
using json::Value;
using os::Code;
using os::Result;

constexpr size_t kLogTailBytes = 4'096;  // as Lambda's LogType "Tail"

// Which function is meant: a name, a partial or a whole ARN.
struct FunctionName {
  std::string arn;  // as given, when it was one
  std::string name, qualifier;
};

FunctionName read_function_name(std::string_view text) {
  FunctionName function;
  constexpr std::string_view kMarker = ":function:";
  if (text.starts_with("arn:")) function.arn = text;
  if (const size_t marker = text.find(kMarker); marker != std::string_view::npos)
    text.remove_prefix(marker + kMarker.size());
  const size_t colon = text.find(':');
  function.name = text.substr(0, colon);
  if (colon != std::string_view::npos) function.qualifier = text.substr(colon + 1);
  return function;
}

// What a call ends with: the function's own result or failure, as JSON text.
struct Invoked {
  std::string payload;
  bool failed = false;  // the function failed; `payload` says how
  std::string log{};    // what it wrote beside that
};

// A text is taken for JSON when it is some, as the service's SDK does.
std::string payload_of(const Value& parameters) {
  const Value& given = parameters.get("Payload");
  if (given.is_null()) return "{}";
  if (given.is_string() && json::parse(given.as_string())) return given.as_string();
  return json::write(given);
}

std::string log_tail(std::string_view log) {
  return os::base64_encode(log.substr(log.size() - std::min(log.size(), kLogTailBytes)));
}

Invoked failed_with(std::string_view type, std::string_view message) {
  return {json::write(json::object({{"errorType", type}, {"errorMessage", message}})), true};
}

bool tells_an_error(const Value& value) {
  return value.get("errorType").is_string() && value.get("errorMessage").is_string();
}

class LambdaConnector final : public Connector {
 public:
  explicit LambdaConnector(LambdaDependencies dependencies) : with_(dependencies) {}

  bool serves(const Resource& resource) const override {
    return resource.kind == Resource::Kind::kLambda ||
           (resource.kind == Resource::Kind::kService && resource.service == "lambda" &&
            resource.action == "invoke");
  }

  bool repeatable(const engine::ScheduleTask& task) const override {
    const Function* function = find(name_of(task).name);
    return function == nullptr || function->repeatable;
  }

  net::Task<ConnectorResult> run(ConnectorCall call, std::function<void(engine::Payload)> /*submitted*/,
                                 net::Cancellation cancellation) override {
    const FunctionName name = name_of(call.task);
    const Function* function = find(name.name);
    if (function == nullptr) co_return not_found(name);
    const bool direct = call.task.resource.kind == Resource::Kind::kLambda;
    if (const auto* mock = std::get_if<FunctionMock>(&function->target)) {
      if (!mock->result) co_return failure(mock->error, mock->cause);
      if (direct) co_return ConnectorResult{engine::Payload(*mock->result)};
    }
    std::string payload = direct ? call.task.parameters.text() : payload_of(call.task.parameters.value());
    Result<Invoked> invoked = co_await invoke(*function, std::move(payload), call, cancellation);
    if (!invoked) co_return unreachable(invoked.error());
    const Result<Value> value = json::parse(invoked->payload.empty() ? "null" : invoked->payload);
    if (!value)
      co_return failure("Lambda.Unknown",
                        fmt::format("The function {} answered with something that is not JSON: {}", name.name,
                                    value.error().message));
    if (invoked->failed) {
      const std::string_view type = value->get("errorType").string_or("Lambda.Unknown");
      co_return failure(std::string(type), std::move(invoked->payload));
    }
    if (direct) co_return ConnectorResult{engine::Payload(*value, std::move(invoked->payload))};
    co_return wrapped(call.task.parameters.value(), name, *value, *invoked);
  }

 private:
  static FunctionName name_of(const engine::ScheduleTask& task) {
    if (task.resource.kind == Resource::Kind::kLambda) return read_function_name(task.resource.arn);
    const Value& parameters = task.parameters.value();
    FunctionName name = read_function_name(parameters.get("FunctionName").string_or(""));
    if (name.qualifier.empty()) name.qualifier = parameters.get("Qualifier").string_or("");
    return name;
  }

  const Function* find(std::string_view name) const {
    const auto found = with_.settings.functions.find(name);
    return found == with_.settings.functions.end() ? nullptr : &found->second;
  }

  ConnectorResult not_found(const FunctionName& name) const {
    std::string arn = name.arn;
    if (arn.empty()) arn = fmt::format("arn:aws:lambda:{}:{}:function:{}", kRegion, kAccount, name.name);
    if (!arn.ends_with(fmt::format(":{}", name.qualifier)) || name.qualifier.empty())
      arn += fmt::format(":{}", name.qualifier.empty() ? "$LATEST" : name.qualifier);
    return failure("Lambda.ResourceNotFoundException",
                   optimized_cause(fmt::format("Function not found: {}", arn), "AWSLambda", 404,
                                   "ResourceNotFoundException", with_.ids.uuid()));
  }

  static ConnectorResult unreachable(const os::Error& error) {
    if (error.code == Code::kTimeout) {
      const Invoked timed_out = failed_with("Sandbox.Timedout", error.message);
      return failure("Sandbox.Timedout", timed_out.payload);
    }
    return failure(
        error.code == Code::kLimitExceeded ? "Lambda.TooManyRequestsException" : "Lambda.SdkClientException",
        error.message);
  }

  net::Task<Result<Invoked>> invoke(const Function& function, std::string payload, const ConnectorCall& call,
                                    net::Cancellation cancellation) {
    if (const auto* mock = std::get_if<FunctionMock>(&function.target))
      co_return Invoked{json::write(*mock->result)};
    net::Cancellation stop;
    const auto cancelled =
        cancellation.on_request([stop, cancellation]() mutable { stop.request(cancellation.reason()); });
    const ClockTimer timeout(with_.clock, with_.clock.now() + std::chrono::seconds(function.timeout_seconds),
                             [stop]() mutable { stop.request("timeout"); });
    Result<Invoked> invoked;
    if (const auto* url = std::get_if<FunctionUrl>(&function.target))
      invoked = co_await post(*url, std::move(payload), call, stop);
    else
      invoked = co_await execute(std::get<FunctionCommand>(function.target), std::move(payload), call, stop);
    if (!invoked && stop.requested() && !cancellation.requested())
      co_return os::fail(Code::kTimeout,
                         fmt::format("Task timed out after {}.00 seconds", function.timeout_seconds));
    co_return invoked;
  }

  static net::Task<Result<Invoked>> post(const FunctionUrl& target, std::string payload,
                                         const ConnectorCall& call, net::Cancellation stop) {
    const net::Executor executor = co_await net::this_executor();
    net::HttpClient http(executor);
    net::ClientRequest request;
    request.method = "POST";
    request.url = target.url;
    request.headers.add("content-type", "application/json");
    request.headers.add("x-soma-idempotency-key", call.idempotency_key);
    if (!call.trace_header.empty()) request.headers.add("x-amzn-trace-id", call.trace_header);
    request.body = std::move(payload);
    request.stall_timeout = os::Duration(0);  // the function's own timeout is the limit
    request.max_body_bytes = kMaxFunctionOutputBytes;
    request.cancellation = stop;
    Result<net::Response> answered = co_await http.fetch(std::move(request));
    // Nobody took the connection: that is not the function's own time.
    if (!answered && answered.error().code == Code::kTimeout)
      co_return os::fail(Code::kUnavailable, answered.error().message);
    SOMA_CO_ASSIGN(net::Response response, std::move(answered));
    if (response.status == 429)
      co_return os::fail(Code::kLimitExceeded, fmt::format("{} answered with status 429", target.url));
    if (response.status < 200 || response.status > 299)
      co_return os::fail(Code::kUnavailable,
                         fmt::format("{} answered with status {}: {}", target.url, response.status,
                                     os::utf8_prefix(response.body, 1024)));
    Invoked invoked{std::move(response.body), response.headers.has("x-amz-function-error")};
    // The runtime interface emulator tells of failures in the body alone.
    if (const Result<Value> value = json::parse(invoked.payload); value && tells_an_error(*value))
      invoked.failed = true;
    co_return invoked;
  }

  net::Task<Result<Invoked>> execute(const FunctionCommand& target, std::string payload,
                                     const ConnectorCall& call, net::Cancellation stop) {
    const net::Executor executor = co_await net::this_executor();
    net::ProgramCall program{.arguments = target.arguments, .input = std::move(payload)};
    program.environment = target.environment;
    program.environment.push_back(fmt::format("SOMA_EXECUTION_ARN={}", call.execution_arn));
    program.environment.push_back(fmt::format("SOMA_IDEMPOTENCY_KEY={}", call.idempotency_key));
    program.max_output_bytes = kMaxFunctionOutputBytes;
    program.limit_name = "kMaxFunctionOutputBytes";
    SOMA_CO_ASSIGN(net::ProgramEnd end, co_await net::run_program(executor, with_.clock, with_.launcher,
                                                                  std::move(program), stop));
    std::string output(os::trim(end.output));
    if (end.status.code == 0) co_return Invoked{.payload = std::move(output), .log = std::move(end.errors)};
    if (const Result<Value> told = json::parse(output); told && tells_an_error(*told))
      co_return Invoked{std::move(output), true};
    std::string message = end.status.signal != 0
                              ? fmt::format("it was killed by signal {}", end.status.signal)
                              : fmt::format("it exited with code {}", end.status.code);
    const std::string errors = os::to_valid_utf8(os::trim(end.errors));
    if (!errors.empty()) message += fmt::format(": {}", errors);
    co_return failed_with("Runtime.ExitError", os::utf8_prefix(message, 8 << 10));
  }

  ConnectorResult wrapped(const Value& parameters, const FunctionName& name, const Value& payload,
                          const Invoked& invoked) const {
    const int status = parameters.get("InvocationType").string_or("") == "Event" ? 202 : 200;
    const std::string version = name.qualifier.empty() ? "$LATEST" : name.qualifier;
    const std::string request_id = with_.ids.uuid();
    Value out = json::object({{"ExecutedVersion", version}});
    std::vector<std::pair<std::string, std::string>> headers = {
        {"X-Amz-Executed-Version", version},
        {"x-amzn-Remapped-Content-Length", "0"},
        {"Connection", "keep-alive"},
        {"x-amzn-RequestId", request_id},
        {"Content-Length", std::to_string(invoked.payload.size())},
        {"Date", http_date(with_.clock.now())},
        {"X-Amzn-Trace-Id", fmt::format("Root=1-{}", request_id)},
        {"Content-Type", "application/json"}};
    if (parameters.get("LogType").string_or("") == "Tail") {
      const std::string log = log_tail(fmt::format("START RequestId: {} Version: {}\n{}END RequestId: {}\n",
                                                   request_id, version, invoked.log, request_id));
      headers.insert(headers.begin(), {"X-Amz-Log-Result", log});
      out.set("LogResult", log);
    }
    out.set("Payload", status == 202 ? Value("") : payload);
    add_sdk_metadata(out, headers, status, request_id);
    out.set("StatusCode", status);
    return answer(std::move(out));
  }

  LambdaDependencies with_;
};

}  // namespace

std::unique_ptr<Connector> make_lambda_connector(LambdaDependencies dependencies) {
  return std::make_unique<LambdaConnector>(dependencies);
}

}  // namespace soma::workflow
