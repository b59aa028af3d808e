#include "services/workflow/connectors/answers.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace soma::workflow {

ConnectorResult answer(json::Value value) {
  return {engine::Payload(std::move(value))};
}

ConnectorResult failure(std::string error, std::string cause) {
  return {std::unexpected(ConnectorFailure{std::move(error), std::move(cause)})};
}

ConnectorResult let_go() {
  return {std::unexpected(
      ConnectorFailure{.error = "States.TaskFailed", .cause = std::string(kTaskLetGo), .let_go = true})};
}

std::string optimized_cause(std::string_view message, std::string_view service, int status,
                            std::string_view error_code, std::string_view request_id) {
  return fmt::format("{} (Service: {}; Status Code: {}; Error Code: {}; Request ID: {}; Proxy: null)",
                     message, service, status, error_code, request_id);
}

std::string sdk_cause(std::string_view message, std::string_view service, int status,
                      std::string_view request_id) {
  return fmt::format("{} (Service: {}, Status Code: {}, Request ID: {}) (SDK Attempt Count: 1)", message,
                     service, status, request_id);
}

void add_sdk_metadata(json::Value& answer, const std::vector<std::pair<std::string, std::string>>& headers,
                      int status, std::string_view request_id) {
  json::Value all = json::Object{}, single = json::Object{};
  for (const auto& [name, value] : headers) {
    all.set(name, json::array({value}));
    single.set(name, value);
  }
  answer.set("SdkHttpMetadata", json::object({{"AllHttpHeaders", std::move(all)},
                                              {"HttpHeaders", std::move(single)},
                                              {"HttpStatusCode", status}}));
  answer.set("SdkResponseMetadata", json::object({{"RequestId", request_id}}));
}

std::string http_date(os::Time time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", std::chrono::floor<std::chrono::seconds>(time));
}

}  // namespace soma::workflow
