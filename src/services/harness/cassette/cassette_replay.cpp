#include "services/harness/cassette/cassette_replay.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "services/harness/cassette/cassette_player.h"
#include "services/harness/harness.h"
#include "services/harness/session/events.h"

namespace soma::harness {
namespace {

using json::Value;
using os::Code;
using os::Result;

constexpr std::string_view kHarness = "cassette";
constexpr std::string_view kSession = "cassette-replay-00000000000000000";
constexpr uint64_t kSeed = 1;

// Members of a configuration that only matter to the outside world.
constexpr std::string_view kNotPlayed[] = {"environmentVariables"};
constexpr std::string_view kNotPlayedOfModel[] = {"apiBase", "apiKeyArn"};

Result<Config> playable(Value config) {
  for (const std::string_view member : kNotPlayed) config.erase(member);
  if (Value* model = config.find("model"))
    for (const std::string_view member : kNotPlayedOfModel) model->erase(member);
  config.erase("name");
  config.set("harnessName", kHarness);
  return config_from_json(config, "", "");
}

// What an update sets where a later configuration has nothing: the same as never having been set.
struct Neutral {
  std::string_view member;
  Value value;
};
const Neutral* neutral(std::string_view member) {
  static const Neutral neutrals[] = {
      {"allowedTools", json::array({"*"})},
      {"maxTokens", int64_t{1} << 53},
      {"hooks", json::Array{}},
      {"skills", json::Array{}},
      {"approvals", json::object({{"rules", json::Array{}}, {"default", "allow"}})},
      {"truncation", json::object({{"strategy", "none"}})},
  };
  const auto found = std::ranges::find(neutrals, member, &Neutral::member);
  return found == std::end(neutrals) ? nullptr : found;
}

// A replay starts nothing: whoever tries is told so.
class NoProcesses final : public os::ProcessLauncher {
 public:
  Result<std::unique_ptr<os::Process>> launch(const os::ProcessSpec& spec) override {
    return os::fail(Code::kPermissionDenied, fmt::format("a replay starts no process ({})",
                                                         spec.arguments.empty() ? "" : spec.arguments[0]));
  }
};

class TemporaryDirectory {
 public:
  static Result<std::unique_ptr<TemporaryDirectory>> make() {
    std::error_code error;
    const std::filesystem::path root = std::filesystem::temp_directory_path(error);
    if (error) return os::fail_errno("cannot tell the directory for temporary files", error.value());
    std::string path = (root / "soma-replay-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) return os::fail_errno("cannot make " + path, errno);
    return std::unique_ptr<TemporaryDirectory>(new TemporaryDirectory(std::move(path)));
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// A whole harness on a directory of its own, with the player where the world would be.
class Stage {
 public:
  explicit Stage(Player& player) : player_(player) {}
  static Result<std::unique_ptr<Stage>> set(Player& player, const Value& prices) {
    auto stage = std::make_unique<Stage>(player);
    if (!prices.is_null()) {
      SOMA_ASSIGN(stage->prices_, model::PriceTable::parse(json::write(prices), "the cassette's prices"));
    }
    SOMA_ASSIGN(stage->directory_, TemporaryDirectory::make());
    SOMA_ASSIGN(stage->journal_,
                journal::open_sqlite_journal({stage->directory_->path() + "/journal.db"}, stage->clock_));
    Dependencies dependencies{
        stage->clock_,    *stage->ids_,     stage->launcher_,          stage->loops_,
        *stage->journal_, stage->outbound_, stage->directory_->path(), always(stage->prices_)};
    dependencies.stand_in = &player;
    SOMA_ASSIGN(stage->service_, Service::open(std::move(dependencies)));
    stage->loops_.start();
    stage->journal_->start();  // its timers: approvals expire
    return stage;
  }
  ~Stage() {
    if (service_) service_->stop();
    loops_.stop();
    service_.reset();
  }

  // One invocation to its end.
  Result<> play(const std::vector<model::Message>& messages) {
    InvokeRequest request;
    request.harness = kHarness;
    request.session_id = kSession;
    request.messages = messages;
    SOMA_ASSIGN(const Invocation invocation, wait(service_->invoke(std::move(request))));
    run_ = invocation.run;
    return wait(until_finished(invocation));
  }

  Result<> configure(const Config& config) {
    if (!definition_) {
      SOMA_ASSIGN(definition_, wait(service_->create(config)));
      return {};
    }
    const Value now = to_json(definition_->config), wanted = to_json(config);
    Value patch = json::Object{};
    for (const auto& [member, value] : wanted.as_object())
      if (now.get(member) != value) patch.set(member, value);
    for (const auto& [member, value] : now.as_object()) {
      if (wanted.has(member)) continue;
      const Neutral* nothing = neutral(member);
      if (!nothing)
        return os::fail(Code::kUnsupported,
                        fmt::format("its configuration has no '{}', which the one before has", member),
                        "split the cassette before this invocation");
      if (value != nothing->value) patch.set(member, nothing->value);
    }
    if (patch.empty()) return {};
    SOMA_ASSIGN(definition_, wait(service_->update(std::string(kHarness), std::move(patch))));
    return {};
  }

  // Stops the running invocation as somebody else did when it was recorded.
  void stop(bool deadline) {
    if (deadline) {
      clock_.advance(std::chrono::seconds(definition_->config.timeout_seconds));
    } else {
      net::spawn(loops_.executor(0), cancel(), "replay.cancel");
    }
  }

  Result<Cassette> record_again() { return record(*journal_, run_); }

 private:
  net::Task<Result<>> until_finished(Invocation invocation) {
    const net::Executor executor = co_await net::this_executor();
    const auto follower = journal_->follow(executor, invocation.run, invocation.first_seq);
    while (true) {
      SOMA_CO_ASSIGN(const std::vector<journal::EventPtr> events, co_await follower->next());
      for (const journal::EventPtr& event : events) {
        if (event->type == event::kInvocationWaiting) SOMA_CO_TRY(co_await answer_approval());
        if (event->type != event::kInvocationFinished) continue;
        SOMA_CO_ASSIGN(const Value body, json::parse(event->body));
        if (body.get("invocationId").string_or("") == invocation.id) co_return Result<>{};
      }
    }
  }

  // Says to one of the approvals that are waited for what was said to it.
  net::Task<Result<>> answer_approval() {
    SOMA_CO_ASSIGN(const std::vector<SessionApproval> all, service_->approvals());
    std::vector<Approval> pending;
    for (const SessionApproval& waiting : all) pending.push_back(waiting.approval);
    if (pending.empty()) co_return Result<>{};
    const Player::Said said = player_.say(pending);
    if (said.answer == Answer::kCancelled)
      co_return co_await service_->cancel(std::string(kHarness), std::string(kSession));
    if (said.answer == Answer::kExpired) co_return co_await expire(said.approval);
    ApprovalAnswer answer{said.answer, said.approval.input_hash, said.by, said.reason};
    const auto answered = co_await service_->answer_approval(std::string(kHarness), std::string(kSession),
                                                             said.approval.id, std::move(answer));
    if (!answered) co_return std::unexpected(answered.error());
    co_return Result<>{};
  }

  // Time passes until the approval has expired. First the session comes to rest: one that is still writing
  // that it waits does not look at the clock.
  net::Task<Result<>> expire(Approval approval) {
    if (approval.expires == os::Time::max())
      co_return os::fail(
          Code::kUnsupported,
          fmt::format("an approval of {} expired when this was recorded, and has no time to do so "
                      "in this configuration",
                      approval.tool),
          "set timeoutSeconds in its approvals");
    const net::Executor executor = co_await net::this_executor();
    while (service_->statistics().active_sessions > 0)
      co_await boost::asio::post(executor, boost::asio::use_awaitable);
    clock_.advance(approval.expires - clock_.now());
    // The journal's timer may be set only now: it rings when the clock moves next.
    while (true) {
      SOMA_CO_ASSIGN(const std::vector<SessionApproval> waiting, service_->approvals());
      const auto is_it = [&](const SessionApproval& other) { return other.approval.id == approval.id; };
      if (std::ranges::none_of(waiting, is_it)) co_return Result<>{};
      SOMA_CO_TRY(co_await journal_->wake_at(run_, clock_.now()));
      clock_.advance(std::chrono::milliseconds(1));
    }
  }

  net::Task<> cancel() {
    const auto cancelled = co_await service_->cancel(std::string(kHarness), std::string(kSession));
    if (!cancelled)
      os::log(os::Level::kWarning, "replay.cancel.failed", {{"error", cancelled.error().to_string()}});
  }

  template <class T>
  T wait(net::Task<T> task) {
    return boost::asio::co_spawn(loops_.loop(0), std::move(task), boost::asio::use_future).get();
  }

  Player& player_;
  std::unique_ptr<TemporaryDirectory> directory_;
  model::PriceTable prices_ = model::PriceTable::builtin();
  os::VirtualClock clock_;
  std::unique_ptr<os::IdSource> ids_ = os::make_seeded_ids(kSeed, clock_);
  NoProcesses launcher_;
  net::LoopPool loops_{1};
  net::OutboundPolicy outbound_;  // allows nothing
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<Service> service_;
  DefinitionPtr definition_;
  std::string run_;
};

ReplayedInvocation summary_of(const RecordedInvocation& played) {
  ReplayedInvocation out{.stop_reason = played.stop_reason,
                         .answer = played.answer,
                         .turns = played.turns.size(),
                         .cost_usd = played.cost_usd};
  for (const RecordedSummary& summary : played.summaries)
    if (summary.usage) out.usage += *summary.usage;
  // A request that was refused as too long is made again, and did not end the invocation.
  if (!played.turns.empty() && played.turns.back().error) out.error = played.turns.back().error->message;
  for (const RecordedTurn& turn : played.turns) {
    if (turn.answer) out.usage += turn.answer->usage;
    for (const RecordedTool& tool : turn.tools) out.tools.push_back({tool.name, tool.input, tool.error});
  }
  return out;
}

std::string list_of(std::span<const std::string> events) {
  return events.empty() ? "(nothing)" : os::join(events, ", ");
}

// A turn's calls begin and end in the order in which people and the world answer: the same events without it.
std::vector<std::string> without_timing(std::vector<std::string> events) {
  const auto of_tools = [](const std::string& type) { return type.starts_with("tool."); };
  for (auto begin = events.begin(); begin != events.end();) {
    begin = std::find_if(begin, events.end(), of_tools);
    const auto end = std::find_if_not(begin, events.end(), of_tools);
    std::ranges::sort(begin, end);  // intents, then results
    begin = end;
  }
  return events;
}

// How the invocation as a whole went, against how it was recorded.
void compare_ends(size_t number, const RecordedInvocation& recorded, const RecordedInvocation& played,
                  Player& player) {
  if (recorded.stop_reason != played.stop_reason)
    player.note({number, 0, "it ended for another reason", recorded.stop_reason, played.stop_reason});
  if (recorded.events.empty()) return;
  const std::vector<std::string> wanted = without_timing(recorded.events),
                                 came = without_timing(played.events);
  if (wanted == came) return;
  const auto [expected, actual] = std::ranges::mismatch(wanted, came);
  constexpr std::ptrdiff_t kShown = 6;
  const std::span<const std::string> left(
      expected, std::min(wanted.end(), expected + std::min(kShown, wanted.end() - expected)));
  const std::span<const std::string> right(
      actual, std::min(came.end(), actual + std::min(kShown, came.end() - actual)));
  player.note({number, 0, fmt::format("its journal differs from event {} on", expected - wanted.begin() + 1),
               list_of(left), list_of(right)});
}

// The names that a configuration offers to a model, allowed or not.
std::set<std::string> tools_of(const Value& config) {
  std::set<std::string> names;
  for (const tool::ToolType& type : tool::tool_types())
    if (type.builtin) names.emplace(type.type);
  const Value& tools = config.get("tools");
  for (size_t index = 0; index < tools.size(); ++index)
    names.emplace(tools.at(index).get("name").string_or(tools.at(index).get("type").string_or("")));
  return names;
}

// Recorded calls of tools that the other configuration does not have.
void note_missing_tools(const Cassette& cassette, const Config& config, Player& player) {
  const std::set<std::string> offered = tools_of(to_json(config));
  std::set<std::string> missing;
  for (size_t index = 0; index < cassette.invocations.size(); ++index) {
    const RecordedInvocation& invocation = cassette.invocations[index];
    const std::set<std::string> had =
        tools_of(invocation.config.is_null() ? cassette.harness : invocation.config);
    for (size_t turn = 0; turn < invocation.turns.size(); ++turn)
      for (const RecordedTool& tool : invocation.turns[turn].tools)
        if (had.contains(tool.name) && !offered.contains(tool.name) && missing.insert(tool.name).second)
          player.note({index + 1, turn + 1,
                       fmt::format("the recording calls {}, which the other configuration "
                                   "does not have",
                                   tool.name)});
  }
}

os::Error in_invocation(size_t index, os::Error error) {
  error.message = fmt::format("invocation {}: {}", index + 1, error.message);
  return error;
}

Result<> play_all(const Cassette& cassette, const ReplayOptions& options, Player& player, Stage& stage) {
  for (size_t index = 0; index < cassette.invocations.size(); ++index) {
    const RecordedInvocation& invocation = cassette.invocations[index];
    const Value own = invocation.config.is_null() ? cassette.harness : invocation.config;
    auto config = playable(options.config ? to_json(*options.config) : own);
    if (!config) return std::unexpected(in_invocation(index, std::move(config.error())));
    if (auto set = stage.configure(*config); !set)
      return std::unexpected(in_invocation(index, std::move(set.error())));
    player.begin(index);
    player.on_stop([&stage, deadline = invocation.stop_reason ==
                                       model::stop_reason_name(model::StopReason::kTimeoutExceeded)] {
      stage.stop(deadline);
    });
    if (auto played = stage.play(invocation.messages); !played)
      return std::unexpected(in_invocation(index, std::move(played.error())));
    player.end();
  }
  return {};
}

}  // namespace

std::string place_of(const Mismatch& mismatch) {
  return mismatch.turn == 0 ? fmt::format("invocation {}", mismatch.invocation)
                            : fmt::format("invocation {}, turn {}", mismatch.invocation, mismatch.turn);
}

Result<ReplayReport> replay(const Cassette& cassette, const ReplayOptions& options) {
  Player player(cassette);
  SOMA_ASSIGN(const std::unique_ptr<Stage> stage, Stage::set(player, cassette.prices));
  if (options.config) note_missing_tools(cassette, *options.config, player);
  SOMA_TRY(play_all(cassette, options, player, *stage));
  SOMA_ASSIGN(const Cassette played, stage->record_again());
  ReplayReport report;
  for (size_t index = 0; index < played.invocations.size(); ++index) {
    report.invocations.push_back(summary_of(played.invocations[index]));
    compare_ends(index + 1, cassette.invocations[index], played.invocations[index], player);
  }
  player.move_notes_to(report);
  return report;
}

Value to_json(const ReplayReport& report) {
  Value invocations = json::Array{};
  for (const ReplayedInvocation& invocation : report.invocations) {
    Value tools = json::Array{};
    for (const ReplayedTool& tool : invocation.tools)
      tools.push_back(json::object(
          {{"name", tool.name}, {"input", tool.input}, {"status", tool.error ? "error" : "success"}}));
    Value entry = json::object({{"stopReason", invocation.stop_reason},
                                {"answer", invocation.answer},
                                {"turns", invocation.turns},
                                {"usage", model::to_json(invocation.usage)},
                                {"tools", std::move(tools)}});
    if (invocation.cost_usd) entry.set("costUsd", *invocation.cost_usd);
    if (!invocation.error.empty()) entry.set("error", invocation.error);
    invocations.push_back(std::move(entry));
  }
  Value mismatches = json::Array{};
  for (const Mismatch& mismatch : report.mismatches)
    mismatches.push_back(json::object({{"invocation", mismatch.invocation},
                                       {"turn", mismatch.turn},
                                       {"what", mismatch.what},
                                       {"expected", mismatch.expected},
                                       {"actual", mismatch.actual}}));
  Value out = json::object({{"exact", report.exact()},
                            {"invocations", std::move(invocations)},
                            {"mismatches", std::move(mismatches)}});
  if (report.mismatches_left_out > 0) out.set("mismatchesLeftOut", report.mismatches_left_out);
  return out;
}

}  // namespace soma::harness
