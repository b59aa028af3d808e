// Fields and buttons: which field a phrase means, what kind of control it is, and which button sends the
// form.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/planner.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

constexpr std::string_view kFieldKinds[] = {"textbox", "select", "combobox", "checkbox",
                                            "radio",   "slider", "switch"};

std::vector<std::string_view> field_kinds() {
  return {std::begin(kFieldKinds), std::end(kFieldKinds)};
}

bool has_fields(const Document& page) {
  return std::ranges::any_of(page.elements,
                             [](const Element& e) { return e.kind == "textbox" || e.kind == "select"; });
}

struct FieldValue {
  std::string label, value;
};

// "name: Ada", "name = Ada", "name \"Ada\"", "Ada as name", "name to Ada": where the phrase itself says which
// part is which.
std::optional<FieldValue> split_by_sign(std::string_view entry) {
  for (const std::string_view sign : {": ", ":", " = ", "="}) {
    const size_t at = entry.find(sign);
    if (at == std::string_view::npos || at == 0 || contains(entry.substr(0, at), "\"")) continue;
    if (sign == ":" && entry.substr(at).starts_with("://")) continue;
    return FieldValue{std::string(strip(entry.substr(0, at), " ")),
                      std::string(strip(entry.substr(at + sign.size()), " \""))};
  }
  const size_t quote = entry.find('"');
  if (quote != std::string_view::npos && quote > 0) {
    std::string_view label = os::trim(entry.substr(0, quote));
    for (const std::string_view end : {" is", " as", " to", " with", " of"}) {
      if (label.ends_with(end)) label.remove_suffix(end.size());
    }
    return FieldValue{std::string(label), std::string(strip(entry.substr(quote), "\""))};
  }
  for (const std::string_view word : {" set to ", " is ", " to "}) {
    const size_t at = entry.find(word);
    if (at != std::string_view::npos && at > 0)
      return FieldValue{std::string(entry.substr(0, at)),
                        std::string(os::trim(entry.substr(at + word.size())))};
  }
  if (const size_t as = entry.rfind(" as "); as != std::string_view::npos) {
    return FieldValue{std::string(os::trim(entry.substr(as + 4))),
                      std::string(strip(entry.substr(0, as), "\""))};
  }
  return std::nullopt;
}

// "first name Ada Byron": the words that name a field of the page best, the rest is the value.
std::optional<FieldValue> split_by_page(const Document& page, std::string_view entry) {
  const auto parts = os::split(entry, ' ');
  std::optional<FieldValue> best;
  double best_score = 0;
  std::string label;
  for (size_t i = 0; i < parts.size() && i < 4; ++i) {
    label += (i == 0 ? "" : " ") + std::string(parts[i]);
    const Element* element = find_element(page, label, field_kinds());
    if (element == nullptr) continue;
    const double score = similarity(label, element->name);
    if (score < best_score + 0.01 || i + 1 == parts.size()) continue;
    best_score = score;
    std::string value(entry.substr(label.size()));
    best = FieldValue{label, std::string(strip(value, "\""))};
  }
  return best;
}

std::string strip_label(std::string_view label) {
  std::string out(strip(label, "\"'`.,;:"));
  for (const std::string_view begin : {"the ", "my ", "a ", "an ", "your "}) {
    if (os::to_lower(out).starts_with(begin)) out.erase(0, begin.size());
  }
  for (const std::string_view end :
       {" field", " box", " input", " dropdown", " menu", " list", " checkbox"}) {
    if (os::to_lower(out).ends_with(end)) out.resize(out.size() - end.size());
  }
  return out;
}

bool says_no(std::string_view value) {
  const std::string lower = os::to_lower(value);
  return lower == "no" || lower == "false" || lower == "off" || lower == "unchecked" || lower == "none" ||
         lower == "0";
}

// "3 May 2026" for a date field is "2026-05-03".
std::string date_value(const std::string& value) {
  static constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                               "jul", "aug", "sep", "oct", "nov", "dec"};
  int year = 0, month = 0, day = 0;
  for (const std::string& word : words(value)) {
    const auto number = first_number(word);
    if (number && *number > 31) {
      year = static_cast<int>(*number);
    } else if (number) {
      day = static_cast<int>(*number);
    }
    for (size_t i = 0; i < kMonths.size(); ++i) {
      if (word.starts_with(kMonths[i])) month = static_cast<int>(i) + 1;
    }
  }
  return year > 0 && month > 0 && day > 0 ? fmt::format("{:04}-{:02}-{:02}", year, month, day) : value;
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
  if (element.kind == "select") {
    std::string option = value;
    double best = 0;
    for (const std::string& candidate : element.options) {
      const double score = similarity(value, candidate);
      if (score > best) best = score, option = candidate;
    }
    return act_on(element, "select", {{"value", option}},
                  fmt::format("chose \"{}\" for \"{}\"", option, name));
  }
  if (element.kind == "checkbox" || element.kind == "switch" || element.kind == "radio") {
    const bool wanted = !says_no(value);
    if (element.has_state("checked") == wanted)
      return did_.push_back(fmt::format("left \"{}\" {}", name, wanted ? "ticked" : "unticked")), true;
    return act_on(element, "click", {}, fmt::format("{} \"{}\"", wanted ? "ticked" : "unticked", name));
  }
  const std::string text = element.has_state("date") ? date_value(value) : value;
  const bool stale = page_stale_;
  if (!act_on(element, "type", {{"text", text}}, fmt::format("typed \"{}\" into \"{}\"", text, name)))
    return false;
  page_stale_ = stale;  // a field that holds another value leaves the rest of the page as it was
  changed_.clear();
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
  if (!reach_form(step)) return false;
  std::string last_ref;
  for (const std::string& entry : step.list) {
    if (!fill_field(entry, last_ref)) return false;
  }
  return true;
}

bool Planner::fill_field(const std::string& entry, std::string&) {
  const Document* page = need_page("fill in the form");
  if (page == nullptr) return !waiting();
  auto field = split_by_sign(entry);
  if (!field || find_element(*page, strip_label(field->label), field_kinds()) == nullptr) {
    if (auto by_page = split_by_page(*page, entry)) field = std::move(by_page);
  }
  const Element* element = field ? find_element(*page, strip_label(field->label), field_kinds()) : nullptr;
  if (element == nullptr) {
    // A bare choice: "newsletter", or the name of a radio button.
    element = find_element(*page, entry, {"checkbox", "radio", "switch"});
    if (element != nullptr) return set_element(*element, "yes");
    cannot(fmt::format("fill in \"{}\": the page at {} has no such field", entry, page->source));
    return true;
  }
  if (element->kind == "radio" && !says_no(field->value)) {
    if (const Element* choice = find_element(*page, field->value, {"radio"})) element = choice;
  }
  return set_element(*element, field->value);
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
  if (element == nullptr) {
    // "check the ferry times" is a question, not a box.
    if (step.text.starts_with("check") || step.text.starts_with("Check")) return question(step, true);
    cannot(fmt::format("tick \"{}\": the page at {} has no such box", label, page->source));
    return true;
  }
  const std::string verb = os::to_lower(step.text.substr(0, 2));
  return set_element(*element, verb == "un" ? "no" : "yes");
}

bool Planner::submit(const Step&) {
  const Document* page = need_page("submit the form");
  if (page == nullptr) return !waiting();
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
  } else if (!act_on(*best, "click", {}, fmt::format("clicked \"{}\"", best->name))) {
    return false;
  }
  last_field_.clear();
  return true;
}

}  // namespace soma::model::reflex
