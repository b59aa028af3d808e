#include "services/workflow/engine/map_run.h"

namespace soma::workflow::engine {
namespace {

// Variables that were taken along with the map run's order.
class TakenVariables : public query::Variables {
 public:
  explicit TakenVariables(const json::Value& values) : values_(values) {}
  const json::Value* find(std::string_view name) const override { return values_.find(name); }
  std::vector<std::pair<std::string_view, const json::Value*>> all() const override {
    std::vector<std::pair<std::string_view, const json::Value*>> all;
    if (!values_.is_object()) return all;
    for (const auto& [name, value] : values_.as_object()) all.emplace_back(name, &value);
    return all;
  }

 private:
  const json::Value& values_;
};

}  // namespace

DefinitionPtr child_definition(const workflow::State& map, std::string text) {
  auto definition = std::make_shared<Definition>();
  definition->text = std::move(text);
  definition->language = map.language;
  definition->flow = std::get<MapDetails>(map.details).processor;
  return definition;
}

json::Value child_context(int64_t index, const MapItem& item) {
  return json::object({{"Map", item.context(index)}});
}

std::expected<Payload, ItemFailure> child_input(const workflow::State& map, const StartMapRun& run,
                                                int64_t index, const MapItem& item,
                                                const jsonata::Surroundings& surroundings) {
  const auto& selector = std::get<MapDetails>(map.details).item_selector;
  if (!selector) return Payload(item.input());
  json::Value context = run.context;
  context.set("Map", item.context(index));
  const TakenVariables variables(run.variables);
  const query::Scope scope{.input = &run.input.value(), .context = &context, .variables = &variables};
  auto value = selector->evaluate(scope, surroundings);
  if (!value) return std::unexpected(ItemFailure{.error = value.error().error, .cause = value.error().cause});
  return Payload(std::move(*value));
}

}  // namespace soma::workflow::engine
