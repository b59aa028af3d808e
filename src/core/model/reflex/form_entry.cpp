#include "core/model/reflex/form_entry.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/moment.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

struct FieldValue {
  std::string label, value;
};

// "name: Ada", "name = Ada", "name \"Ada\"", "Ada as name", "name to Ada": where the phrase itself says which
// part is which.
std::optional<FieldValue> split_by_sign(std::string_view entry) {
  for (const std::string_view sign : {": ", ":", " = ", "="}) {
    const size_t at = entry.find(sign);
    if (at == std::string_view::npos || at == 0 || contains(entry.substr(0, at), "\"")) continue;
    if (sign == ":" && (entry.substr(at).starts_with("://") || read_time(entry))) continue;
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
  constexpr size_t kMaxLabelWords = 4;
  const auto parts = os::split(entry, ' ');
  std::optional<FieldValue> best;
  double best_score = 0;
  std::string label;
  for (size_t i = 0; i < parts.size() && i < kMaxLabelWords; ++i) {
    label += (i == 0 ? "" : " ") + std::string(parts[i]);
    const Element* element = find_element(page, label, field_kinds());
    if (element == nullptr) continue;
    const double score = similarity(label, element->name);
    if (score < best_score + 0.01 || i + 1 == parts.size()) continue;
    best_score = score;
    std::string_view value = os::trim(entry.substr(label.size()));
    if (value.starts_with("of ")) value.remove_prefix(3);
    best = FieldValue{label, std::string(strip(value, "\""))};
  }
  return best;
}

std::string without_opening(std::string_view entry) {
  std::string out(os::trim(entry));
  for (bool cut = true; cut;) {
    cut = false;
    for (const std::string_view word :
         {"on ", "at ", "for ", "with ", "the ", "and ", "in ", "from ", "by "}) {
      if (!os::to_lower(out).starts_with(word)) continue;
      out.erase(0, word.size());
      cut = true;
    }
  }
  return out;
}

bool has_terms(std::string_view text, const std::vector<std::string>& wanted) {
  const auto have = terms(text);
  return !wanted.empty() && std::ranges::all_of(wanted, [&](const std::string& term) {
    return std::ranges::find(have, term) != have.end();
  });
}

bool names_party(std::string_view text) {
  const auto all = terms(text);
  return std::ranges::any_of(all, [](const std::string& term) { return is_party(term); });
}

// The radio button of a group ("Guests") that stands for the value.
const Element* radio_for(const Document& page, std::string_view section, std::string_view value) {
  std::vector<std::string> names;
  for (const Element& element : page.elements) {
    if (element.kind == "radio" && element.section == section) names.push_back(element.name);
  }
  const auto chosen = choose_option(names, value);
  for (const Element& element : page.elements) {
    if (chosen && element.kind == "radio" && element.section == section && element.name == *chosen)
      return &element;
  }
  return nullptr;
}

// "2 guests", "two adults": a field of that name, else the first one that counts people.
std::optional<Setting> by_count(const Document& page, std::string_view entry) {
  const auto all = words(entry);
  if (all.size() < 2 || all.size() > 4) return std::nullopt;
  const auto named = number_word(all[0]);
  if (!named && !first_number(all[0])) return std::nullopt;
  const std::string value = named ? std::to_string(*named) : all[0];
  std::string label;
  for (size_t i = 1; i < all.size(); ++i) label += (i > 1 ? " " : "") + all[i];
  const auto wanted = terms(label);
  const bool party = names_party(label);
  const Element* best = nullptr;
  double best_score = 0;
  for (const Element& element : page.elements) {
    if (element.kind != "textbox" && element.kind != "select" && element.kind != "radio" &&
        element.kind != "combobox" && element.kind != "slider")
      continue;
    const std::string& name = element.kind == "radio" ? element.section : element.name;
    const bool counts =
        element.has_state("number") || element.kind != "textbox" || contains_word(name, "number");
    double score = has_terms(name, wanted)                                        ? 3
                   : party && (names_party(name) || names_party(element.section)) ? 1
                                                                                  : 0;
    if (score > 0 && counts) score += 1;
    if (score > best_score) best = &element, best_score = score;
  }
  if (best == nullptr) return std::nullopt;
  if (best->kind != "radio") return Setting{best, value};
  const Element* choice = radio_for(page, best->section, value);
  return choice == nullptr ? std::nullopt : std::optional(Setting{choice, "yes"});
}

// A field of that kind by its state or label, or one with such a choice.
std::optional<Setting> by_state(const Document& page, std::string_view state, std::string_view labels,
                                std::string_view value) {
  for (const Element& element : page.elements) {
    if (element.kind == "textbox" && element.has_state(state)) return Setting{&element, std::string(value)};
  }
  for (const Element& element : page.elements) {
    if (element.kind == "select" && choose_option(element.options, value))
      return Setting{&element, std::string(value)};
    if (element.kind != "radio") continue;
    if (const Element* choice = radio_for(page, element.section, value)) return Setting{choice, "yes"};
  }
  for (const std::string_view label : os::split(labels, ' ')) {
    if (const Element* element = find_element(page, label, {"textbox"}))
      return Setting{element, std::string(value)};
  }
  return std::nullopt;
}

std::optional<Setting> by_look(const Document& page, const std::string& entry) {
  const bool phone = std::ranges::count_if(entry, [](char c) { return c >= '0' && c <= '9'; }) >= 6 &&
                     entry.find_first_not_of("0123456789+-() /") == std::string::npos;
  if (contains(entry, "@") && !contains(entry, " ")) return by_state(page, "email", "email e-mail", entry);
  if (read_date(entry)) return by_state(page, "date", "date day arrival when", entry);
  if (phone) return by_state(page, "tel", "phone telephone mobile", entry);
  if (auto setting = by_count(page, entry)) return setting;
  if (read_time(entry)) return by_state(page, "time", "time hour", entry);
  return std::nullopt;
}

// A bare choice: "newsletter", the name of a radio button, an option of a menu.
std::optional<Setting> by_choice(const Document& page, std::string_view entry) {
  if (const Element* box = find_element(page, entry, {"checkbox", "radio", "switch"})) {
    // A box that must be ticked is a consent: the order has to ask for it in so many words.
    const bool consent = box->kind == "checkbox" && box->has_state("required");
    if (!consent || similarity(entry, box->name) >= 0.8) return Setting{box, "yes"};
  }
  constexpr double kSure = 0.65;
  for (const Element& element : page.elements) {
    for (const std::string& option : element.options) {
      if (similarity(entry, option) >= kSure) return Setting{&element, option};
    }
  }
  return std::nullopt;
}

// "Ada Lovelace": two to four capitalized words are a name.
std::optional<Setting> by_person(const Document& page, std::string_view entry) {
  const auto parts = os::split(entry, ' ');
  const bool name =
      parts.size() >= 2 && parts.size() <= 4 && std::ranges::all_of(parts, [](std::string_view part) {
        return !part.empty() && part[0] >= 'A' && part[0] <= 'Z';
      });
  if (!name) return std::nullopt;
  const Element* element = find_element(page, "name", {"textbox"});
  return element == nullptr ? std::nullopt : std::optional(Setting{element, std::string(entry)});
}

std::optional<Setting> by_label(const Document& page, const FieldValue& field) {
  const Element* element = find_element(page, strip_label(field.label), field_kinds());
  if (element == nullptr) {
    // The label of a group of radio buttons stands above them.
    for (const Element& candidate : page.elements) {
      if (candidate.kind != "radio" || similarity(strip_label(field.label), candidate.section) < kSimilar)
        continue;
      if (const Element* choice = radio_for(page, candidate.section, field.value))
        return Setting{choice, "yes"};
    }
    return std::nullopt;
  }
  if (element->kind == "radio") {
    if (const Element* choice = radio_for(page, element->section, field.value)) return Setting{choice, "yes"};
  }
  return Setting{element, field.value};
}

}  // namespace

std::vector<std::string_view> field_kinds() {
  return {"textbox", "select", "combobox", "checkbox", "radio", "slider", "switch"};
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

std::optional<Setting> read_entry(const Document& page, std::string_view entry) {
  if (const auto field = split_by_sign(entry)) {
    if (auto setting = by_label(page, *field)) return setting;
  }
  const std::string bare = without_opening(entry);
  const bool starts_with_value = !bare.empty() && ((bare[0] >= '0' && bare[0] <= '9') ||
                                                   number_word(words(bare).empty() ? "" : words(bare)[0]));
  if (starts_with_value) {
    if (auto setting = by_look(page, bare)) return setting;
  }
  if (const auto field = split_by_page(page, bare)) {
    if (auto setting = by_label(page, *field)) return setting;
  }
  if (auto setting = by_look(page, bare)) return setting;
  if (auto setting = by_choice(page, bare)) return setting;
  return by_person(page, bare);
}

std::optional<Setting> read_choice(const Document& page, std::string_view entry) {
  return by_choice(page, without_opening(entry));
}

std::optional<std::string> choose_option(const std::vector<std::string>& options, std::string_view value) {
  const auto date = read_date(value);
  const auto time = date ? std::nullopt : read_time(value);
  for (const std::string& option : options) {
    if (os::to_lower(option) == os::to_lower(value)) return option;
    const auto offered = read_date(option);
    if (date && offered && same_date(*date, *offered)) return option;
    if (time && !offered && read_time(option) == time) return option;
  }
  if (date) return std::nullopt;
  const bool number = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
  const std::string* best = nullptr;
  double best_score = 0;
  for (const std::string& option : options) {
    if (number && first_number(option) == first_number(value) && !read_time(option)) return option;
    const double score = number ? 0 : similarity(value, option);
    if (score > best_score) best = &option, best_score = score;
  }
  if (best == nullptr || best_score < kSimilar) return std::nullopt;
  return *best;
}

bool is_placeholder(const Element& element) {
  if (element.value.empty()) return true;
  if (element.kind != "select" || element.options.empty() || element.value != element.options.front())
    return false;
  const std::string lower = os::to_lower(element.value);
  return std::ranges::any_of(
      std::array<std::string_view, 6>{"choose", "select", "please", "--", "pick", "none"},
      [&](std::string_view opening) { return lower.starts_with(opening); });
}

}  // namespace soma::model::reflex
