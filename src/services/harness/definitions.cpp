#include "services/harness/definitions.h"

#include <fmt/format.h>

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

constexpr std::string_view kKind = "harness";
constexpr std::string_view kArnPrefix = "arn:aws:bedrock-agentcore:local:000000000000:harness/";

std::string run_of(std::string_view name) {
  return fmt::format("harness/{}", name);
}

// The id or the name that a key stands for.
std::string_view bare(std::string_view key) {
  const size_t arn = key.starts_with("arn:") ? key.rfind("harness/") : std::string_view::npos;
  return arn == std::string_view::npos ? key : key.substr(arn + 8);
}

os::Error no_harness(std::string_view key, const std::vector<std::string_view>& names) {
  const std::string_view near = os::nearest(key, names);
  std::string hint = "create it first: soma create, then soma deploy";
  if (!near.empty()) {
    hint = fmt::format("did you mean '{}'?", near);
  } else if (!names.empty() && names.size() <= 10) {
    hint = fmt::format("there are: {}", fmt::join(names, ", "));
  }
  return {Code::kNotFound, fmt::format("there is no harness '{}'", key), std::move(hint)};
}

}  // namespace

std::string Definition::arn() const {
  return std::string(kArnPrefix) + id;
}

Result<std::unique_ptr<Definitions>> Definitions::open(journal::Journal& journal, os::IdSource& ids,
                                                       os::Clock& clock) {
  std::unique_ptr<Definitions> definitions(new Definitions(journal, ids, clock));
  journal::ListFilter filter;
  filter.kind = kKind;
  do {
    SOMA_ASSIGN(const journal::RunPage page, journal.list(filter));
    for (const journal::Run& run : page.runs) SOMA_TRY(definitions->load(run.id));
    filter.page_token = page.next_token;
  } while (!filter.page_token.empty());
  return definitions;
}

Result<> Definitions::load(const std::string& run) {
  auto history = std::make_shared<DefinitionHistory>();
  while (true) {
    SOMA_ASSIGN(const std::vector<journal::Event> events,
                journal_.read(run, history->last_seq + 1, journal::kMaxReadEvents));
    if (events.empty()) break;
    for (const journal::Event& event : events) {
      SOMA_ASSIGN(const json::Value body, json::parse(event.body));
      SOMA_TRY(history->apply(event.type, body, event.at, run));
    }
  }
  if (history->versions.empty())
    return os::fail(Code::kCorrupt, fmt::format("the run {} has no events", run));
  by_name_[history->name()] = std::move(history);
  return {};
}

net::Task<Result<DefinitionPtr>> Definitions::create(Config config, std::string client_token) {
  if (config.name.empty())
    co_return os::fail(Code::kInvalidArgument, "harnessName is missing",
                       "a letter, then letters, digits and _: at most 40 characters");
  if (size() >= kMaxHarnesses)
    co_return os::fail(Code::kLimitExceeded,
                       fmt::format("there are {} harnesses already (kMaxHarnesses)", size()));
  Definition wanted;
  wanted.id = fmt::format("{}-{}", config.name, ids_.token(10));
  wanted.config = std::move(config);
  wanted.client_token = std::move(client_token);
  const std::string name = wanted.config.name;
  const json::Value body = definition_event_body(wanted);
  auto history = std::make_shared<DefinitionHistory>();
  SOMA_CO_TRY(history->apply(definition_event_type(wanted), body, clock_.now(), run_of(name)));

  journal::Run run;
  run.id = run_of(name);
  run.kind = kKind;
  run.status = "ready";
  run.labels = {{"harnessId", wanted.id}};
  std::vector<journal::NewEvent> events;
  events.push_back({std::string(definition_event_type(wanted)), json::write(body)});
  const auto created = co_await journal_.create(std::move(run), std::move(events));
  if (!created && created.error().code == Code::kAlreadyExists) {
    if (const DefinitionPtr first = created_by_same_request(wanted)) co_return first;
    co_return os::fail(Code::kAlreadyExists, fmt::format("there is a harness '{}' already", name),
                       "update it, or choose another name");
  }
  if (!created) co_return std::unexpected(created.error());
  const std::lock_guard lock(mutex_);
  by_name_[name] = history;
  co_return history->versions.back();
}

DefinitionPtr Definitions::created_by_same_request(const Definition& wanted) const {
  if (wanted.client_token.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(wanted.config.name);
  if (found == by_name_.end()) return nullptr;
  const DefinitionPtr& first = found->second->versions.front();
  const bool same =
      first->client_token == wanted.client_token && to_json(first->config) == to_json(wanted.config);
  return same ? first : nullptr;
}

net::Task<Result<Definitions::HistoryPtr>> Definitions::append(HistoryPtr known, std::string type,
                                                               json::Value body) {
  const std::string& name = known->name();
  auto next = std::make_shared<DefinitionHistory>(*known);
  SOMA_CO_TRY(next->apply(type, body, clock_.now(), run_of(name)));
  std::vector<journal::NewEvent> events;
  events.push_back({std::move(type), json::write(body)});
  const auto appended = co_await journal_.append(run_of(name), known->last_seq, std::move(events));
  if (!appended && appended.error().code == Code::kConflict)
    co_return os::fail(Code::kConflict,
                       fmt::format("harness '{}' was changed by somebody else at the same time", name),
                       "read it again, then repeat the update");
  if (!appended) co_return std::unexpected(appended.error());
  const std::lock_guard lock(mutex_);
  // Whoever removed it meanwhile has the last word.
  const auto found = by_name_.find(name);
  if (found != by_name_.end() && found->second == known) found->second = next;
  co_return next;
}

net::Task<Result<DefinitionPtr>> Definitions::update(std::string key, json::Value patch) {
  SOMA_CO_ASSIGN(const HistoryPtr known, find(key));
  Definition wanted = known->newest();
  SOMA_CO_ASSIGN(wanted.config, apply_patch(wanted.config, patch, PatchKind::kUpdate));
  ++wanted.version;
  std::string type(definition_event_type(wanted));
  json::Value body = definition_event_body(wanted);
  SOMA_CO_ASSIGN(const HistoryPtr next, co_await append(known, std::move(type), std::move(body)));
  co_return next->versions.back();
}

net::Task<Result<DefinitionPtr>> Definitions::remove(std::string key) {
  SOMA_CO_ASSIGN(const HistoryPtr known, find(key));
  SOMA_CO_TRY(co_await journal_.remove(run_of(known->name())));
  const std::lock_guard lock(mutex_);
  by_name_.erase(known->name());
  co_return known->versions.back();
}

net::Task<Result<Endpoint>> Definitions::change_endpoint(std::string key, EndpointOperation operation,
                                                         EndpointRequest request) {
  SOMA_CO_ASSIGN(const HistoryPtr known, find(key));
  SOMA_CO_ASSIGN(const std::optional<Endpoint> before, known->endpoints.answered(operation, request));
  if (before) co_return known->completed(*before);
  SOMA_CO_ASSIGN(EndpointBook::Event event,
                 known->endpoints.event_for(operation, request, known->newest().version));
  std::string type(event.type);
  SOMA_CO_ASSIGN(const HistoryPtr next, co_await append(known, std::move(type), std::move(event.body)));
  const bool removed = operation == EndpointOperation::kDelete;
  co_return (removed ? known : next)->endpoint(request.name);
}

Result<Definitions::HistoryPtr> Definitions::find(std::string_view key) const {
  const std::string_view wanted = bare(key);
  const std::lock_guard lock(mutex_);
  // An id is "<name>-<token>", and a name has no "-".
  const auto found = by_name_.find(wanted.substr(0, wanted.find('-')));
  const bool by_id = wanted.find('-') != std::string_view::npos;
  if (found != by_name_.end() && (!by_id || found->second->newest().id == wanted)) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [name, history] : by_name_) names.push_back(name);
  return std::unexpected(no_harness(key, names));
}

Result<DefinitionPtr> Definitions::get(std::string_view key, std::string_view qualifier) const {
  SOMA_ASSIGN(const HistoryPtr known, find(key));
  return known->version(qualifier);
}

std::vector<DefinitionPtr> Definitions::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<DefinitionPtr> newest;
  for (const auto& [name, history] : by_name_) newest.push_back(history->versions.back());
  return newest;
}

Result<std::vector<DefinitionPtr>> Definitions::versions(std::string_view key) const {
  SOMA_ASSIGN(const HistoryPtr known, find(key));
  return known->versions;
}

Result<Endpoint> Definitions::endpoint(std::string_view key, std::string_view name) const {
  SOMA_ASSIGN(const HistoryPtr known, find(key));
  return known->endpoint(name);
}

Result<std::vector<Endpoint>> Definitions::endpoints(std::string_view key) const {
  SOMA_ASSIGN(const HistoryPtr known, find(key));
  return known->all_endpoints();
}

size_t Definitions::size() const {
  const std::lock_guard lock(mutex_);
  return by_name_.size();
}

}  // namespace soma::harness
