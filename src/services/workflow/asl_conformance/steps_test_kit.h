// Carries out the steps of a recorded case: calls of the Step Functions API on a service of the case's own, in
// virtual time, with references to earlier answers.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/journal/journal_test_kit.h"
#include "services/workflow/api/operations.h"
#include "services/workflow/asl_conformance/recorded_test_kit.h"
#include "services/workflow/log_sink.h"

namespace soma::workflow::conformance {

// The account that the recordings speak of.
inline constexpr std::string_view kRecordedAccount = "111111111111";
inline constexpr int kMaxWaitRounds = 400;

// JSON as the recorded tests sent it: ", " and ": " between, everything beyond ASCII escaped.
inline void write_spaced(std::string& out, const json::Value& value) {
  if (value.is_object() || value.is_array()) {
    const bool object = value.is_object();
    out += object ? '{' : '[';
    for (size_t at = 0; at < value.size(); ++at) {
      if (at > 0) out += ", ";
      if (object) {
        write_spaced(out, json::Value(value.as_object()[at].first));
        out += ": ";
      }
      write_spaced(out, object ? value.as_object()[at].second : value.at(at));
    }
    out += object ? '}' : ']';
    return;
  }
  const std::string text = json::write(value);
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      // Python's writer escapes DEL only in that it does not.
      out += text[at++];
      continue;
    }
    const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    uint32_t code = byte & (0xFFU >> (length + 1));
    for (size_t more = 1; more < length; ++more) code = (code << 6U) | (static_cast<unsigned char>(text[at + more]) & 0x3FU);
    at += length;
    if (code >= 0x10000) {
      code -= 0x10000;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (code >> 10U), 0xDC00 + (code & 0x3FFU));
    } else {
      out += fmt::format("\\u{:04x}", code);
    }
  }
}

// Log groups, and what is written to them.
class LogGroups final : public LogSink {
 public:
  void write(std::string_view group, std::string line) override {
    const std::lock_guard lock(mutex_);
    lines_[std::string(group)].push_back(std::move(line));
  }
  json::Value last(std::string_view group) {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(std::string(group));
    if (found == lines_.end() || found->second.empty()) return {};
    return json::parse(found->second.back()).value_or(json::Value());
  }
  // CloudWatch's operations, as far as the cases use them.
  json::Value call(std::string_view action, const json::Value& parameters) {
    const std::lock_guard lock(mutex_);
    if (action == "CreateLogGroup") names_.emplace(parameters.get("logGroupName").string_or(""));
    if (action == "DeleteLogGroup") names_.erase(std::string(parameters.get("logGroupName").string_or("")));
    json::Value groups = json::Array{};
    for (const std::string& name : names_)
      if (name.starts_with(parameters.get("logGroupNamePrefix").string_or("")))
        groups.push_back(json::object({{"logGroupName", name}, {"arn", arn_of(name)}}));
    return json::object({{"logGroups", std::move(groups)}});
  }
  bool exists(std::string_view arn) {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(names_, [&](const std::string& name) { return arn_of(name) == arn; });
  }

 private:
  static std::string arn_of(std::string_view name) {
    return fmt::format("arn:aws:logs:us-east-1:{}:log-group:{}:*", kRecordedAccount, name);
  }

  std::mutex mutex_;
  std::set<std::string> names_;
  std::map<std::string, std::vector<std::string>> lines_;
};

class Steps {
 public:
  Steps() {
    loops_.start();
    Dependencies dependencies{.clock = disk_.clock(),
                              .ids = *ids_,
                              .loops = loops_,
                              .journal = disk_.journal(),
                              .connectors = connectors_,
                              .log = &logs_,
                              .log_group_exists = [this](std::string_view arn) { return logs_.exists(arn); }};
    auto opened = Service::open(std::move(dependencies));
    if (!opened) ADD_FAILURE() << opened.error().to_string();
    if (opened) service_ = std::move(*opened);
    service_->start();
    disk_.journal().start();
  }
  ~Steps() {
    service_->stop();
    loops_.stop();
  }

  // False: a step failed that should not have, or the other way round; `problem` says which.
  bool run(const json::Value& steps, std::string& problem) {
    for (const json::Value& step : steps.as_array()) {
      disk_.clock().advance(std::chrono::seconds(1));  // no two things happen at the same time
      if (step.has("op") ? !wait(step, problem) : !call(step, problem)) return false;
    }
    return true;
  }

  // What a step answered: a failure is {"typename", "message"}.
  const json::Value& answer(std::string_view id) const {
    static const json::Value kNone;
    const auto found = answers_.find(id);
    return found == answers_.end() ? kNone : found->second;
  }
  const ApiError* failure(std::string_view id) const {
    const auto found = failures_.find(id);
    return found == failures_.end() ? nullptr : &found->second;
  }

  // A value with its references replaced by what they refer to. soma's account appears as the recorded one.
  json::Value rendered(const json::Value& value) const {
    if (value.is_string()) return rendered_text(value.as_string());
    if (value.is_array()) {
      json::Value out = json::Array{};
      for (const json::Value& element : value.as_array()) out.push_back(rendered(element));
      return out;
    }
    if (!value.is_object()) return value;
    json::Value out = json::Object{};
    for (const auto& [member, part] : value.as_object()) out.set(member, rendered(part));
    return out;
  }

 private:
  bool call(const json::Value& step, std::string& problem) {
    const std::string id(step.get("id").string_or("")), action(step.get("action").string_or(""));
    json::Value parameters = rendered(step.get("params"));
    if (step.get("service").string_or("") == "logs") {
      answers_[id] = logs_.call(action, parameters);
      return true;
    }
    if (parameters.get("definition").is_object()) {
      std::string text;
      write_spaced(text, parameters.get("definition"));
      parameters.set("definition", std::move(text));
    }
    std::string sent = json::write(parameters);
    replace_all(sent, fmt::format(":states:us-east-1:{}:", kRecordedAccount),
                fmt::format(":states:us-east-1:{}:", kAccount));
    const auto back = json::parse(sent);
    auto answered = net::run(api::call(*service_, action, *back));
    const bool expected_to_fail = step.get("fails").bool_or(false);
    if (!answered) {
      failures_[id] = answered.error();
      const std::string whole = fmt::format("An error occurred ({}) when calling the {} operation: {}",
                                            answered.error().name, action, answered.error().message);
      answers_[id] = in_recorded_account(
          json::object({{"typename", answered.error().name}, {"message", whole}}));
    } else {
      answers_[id] = in_recorded_account(*answered);
    }
    if (answered.has_value() == expected_to_fail) {
      problem = fmt::format("{} ({}) {}", id, action, answered ? "should have failed" : failures_[id].message);
      return false;
    }
    return true;
  }

  bool wait(const json::Value& step, std::string& problem) {
    const std::string id(step.get("id").string_or(""));
    const std::string_view op = step.get("op").string_or("");
    if (op == "sleep") {
      disk_.clock().advance(std::chrono::seconds(step.get("seconds").int_or(0)));
      return true;
    }
    if (op == "await-logs") {
      const std::string group(step.get("logGroupName").string_or(""));
      for (int round = 0; round < kMaxWaitRounds; ++round) {
        const json::Value last = logs_.last(group);
        const std::string_view type = last.get("type").string_or("");
        if (type.starts_with("Execution") && type != "ExecutionStarted") {
          answers_[id] = in_recorded_account(json::object({{"last", last}}));
          return true;
        }
        pass_time("");
      }
      problem = id + ": no end was logged";
      return false;
    }
    const std::string_view until = step.get("until").string_or("");
    // Listings are consistent at once: only executions take their time.
    if (!step.has("executionArn")) return true;
    std::string arn = rendered(step.get("executionArn")).as_string();
    replace_all(arn, kRecordedAccount, kAccount);
    for (int round = 0; round < kMaxWaitRounds; ++round) {
      const auto view = service_->executions().describe(arn);
      if (!view) {
        problem = id + ": " + view.error().to_string();
        return false;
      }
      if (view->stopped || (until == "started") || (until == "events" && has_entered(arn))) return true;
      pass_time(until == "events" ? "" : view->run);
    }
    problem = id + ": still running";
    return false;
  }

  bool has_entered(const std::string& arn) {
    const auto page = service_->executions().history(arn, 100, false, "");
    return page && page->events.size() >= 2;
  }

  // Waits a moment for the run's next event; when none comes, time goes on to the next timer.
  void pass_time(const std::string& run) {
    static const std::unique_ptr<os::Clock> kRealClock = os::make_system_clock();
    const uint64_t from = run.empty() ? 1 : disk_.journal().get(run).value_or(journal::Run{}).last_seq + 1;
    const bool moved = net::run(next_event(disk_.journal(), *kRealClock, run, from));
    if (moved || run.empty()) return;
    const os::Time next = disk_.clock().next_timer();
    if (next != os::Time::max() && next > disk_.clock().now()) disk_.clock().advance(next - disk_.clock().now());
  }

  static net::Task<bool> next_event(journal::Journal& journal, os::Clock& clock, std::string run, uint64_t from) {
    const net::Executor executor = co_await net::this_executor();
    const auto follower = journal.follow(executor, run, from);
    const os::Time deadline = clock.now() + std::chrono::milliseconds(20);
    const auto events = co_await follower->next_until(clock, deadline);
    co_return events && !events->empty();
  }

  static json::Value in_recorded_account(const json::Value& value) {
    std::string text = json::write(value);
    replace_all(text, fmt::format(":{}:", kAccount), fmt::format(":{}:", kRecordedAccount));
    return json::parse(text).value_or(value);
  }

  json::Value rendered_text(const std::string& text) const {
    if (!text.contains("${")) return text;
    // A whole reference keeps its type.
    if (text.starts_with("${") && text.find('}') == text.size() - 1)
      return lookup(std::string_view(text).substr(2, text.size() - 3));
    std::string out;
    for (size_t at = 0; at < text.size();) {
      const size_t open = text.find("${", at);
      out += text.substr(at, open - at);
      if (open == std::string::npos) break;
      const size_t close = text.find('}', open);
      if (close == std::string::npos) {
        // A test cut four characters off an ARN and put four others there; the cut went through the reference.
        constexpr size_t kCut = 4;
        std::string whole(lookup("s" + text.substr(open + 3, text.find('.', open) - open - 3) + ".executionArn")
                              .string_or(""));
        whole.resize(whole.size() - std::min(whole.size(), kCut));
        return out + whole + text.substr(text.size() - kCut);
      }
      const json::Value found = lookup(std::string_view(text).substr(open + 2, close - open - 2));
      out += found.is_string() ? found.as_string() : json::write(found);
      at = close + 1;
    }
    return out;
  }

  // "s4.events[0].id"
  json::Value lookup(std::string_view reference) const {
    const size_t dot = reference.find('.');
    const json::Value* at = &answer(reference.substr(0, dot));
    std::string path(dot == std::string_view::npos ? "" : reference.substr(dot + 1));
    replace_all(path, "[", ".");
    replace_all(path, "]", "");
    size_t begin = 0;
    while (begin < path.size()) {
      const size_t end = std::min(path.find('.', begin), path.size());
      const std::string part = path.substr(begin, end - begin);
      at = at->is_array() ? &at->at(std::stoul(part)) : &at->get(part);
      begin = end + 1;
    }
    return *at;
  }

  journal::JournalOnDisk disk_;
  std::unique_ptr<os::IdSource> ids_ = os::make_random_ids(disk_.clock());
  net::LoopPool loops_{1};
  Connectors connectors_;
  LogGroups logs_;
  std::unique_ptr<Service> service_;
  std::map<std::string, json::Value, std::less<>> answers_;
  std::map<std::string, ApiError, std::less<>> failures_;
};

}  // namespace soma::workflow::conformance
