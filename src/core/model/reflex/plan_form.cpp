// Fields and buttons: which field a phrase means, what kind of control it is, and which button sends the
// form.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/form_entry.h"
#include "core/model/reflex/moment.h"
#include "core/model/reflex/planner.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

bool has_fields(const Document& page) {
  return std::ranges::any_of(page.elements,
                             [](const Element& e) { return e.kind == "textbox" || e.kind == "select"; });
}

// "Accept the terms" where one box must be ticked and nothing else could be meant.
const Element* only_consent(const Document& page, std::string_view order, std::string_view label) {
  static constexpr std::array<std::string_view, 4> kConsents = {"accept", "agree", "confirm", "acknowledge"};
  // "Tick the box" names none either.
  const bool unnamed =
      label.empty() || label == "the" || label == "it" || label == "box" || label == "checkbox";
  const bool asked = unnamed || std::ranges::any_of(kConsents, [&](std::string_view verb) {
                       return contains_word(order, verb);
                     });
  if (!asked) return nullptr;
  const Element* found = nullptr;
  for (const Element& element : page.elements) {
    if (element.kind != "checkbox" || !element.has_state("required")) continue;
    if (found != nullptr) return nullptr;
    found = &element;
  }
  return found;
}

bool says_no(std::string_view value) {
  const std::string lower = os::to_lower(value);
  return lower == "no" || lower == "false" || lower == "off" || lower == "unchecked" || lower == "none" ||
         lower == "0";
}

}  // namespace

// When the page has no field, the form is behind a link: the one whose label is nearest to the order.
bool Planner::reach_form(const Step& step) {
  const Document* page = need_page("fill in the form");
  if (page == nullptr) return !waiting();
  if (has_fields(*page)) return true;
  std::string about = step.text.substr(0, step.text.find(" with "));
  const Element* best = nullptr;
  double best_score = 0;
  static constexpr std::string_view kUsual = "form contact booking book register sign up order";
  for (const Element& element : page->elements) {
    if (element.kind != "link" && element.kind != "button") continue;
    const double score = similarity(element.name, about) + 0.5 * similarity(element.name, kUsual);
    if (score > best_score) best = &element, best_score = score;
  }
  if (best == nullptr || best_score < 0.3) return true;
  return act_on(*best, "click", {}, fmt::format("clicked \"{}\"", plain_text(best->name)));
}

bool Planner::set_element(const Element& element, const std::string& value) {
  const std::string name = element.name;
  last_field_ = element.ref;
  filled_.insert(element.ref);
  if (element.kind == "select") {
    const auto option = choose_option(element.options, value);
    if (!option && !element.options.empty()) {
      cannot(fmt::format("choose \"{}\" for \"{}\": the choices are {}", value, name,
                         shortened(fmt::format("{}", fmt::join(element.options, ", ")), 300)));
      return true;
    }
    const std::string chosen = option.value_or(value);
    return act_on_field(element, "select", {{"value", chosen}},
                        fmt::format("chose \"{}\" for \"{}\"", chosen, name));
  }
  if (element.kind == "checkbox" || element.kind == "switch" || element.kind == "radio") {
    const bool wanted = !says_no(value);
    if (element.has_state("checked") == wanted)
      return done(fmt::format("left \"{}\" {}", name, wanted ? "ticked" : "unticked")), true;
    return act_on_field(element, "click", {}, fmt::format("{} \"{}\"", wanted ? "ticked" : "unticked", name));
  }
  const auto date = element.has_state("date") ? read_date(value) : std::nullopt;
  const std::string text = date && date->year > 0 ? iso_date(*date) : value;
  return act_on_field(element, "type", {{"text", text}}, fmt::format("typed \"{}\" into \"{}\"", text, name));
}

// A field that holds another value leaves the rest of the page as it was, unless the page answers with
// something new: then it is read again.
bool Planner::act_on_field(const Element& element, std::string_view action,
                           std::initializer_list<json::Member> members, std::string did) {
  const bool stale = page_stale_;
  const Document* page = page_;
  std::set<std::string> known;
  for (const Element& each : page->elements) known.insert(each.ref);
  if (!act_on(element, action, members, std::move(did))) return false;
  const bool same =
      page_ == page && changed_.empty() &&
      std::ranges::all_of(changed_refs_, [&](const std::string& ref) { return known.contains(ref); });
  if (same) page_stale_ = stale;
  return true;
}

bool Planner::type(const Step& step) {
  const std::string value(strip(step.capture("value"), "\"'`"));
  const std::string label = strip_label(step.capture("label"));
  const Document* page = need_page(fmt::format("type \"{}\"", value));
  if (page == nullptr) return !waiting();
  const Element* element = label.empty() ? nullptr : find_element(*page, label, field_kinds());
  if (element == nullptr && (label.empty() || has_fields(*page))) {
    const auto text_fields = std::ranges::count(page->elements, std::string_view("textbox"), &Element::kind);
    // Without a label, or with one field only, it is clear which one is meant.
    if (label.empty() || text_fields == 1) {
      const auto first = std::ranges::find(page->elements, std::string_view("textbox"), &Element::kind);
      if (first != page->elements.end()) element = &*first;
    }
  }
  if (element == nullptr) {
    cannot(
        fmt::format("type \"{}\" into \"{}\": the page at {} has no such field", value, label, page->source));
    return true;
  }
  return set_element(*element, value);
}

bool Planner::fill(const Step& step) {
  if (page_ == nullptr && !page_stale_) {
    if (const ToolSpec* tool = tools_.choose(step.text)) return use_tool(*tool, step);
  }
  if (!reach_form(step)) return false;
  for (const std::string& entry : step.list) {
    if (!fill_field(entry)) return false;
  }
  if (!step.submit) return true;
  // "Reserve the family room for …": what is ordered may be a choice of the form.
  const Document* page = need_page("fill in the form");
  if (page == nullptr) return !waiting();
  const auto ordered = read_choice(*page, step.capture("form"));
  if (!ordered || filled_.contains(ordered->element->ref)) return true;
  return set_element(*ordered->element, ordered->value);
}

bool Planner::fill_field(const std::string& entry) {
  const Document* page = need_page("fill in the form");
  if (page == nullptr) return !waiting();
  if (const auto setting = read_entry(*page, entry)) return set_element(*setting->element, setting->value);
  cannot(fmt::format("fill in \"{}\": the page at {} has no field for it", entry, page->source));
  return true;
}

bool Planner::select(const Step& step) {
  const std::string value(strip(step.capture("value"), "\"'`.,;"));
  const std::string label = strip_label(step.capture("label"));
  const Document* page = need_page(fmt::format("select \"{}\"", value));
  if (page == nullptr) return !waiting();
  const Element* element = label.empty() ? nullptr : find_element(*page, label, {"select", "combobox"});
  if (element == nullptr) {
    for (const Element& candidate : page->elements) {
      const bool offers = std::ranges::any_of(
          candidate.options, [&](const std::string& option) { return similarity(value, option) >= 0.7; });
      if (candidate.kind == "select" && offers) element = &candidate;
    }
  }
  if (element != nullptr) return set_element(*element, value);
  if (const Element* choice = find_element(*page, value, {"radio", "checkbox", "option"}))
    return set_element(*choice, "yes");
  Step as_click = step;
  as_click.captures = {{"label", value}};
  return click(as_click);
}

bool Planner::tick(const Step& step) {
  const std::string label = strip_label(step.capture("label"));
  const Document* page = need_page(fmt::format("tick \"{}\"", label));
  if (page == nullptr) return !waiting();
  const Element* element = find_element(*page, label, {"checkbox", "radio", "switch"});
  if (element == nullptr) element = only_consent(*page, step.text, label);
  if (element == nullptr) {
    // "check the ferry times" is a question, not a box.
    if (step.text.starts_with("check") || step.text.starts_with("Check")) return question(step, true);
    cannot(fmt::format("tick \"{}\": the page at {} has no such box", label, page->source));
    return true;
  }
  const std::string verb = os::to_lower(step.text.substr(0, 2));
  return set_element(*element, verb == "un" ? "no" : "yes");
}

// Required fields that nothing was put into, by name.
std::vector<std::string> Planner::missing_fields(const Document& page) const {
  std::vector<std::string> out;
  for (const Element& element : page.elements) {
    if (!element.is_field() || !element.has_state("required") || filled_.contains(element.ref)) continue;
    const bool box = element.kind == "checkbox" || element.kind == "switch";
    const bool radio = element.kind == "radio";
    const bool group_set = radio && std::ranges::any_of(page.elements, [&](const Element& other) {
                             return other.kind == "radio" && other.section == element.section &&
                                    (other.has_state("checked") || filled_.contains(other.ref));
                           });
    const bool empty = box ? element.has_state("not checked") : radio ? !group_set : is_placeholder(element);
    const std::string name = radio && !element.section.empty() ? element.section : element.name;
    if (empty && std::ranges::find(out, name) == out.end()) out.push_back(name);
  }
  return out;
}

bool Planner::submit(const Step&) {
  const Document* page = need_page("submit the form");
  if (page == nullptr) return !waiting();
  const auto missing = missing_fields(*page);
  static constexpr std::string_view kNames[] = {
      "submit",   "send",    "book",    "order",  "save",      "sign up", "register", "confirm",
      "continue", "request", "reserve", "search", "subscribe", "apply",   "go",       "ok"};
  const Element* best = nullptr;
  double best_score = 0;
  bool behind_field = last_field_.empty();
  for (const Element& element : page->elements) {
    if (element.ref == last_field_) behind_field = true;
    if (element.kind != "button" || element.has_state("disabled")) continue;
    double score = behind_field ? 0.3 : 0;
    for (const std::string_view name : kNames)
      score = std::max(score, (behind_field ? 0.3 : 0) + similarity(name, element.name));
    for (const std::string_view other : {"reset", "cancel", "clear", "close"}) {
      if (similarity(other, element.name) >= kSimilar) score -= 1;
    }
    if (score > best_score + 1e-9) best = &element, best_score = score;
  }
  if (best == nullptr && !last_field_.empty()) {
    const CallResult* result = ask(browser_call("press", {{"key", "Enter"}}));
    if (result == nullptr) return false;
    if (result->error) return cannot("submit the form: " + first_lines(result->text)), true;
    after_action(*result, "pressed Enter");
  } else if (best == nullptr) {
    cannot(fmt::format("submit the form: the page at {} has no button for it", page->source));
    return true;
  } else if (!act_on(*best, "click", {}, fmt::format("submitted with \"{}\"", best->name))) {
    return false;
  }
  last_field_.clear();
  if (!missing.empty())
    say(fmt::format("Required fields that your request gives no value for: \"{}\".",
                    fmt::join(missing, "\", \"")));
  return true;
}

}  // namespace soma::model::reflex
