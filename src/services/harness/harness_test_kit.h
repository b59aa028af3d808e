// A whole harness on a temporary directory, for tests: real journal, real loops, a scripted model.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "services/harness/harness.h"
#include "services/harness/session/events.h"

namespace soma::harness {

// One scripted model turn as lines of a replay file.
inline std::string text_turn(std::string_view text) {
  const json::Value delta =
      json::object({{"contentBlockDelta",
                     json::object({{"contentBlockIndex", 0}, {"delta", json::object({{"text", text}})}})}});
  return R"({"messageStart":{"role":"assistant"}})"
         "\n" +
         json::write(delta) +
         "\n{\"contentBlockStop\":{\"contentBlockIndex\":0}}\n{\"messageStop\":{\"stopReason\":\"end_turn\"}}"
         "\n"
         R"({"metadata":{"usage":{"inputTokens":10,"outputTokens":5,"totalTokens":15},"metrics":{"latencyMs":1}}})"
         "\n";
}

struct ScriptedCall {
  std::string id, tool;
  json::Value input;
};
inline std::string tool_turn(const std::vector<ScriptedCall>& calls) {
  std::string out = R"({"messageStart":{"role":"assistant"}})"
                    "\n";
  for (size_t index = 0; index < calls.size(); ++index) {
    const json::Value start = json::object(
        {{"toolUse", json::object({{"toolUseId", calls[index].id}, {"name", calls[index].tool}})}});
    const json::Value delta =
        json::object({{"toolUse", json::object({{"input", json::write(calls[index].input)}})}});
    out += json::write(json::object(
               {{"contentBlockStart", json::object({{"contentBlockIndex", index}, {"start", start}})}})) +
           "\n";
    out += json::write(json::object(
               {{"contentBlockDelta", json::object({{"contentBlockIndex", index}, {"delta", delta}})}})) +
           "\n";
    out += json::write(json::object({{"contentBlockStop", json::object({{"contentBlockIndex", index}})}})) +
           "\n";
  }
  return out +
         "{\"messageStop\":{\"stopReason\":\"tool_use\"}}\n"
         R"({"metadata":{"usage":{"inputTokens":20,"outputTokens":7,"totalTokens":27},"metrics":{"latencyMs":1}}})"
         "\n";
}

inline std::string session_name(int number) {
  return "session-for-tests-0123456789abcdef-" + std::to_string(number);
}

// The service of one process life. A second life on the same directory is a restart.
class Life {
 public:
  explicit Life(std::string directory, os::Clock& clock,
                const model::PriceTable& prices = model::PriceTable::builtin(), StandIn* stand_in = nullptr,
                bool with_memories = false)
      : clock_(clock), loops_(2) {
    std::filesystem::create_directories(directory);
    auto opened = journal::open_sqlite_journal({directory + "/journal.db"}, clock_);
    if (!opened) throw std::runtime_error(opened.error().to_string());
    journal_ = std::move(*opened);
    dependencies_ = std::make_unique<Dependencies>(
        Dependencies{clock_, *ids_, *launcher_, loops_, *journal_, outbound_, directory, always(prices)});
    dependencies_->stand_in = stand_in;
    if (with_memories) {
      auto memories = memory::Service::open(
          {.clock = clock_, .ids = *ids_, .loops = loops_, .path = directory + "/memory.db"});
      if (!memories) throw std::runtime_error(memories.error().to_string());
      memories_ = std::move(*memories);
      dependencies_->memories = memories_.get();
    }
    auto service = Service::open(*dependencies_);
    if (!service) throw std::runtime_error(service.error().to_string());
    service_ = std::move(*service);
    loops_.start();
    if (memories_) memories_->start();
    service_->start();
    journal_->start();
  }
  ~Life() {
    service_->stop();
    if (memories_) memories_->stop();
    loops_.stop();
    service_.reset();
    memories_.reset();
  }
  Service& service() { return *service_; }
  journal::Journal& journal() { return *journal_; }
  memory::Service& memories() { return *memories_; }
  const Dependencies& dependencies() { return *dependencies_; }

  template <class T>
  T wait(net::Task<T> task) {
    return boost::asio::co_spawn(loops_.loop(0), std::move(task), boost::asio::use_future).get();
  }
  // Moves a virtual clock on, step by step, until the task is done: whoever sets a timer late still sees it
  // ring.
  template <class T>
  T wait(net::Task<T> task, os::VirtualClock& clock, os::Duration step) {
    auto done = boost::asio::co_spawn(loops_.loop(0), std::move(task), boost::asio::use_future);
    while (done.wait_for(std::chrono::milliseconds(2)) != std::future_status::ready) clock.advance(step);
    return done.get();
  }

  // All events of the run once the invocation has finished. Moves a virtual clock on while it waits.
  std::vector<journal::Event> finish(const Invocation& invocation, os::VirtualClock* clock = nullptr,
                                     os::Duration step = std::chrono::seconds(1)) {
    if (clock) {
      wait(until_finished(invocation), *clock, step);
    } else {
      wait(until_finished(invocation));
    }
    auto events = journal_->read(invocation.run, 1, journal::kMaxReadEvents);
    if (!events) throw std::runtime_error(events.error().to_string());
    return *events;
  }

 private:
  net::Task<> until_finished(Invocation invocation) {
    const net::Executor executor = co_await net::this_executor();
    const auto follower = journal_->follow(executor, invocation.run, invocation.first_seq);
    while (true) {
      const auto events = co_await follower->next();
      if (!events) throw std::runtime_error(events.error().to_string());
      for (const journal::EventPtr& event : *events)
        if (event->type == event::kInvocationFinished && event->body.find(invocation.id) != std::string::npos)
          co_return;
    }
  }

  os::Clock& clock_;
  net::LoopPool loops_;
  std::unique_ptr<os::IdSource> ids_ = os::make_random_ids(clock_);
  std::unique_ptr<os::ProcessLauncher> launcher_ = os::make_process_launcher();
  net::OutboundPolicy outbound_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<memory::Service> memories_;
  std::unique_ptr<Dependencies> dependencies_;
  std::unique_ptr<Service> service_;
};

class HarnessTest : public testing::Test {
 protected:
  HarnessTest() {
    std::string name = (std::filesystem::temp_directory_path() / "soma-harness-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~HarnessTest() override { std::filesystem::remove_all(directory_); }

  std::string script(const std::vector<std::string>& turns) {
    const std::string path = directory_ + "/script-" + std::to_string(++scripts_) + ".jsonl";
    std::ofstream file(path);
    for (const std::string& turn : turns) file << turn;
    return path;
  }

  static Config config(std::string script_path) {
    Config config;
    config.name = "agent";
    config.model.provider = "replay";
    config.model.model_id = std::move(script_path);
    return config;
  }

  static InvokeRequest request(std::string prompt, int session = 1) {
    InvokeRequest request;
    request.harness = "agent";
    request.session_id = session_name(session);
    request.messages.push_back({model::Role::kUser, {model::Text{std::move(prompt)}}});
    return request;
  }

  // A life on a fresh directory whose journal holds the first `length` events of `events`, as the crash left
  // them.
  std::unique_ptr<Life> life_on_prefix(const std::vector<journal::Event>& events, size_t length,
                                       const Definition& definition, os::Clock& clock,
                                       bool with_memories = false) {
    const std::string directory = directory_ + "/prefix-" + std::to_string(length);
    std::filesystem::create_directories(directory);
    auto journal = journal::open_sqlite_journal({directory + "/journal.db"}, clock);
    if (!journal) throw std::runtime_error(journal.error().to_string());
    const std::string run_id = "session/" + definition.id + "/" + session_name(1);
    write_run(**journal, "harness/agent", "harness", "ready", {{"harnessId", definition.id}},
              {{"harness.created", json::write(json::object({{"harnessId", definition.id},
                                                             {"config", to_json(definition.config)}}))}});
    std::vector<journal::NewEvent> prefix;
    for (size_t index = 0; index < length; ++index)
      prefix.push_back({events[index].type, events[index].body});
    write_run(**journal, run_id, "session", "running",
              {{"harnessId", definition.id}, {"harnessName", "agent"}, {"sessionId", session_name(1)}},
              std::move(prefix));
    journal->reset();
    return std::make_unique<Life>(directory, clock, model::PriceTable::builtin(), nullptr, with_memories);
  }

  static void write_run(journal::Journal& journal, std::string id, std::string kind, std::string status,
                        std::vector<journal::Label> labels, std::vector<journal::NewEvent> events) {
    journal::Run run;
    run.id = std::move(id);
    run.kind = std::move(kind);
    run.status = std::move(status);
    run.labels = std::move(labels);
    const auto made = net::run(journal.create(std::move(run), std::move(events)));
    if (!made) throw std::runtime_error(made.error().to_string());
  }

  static size_t count(const std::vector<journal::Event>& events, std::string_view type) {
    return static_cast<size_t>(std::ranges::count(
        events, type, [](const journal::Event& event) { return std::string_view(event.type); }));
  }
  static json::Value body(const std::vector<journal::Event>& events, std::string_view type, size_t skip = 0) {
    for (const journal::Event& event : events)
      if (event.type == type && skip-- == 0) return *json::parse(event.body);
    return {};
  }

  std::string directory_;
  int scripts_ = 0;
};

}  // namespace soma::harness
