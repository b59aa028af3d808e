// A distributed Map: its children are executions of their own, which a map run starts and counts. To the
// engine it is one long task.
#include <fmt/format.h>

#include "services/workflow/engine/data_flow.h"
#include "services/workflow/engine/states/states.h"

namespace soma::workflow::engine {
namespace {

Attempt<json::Value> tolerated_count(const Frame& frame, const View& view, const Computed& field) {
  SOMA_ASSIGN(json::Value value, view.evaluate(field));
  if (!value.is_integer()) return std::unexpected(not_a_number(frame, field, "integer", value));
  if (value.int_or(0) < 0) {
    return std::unexpected(runtime_failure(frame, "ToleratedFailureCount cannot be negative."));
  }
  return value;
}

Attempt<json::Value> tolerated_percentage(const Frame& frame, const View& view, const Computed& field) {
  SOMA_ASSIGN(json::Value value, view.evaluate(field));
  if (!value.is_number()) return std::unexpected(not_a_number(frame, field, "float", value));
  if (value.as_double() < 0 || value.as_double() > 100) {
    return std::unexpected(runtime_failure(frame, "ToleratedFailurePercentage must be between 0 and 100."));
  }
  return value;
}

struct Limit {
  std::string_view name;
  const std::optional<Computed>* field;
};

Attempt<json::Value> limits_of(const Frame& frame, const View& view, const MapDetails& map,
                               int64_t concurrency) {
  json::Value limits = json::object({{"maxConcurrency", concurrency}});
  if (map.tolerated_count) {
    SOMA_ASSIGN(json::Value count, tolerated_count(frame, view, *map.tolerated_count));
    limits.set("toleratedFailureCount", std::move(count));
  }
  if (map.tolerated_percentage) {
    SOMA_ASSIGN(json::Value percentage, tolerated_percentage(frame, view, *map.tolerated_percentage));
    limits.set("toleratedFailurePercentage", std::move(percentage));
  }
  static const std::optional<Computed> none;
  const std::array<Limit, 3> others{{
      {"maxItems", map.reader ? &map.reader->max_items : &none},
      {"maxItemsPerBatch", map.batcher ? &map.batcher->max_items : &none},
      {"maxInputBytesPerBatch", map.batcher ? &map.batcher->max_input_bytes : &none},
  }};
  for (const Limit& limit : others) {
    if (!*limit.field) continue;
    SOMA_ASSIGN(json::Value value, view.evaluate(**limit.field));
    limits.set(limit.name, std::move(value));
  }
  return limits;
}

Attempt<json::Value> arguments_of(const View& view, const std::optional<query::Template>& field) {
  if (!field) return json::Value();
  return view.evaluate_expression(*field);
}

json::Value variables_of(const Frame& frame) {
  json::Value variables = json::Object();
  for (const auto& [name, value] : FrameVariables(frame).all()) variables.set(name, *value);
  return variables;
}

// What the map run is given, as it stands in records.
Attempt<json::Value> order_of(Run& run, Frame& frame, const Payload& input, std::optional<json::Value> items,
                              int64_t concurrency) {
  const auto& map = details_of<MapDetails>(frame.plan());
  View view(run, frame);
  view.with_input(input.value());
  json::Value order = json::object({{"input", input.value()}});
  SOMA_ASSIGN(json::Value limits, limits_of(frame, view, map, concurrency));
  order.set("limits", std::move(limits));
  if (items) order.set("items", std::move(*items));
  SOMA_ASSIGN(json::Value reader,
              arguments_of(view, map.reader ? map.reader->arguments : std::optional<query::Template>()));
  order.set("reader", std::move(reader));
  SOMA_ASSIGN(json::Value writer,
              arguments_of(view, map.writer ? map.writer->arguments : std::optional<query::Template>()));
  order.set("writer", std::move(writer));
  SOMA_ASSIGN(json::Value batch,
              arguments_of(view, map.batcher ? map.batcher->batch_input : std::optional<query::Template>()));
  order.set("batch", std::move(batch));
  if (map.item_selector) {
    order.set("context", run.context(frame));
    order.set("variables", variables_of(frame));
  }
  return order;
}

// The task of the frame, and what it is given, are settled.
void give_order(Run& run, Frame& frame) {
  ++frame.now.orders;
  frame.set_progress(TaskPhase::kScheduled);
  frame.set_phase(Phase::kTask);
  run.command(map_run_command(frame));
}

}  // namespace

Failure not_a_number(const Frame& frame, const Computed& field, std::string_view kind,
                     const json::Value& value) {
  return runtime_failure(
      frame, fmt::format("The {} field refers to value \"{}\" which is not a valid {}: {}", field.field,
                         value.is_string() ? value.as_string() : json::write(value), kind,
                         field.path ? field.path->text() : std::string()));
}

void begin_map_run(Run& run, Frame& frame, const Payload& input, std::optional<json::Value> items,
                   int64_t concurrency) {
  const auto length = items ? static_cast<int64_t>(items->size()) : 0;
  run.emit(frame, {.type = EventType::kMapStateStarted, .details = json::object({{"length", length}})});
  const int64_t unlimited = std::numeric_limits<int64_t>::max();
  frame.now.orders = 0;
  auto order = order_of(run, frame, input, std::move(items), concurrency == unlimited ? 0 : concurrency);
  if (!order) return run.fail(frame, std::move(order.error()));
  if (Inspection* watched = run.inspection()) watched->limits = order->get("limits");
  if (has_stand_in(run)) return inspect_map(run, frame, input, *order);
  frame.set_work(Payload(std::move(*order)));
  run.new_task(frame);
  give_order(run, frame);
}

void redrive_map_run(Run& run, Frame& frame) {
  run.take_up_task(frame);
  give_order(run, frame);
}

StartMapRun map_run_command(const Frame& frame) {
  const json::Value& order = frame.work->value();
  StartMapRun command{.task = static_cast<TaskId>(frame.now.task),
                      .order = static_cast<uint64_t>(frame.now.orders),
                      .state_name = frame.plan().state->name,
                      .input = Payload(order.get("input")),
                      .limits = order.get("limits")};
  if (const json::Value* items = order.find("items")) command.items = Payload(*items);
  command.reader_arguments = Payload(order.get("reader"));
  command.writer_arguments = Payload(order.get("writer"));
  command.batch_input = Payload(order.get("batch"));
  command.context = order.get("context");
  command.variables = order.get("variables");
  return command;
}

void map_run_begun(Run& run, Frame& frame, const MapRunBegun& begun) {
  if (frame.progress() != TaskPhase::kScheduled) return;
  frame.set_progress(TaskPhase::kStarted);
  json::Value details = json::object({{"mapRunArn", begun.map_run_arn}});
  if (begun.redrives == 0) {
    run.emit(frame, {.type = EventType::kMapRunStarted, .details = std::move(details)});
    return;
  }
  details.set("redriveCount", begun.redrives);
  run.emit(frame, {.type = EventType::kMapRunRedriven, .details = std::move(details)});
}

void map_run_succeeded(Run& run, Frame& frame, Payload output) {
  run.end_task(frame);
  const int64_t begun = frame.now.last;
  run.emit(frame, {.type = EventType::kMapRunSucceeded});
  run.emit(frame, {.type = EventType::kMapStateSucceeded});
  frame.now.last = begun;  // the Exited event follows the map run's beginning
  complete(run, frame, &output, frame.plan().next);
}

void map_run_failed(Run& run, Frame& frame, const TaskFailed& failed) {
  run.end_task(frame);
  json::Value details = json::Object();
  if (failed.error) details.set("error", *failed.error);
  if (failed.cause) details.set("cause", *failed.cause);
  run.emit(frame, {.type = EventType::kMapRunFailed, .details = std::move(details)});
  run.fail(frame, {.error = failed.error, .cause = failed.cause, .from_outside = true});
}

}  // namespace soma::workflow::engine
