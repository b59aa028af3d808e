#include "core/model/reflex/planner.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/arithmetic.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

constexpr std::string_view kWhat =
    "I am reflex, soma's built-in brain: rules and text similarity, no language model.";

// The name that a system prompt gives: "You are Atlas, a …", "Your name is Atlas".
std::string name_in(const std::vector<std::string>& system) {
  for (const std::string& text : system) {
    for (const std::string_view opening : {"You are ", "Your name is ", "you are called ", "named "}) {
      const size_t at = text.find(opening);
      if (at == std::string::npos) continue;
      const std::string_view rest = std::string_view(text).substr(at + opening.size());
      const std::string_view word = rest.substr(0, rest.find_first_of(" ,.;:!\n"));
      if (!word.empty() && word[0] >= 'A' && word[0] <= 'Z' && word.size() > 1) return std::string(word);
    }
  }
  return "";
}

// The file that the last tool call before the prompt worked on.
std::string last_file(const Conversation& conversation) {
  if (conversation.earlier().empty()) return "";
  const json::Value& input = conversation.earlier().back().call.input;
  return input.has("operation") ? std::string(input.get("path").string_or("")) : "";
}

bool passing_failure(std::string_view text) {
  const std::string lower = os::to_lower(shortened(text, 2000));
  static constexpr std::array<std::string_view, 8> kSigns = {
      "timed out", "timeout",          "temporarily", "unavailable",
      "crashed",   "connection reset", "try again",   "outcome is unknown"};
  return std::ranges::any_of(kSigns, [&](std::string_view sign) { return contains(lower, sign); });
}

}  // namespace

std::string first_lines(std::string_view text, size_t max_bytes) {
  std::string out;
  for (const std::string_view line : os::split(text, '\n')) {
    if (os::trim(line).empty()) continue;
    if (out.size() + line.size() > max_bytes && !out.empty()) break;
    out += (out.empty() ? "" : " ") + std::string(os::trim(line));
  }
  return shortened(out, max_bytes);
}

std::string fenced(std::string_view text) {
  const std::string_view body = strip(text, "");
  const bool cut = body.size() > kMaxShownBytes;
  return fmt::format("```\n{}\n```{}", cut ? shortened(body, kMaxShownBytes) : std::string(body),
                     cut ? fmt::format("\n({} bytes in all)", body.size()) : "");
}

Decision plan(const ConverseRequest& request) {
  return Planner(request).run();
}

Planner::Planner(const ConverseRequest& request)
    : request_(request),
      conversation_(request),
      tools_(request.tools),
      steps_(interpret(conversation_.prompt(), last_file(conversation_))) {
  for (const auto& [name, content] : conversation_.attachments()) {
    documents_.push_back(name.ends_with(".csv") ? parse_csv(content, name) : parse_document(content, name));
  }
  // The page that an earlier prompt left in front.
  for (auto earlier = conversation_.earlier().rbegin();
       earlier != conversation_.earlier().rend() && page_ == nullptr; ++earlier) {
    if (tools_.browser == nullptr || earlier->call.tool != tools_.browser->name || earlier->result.error)
      continue;
    Document document = parse_document(earlier->result.text, "");
    if (document.source.empty()) {
      page_stale_ = true;  // a change of it
      continue;
    }
    documents_.push_back(std::move(document));
    page_ = &documents_.back();
  }
}

Decision Planner::run() {
  if (conversation_.calls_made() >= kMaxPlannedCalls) {
    return {
        {},
        fmt::format("I stopped after {} tool calls, which is my limit for one request.", kMaxPlannedCalls)};
  }
  for (size_t i = 0; i < steps_.size(); ++i) {
    if (!call_together(i) || !execute(i)) {
      if (!waiting()) break;
      return {conversation_.pending(), ""};
    }
  }
  return {{}, compose()};
}

// Reading steps that stand side by side need not wait for each other.
bool Planner::call_together(size_t index) {
  std::vector<ToolCall> calls = independent_calls(steps_[index]);
  if (calls.empty() || conversation_.has(calls.front())) return true;
  for (size_t i = index + 1; i < steps_.size(); ++i) {
    std::vector<ToolCall> more = independent_calls(steps_[i]);
    if (more.empty()) break;
    calls.insert(calls.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  for (ToolCall& call : calls) conversation_.call(std::move(call));
  return false;
}

std::vector<ToolCall> Planner::independent_calls(const Step& step) const {
  std::vector<ToolCall> out;
  if (step.act == Act::kReadFile) {
    for (const std::string& path : step.list) {
      if (auto call = file_call("view", path)) out.push_back(*std::move(call));
    }
  } else if (step.act == Act::kQuestion || step.act == Act::kOther) {
    const ToolSpec* tool = tools_.choose(step.text);
    if (tool == nullptr || !looks_repeatable(*tool)) return out;
    Filled filled = fill_arguments(tool->input_schema, step.text);
    if (filled.missing.empty()) out.push_back({tool->name, std::move(filled.input)});
  }
  return out;
}

bool Planner::is_web(Act act) {
  switch (act) {
    case Act::kDescribe:
    case Act::kClick:
    case Act::kType:
    case Act::kFill:
    case Act::kSubmit:
    case Act::kSelect:
    case Act::kTick:
    case Act::kPress:
    case Act::kScroll:
    case Act::kBack:
    case Act::kScreenshot:
    case Act::kLinks:
    case Act::kTables:
    case Act::kHeadings:
    case Act::kWait:
      return true;
    default:
      return false;
  }
}

bool Planner::execute(size_t index) {
  const Step& step = steps_[index];
  const bool question_follows = index + 1 < steps_.size() && (steps_[index + 1].act == Act::kQuestion ||
                                                              steps_[index + 1].act == Act::kDescribe);
  // What was to be done on a page that did not open is not done on another one. Said once, at the navigation.
  if (page_failed_ && (is_web(step.act) || step.act == Act::kQuestion || step.act == Act::kSearch))
    return true;
  if (is_web(step.act)) return execute_on_page(step);
  switch (step.act) {
    case Act::kNothing:
      return true;
    case Act::kNavigate:
      return navigate(step);
    case Act::kSearch:
      return search(step);
    case Act::kRunCommand:
      return run_command(step);
    case Act::kRunCode:
      return run_code(step);
    case Act::kWriteFile:
      return write_file(step);
    case Act::kAppendFile:
      return append_file(step);
    case Act::kReadFile:
      return read_file(step, question_follows);
    case Act::kListFiles:
      return list_files(step);
    case Act::kSearchFiles:
      return search_files(step);
    case Act::kReplaceInFile:
      return replace_in_file(step);
    case Act::kDeleteFile:
      return delete_file(step);
    case Act::kMoveFile:
    case Act::kCopyFile:
      return move_file(step);
    case Act::kCountFile:
      return count_file(step);
    case Act::kSave:
      return save(step);
    case Act::kFollow:
      return follow(step);
    case Act::kResults:
      return results();
    case Act::kRemember:
      return remember(step);
    case Act::kRecall:
      return recall(step);
    case Act::kQuestion:
      return question(step, index + 1 == steps_.size());
    default:
      return talk(step);
  }
}

bool Planner::execute_on_page(const Step& step) {
  switch (step.act) {
    case Act::kDescribe:
      return describe_page(step);
    case Act::kClick:
      return click(step);
    case Act::kType:
      return type(step);
    case Act::kFill:
      return fill(step);
    case Act::kSubmit:
      return submit(step);
    case Act::kSelect:
      return select(step);
    case Act::kTick:
      return tick(step);
    case Act::kPress:
      return press(step);
    case Act::kScroll:
      return scroll(step);
    case Act::kBack:
      return back();
    case Act::kScreenshot:
      return screenshot(step);
    case Act::kLinks:
      return list_links();
    case Act::kTables:
      return list_tables();
    case Act::kHeadings:
      return list_headings();
    case Act::kWait:
      return wait(step);
    default:
      return true;
  }
}

bool Planner::talk(const Step& step) {
  switch (step.act) {
    case Act::kGreeting:
      say("Hello! " + identity() + " " + capabilities());
      return true;
    case Act::kIdentity:
      say(identity());
      return true;
    case Act::kCapabilities:
      say(identity() + " " + capabilities());
      return true;
    case Act::kThanks:
      say("You are welcome.");
      return true;
    case Act::kStatement:
      say("Noted: " + to_second_person(step.text) + ".");
      return true;
    case Act::kSay: {
      const std::string content = step.captures.contains("quote")  ? step.capture("quote")
                                  : step.captures.contains("word") ? step.capture("word")
                                                                   : step.capture("content");
      say(std::string(strip(content, "")));
      return true;
    }
    case Act::kCompute:
      return compute(step);
    default:
      return other(step);
  }
}

bool Planner::compute(const Step& step) {
  const std::string expression = step.capture("expression");
  const auto value = evaluate(step.capture("sum"));
  if (!value) {
    cannot(fmt::format("compute \"{}\": it is no expression that has a value", expression));
    return true;
  }
  if (!step.capture("language").empty() && (tools_.code != nullptr || tools_.shell != nullptr)) {
    Step as_code = step;
    std::string code = step.capture("sum");
    for (size_t at = code.find('^'); at != std::string::npos; at = code.find('^', at + 2))
      code.replace(at, 1, "**");
    as_code.captures["code"] = "print(" + code + ")";
    return run_code(as_code);
  }
  say(fmt::format("{} = {}", expression,
                  std::abs(*value) < 1e15 ? fmt::format("{:.12g}", *value) : fmt::format("{:g}", *value)));
  return true;
}

bool Planner::other(const Step& step) {
  if (const ToolSpec* tool = tools_.choose(step.text)) return use_tool(*tool, step);
  // An order of unknown words may still be a button or a link: "book a cabin".
  if (page_ != nullptr && !page_failed_ && tools_.browser != nullptr) {
    if (find_element(*page_, step.text, {"button", "link", "tab"}) != nullptr) {
      Step as_click = step;
      as_click.act = Act::kClick;
      as_click.captures = {{"label", step.text}};
      return click(as_click);
    }
  }
  unknown_ = true;
  cannot(
      fmt::format("do \"{}\": I know no rule for it, and no tool here that fits", shortened(step.text, 160)));
  return true;
}

bool Planner::use_tool(const ToolSpec& tool, const Step& step) {
  Filled filled = fill_arguments(tool.input_schema, step.text);
  if (!filled.missing.empty()) {
    cannot(fmt::format("call the tool \"{}\": the request gives no value for {}", tool.name,
                       fmt::join(filled.missing, ", ")));
    return true;
  }
  const CallResult* result = ask({tool.name, std::move(filled.input)}, looks_repeatable(tool));
  if (result == nullptr) return false;
  if (result->error) {
    cannot(fmt::format("get an answer from the tool \"{}\": {}", tool.name, first_lines(result->text)));
    return true;
  }
  documents_.push_back(parse_document(result->text, tool.name));
  if (result->text.size() > kMaxShownBytes) {
    const Document* document = &documents_.back();
    if (const auto found = answer_question({&document, 1}, step.text)) return answer(*found), true;
  }
  say(fmt::format(
      "{} returned:\n{}", tool.name,
      contains(result->text, "\n") || result->text.starts_with('{') || result->text.starts_with('[')
          ? fenced(result->text)
          : shortened(result->text, kMaxShownBytes)));
  return true;
}

const CallResult* Planner::ask(ToolCall call, bool retry) {
  const CallResult* result = conversation_.call(call);
  if (result == nullptr || !result->error || !retry || !passing_failure(result->text)) return result;
  return conversation_.call(std::move(call));
}

void Planner::say(std::string text) {
  if (text.empty()) return;
  tell_done();
  ++answers_;
  parts_.push_back(std::move(text));
}

void Planner::cannot(std::string text) {
  tell_done();
  ++failures_;
  const bool stopped = text.ends_with('.') || text.ends_with("```");
  parts_.push_back(fmt::format("I could not {}{}", text, stopped ? "" : "."));
}

void Planner::done(std::string text, bool notable) {
  did_.push_back({std::move(text), notable});
}

// Before something else is said: what was done up to here, when it changed something.
void Planner::tell_done() {
  std::vector<std::string_view> notable;
  for (size_t i = told_; i < did_.size(); ++i) {
    if (did_[i].notable) notable.push_back(did_[i].text);
  }
  told_ = did_.size();
  if (notable.empty()) return;
  ++answers_;
  parts_.push_back(fmt::format("I {}.", fmt::join(notable, ", ")));
}

std::string Planner::compose() {
  const bool acted_on_page = page_ != nullptr && !did_.empty() && !web_shown_ && !page_failed_;
  const bool only_did = answers_ == 0 && failures_ == 0 &&
                        std::ranges::none_of(did_, [](const Done& one) { return one.notable; });
  if (answers_ > 0) {
    tell_done();
  } else if (!did_.empty()) {
    const bool wrote = std::ranges::any_of(did_, [](const Done& one) { return one.notable; });
    std::vector<std::string_view> all;
    for (const Done& one : did_) {
      // Where it was done goes without saying, next to what was done or what could not be.
      const bool told = (failures_ > 0 || wrote) && one.text.starts_with("opened http");
      if (!told) all.push_back(one.text);
    }
    if (!all.empty())
      parts_.insert(parts_.begin(),
                    fmt::format("{}I {}.", failures_ == 0 ? "Done: " : "", fmt::join(all, ", ")));
  }
  if (acted_on_page) {
    std::string news;
    for (size_t i = 0; i < changed_.size() && i < 12; ++i) news += "\n- " + shortened(changed_[i], 300);
    if (!news.empty()) {
      parts_.push_back("The page now also says:" + news);
    } else if (!page_stale_ && only_did) {
      parts_.push_back(fmt::format("Now the page is {}:\n{}", page_->source, describe(*page_)));
    }
  }
  std::string out = fmt::format("{}", fmt::join(parts_, "\n\n"));
  const bool nothing_done = answers_ == 0 && did_.empty();
  if ((unknown_ && nothing_done) || out.empty())
    out += fmt::format("{}{} {}", out.empty() ? "" : "\n\n", kWhat, capabilities());
  return out;
}

std::string Planner::identity() const {
  const std::string name = name_in(request_.system);
  if (name.empty() || os::to_lower(name) == "reflex") return std::string(kWhat);
  return fmt::format("Here I go by the name {}. {}", name, kWhat);
}

std::string Planner::capabilities() const {
  std::vector<std::string> can;
  if (tools_.browser != nullptr)
    can.emplace_back("open web pages, describe and search them, click, and fill in forms");
  if (tools_.shell != nullptr) can.emplace_back("run shell commands");
  if (tools_.code != nullptr) can.emplace_back("run code");
  if (tools_.files != nullptr) can.emplace_back("write, read, list and search files, and remember notes");
  for (const ToolSpec* tool : tools_.others) {
    if (can.size() < 12) can.push_back(fmt::format("call \"{}\"", tool->name));
  }
  if (can.empty()) return "I have no tools here: I can do sums and repeat what you told me in this session.";
  return fmt::format("With the tools here I can {}. Say it as plain steps, such as: {}", fmt::join(can, "; "),
                     tools_.browser != nullptr ? "\"Go to http://… and describe what you see\"."
                     : tools_.shell != nullptr ? "\"run `ls -la`\"."
                                               : "\"list the files\".");
}

std::string to_second_person(std::string_view text) {
  struct Swap {
    std::string_view from, to;
  };
  static constexpr std::array<Swap, 14> kSwaps = {{{"i am", "you are"},
                                                   {"i'm", "you are"},
                                                   {"i was", "you were"},
                                                   {"i have", "you have"},
                                                   {"i've", "you have"},
                                                   {"am i", "are you"},
                                                   {"my", "your"},
                                                   {"mine", "yours"},
                                                   {"myself", "yourself"},
                                                   {"i", "you"},
                                                   {"me", "you"},
                                                   {"we", "you"},
                                                   {"our", "your"},
                                                   {"us", "you"}}};
  std::vector<std::string> parts;
  for (const std::string_view part : os::split(text, ' ')) parts.emplace_back(part);
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    std::string replaced = parts[i];
    const std::string one = os::to_lower(strip(parts[i], ".,;:!?"));
    const std::string two =
        i + 1 < parts.size() ? one + " " + os::to_lower(strip(parts[i + 1], ".,;:!?")) : "";
    for (const auto& [from, to] : kSwaps) {
      if (two != from && one != from) continue;
      if (two == from) ++i;
      const std::string& last = parts[i];
      const size_t end = last.find_last_not_of(".,;:!?");
      replaced = std::string(to) + (end == std::string::npos ? "" : last.substr(end + 1));
      break;
    }
    out += (out.empty() ? "" : " ") + replaced;
  }
  return out;
}

}  // namespace soma::model::reflex
