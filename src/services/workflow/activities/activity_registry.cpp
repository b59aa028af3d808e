#include "services/workflow/activities/activity_registry.h"

#include <fmt/format.h>

#include "services/workflow/names.h"

namespace soma::workflow {
namespace {

using json::Value;
using os::Code;
using os::Result;
using Events = std::vector<journal::NewEvent>;
using Plan = FoldedRuns<Activity>::Plan;

constexpr std::string_view kCreated = "activity.created";
constexpr std::string_view kTagged = "activity.tags";
constexpr std::string_view kDeleted = "activity.deleted";

Events event(std::string_view type, const Value& body) {
  return {journal::NewEvent{std::string(type), json::write(body)}};
}

Result<ActivityPtr> fold(const std::string& name, const ActivityPtr& before, const journal::Event& event) {
  if (event.type == kDeleted) return ActivityPtr();
  SOMA_ASSIGN(const Value body, json::parse(event.body));
  auto activity = before ? std::make_shared<Activity>(*before) : std::make_shared<Activity>();
  if (event.type == kCreated)
    *activity = {name, activity_arn(name), {}, event.at};
  else if (event.type != kTagged || !before)
    return os::fail(Code::kCorrupt,
                    fmt::format("activity/{}, event {}: {} is not expected", name, event.seq, event.type));
  activity->tags = tags_from_json(body.get("tags"));
  return activity;
}

// The name in an activity's ARN; empty for one of another region or account.
Answered<std::string> name_in(std::string_view arn) {
  auto parsed = parse_arn(arn, {"activity"});
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (parsed->parts.size() != 1) return invalid_arn(fmt::format("Invalid ARN: {}", arn));
  return parsed->local ? std::move(parsed->parts[0]) : std::string();
}

}  // namespace

Activities::Activities(journal::Journal& journal) : runs_(journal, "activity", fold) {}

Result<std::unique_ptr<Activities>> Activities::open(journal::Journal& journal) {
  std::unique_ptr<Activities> activities(new Activities(journal));
  SOMA_TRY(activities->runs_.load());
  return activities;
}

net::Task<Answered<ActivityPtr>> Activities::create(std::string name, std::vector<Tag> tags) {
  SOMA_CO_TRY(check_name(name));
  SOMA_CO_ASSIGN(tags, with_tags({}, tags));
  const Plan plan = [&](const ActivityPtr& now) -> Answered<Events> {
    if (now) return Events{};
    if (runs_.size() >= kMaxActivities)
      return refuse("ActivityLimitExceeded",
                    fmt::format("There are {} activities already (kMaxActivities)", runs_.size()));
    return event(kCreated, json::object({{"tags", tags_json(tags)}}));
  };
  co_return co_await runs_.change(name, plan);
}

net::Task<Answered<>> Activities::remove(std::string arn) {
  SOMA_CO_ASSIGN(const std::string name, name_in(arn));
  if (!runs_.find(name)) co_return Answered<>{};
  const Plan plan = [](const ActivityPtr& now) -> Answered<Events> {
    return now ? event(kDeleted, json::Object{}) : Events{};
  };
  SOMA_CO_TRY(co_await runs_.change(name, plan));
  co_return Answered<>{};
}

Answered<ActivityPtr> Activities::get(std::string_view arn) const {
  auto name = name_in(arn);
  if (!name) return std::unexpected(std::move(name.error()));
  ActivityPtr activity = runs_.find(*name);
  if (!activity) return no_activity(arn);
  return activity;
}

std::vector<ActivityPtr> Activities::list() const {
  return runs_.all();
}

net::Task<Answered<>> Activities::tag(std::string arn, std::vector<Tag> tags) {
  SOMA_CO_ASSIGN(const std::string name, name_in(arn));
  const Plan plan = [&](const ActivityPtr& now) -> Answered<Events> {
    if (!now) return no_tagged_resource(arn);
    auto all = with_tags(now->tags, tags);
    if (!all) return std::unexpected(std::move(all.error()));
    return event(kTagged, json::object({{"tags", tags_json(*all)}}));
  };
  SOMA_CO_TRY(co_await runs_.change(name, plan));
  co_return Answered<>{};
}

net::Task<Answered<>> Activities::untag(std::string arn, std::vector<std::string> keys) {
  SOMA_CO_ASSIGN(const std::string name, name_in(arn));
  const Plan plan = [&](const ActivityPtr& now) -> Answered<Events> {
    if (!now) return no_tagged_resource(arn);
    return event(kTagged, json::object({{"tags", tags_json(without_tags(now->tags, keys))}}));
  };
  SOMA_CO_TRY(co_await runs_.change(name, plan));
  co_return Answered<>{};
}

}  // namespace soma::workflow
