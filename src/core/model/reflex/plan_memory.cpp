// Remember and recall: a memory tool when there is one, else a file of notes in the workspace, else what this
// session's history says.
#include <algorithm>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/planner.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

// "remember that my name is Ada" tells "my name is Ada".
std::vector<std::string> facts_in(const std::vector<std::string>& prompts) {
  std::vector<std::string> out;
  for (const std::string& prompt : prompts) {
    for (const Step& step : interpret(prompt)) {
      if (step.act == Act::kRemember) out.push_back(step.capture("fact"));
      if (step.act == Act::kStatement) out.push_back(step.text);
    }
  }
  return out;
}

// The fact that answers best; a later one wins among equals, since people change their minds.
std::string best_fact(const std::vector<std::string>& facts, std::string_view question) {
  std::string best;
  double best_score = 0;
  for (const std::string& fact : facts) {
    const auto have = terms(fact);
    double matched = 0;
    const auto want = terms(question);
    for (const std::string& term : want) {
      if (std::ranges::find(have, term) != have.end()) matched += 1;
    }
    const double score = matched / static_cast<double>(std::max<size_t>(1, want.size()));
    if (score >= best_score && score >= 0.5) best = fact, best_score = score;
  }
  return best;
}

std::vector<std::string> lines_of(std::string_view notes) {
  std::vector<std::string> out;
  for (const std::string_view line : os::split(notes, '\n')) {
    const size_t dash = line.find("- ");
    if (dash != std::string_view::npos) out.emplace_back(os::trim(line.substr(dash + 2)));
  }
  return out;
}

}  // namespace

bool Planner::remember(const Step& step) {
  const std::string fact(strip(step.capture("fact"), ".;: "));
  for (const std::string_view purpose : {"remember", "memory", "memorize"}) {
    if (const ToolSpec* tool = tools_.for_purpose(purpose)) return use_tool(*tool, step);
  }
  std::string problem;
  switch (append(std::string(kNotesPath), "- " + fact, problem)) {
    case Appended::kPending:
      return false;
    case Appended::kDone:
      say(fmt::format("I will remember that {}. (It is written in {}.)", to_second_person(fact), kNotesPath));
      return true;
    case Appended::kFailed:
      break;
  }
  if (tools_.files == nullptr && tools_.shell == nullptr && tools_.code == nullptr) {
    say(
        fmt::format("I will remember that {}, as long as this session's history is kept: there is no tool "
                    "here that writes notes.",
                    to_second_person(fact)));
  } else {
    cannot(fmt::format("write down that {}: {}", to_second_person(fact), problem));
  }
  return true;
}

bool Planner::recall(const Step& step) {
  std::vector<std::string> facts = facts_in(conversation_.earlier_prompts());
  for (const Step& before : steps_) {  // said in the same prompt
    if (&before == &step) break;
    if (before.act == Act::kRemember) facts.push_back(before.capture("fact"));
    if (before.act == Act::kStatement) facts.push_back(before.text);
  }
  const std::string about = step.capture("fact");
  const bool everything = os::to_lower(about) == "me" || os::to_lower(about) == "you";
  std::string found = everything ? "" : best_fact(facts, step.text);
  if (found.empty()) {
    const std::string known = everything ? "" : best_fact(conversation_.remembered(), step.text);
    if (!known.empty()) return say("From memory: " + known), true;
    for (const std::string_view purpose : {"recall", "memory"}) {
      if (const ToolSpec* tool = tools_.for_purpose(purpose)) return use_tool(*tool, step);
    }
    auto call = file_call("view", kNotesPath);
    if (!call) call = shell_call(fmt::format("cat {} 2>/dev/null || true", kNotesPath));
    if (call) {
      const CallResult* notes = ask(*std::move(call));
      if (notes == nullptr) return false;
      if (!notes->error) {
        const auto written = lines_of(notes->text);
        for (const std::string& fact : written) {
          if (std::ranges::find(facts, fact) == facts.end()) facts.push_back(fact);
        }
        if (!everything) found = best_fact(written, step.text);
      }
    }
  }
  if (everything && !(facts.empty() && conversation_.remembered().empty())) {
    std::string all;
    for (const std::string& fact : facts) all += "\n- " + to_second_person(fact);
    for (const std::string& fact : conversation_.remembered()) all += "\n- from memory: " + fact;
    say("You told me:" + all);
  } else if (!found.empty()) {
    say(capitalized(to_second_person(found)) + ".");
  } else {
    cannot(fmt::format("answer \"{}\": you have not told me, and no note says it", step.text));
  }
  return true;
}

}  // namespace soma::model::reflex
