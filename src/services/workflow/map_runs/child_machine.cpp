#include "services/workflow/map_runs/child_machine.h"

#include <fmt/format.h>

#include "services/workflow/engine/map_run.h"

namespace soma::workflow {
namespace {

const State* find_in(const Flow& flow, std::string_view machine, std::string_view label) {
  for (const State& state : flow.states) {
    if (const auto* map = std::get_if<MapDetails>(&state.details)) {
      if (map->distributed && label_of_map(machine, state) == label) return &state;
      if (const State* found = find_in(map->processor, machine, label)) return found;
    }
    if (const auto* parallel = std::get_if<ParallelDetails>(&state.details)) {
      for (const Flow& branch : parallel->branches)
        if (const State* found = find_in(branch, machine, label)) return found;
    }
  }
  return nullptr;
}

std::string processor_text(const Definition& definition, const State& map) {
  const os::Result<json::Value> whole = json::parse(definition.text);
  const json::Value* state = whole ? whole->pointer(map.pointer) : nullptr;
  if (state == nullptr) return {};
  const json::Value* processor = state->find("ItemProcessor");
  return json::write(processor != nullptr ? *processor : state->get("Iterator"));
}

}  // namespace

std::string label_of_map(std::string_view machine, const State& map) {
  const std::string& label = std::get<MapDetails>(map.details).label;
  return label.empty() ? name_of_key(fmt::format("{}/{}", machine, map.name)) : label;
}

const State* find_map_by_label(const Definition& definition, std::string_view machine,
                               std::string_view label) {
  return find_in(definition.flow, machine, label);
}

RevisionPtr ChildMachines::revision(const RevisionPtr& whole, std::string_view machine,
                                    std::string_view label) {
  if (!whole || !whole->definition) return nullptr;
  const std::lock_guard lock(mutex_);
  std::erase_if(made_, [](const auto& entry) { return entry.second.expired(); });
  std::string key = fmt::format("{}/{}/{}", whole->id, machine, label);
  if (const auto found = made_.find(key); found != made_.end())
    if (RevisionPtr made = found->second.lock()) return made;
  const State* map = find_map_by_label(*whole->definition, machine, label);
  if (map == nullptr) return nullptr;
  auto revision = std::make_shared<Revision>(*whole);
  revision->definition = engine::child_definition(*map, processor_text(*whole->definition, *map));
  made_[std::move(key)] = revision;
  return revision;
}

}  // namespace soma::workflow
