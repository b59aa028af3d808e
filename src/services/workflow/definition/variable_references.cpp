// DescribeStateMachine's variableReferences: which variables each state reads.
#include <set>

#include "services/workflow/definition/definition.h"

namespace soma::workflow {
namespace {

class References {
 public:
  void add(const std::optional<query::Template>& field) {
    if (field) add_all(field->variables());
  }
  void add(const std::optional<query::Source>& field) {
    if (field) add_all(field->variables());
  }
  void add(const std::optional<query::Path>& field) {
    if (field && !field->variable().empty()) names_.emplace(field->variable());
  }
  void add(const std::optional<Computed>& field) {
    if (!field) return;
    add(field->path);
    add(field->expression);
  }
  void add(const Comparison& test) {
    add(test.variable);
    add(test.other);
    for (const Comparison& operand : test.operands) add(operand);
  }
  void add(const State& state);
  std::vector<std::string> names() const { return {names_.begin(), names_.end()}; }

 private:
  void add_all(const std::vector<std::string>& names) { names_.insert(names.begin(), names.end()); }
  void add_details(const State& state);
  void add_map(const MapDetails& map);
  void add_rule(const ChoiceRule& rule);

  std::set<std::string> names_;
};

void References::add(const State& state) {
  add(state.input_path);
  add(state.output_path);
  for (const auto* field : {&state.parameters, &state.result_selector, &state.output, &state.assign}) {
    add(*field);
  }
  for (const Catcher& catcher : state.catchers) {
    add(catcher.output);
    add(catcher.assign);
  }
  add_details(state);
}

void References::add_details(const State& state) {
  if (const auto* task = std::get_if<TaskDetails>(&state.details)) {
    add(task->timeout);
    add(task->heartbeat);
    add(task->credentials);
  } else if (const auto* choice = std::get_if<ChoiceDetails>(&state.details)) {
    for (const ChoiceRule& rule : choice->rules) add_rule(rule);
  } else if (const auto* wait = std::get_if<WaitDetails>(&state.details)) {
    add(std::optional(wait->value));
  } else if (const auto* failure = std::get_if<FailDetails>(&state.details)) {
    add(failure->error);
    add(failure->cause);
  } else if (const auto* map = std::get_if<MapDetails>(&state.details)) {
    add_map(*map);
  }
}

void References::add_map(const MapDetails& map) {
  add(map.items_path);
  add(map.items);
  add(map.item_selector);
  for (const auto* field : {&map.max_concurrency, &map.tolerated_count, &map.tolerated_percentage}) {
    add(*field);
  }
  if (map.reader) {
    add(map.reader->arguments);
    add(map.reader->max_items);
  }
  if (map.batcher) {
    add(map.batcher->max_items);
    add(map.batcher->max_input_bytes);
    add(map.batcher->batch_input);
  }
  if (map.writer) add(map.writer->arguments);
}

void References::add_rule(const ChoiceRule& rule) {
  if (const auto* test = std::get_if<Comparison>(&rule.condition)) {
    add(*test);
  } else {
    add(std::optional(std::get<query::Template>(rule.condition)));
  }
  add(rule.assign);
  add(rule.output);
}

using Listing = std::vector<std::pair<std::string, std::vector<std::string>>>;

void list(const Flow& flow, Listing& listing) {
  for (const State& state : flow.states) {
    References references;
    references.add(state);
    std::vector<std::string> names = references.names();
    if (!names.empty()) listing.emplace_back(state.name, std::move(names));
    if (const auto* map = std::get_if<MapDetails>(&state.details)) list(map->processor, listing);
    if (const auto* parallel = std::get_if<ParallelDetails>(&state.details)) {
      for (const Flow& branch : parallel->branches) list(branch, listing);
    }
  }
}

}  // namespace

std::vector<std::pair<std::string, std::vector<std::string>>> variable_references(
    const Definition& definition) {
  Listing listing;
  list(definition.flow, listing);
  return listing;
}

}  // namespace soma::workflow
