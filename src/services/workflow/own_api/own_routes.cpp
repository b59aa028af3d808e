#include "services/workflow/own_api/own_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace soma::workflow {

std::string arn_of_key(std::string_view key) {
  return key.starts_with("arn:") ? std::string(key) : machine_arn(key);
}

net::Task<os::Result<json::Value>> call_own(Service& service, std::string operation, json::Value parameters) {
  return call_own(service, std::move(operation), std::move(parameters), api::Beyond{});
}

net::Task<os::Result<json::Value>> call_own(Service& service, std::string operation, json::Value parameters,
                                            api::Beyond beyond) {
  net::Cancellation nobody_leaves;
  api::Answer called = api::call(service, std::move(operation), std::move(parameters),
                                 std::move(nobody_leaves), std::move(beyond));
  Answered<json::Value> answer = co_await std::move(called);
  if (!answer) co_return std::unexpected(to_os_error(answer.error()));
  co_return std::move(*answer);
}

os::Result<api::Beyond> read_beyond(const json::Value& body) {
  api::Beyond out;
  out.allow_breaking = body.get("allowBreaking").bool_or(false);
  const json::Value* given = body.find("contract");
  if (given == nullptr) return out;
  out.contract.emplace();
  if (given->is_null()) return out;
  if (const size_t bytes = json::write(*given).size(); bytes > contract::kMaxContractBytes)
    return os::fail(os::Code::kInvalidArgument,
                    fmt::format("the contract has {} bytes; the limit is {} (kMaxContractBytes)", bytes,
                                contract::kMaxContractBytes));
  auto read = contract::read_contract(*given, "", "contract");
  if (!read) return std::unexpected(std::move(read.error()));
  *out.contract = std::make_shared<const contract::Contract>(std::move(*read));
  return out;
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
