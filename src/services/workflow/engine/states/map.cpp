#include <algorithm>

#include <fmt/format.h>

#include "services/workflow/engine/data_flow.h"
#include "services/workflow/engine/states/states.h"

namespace soma::workflow::engine {
namespace {

Attempt<json::Value> array_by_path(const Run& run, const Frame& frame, const View& view,
                                   const MapDetails& map, const Payload& effective) {
  json::Value items;
  if (map.items_path) {
    SOMA_ASSIGN(items, view.evaluate(*map.items_path, "ItemsPath"));
  } else {
    items = effective.value();
  }
  if (items.is_array()) return items;
  std::string_view path = map.items_path ? std::string_view(map.items_path->text()) : "$";
  if (!has_stand_in(run))
    return std::unexpected(
        runtime_failure(frame, fmt::format("Reference path '{}' must point to array.", path)));
  // The service says it differently of a Map whose iterations are mocked, and of a path into the context
  // object as if that were the input.
  if (path.starts_with("$$")) path.remove_prefix(1);
  return std::unexpected(Failure{.error = std::string(errors::kRuntime),
                                 .cause = fmt::format("Reference path \"{}\" must point to array.", path)});
}

// An array; for a distributed Map, an object as well.
Attempt<json::Value> items_by_expression(const Frame& frame, const View& view, const MapDetails& map) {
  json::Value items;
  if (map.items) {
    SOMA_ASSIGN(items, view.evaluate_expression(*map.items));
  } else {
    items = frame.input.value();
  }
  if (items.is_array() || (items.is_object() && map.distributed)) return items;
  if (map.items) return std::unexpected(unexpected_type(frame, *map.items, "Items", "array", items));
  Failure failure{.error = std::string(errors::kQueryEvaluation)};
  failure.cause = in_state(frame, "Map state input must be an array but was: " + json::write(items));
  failure.evaluation = true;
  return std::unexpected(std::move(failure));
}

// How many iterations may run at once; 0: as many as there can be. A negative number of a path begins none,
// as the service does it: the state waits for the machine's timeout, or to be stopped.
Attempt<int64_t> concurrency(const Frame& frame, const View& view, const MapDetails& map) {
  if (!map.max_concurrency) return 0;
  SOMA_ASSIGN(json::Value value, view.evaluate(*map.max_concurrency));
  if (!value.is_integer()) {
    if (map.max_concurrency->expression) {
      return std::unexpected(
          unexpected_type(frame, *map.max_concurrency->expression, "MaxConcurrency", "integer", value));
    }
    return std::unexpected(not_a_number(frame, *map.max_concurrency, "integer", value));
  }
  return value.int_or(0);
}

Attempt<Payload> effective_once(Run& run, Frame& frame) {
  if (!frame.effective) {
    SOMA_ASSIGN(frame.effective, effective_input(run, frame));
  }
  return *frame.effective;
}

Attempt<Payload> iteration_input(Run& run, Frame& frame, int64_t index) {
  const json::Value& items = frame.work->value();
  if (!details_of<MapDetails>(frame.plan()).item_selector)
    return Payload(items.at(static_cast<size_t>(index)));
  SOMA_ASSIGN(const Payload effective, effective_once(run, frame));
  return item_input(run, frame, effective, index, item_at(items, static_cast<size_t>(index)));
}

void begin_iteration(Run& run, Frame& frame) {
  const int64_t index = frame.now.begun;
  auto input = iteration_input(run, frame, index);
  if (!input) return run.fail(frame, std::move(input.error()));
  const FlowPlan& flow = *frame.plan().inner.front();
  Frame& child = run.add_child(frame, flow, index);
  ++frame.now.begun;
  json::Value details = frame.plan().name_details;
  details.set("index", index);
  child.now.last = frame.now.follows;
  run.emit(child, {.type = EventType::kMapIterationStarted, .details = std::move(details)});
  run.enter(child, flow.start, std::move(*input));
}

}  // namespace

Attempt<Payload> item_input(Run& run, Frame& frame, const Payload& effective, int64_t index,
                            const MapItem& item) {
  const auto& selector = details_of<MapDetails>(frame.plan()).item_selector;
  if (!selector) return Payload(item.input());
  View view(run, frame);
  view.with_input(effective.value());
  if (frame.plan().reads_context) view.with_context(run.context_for_item(frame, index, item));
  return view.evaluate(*selector);
}

void begin_map(Run& run, Frame& frame) {
  const auto& map = details_of<MapDetails>(frame.plan());
  const bool by_path = frame.plan().state->language == query::Language::kJsonPath;
  auto effective = effective_input(run, frame);
  if (!effective) return run.fail(frame, std::move(effective.error()));
  View view(run, frame);
  view.with_input(effective->value());
  auto limit = concurrency(frame, view, map);
  if (!limit) return run.fail(frame, std::move(limit.error()));
  if (map.reader) {
    auto read = run.inspection() != nullptr ? run.inspection()->items : std::nullopt;
    return begin_map_run(run, frame, *effective, std::move(read), *limit);
  }
  auto items =
      by_path ? array_by_path(run, frame, view, map, *effective) : items_by_expression(frame, view, map);
  if (!items) return run.fail(frame, std::move(items.error()));
  if (by_path && run.inspection() != nullptr) run.saw(Stage::kItemsPath, Payload(*items));
  if (map.distributed || has_stand_in(run))
    return begin_map_run(run, frame, *effective, std::move(*items), *limit);
  const auto length = static_cast<int64_t>(items->size());
  const bool whole = !map.items && (!map.items_path || map.items_path->whole());
  frame.set_work(whole ? std::move(*effective) : Payload(std::move(*items)));
  run.emit(frame, {.type = EventType::kMapStateStarted, .details = json::object({{"length", length}})});
  const auto most = static_cast<int64_t>(kInlineMapConcurrency);
  begin_children(run, frame, length, *limit == 0 ? most : std::min(*limit, most));
}

void go_on_map(Run& run, Frame& frame) {
  if (frame.now.finished < frame.now.total) return begin_iteration(run, frame);
  const int64_t last = frame.now.last;
  run.emit(frame, {.type = EventType::kMapStateSucceeded});
  frame.now.last = last;  // the Exited event follows the last iteration
  const Payload result = children_outputs(frame);
  complete(run, frame, &result, frame.plan().next);
}

}  // namespace soma::workflow::engine
