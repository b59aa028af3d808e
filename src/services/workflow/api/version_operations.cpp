// Versions of state machines.
#include <charconv>
#include <ranges>

#include "services/workflow/api/handlers.h"
#include "services/workflow/api/page.h"
#include "services/workflow/api/wire.h"

namespace soma::workflow::api {
namespace {

using json::Value;

constexpr std::string_view kList = "versions";

// A place in the order; 0 for what is none.
uint64_t number_of(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Answer publish_state_machine_version(Call call) {
  std::string arn = call.text("stateMachineArn"), revision = call.text("revisionId"),
              description = call.text("description");
  SOMA_CO_ASSIGN(const Published published, co_await call.service.machines().publish(
                                                std::move(arn), std::move(revision), std::move(description),
                                                call.beyond.allow_breaking));
  co_return json::object(
      {{"creationDate", time_json(published.version.created)},
       {"stateMachineVersionArn", version_arn(published.machine->arn, published.version.number)}});
}

Answer delete_state_machine_version(Call call) {
  std::string arn = call.text("stateMachineVersionArn");
  SOMA_CO_TRY(co_await call.service.machines().delete_version(std::move(arn)));
  co_return json::Object{};
}

Answer list_state_machine_versions(Call call) {
  SOMA_CO_ASSIGN(const PageRequest page, read_page(call.parameters, kList));
  SOMA_CO_ASSIGN(const MachinePtr machine, call.service.machines().get(call.text("stateMachineArn")));
  const uint64_t before = number_of(page.after);
  co_return page_of(
      machine->versions | std::views::reverse, page, kList, "stateMachineVersions",
      [&](const Version& version) { return version.number < before; },
      [](const Version& version) { return std::to_string(version.number); },
      [&](const Version& version) -> Value {
        return json::object({{"stateMachineVersionArn", version_arn(machine->arn, version.number)},
                             {"creationDate", time_json(version.created)}});
      });
}

}  // namespace soma::workflow::api
