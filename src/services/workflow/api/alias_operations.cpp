// Aliases of state machines.
#include <algorithm>

#include "services/workflow/api/handlers.h"
#include "services/workflow/api/page.h"
#include "services/workflow/api/wire.h"

namespace soma::workflow::api {
namespace {

using json::Value;

constexpr std::string_view kList = "aliases";

std::optional<std::vector<std::pair<std::string, int64_t>>> routes_from(const Value& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<std::pair<std::string, int64_t>> routes;
  for (const Value& route : list.as_array())
    routes.emplace_back(route.get("stateMachineVersionArn").string_or(""), route.get("weight").int_or(0));
  return routes;
}

}  // namespace

Answer create_state_machine_alias(Call call) {
  AliasRequest request{.name = call.text("name"),
                       .arn = {},
                       .description = call.optional_text("description"),
                       .routes = routes_from(call.parameters.get("routingConfiguration")),
                       .allow_breaking = call.beyond.allow_breaking};
  SOMA_CO_ASSIGN(const AliasOf made, co_await call.service.machines().create_alias(std::move(request)));
  co_return json::object({{"stateMachineAliasArn", alias_arn(made.machine->arn, made.alias.name)},
                          {"creationDate", time_json(made.alias.created)}});
}

Answer update_state_machine_alias(Call call) {
  AliasRequest request{.name = {},
                       .arn = call.text("stateMachineAliasArn"),
                       .description = call.optional_text("description"),
                       .routes = routes_from(call.parameters.get("routingConfiguration")),
                       .allow_breaking = call.beyond.allow_breaking};
  SOMA_CO_ASSIGN(const AliasOf changed, co_await call.service.machines().update_alias(std::move(request)));
  co_return json::object({{"updateDate", time_json(changed.alias.updated)}});
}

Answer describe_state_machine_alias(Call call) {
  SOMA_CO_ASSIGN(const AliasOf found, call.service.machines().alias(call.text("stateMachineAliasArn")));
  Value routes = json::Array{};
  for (const Route& route : found.alias.routes)
    routes.push_back(json::object({{"stateMachineVersionArn", version_arn(found.machine->arn, route.version)},
                                   {"weight", route.weight}}));
  Value answer = json::object({{"stateMachineAliasArn", alias_arn(found.machine->arn, found.alias.name)},
                               {"name", found.alias.name},
                               {"routingConfiguration", std::move(routes)},
                               {"creationDate", time_json(found.alias.created)},
                               {"updateDate", time_json(found.alias.updated)}});
  if (!found.alias.description.empty()) answer.set("description", found.alias.description);
  co_return answer;
}

Answer delete_state_machine_alias(Call call) {
  std::string arn = call.text("stateMachineAliasArn");
  SOMA_CO_TRY(co_await call.service.machines().delete_alias(std::move(arn)));
  co_return json::Object{};
}

// Of a version's ARN: the aliases that route to it.
Answer list_state_machine_aliases(Call call) {
  SOMA_CO_ASSIGN(const PageRequest page, read_page(call.parameters, kList));
  const std::string arn = call.text("stateMachineArn");
  SOMA_CO_ASSIGN(const MachineReference reference, parse_machine_arn(arn));
  if (!reference.alias.empty() || !reference.label.empty()) co_return no_state_machine(arn);
  SOMA_CO_ASSIGN(const Target target, call.service.machines().resolve(arn, ""));
  std::vector<Alias> aliases;
  for (const Alias& alias : target.machine->aliases)
    if (!reference.version ||
        std::ranges::find(alias.routes, *reference.version, &Route::version) != alias.routes.end())
      aliases.push_back(alias);
  co_return page_of(
      aliases, page, kList, "stateMachineAliases",
      [&](const Alias& alias) { return alias.name > page.after; },
      [](const Alias& alias) { return alias.name; },
      [&](const Alias& alias) -> Value {
        return json::object({{"stateMachineAliasArn", alias_arn(target.machine->arn, alias.name)},
                             {"creationDate", time_json(alias.created)}});
      });
}

}  // namespace soma::workflow::api
