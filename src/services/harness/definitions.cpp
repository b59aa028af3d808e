#include "services/harness/definitions.h"

#include <fmt/format.h>

#include <charconv>

namespace soma::harness {
namespace {

using os::Code;
using os::Result;

constexpr std::string_view kKind = "harness";
constexpr std::string_view kCreated = "harness.created";
constexpr std::string_view kUpdated = "harness.updated";
constexpr std::string_view kArnPrefix = "arn:aws:bedrock-agentcore:local:000000000000:harness/";

std::string run_of(std::string_view name) {
  return fmt::format("harness/{}", name);
}

journal::NewEvent event_of(const Definition& definition) {
  json::Value body = json::object({{"harnessId", definition.id}, {"config", to_json(definition.config)}});
  if (definition.version == 1 && !definition.client_token.empty())
    body.set("clientToken", definition.client_token);
  return {std::string(definition.version == 1 ? kCreated : kUpdated), json::write(body)};
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
  std::vector<DefinitionPtr> versions;
  uint64_t from = 1;
  while (true) {
    SOMA_ASSIGN(const std::vector<journal::Event> events, journal_.read(run, from, journal::kMaxReadEvents));
    if (events.empty()) break;
    for (const journal::Event& event : events) {
      SOMA_ASSIGN(const json::Value body, json::parse(event.body));
      auto definition = std::make_shared<Definition>();
      definition->id = body.get("harnessId").string_or("");
      definition->version = event.seq;
      SOMA_ASSIGN(definition->config, config_from_json(body.get("config"), "", run));
      definition->created = versions.empty() ? event.at : versions.front()->created;
      definition->updated = event.at;
      definition->client_token =
          versions.empty() ? body.get("clientToken").string_or("") : versions.front()->client_token;
      versions.push_back(std::move(definition));
    }
    from = events.back().seq + 1;
  }
  if (versions.empty()) return os::fail(Code::kCorrupt, fmt::format("the run {} has no events", run));
  const std::string name = versions.back()->config.name;
  by_name_[name] = std::move(versions);
  return {};
}

net::Task<Result<DefinitionPtr>> Definitions::create(Config config, std::string client_token) {
  if (config.name.empty())
    co_return os::fail(Code::kInvalidArgument, "harnessName is missing",
                       "a letter, then letters, digits and _: at most 40 characters");
  if (size() >= kMaxHarnesses)
    co_return os::fail(Code::kLimitExceeded,
                       fmt::format("there are {} harnesses already (kMaxHarnesses)", size()));
  auto definition = std::make_shared<Definition>();
  definition->id = fmt::format("{}-{}", config.name, ids_.token(10));
  definition->config = std::move(config);
  definition->client_token = std::move(client_token);
  definition->created = definition->updated = clock_.now();
  const std::string& name = definition->config.name;

  journal::Run run;
  run.id = run_of(name);
  run.kind = kKind;
  run.status = "ready";
  run.labels = {{"harnessId", definition->id}};
  std::vector<journal::NewEvent> events;
  events.push_back(event_of(*definition));
  const auto created = co_await journal_.create(std::move(run), std::move(events));
  if (!created && created.error().code == Code::kAlreadyExists) {
    if (const DefinitionPtr first = created_by_same_request(*definition)) co_return first;
    co_return os::fail(Code::kAlreadyExists, fmt::format("there is a harness '{}' already", name),
                       "update it, or choose another name");
  }
  if (!created) co_return std::unexpected(created.error());
  const std::lock_guard lock(mutex_);
  by_name_[name] = {definition};
  co_return definition;
}

DefinitionPtr Definitions::created_by_same_request(const Definition& wanted) const {
  if (wanted.client_token.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = by_name_.find(wanted.config.name);
  if (found == by_name_.end()) return nullptr;
  const DefinitionPtr& first = found->second.front();
  const bool same =
      first->client_token == wanted.client_token && to_json(first->config) == to_json(wanted.config);
  return same ? first : nullptr;
}

net::Task<Result<DefinitionPtr>> Definitions::append_version(DefinitionPtr definition) {
  std::vector<journal::NewEvent> events;
  events.push_back(event_of(*definition));
  const auto appended =
      co_await journal_.append(run_of(definition->config.name), definition->version - 1, std::move(events));
  if (!appended && appended.error().code == Code::kConflict)
    co_return os::fail(
        Code::kConflict,
        fmt::format("harness '{}' was changed by somebody else at the same time", definition->config.name),
        "read it again, then repeat the update");
  if (!appended) co_return std::unexpected(appended.error());
  const std::lock_guard lock(mutex_);
  by_name_[definition->config.name].push_back(definition);
  co_return definition;
}

net::Task<Result<DefinitionPtr>> Definitions::update(std::string key, json::Value patch) {
  SOMA_CO_ASSIGN(const DefinitionPtr current, get(key, ""));
  SOMA_CO_ASSIGN(Config config, apply_patch(current->config, patch, PatchKind::kUpdate));
  auto next = std::make_shared<Definition>(*current);
  next->config = std::move(config);
  next->version = current->version + 1;
  next->updated = clock_.now();
  co_return co_await append_version(std::move(next));
}

net::Task<Result<DefinitionPtr>> Definitions::remove(std::string key) {
  SOMA_CO_ASSIGN(const DefinitionPtr definition, get(key, ""));
  SOMA_CO_TRY(co_await journal_.remove(run_of(definition->config.name)));
  const std::lock_guard lock(mutex_);
  by_name_.erase(definition->config.name);
  co_return definition;
}

Result<std::vector<DefinitionPtr>> Definitions::find(std::string_view key) const {
  const std::string_view wanted = bare(key);
  const std::lock_guard lock(mutex_);
  // An id is "<name>-<token>", and a name has no "-".
  const auto found = by_name_.find(wanted.substr(0, wanted.find('-')));
  const bool by_id = wanted.find('-') != std::string_view::npos;
  if (found != by_name_.end() && (!by_id || found->second.back()->id == wanted)) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [name, versions] : by_name_) names.push_back(name);
  return std::unexpected(no_harness(key, names));
}

Result<DefinitionPtr> Definitions::get(std::string_view key, std::string_view version) const {
  SOMA_ASSIGN(const std::vector<DefinitionPtr> all, find(key));
  if (version.empty() || version == "DEFAULT") return all.back();
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
  if (error != std::errc() || end != version.data() + version.size() || number < 1 || number > all.size())
    return os::fail(Code::kNotFound,
                    fmt::format("harness '{}' has no version '{}'", all.back()->config.name, version),
                    fmt::format("it has versions 1 to {}", all.size()));
  return all[number - 1];
}

std::vector<DefinitionPtr> Definitions::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<DefinitionPtr> newest;
  for (const auto& [name, versions] : by_name_) newest.push_back(versions.back());
  return newest;
}

Result<std::vector<DefinitionPtr>> Definitions::versions(std::string_view key) const {
  return find(key);
}

size_t Definitions::size() const {
  const std::lock_guard lock(mutex_);
  return by_name_.size();
}

}  // namespace soma::harness
