// Tags of state machines and activities.
#include "services/workflow/api/handlers.h"

namespace soma::workflow::api {
namespace {

using json::Value;

// A state machine's ARN, or an activity's.
Answered<bool> is_activity(std::string_view arn) {
  auto parsed = parse_arn(arn, {"stateMachine", "activity"});
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return parsed->kind == "activity";
}

}  // namespace

Answer tag_resource(Call call) {
  std::string arn = call.text("resourceArn");
  std::vector<Tag> tags = tags_from_json(call.parameters.get("tags"));
  SOMA_CO_ASSIGN(const bool activity, is_activity(arn));
  if (activity)
    SOMA_CO_TRY(co_await call.service.activities().tag(std::move(arn), std::move(tags)));
  else
    SOMA_CO_TRY(co_await call.service.machines().tag(std::move(arn), std::move(tags)));
  co_return json::Object{};
}

Answer untag_resource(Call call) {
  std::string arn = call.text("resourceArn");
  std::vector<std::string> keys;
  for (const Value& key : call.parameters.get("tagKeys").as_array()) keys.push_back(key.as_string());
  SOMA_CO_ASSIGN(const bool activity, is_activity(arn));
  if (activity)
    SOMA_CO_TRY(co_await call.service.activities().untag(std::move(arn), std::move(keys)));
  else
    SOMA_CO_TRY(co_await call.service.machines().untag(std::move(arn), std::move(keys)));
  co_return json::Object{};
}

Answer list_tags_for_resource(Call call) {
  const std::string arn = call.text("resourceArn");
  SOMA_CO_ASSIGN(const bool activity, is_activity(arn));
  std::vector<Tag> tags;
  if (activity) {
    const auto found = call.service.activities().get(arn);
    if (!found) co_return no_tagged_resource(arn);
    tags = (*found)->tags;
  } else {
    const auto found = call.service.machines().get(arn);
    if (!found) co_return no_tagged_resource(arn);
    tags = (*found)->tags;
  }
  co_return json::object({{"tags", tags_json(tags)}});
}

}  // namespace soma::workflow::api
