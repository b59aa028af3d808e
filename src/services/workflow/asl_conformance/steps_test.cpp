#include "services/workflow/asl_conformance/steps_test_kit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include <boost/asio/post.hpp>

#include "services/workflow/api/operations.h"

namespace soma::workflow::conformance {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string in_recorded_account(std::string text) {
  return replaced(std::move(text), fmt::format(":{}:", kAccount), fmt::format(":{}:", kRecordedAccount));
}
json::Value in_recorded_account(const json::Value& value) {
  return json::parse(in_recorded_account(json::write(value))).value_or(value);
}
std::string in_own_account(std::string text) {
  return replaced(std::move(text), fmt::format(":states:us-east-1:{}:", kRecordedAccount),
                  fmt::format(":states:us-east-1:{}:", kAccount));
}

// JSON text with everything beyond ASCII escaped.
std::string ascii(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      out += text[at++];
      continue;
    }
    const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    uint32_t code = byte & (0xFFU >> (length + 1));
    for (size_t more = 1; more < length; ++more)
      code = (code << 6U) | (static_cast<unsigned char>(text[at + more]) & 0x3FU);
    at += length;
    if (code < 0x10000) {
      out += fmt::format("\\u{:04x}", code);
      continue;
    }
    code -= 0x10000;
    out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (code >> 10U), 0xDC00 + (code & 0x3FFU));
  }
  return out;
}

// JSON as the recorded tests sent it: ", " and ": " between.
void write_spaced(std::string& out, const json::Value& value) {
  if (!value.is_object() && !value.is_array()) {
    out += ascii(json::write(value));
    return;
  }
  const bool object = value.is_object();
  out += object ? '{' : '[';
  for (size_t at = 0; at < value.size(); ++at) {
    if (at > 0) out += ", ";
    if (object) out += ascii(json::write(json::Value(value.as_object()[at].first))) + ": ";
    write_spaced(out, object ? value.as_object()[at].second : value.at(at));
  }
  out += object ? '}' : ']';
}

std::string log_group_arn(std::string_view name) {
  return fmt::format("arn:aws:logs:us-east-1:{}:log-group:{}:*", kRecordedAccount, name);
}

// A mock function in the words of the cases' README.
Function function_of(const json::Value& given) {
  const std::string_view behaviour = given.get("behaviour").string_or("");
  const json::Value& args = given.get("args");
  Function function;
  if (behaviour == "echo") {
    function.target = FunctionCommand{{"cat"}, {}};
  } else if (behaviour == "return") {
    function.target = FunctionMock{.result = args.get("payload")};
  } else if (behaviour == "return-raw") {
    if (const json::Value* text = args.find("text"))
      function.target = FunctionCommand{{"printf", "%s", std::string(text->string_or(""))}, {}};
    else
      function.target = FunctionMock{.result = std::string(static_cast<size_t>(args.get("count").int_or(0)),
                                                           args.get("repeat").string_or("x").front())};
  } else if (behaviour == "return-text") {
    // The payload as Python prints a list of plain texts.
    function.target = FunctionCommand{{"sh", "-c", R"sh(printf '"%s%s"' "$0" "$(tr '"' "'")")sh",
                                       std::string(args.get("prefix").string_or(""))},
                                      {}};
  } else if (behaviour == "raise") {
    const json::Value cause = json::object({{"errorMessage", args.get("errorMessage")},
                                            {"errorType", args.get("errorType")},
                                            {"requestId", "0196aaaa-0000-7000-8000-000000000001"},
                                            {"stackTrace", args.get("stackTrace")}});
    function.target =
        FunctionMock{.error = std::string(args.get("errorType").string_or("")), .cause = json::write(cause)};
  } else {  // sleep: longer than any case waits, in time that is not the case's
    function.target = FunctionCommand{{"sleep", "60"}, {}};
  }
  return function;
}

std::string id_of(const json::Value& step) {
  return std::string(step.get("id").string_or(""));
}

// True when an event came within a moment of real time.
net::Task<bool> next_event(journal::Journal& journal, os::Clock& clock, std::string run, uint64_t from) {
  const net::Executor executor = co_await net::this_executor();
  const auto follower = journal.follow(executor, run, from);
  const os::Time deadline = clock.now() + std::chrono::milliseconds(20);
  const auto events = co_await follower->next_until(clock, deadline);
  co_return events && !events->empty();
}

}  // namespace

void LogGroups::write(std::string_view group, std::string line) {
  const std::lock_guard lock(mutex_);
  lines_[std::string(group)].push_back(std::move(line));
}

json::Value LogGroups::last(std::string_view group) {
  const std::lock_guard lock(mutex_);
  const auto found = lines_.find(std::string(group));
  if (found == lines_.end() || found->second.empty()) return {};
  return json::parse(found->second.back()).value_or(json::Value());
}

json::Value LogGroups::call(std::string_view action, const json::Value& parameters) {
  const std::lock_guard lock(mutex_);
  const std::string name(parameters.get("logGroupName").string_or(""));
  if (action == "CreateLogGroup") names_.insert(name);
  if (action == "DeleteLogGroup") names_.erase(name);
  json::Value groups = json::Array{};
  for (const std::string& group : names_)
    if (group.starts_with(parameters.get("logGroupNamePrefix").string_or("")))
      groups.push_back(json::object({{"logGroupName", group}, {"arn", log_group_arn(group)}}));
  return json::object({{"logGroups", std::move(groups)}});
}

bool LogGroups::exists(std::string_view arn) {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(names_, [&](const std::string& name) { return log_group_arn(name) == arn; });
}

net::Task<ConnectorResult> CountedFunctions::run(ConnectorCall call,
                                                 std::function<void(engine::Payload)> submitted,
                                                 net::Cancellation cancellation) {
  ++at_work_;
  ConnectorResult result =
      co_await functions_->run(std::move(call), std::move(submitted), std::move(cancellation));
  --at_work_;
  co_return result;
}

Steps::Steps(const json::Value& functions) {
  if (functions.is_object())
    for (const auto& [arn, function] : functions.as_object()) {
      settings_.functions.emplace(function.get("name").as_string(), function_of(function));
      functions_sleep_ = functions_sleep_ || function.get("behaviour").string_or("") == "sleep";
    }
  connectors_.add(std::make_unique<CountedFunctions>(
      make_lambda_connector({disk_.clock(), *ids_, *launcher_, settings_}), functions_at_work_));
  add_builtin_connectors(connectors_,
                         {disk_.clock(), *ids_, *launcher_, outbound_, settings_, objects_, backend_, {}});
  loops_.start();
  Dependencies dependencies{.clock = disk_.clock(),
                            .ids = *ids_,
                            .loops = loops_,
                            .journal = disk_.journal(),
                            .connectors = connectors_,
                            .objects = objects_,
                            .log = &logs_,
                            .log_group_exists = [this](std::string_view arn) { return logs_.exists(arn); }};
  auto opened = Service::open(std::move(dependencies));
  if (!opened) throw std::runtime_error(opened.error().to_string());
  service_ = std::move(*opened);
  backend_.executions = &service_->executions();
  backend_.resolve = [this](std::string_view arn, std::string_view name) {
    return service_->machines().resolve(in_own_account(std::string(arn)), name);
  };
  backend_.call = [this](std::string operation, json::Value parameters,
                         net::Cancellation gone) -> net::Task<Answered<json::Value>> {
    json::Value sent = json::parse(in_own_account(json::write(parameters))).value_or(json::Value());
    api::Answer answer = api::call(*service_, operation, std::move(sent), std::move(gone));
    co_return co_await std::move(answer);
  };
  service_->start();
  disk_.journal().start();
}

Steps::~Steps() {
  service_->stop();
  loops_.stop();
}

bool Steps::run(const json::Value& steps, std::string& problem) {
  for (const json::Value& step : steps.as_array()) {
    disk_.clock().advance(std::chrono::seconds(1));  // no two things happen at the same time
    if (step.has("op") ? !wait(step, problem) : !call(step, problem)) return false;
  }
  return true;
}

const json::Value& Steps::answer(std::string_view id) const {
  static const json::Value kNone;
  const auto found = answers_.find(id);
  return found == answers_.end() ? kNone : found->second;
}

const ApiError* Steps::failure(std::string_view id) const {
  const auto found = failures_.find(id);
  return found == failures_.end() ? nullptr : &found->second;
}

json::Value Steps::rendered(const json::Value& value) const {
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

bool Steps::call(const json::Value& step, std::string& problem) {
  const std::string id = id_of(step), action(step.get("action").string_or(""));
  json::Value parameters = rendered(step.get("params"));
  if (step.get("service").string_or("") == "logs") {
    answers_[id] = logs_.call(action, parameters);
    return true;
  }
  if (step.get("service").string_or("") == "s3") {
    answers_[id] = call_objects(action, parameters);
    return true;
  }
  if (parameters.get("definition").is_object()) {
    std::string text;
    write_spaced(text, parameters.get("definition"));
    parameters.set("definition", std::move(text));
  }
  json::Value sent = json::parse(in_own_account(json::write(parameters))).value_or(parameters);
  const auto answered = net::run(api::call(*service_, action, std::move(sent)));
  if (answered) {
    answers_[id] = in_recorded_account(*answered);
  } else {
    ApiError failure = answered.error();
    failure.message = in_recorded_account(std::move(failure.message));
    answers_[id] =
        json::object({{"typename", failure.name},
                      {"message", fmt::format("An error occurred ({}) when calling the {} operation: {}",
                                              failure.name, action, failure.message)}});
    failures_[id] = std::move(failure);
  }
  if (answered.has_value() != step.get("fails").bool_or(false)) return true;
  problem = fmt::format("{} ({}) {}", id, action, answered ? "should have failed" : answered.error().message);
  return false;
}

json::Value Steps::call_objects(std::string_view action, const json::Value& parameters) {
  const std::string bucket(parameters.get("Bucket").string_or("")), key(parameters.get("Key").string_or(""));
  if (action == "PutObject") {
    const json::Value* body = &parameters.get("Body");
    if (const json::Value* bytes = body->find("$bytes")) body = bytes;
    const auto put = objects_.put(bucket, key, body->is_string() ? body->as_string() : json::write(*body));
    return put ? json::Value(json::Object{}) : json::Value(put.error().message);
  }
  const auto got = objects_.get(bucket, key);
  return got ? json::object({{"Body", got->bytes}}) : json::Value(got.error().message);
}

bool Steps::wait(const json::Value& step, std::string& problem) {
  const std::string_view op = step.get("op").string_or("");
  if (op == "fixture") {
    const std::string bucket = "bucket-" + os::to_lower(ids_->token(8));
    const json::Value& named = step.get("params").get("Bucket");
    answers_[id_of(step)] = named.is_string() ? named : json::Value(bucket);
    std::filesystem::create_directories(scratch_ / ("objects/" + answers_[id_of(step)].as_string()));
    return true;
  }
  if (op == "sleep") {
    disk_.clock().advance(std::chrono::seconds(step.get("seconds").int_or(0)));
    return true;
  }
  if (op == "await-logs") return wait_for_logs(step, problem);
  // Listings are true at once: only executions take their time.
  return !step.has("executionArn") || wait_for_execution(step, problem);
}

bool Steps::wait_for_execution(const json::Value& step, std::string& problem) {
  const std::string arn = in_own_account(rendered(step.get("executionArn")).as_string());
  const std::string_view until = step.get("until").string_or("");
  for (int round = 0; round < kMaxWaitRounds; ++round) {
    const auto view = service_->executions().describe(arn);
    if (!view) {
      problem = id_of(step) + ": " + view.error().to_string();
      return false;
    }
    const auto history = service_->executions().history(arn, 10, false, "");
    const bool moves = until == "started" || (until == "events" && history && history->events.size() > 1);
    if (view->stopped || moves) return true;
    pass_time(view->run);
  }
  problem = id_of(step) + ": the execution still runs";
  return false;
}

bool Steps::wait_for_logs(const json::Value& step, std::string& problem) {
  const std::string_view group = step.get("logGroupName").string_or("");
  for (int round = 0; round < kMaxWaitRounds; ++round) {
    const json::Value last = logs_.last(group);
    const std::string_view type = last.get("type").string_or("");
    if (type.starts_with("Execution") && type != "ExecutionStarted") {
      answers_[id_of(step)] = in_recorded_account(json::object({{"last", last}}));
      return true;
    }
    pass_time("");
  }
  problem = id_of(step) + ": no end was logged";
  return false;
}

uint64_t Steps::events() {
  uint64_t events = 0;
  journal::ListFilter filter{.limit = 1000};
  const auto page = disk_.journal().list(filter);
  if (!page) throw std::runtime_error(page.error().to_string());
  for (const journal::Run& run : page->runs) events += run.last_seq;
  return events;
}

// What happens next is at most some hops away: a result on the loop, its record on the journal's thread, the
// next command on the loop again. Both keep their order, so something sent after it arrives after it.
bool Steps::at_rest() {
  constexpr int kHops = 16;
  const uint64_t before = events();
  const int at_work = functions_at_work_;
  for (int hop = 0; hop < kHops; ++hop) {
    std::promise<void> passed;
    boost::asio::post(loops_.executor(0), [&passed] { passed.set_value(); });
    passed.get_future().wait();
    // Of a run that is not there: refused on the journal's thread, after all that was appended before.
    static_cast<void>(net::run(disk_.journal().append("none", 0, {{"none", "{}"}})));
  }
  return functions_at_work_ == at_work && events() == before;
}

// While functions work, waits a moment of real time for the run's next event. When all is at rest, and no
// other thread (the journal's timers) brought anything in such a moment, time goes on to the next timer.
void Steps::pass_time(const std::string& run) {
  static const std::unique_ptr<os::Clock> kRealClock = os::make_system_clock();
  if (functions_at_work_ == 0 && !at_rest()) return;
  const auto now = disk_.journal().get(run);
  if (net::run(next_event(disk_.journal(), *kRealClock, run, now ? now->last_seq + 1 : 1))) return;
  // A function that sleeps is timed by two: by its own timer, set when it begins, and by that of its state,
  // which the loop sets a moment later.
  if (functions_at_work_ > 0 && (!functions_sleep_ || !at_rest())) return;
  // A timer that was set late stands in the past, and fires at the next step however short it is.
  const os::Time next = disk_.clock().next_timer();
  if (next != os::Time::max())
    disk_.clock().advance(std::max(os::Duration::zero(), next - disk_.clock().now()));
}

json::Value Steps::rendered_text(const std::string& text) const {
  // A whole reference keeps its type.
  if (text.starts_with("${") && text.find('}') == text.size() - 1)
    return lookup(std::string_view(text).substr(2, text.size() - 3));
  std::string out;
  size_t at = 0;
  for (size_t open = text.find("${"); open != std::string::npos; open = text.find("${", at)) {
    out += text.substr(at, open - at);
    const size_t close = text.find('}', open);
    if (close == std::string::npos) {
      // A test cut four characters off an ARN and put others there, and the cut went through the reference.
      constexpr size_t kCut = 4;
      std::string whole(
          lookup(text.substr(open + 2, text.find('.', open) - open - 2) + ".executionArn").string_or(""));
      whole.resize(whole.size() - std::min(whole.size(), kCut));
      return out + whole + text.substr(text.size() - kCut);
    }
    const json::Value found = lookup(std::string_view(text).substr(open + 2, close - open - 2));
    out += found.is_string() ? found.as_string() : json::write(found);
    at = close + 1;
  }
  return out + text.substr(at);
}

// "s4.events[0].id"
json::Value Steps::lookup(std::string_view reference) const {
  const size_t dot = reference.find('.');
  const json::Value* found = &answer(reference.substr(0, dot));
  if (dot == std::string_view::npos) return *found;
  const std::string path = replaced(replaced(std::string(reference.substr(dot + 1)), "[", "."), "]", "");
  for (const std::string_view part : os::split(path, '.'))
    found = found->is_array() ? &found->at(std::stoul(std::string(part))) : &found->get(part);
  return *found;
}

}  // namespace soma::workflow::conformance
