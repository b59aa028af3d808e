// Activities.
#include "services/workflow/api/handlers.h"
#include "services/workflow/api/page.h"
#include "services/workflow/api/wire.h"
#include "services/workflow/machines/settings.h"

namespace soma::workflow::api {
namespace {

using json::Value;

constexpr std::string_view kList = "activities";

Value entry_json(const ActivityPtr& activity) {
  return json::object({{"activityArn", activity->arn},
                       {"name", activity->name},
                       {"creationDate", time_json(activity->created)}});
}

}  // namespace

Answer create_activity(Call call) {
  SOMA_CO_TRY(encryption_settings(call.parameters.get("encryptionConfiguration")));
  std::string name = call.text("name");
  std::vector<Tag> tags = tags_from_json(call.parameters.get("tags"));
  SOMA_CO_ASSIGN(const ActivityPtr made,
                 co_await call.service.activities().create(std::move(name), std::move(tags)));
  co_return json::object({{"activityArn", made->arn}, {"creationDate", time_json(made->created)}});
}

Answer delete_activity(Call call) {
  std::string arn = call.text("activityArn");
  SOMA_CO_TRY(co_await call.service.activities().remove(std::move(arn)));
  co_return json::Object{};
}

Answer describe_activity(Call call) {
  SOMA_CO_ASSIGN(const ActivityPtr found, call.service.activities().get(call.text("activityArn")));
  Value answer = entry_json(found);
  SOMA_CO_ASSIGN(Value encryption, encryption_settings(Value()));
  answer.set("encryptionConfiguration", std::move(encryption));
  co_return answer;
}

Answer list_activities(Call call) {
  SOMA_CO_ASSIGN(const PageRequest page, read_page(call.parameters, kList));
  co_return page_of(
      call.service.activities().list(), page, kList, "activities",
      [&](const ActivityPtr& activity) { return activity->name > page.after; },
      [](const ActivityPtr& activity) { return activity->name; }, entry_json);
}

}  // namespace soma::workflow::api
