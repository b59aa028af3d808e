#include "services/workflow/machines/settings.h"

#include <fmt/format.h>

namespace soma::workflow {
namespace {

using json::Value;

constexpr std::string_view kOff = "OFF";

std::unexpected<ApiError> invalid_logging(std::string_view what) {
  return refuse(error::kInvalidLogging, fmt::format("Invalid Logging Configuration: {}", what));
}

}  // namespace

Answered<> check_role(std::string_view arn) {
  if (!arn.starts_with("arn:")) return invalid_arn(fmt::format("Invalid ARN prefix: {}", arn));
  return {};
}

Answered<Value> logging_settings(const Value& given,
                                 const std::function<bool(std::string_view)>& log_group_exists) {
  const std::string_view level = given.get("level").string_or(kOff);
  const Value* destinations = given.find("destinations");
  const size_t count = destinations ? destinations->size() : 0;
  if (count > 1 || (level != kOff && count == 0))
    return invalid_logging("Must specify exactly one Log Destination.");
  if (count == 1) {
    const std::string_view group =
        destinations->at(0).get("cloudWatchLogsLogGroup").get("logGroupArn").string_or("");
    if (group.empty() || (log_group_exists && !log_group_exists(group)))
      return invalid_logging("Log Destination not found.");
  }
  Value settings = json::object(
      {{"level", level}, {"includeExecutionData", given.get("includeExecutionData").bool_or(false)}});
  if (destinations) settings.set("destinations", *destinations);
  return settings;
}

Value tracing_settings(const Value& given) {
  return json::object({{"enabled", given.get("enabled").bool_or(false)}});
}

Answered<Value> encryption_settings(const Value& given) {
  constexpr std::string_view kOwned = "AWS_OWNED_KEY";
  if (given.get("type").string_or(kOwned) != kOwned)
    return refuse(error::kInvalidEncryption,
                  "Invalid Encryption Configuration: there is no key management here; use AWS_OWNED_KEY");
  if (given.has("kmsKeyId") || given.has("kmsDataKeyReusePeriodSeconds"))
    return refuse(error::kInvalidEncryption,
                  "Invalid Encryption Configuration: kmsKeyId and kmsDataKeyReusePeriodSeconds cannot be set "
                  "with AWS_OWNED_KEY");
  return json::object({{"type", kOwned}});
}

}  // namespace soma::workflow
