#include "services/workflow/connectors/http.h"

#include <fmt/format.h>

#include "services/workflow/connectors/answers.h"

namespace soma::workflow {
namespace {

using engine::Resource;
using json::Value;
using os::Code;
using os::Result;

std::string text_of(const Value& value) {
  return value.is_string() ? value.as_string() : json::write(value);
}

void add_pair(std::string& out, std::string_view name, const Value& value) {
  if (!out.empty()) out += '&';
  out += fmt::format("{}={}", os::percent_encode(name), os::percent_encode(text_of(value)));
}

void encode_member(std::string& out, const std::string& name, const Value& value, std::string_view arrays) {
  if (value.is_object()) {
    for (const auto& [inner, member] : value.as_object())
      encode_member(out, fmt::format("{}[{}]", name, inner), member, arrays);
    return;
  }
  if (!value.is_array() || arrays == "NONE") return add_pair(out, name, value);
  if (arrays == "COMMAS") {
    std::vector<std::string> texts;
    for (const Value& element : value.as_array()) texts.push_back(text_of(element));
    return add_pair(out, name, os::join(texts, ","));
  }
  for (size_t index = 0; index < value.size(); ++index) {
    std::string element = name;
    if (arrays == "INDICES") element = fmt::format("{}[{}]", name, index);
    if (arrays == "BRACKETS") element += "[]";
    encode_member(out, element, value.at(index), arrays);
  }
}

// "arn:aws:events:REGION:ACCOUNT:connection/NAME/ID"
std::string_view connection_name(std::string_view arn) {
  constexpr std::string_view kMarker = ":connection/";
  const size_t marker = arn.find(kMarker);
  if (marker == std::string_view::npos) return arn;
  arn.remove_prefix(marker + kMarker.size());
  return arn.substr(0, arn.find('/'));
}

std::string_view reason_of(int status) {
  static constexpr std::pair<int, std::string_view> kReasons[] = {{200, "OK"},
                                                                  {201, "Created"},
                                                                  {202, "Accepted"},
                                                                  {203, "Non-Authoritative Information"},
                                                                  {204, "No Content"},
                                                                  {205, "Reset Content"},
                                                                  {206, "Partial Content"}};
  for (const auto& [code, reason] : kReasons)
    if (code == status) return reason;
  return "";
}

ConnectorResult read_response(const net::Response& response) {
  if (response.status < 200 || response.status > 299)
    return failure(fmt::format("States.Http.StatusCode.{}", response.status),
                   std::string(os::utf8_prefix(response.body, engine::kMaxCauseCharacters)));
  Value headers = json::Object{};
  for (const auto& [name, value] : response.headers.entries()) {
    const std::string key = os::to_lower(name);
    if (!headers.has(key)) headers.set(key, json::Array{});
    headers.find(key)->push_back(value);
  }
  Value body = os::to_valid_utf8(response.body);
  if (response.headers.get("content-type").find("json") != std::string_view::npos)
    if (Result<Value> parsed = json::parse(response.body)) body = std::move(*parsed);
  return answer(json::object({{"Headers", std::move(headers)},
                              {"ResponseBody", std::move(body)},
                              {"StatusCode", response.status},
                              {"StatusText", reason_of(response.status)}}));
}

ConnectorResult no_response(const os::Error& error) {
  switch (error.code) {
    case Code::kLimitExceeded:
      return failure(
          "States.DataLimitExceeded",
          fmt::format("The response is larger than {} bytes (kMaxPayloadBytes)", engine::kMaxPayloadBytes));
    case Code::kPermissionDenied:
      return failure("States.TaskFailed", error.to_string());
    default:
      return failure("States.Http.Socket", error.message);
  }
}

// As TestState shows it: "[name: value, name: value]".
std::string headers_text(const net::Headers& headers) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : headers.entries())
    lines.push_back(fmt::format("{}: {}", os::to_lower(name), value));
  return fmt::format("[{}]", os::join(lines, ", "));
}

std::string url_with(const std::string& url, const std::string& query) {
  if (query.empty()) return url;
  return fmt::format("{}{}{}", url, url.find('?') == std::string::npos ? '?' : '&', query);
}

Value shown_request(const net::ClientRequest& request, const std::string& query) {
  Value shown = json::object({{"protocol", request.url.substr(0, request.url.find(':'))},
                              {"method", request.method},
                              {"url", url_with(request.url, query)},
                              {"headers", headers_text(request.headers)}});
  if (!request.body.empty()) shown.set("body", os::to_valid_utf8(request.body));
  return shown;
}

Value shown_response(const net::Response& response, std::string_view protocol) {
  return json::object({{"protocol", protocol},
                       {"statusCode", std::to_string(response.status)},
                       {"statusMessage", reason_of(response.status)},
                       {"headers", headers_text(response.headers)},
                       {"body", os::to_valid_utf8(response.body)}});
}

class HttpConnector final : public Connector {
 public:
  explicit HttpConnector(HttpDependencies dependencies) : with_(std::move(dependencies)) {}

  bool serves(const Resource& resource) const override {
    return resource.kind == Resource::Kind::kService && resource.service == "http" &&
           resource.action == "invoke";
  }
  // As HTTP says: methods that change nothing, and those that change the same thing to the same.
  bool repeatable(const engine::ScheduleTask& task) const override {
    const std::string_view method = task.parameters.value().get("Method").string_or("");
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" ||
           method == "DELETE";
  }

  net::Task<ConnectorResult> run(ConnectorCall call, std::function<void(engine::Payload)> /*submitted*/,
                                 net::Cancellation cancellation) override {
    engine::Inspection* const watched = call.inspection.get();
    Result<net::ClientRequest> request = request_of(call.task.parameters.value(), watched);
    if (!request) co_return failure("States.TaskFailed", request.error().to_string());
    if (!request->headers.has("x-soma-idempotency-key"))
      request->headers.add("x-soma-idempotency-key", call.idempotency_key);
    request->policy = &with_.outbound;
    request->total_timeout = kHttpTimeout;
    request->max_body_bytes = engine::kMaxPayloadBytes;
    request->cancellation = cancellation;
    const std::string protocol = request->url.substr(0, request->url.find(':'));
    const net::Executor executor = co_await net::this_executor();
    net::HttpClient http(executor);
    const Result<net::Response> response = co_await http.fetch(std::move(*request));
    if (!response) co_return no_response(response.error());
    // Whoever gave the task up may be reading what was seen.
    if (watched != nullptr && !cancellation.requested())
      watched->http_response = shown_response(*response, protocol);
    co_return read_response(*response);
  }

 private:
  // Without what its connection adds, `watched` is shown the request unless it wants the secrets, too.
  Result<net::ClientRequest> request_of(const Value& parameters, engine::Inspection* watched) const {
    net::ClientRequest request;
    request.url = parameters.get("ApiEndpoint").string_or("");
    request.method = parameters.get("Method").string_or("");
    SOMA_TRY(net::parse_url(request.url));
    if (request.method.empty()) return os::fail(Code::kInvalidArgument, "http:invoke needs a Method");
    const Value& transform = parameters.get("Transform");
    const bool form = transform.get("RequestBodyEncoding").string_or("NONE") == "URL_ENCODED";
    const std::string_view arrays =
        transform.get("RequestEncodingOptions").get("ArrayFormat").string_or("INDICES");
    request.headers.add("user-agent", "Amazon|StepFunctions|HttpInvoke|us-east-1");
    if (const Value* body = parameters.find("RequestBody"); body != nullptr && !body->is_null()) {
      request.headers.add("content-type", form ? "application/x-www-form-urlencoded;charset=UTF-8"
                                               : "application/json;charset=UTF-8");
      request.body = form ? encode_form(*body, arrays) : text_of(*body);
      if (!form && body->is_string()) request.body = json::write(*body);
    }
    std::string query = encode_form(parameters.get("QueryParameters"), arrays);
    if (const Value& headers = parameters.get("Headers"); headers.is_object())
      for (const auto& [name, value] : headers.as_object()) request.headers.set(name, header_text(value));
    if (watched != nullptr) watched->http_request = shown_request(request, query);
    SOMA_TRY(authenticate(parameters, request, query));
    if (watched != nullptr && watched->reveal_secrets) watched->http_request = shown_request(request, query);
    request.url = url_with(request.url, query);
    return request;
  }

  static std::string header_text(const Value& value) {
    if (!value.is_array()) return text_of(value);
    std::vector<std::string> texts;
    for (const Value& element : value.as_array()) texts.push_back(text_of(element));
    return os::join(texts, ",");
  }

  Result<> authenticate(const Value& parameters, net::ClientRequest& request, std::string& query) const {
    const Value* arn = parameters.get("Authentication").find("ConnectionArn");
    if (arn == nullptr) arn = parameters.get("InvocationConfig").find("ConnectionArn");
    if (arn == nullptr) return {};
    const std::string_view name = connection_name(arn->string_or(""));
    const auto found = with_.settings.connections.find(name);
    if (found == with_.settings.connections.end())
      return os::fail(Code::kNotFound, fmt::format("the connection {} is not there", name),
                      "describe it under \"connections\" in workflow.json");
    const HttpConnection& connection = found->second;
    for (const auto& [header, reference] : connection.headers) {
      SOMA_ASSIGN(std::string value, value_of(reference));
      request.headers.set(header, std::move(value));
    }
    for (const auto& [parameter, reference] : connection.query) {
      SOMA_ASSIGN(const std::string value, value_of(reference));
      add_pair(query, parameter, value);
    }
    if (connection.user.empty()) return {};
    SOMA_ASSIGN(const std::string password, value_of(connection.password));
    request.headers.set("authorization",
                        "Basic " + os::base64_encode(fmt::format("{}:{}", connection.user, password)));
    return {};
  }

  Result<std::string> value_of(const std::string& text) const {
    if (!text.starts_with("secret:") && !text.starts_with("env:")) return text;
    return with_.read_secret(text);
  }

  HttpDependencies with_;
};

}  // namespace

std::string encode_form(const Value& object, std::string_view arrays) {
  std::string out;
  if (object.is_object())
    for (const auto& [name, value] : object.as_object()) encode_member(out, name, value, arrays);
  return out;
}

std::unique_ptr<Connector> make_http_connector(HttpDependencies dependencies) {
  return std::make_unique<HttpConnector>(std::move(dependencies));
}

}  // namespace soma::workflow
