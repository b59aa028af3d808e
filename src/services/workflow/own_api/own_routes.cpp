#include "services/workflow/own_api/own_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "services/workflow/api/operations.h"

namespace soma::workflow {

std::string arn_of_key(std::string_view key) {
  return key.starts_with("arn:") ? std::string(key) : machine_arn(key);
}

net::Task<os::Result<json::Value>> call_own(Service& service, std::string operation, json::Value parameters) {
  Answered<json::Value> answer = co_await api::call(service, operation, std::move(parameters));
  if (!answer) co_return std::unexpected(to_os_error(answer.error()));
  co_return std::move(*answer);
}

os::Result<> check_members(const json::Value& body, std::initializer_list<std::string_view> known) {
  if (!body.is_object()) return os::fail(os::Code::kInvalidArgument, "the body must be a JSON object");
  for (const auto& [member, value] : body.as_object()) {
    if (std::ranges::find(known, std::string_view(member)) != known.end()) continue;
    const std::vector<std::string_view> candidates(known);
    const std::string_view near = os::nearest(member, candidates);
    return os::fail(os::Code::kInvalidArgument, fmt::format("'{}' is not known here", member),
                    near.empty() ? fmt::format("known are: {}", fmt::join(known, ", "))
                                 : fmt::format("did you mean '{}'?", near));
  }
  return {};
}

}  // namespace soma::workflow
