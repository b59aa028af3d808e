#include "core/model/reflex/page.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/os/os.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

bool is_ref(std::string_view text) {
  return text.size() >= 2 && text.size() <= 12 && text.front() == 'e' &&
         std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

// Reads `"quoted"` at `at` and moves behind it.
std::optional<std::string> take_quoted(std::string_view text, size_t& at) {
  while (at < text.size() && text[at] == ' ') ++at;
  if (at >= text.size() || text[at] != '"') return std::nullopt;
  const size_t close = text.find('"', at + 1);
  if (close == std::string_view::npos) return std::nullopt;
  std::string out(text.substr(at + 1, close - at - 1));
  at = close + 1;
  return out;
}

// `[e12] kind "name" = "value" (state, state) options: "a", "b"` at `at`; moves behind it.
std::optional<Element> take_control(std::string_view line, size_t& at) {
  const size_t close = line.find(']', at);
  if (close == std::string_view::npos || !is_ref(line.substr(at + 1, close - at - 1))) return std::nullopt;
  if (close + 1 < line.size() && line[close + 1] == '(') return std::nullopt;  // a link whose text is "e5"
  Element element;
  element.ref = line.substr(at + 1, close - at - 1);
  size_t i = close + 1;
  while (i < line.size() && line[i] == ' ') ++i;
  const size_t kind = i;
  while (i < line.size() && line[i] >= 'a' && line[i] <= 'z') ++i;
  element.kind = line.substr(kind, i - kind);
  if (auto name = take_quoted(line, i)) element.name = *name;
  const size_t after_name = i;
  while (i < line.size() && line[i] == ' ') ++i;
  if (i < line.size() && line[i] == '=') {
    ++i;
    if (auto value = take_quoted(line, i)) element.value = *value;
  } else {
    i = after_name;
  }
  if (line.substr(i).starts_with(" (")) {
    const size_t end = line.find(')', i);
    if (end != std::string_view::npos) {
      for (const std::string_view state : os::split(line.substr(i + 2, end - i - 2), ','))
        element.states.emplace_back(os::trim(state));
      i = end + 1;
    }
  }
  if (line.substr(i).starts_with(" placeholder")) {
    size_t quoted = i + std::string_view(" placeholder").size();
    if (auto hint = take_quoted(line, quoted)) {
      if (element.name.empty()) element.name = *hint;
      i = quoted;
    }
  }
  if (line.substr(i).starts_with(" options:")) {
    i += std::string_view(" options:").size();
    while (auto option = take_quoted(line, i)) {
      element.options.push_back(*option);
      if (i < line.size() && line[i] == ',') ++i;
    }
  }
  at = i;
  return element;
}

// ` (selected)` behind a link; moves behind it when all that stands there are states.
void take_states(std::string_view line, size_t& at, Element& element) {
  static constexpr std::array<std::string_view, 9> kStates = {"selected",    "expanded", "collapsed",
                                                              "disabled",    "pressed",  "checked",
                                                              "not checked", "required", "invalid"};
  const size_t close = line.find(')', at);
  if (!line.substr(at).starts_with(" (") || close == std::string_view::npos) return;
  for (const std::string_view part : os::split(line.substr(at + 2, close - at - 2), ',')) {
    if (std::ranges::find(kStates, os::trim(part)) == kStates.end()) return element.states.clear();
    element.states.emplace_back(os::trim(part));
  }
  at = close + 1;
}

// `[text](e5)` at `at`; moves behind it. The text may hold brackets of its own.
std::optional<Element> take_link(std::string_view line, size_t& at) {
  const size_t close = line.find("](e", at);
  if (close == std::string_view::npos) return std::nullopt;
  if (line.substr(at + 1, close - at - 1).find("](") != std::string_view::npos) return std::nullopt;
  const size_t end = line.find(')', close);
  if (end == std::string_view::npos || !is_ref(line.substr(close + 2, end - close - 2))) return std::nullopt;
  Element element;
  element.ref = line.substr(close + 2, end - close - 2);
  element.kind = "link";
  element.name = line.substr(at + 1, close - at - 1);
  at = end + 1;
  take_states(line, at, element);
  return element;
}

// The readable part of a line; its elements go to `elements`. Controls leave no text, links their own.
std::string read_line(std::string_view line, std::vector<Element>& elements, bool& only_elements) {
  std::string text;
  bool other = false;
  for (size_t i = 0; i < line.size();) {
    if (line[i] == '[') {
      size_t end = i;
      if (auto control = take_control(line, end)) {
        elements.push_back(std::move(*control));
        i = end;
        continue;
      }
      if (auto link = take_link(line, end)) {
        text += link->name;
        elements.push_back(std::move(*link));
        i = end;
        continue;
      }
    }
    other = other || (std::isalnum(static_cast<unsigned char>(line[i])) != 0);
    text += line[i++];
  }
  only_elements = !other;
  return text;
}

std::string without_marks(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("**")) {
      ++i;
    } else if (text[i] != '`') {
      out += text[i];
    }
  }
  return std::string(os::trim(out));
}

std::string without_images(std::string text) {
  for (size_t at = text.find("(image: "); at != std::string::npos; at = text.find("(image: ")) {
    const size_t close = text.find(')', at);
    if (close == std::string::npos) break;
    text.erase(at, close + 1 - at);
  }
  return std::string(os::trim(text));
}

std::vector<std::string> split_row(std::string_view line) {
  std::vector<std::string> cells;
  std::string cell;
  line = os::trim(line);
  if (line.starts_with('|')) line.remove_prefix(1);
  if (line.ends_with('|')) line.remove_suffix(1);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += line[++i];
    } else if (line[i] == '|') {
      cells.emplace_back(os::trim(cell));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  cells.emplace_back(os::trim(cell));
  return cells;
}

bool is_rule_row(std::string_view line) {
  return line.starts_with('|') && line.find('-') != std::string_view::npos &&
         line.find_first_not_of("|-: \t") == std::string_view::npos;
}

// Builds a document line by line.
class Reader {
 public:
  Reader(std::string_view text, std::string_view source) {
    document_.source = source;
    document_.raw = text;
    lines_ = os::split(document_.raw, '\n');
    if (lines_.size() > kMaxDocumentLines) lines_.resize(kMaxDocumentLines);
  }

  Document run() {
    for (at_ = take_head(); at_ < lines_.size(); ++at_) {
      std::string_view line = lines_[at_];
      if (line.ends_with('\r')) line.remove_suffix(1);
      take_line(line);
    }
    end_table();
    list_table();
    document_.is_page = has_url_ || !document_.elements.empty();
    return std::move(document_);
  }

 private:
  // A page begins with what was done, "Title: …", "URL: …" and notes, up to an empty line. Returns where its
  // text begins.
  size_t take_head() {
    const auto value = [](std::string_view line, std::string_view key) -> std::optional<std::string_view> {
      if (!line.starts_with(key)) return std::nullopt;
      return os::trim(line.substr(key.size()));
    };
    std::string title;
    for (size_t i = 0; i < lines_.size() && i < kHeadLines; ++i) {
      if (os::trim(lines_[i]).empty()) return has_url_ ? i + 1 : 0;
      if (auto found = value(lines_[i], "Title:")) title = *found;
      if (auto found = value(lines_[i], "URL:")) {
        has_url_ = true;
        document_.source = *found;
        document_.title = title;
      }
    }
    return 0;
  }

  void take_line(std::string_view line) {
    const std::string_view trimmed = os::trim(line);
    if (trimmed.starts_with("```")) {
      in_code_ = !in_code_;
      return;
    }
    if (trimmed.starts_with('|') && !in_code_) return take_row(trimmed);
    end_table();
    if (trimmed.empty() || (trimmed.starts_with('[') && contains(trimmed, "more characters: use action")))
      return;
    if (!in_code_ && take_heading(trimmed)) return;
    bool only_elements = false;
    if (trimmed.starts_with("Table: ")) {
      caption_ = plain_text(trimmed.substr(7));
      return;
    }
    const size_t first = document_.elements.size();
    const std::string text =
        without_images(without_marks(read_line(trimmed, document_.elements, only_elements)));
    for (size_t i = first; i < document_.elements.size(); ++i)
      document_.elements[i].section = group_.empty() ? heading_ : group_;
    if (trimmed.starts_with("**") && trimmed.ends_with("**")) group_ = text;
    if (only_elements && document_.elements.size() > first) return;  // navigation, a form's controls
    add_passages(text);
  }

  // "## Fares", also as the first line of a list item.
  bool take_heading(std::string_view line) {
    if (line.starts_with("- ")) line.remove_prefix(2);
    size_t level = 0;
    while (level < line.size() && line[level] == '#') ++level;
    if (level == 0 || level > 6 || level == line.size() || line[level] != ' ') return false;
    bool only_elements = false;
    const size_t first = document_.elements.size();
    heading_ = without_marks(read_line(line.substr(level + 1), document_.elements, only_elements));
    document_.headings.push_back({static_cast<int>(level), heading_});
    for (size_t i = first; i < document_.elements.size(); ++i) document_.elements[i].section = heading_;
    group_.clear();
    return true;
  }

  void add_passages(std::string_view text) {
    const std::string_view bare = text.starts_with("- ") ? text.substr(2) : text;
    for (std::string& sentence : sentences(bare))
      document_.passages.push_back({std::move(sentence), heading_});
    if (has_currency(text) && text.starts_with("- ")) priced_lines_.push_back({std::string(bare), heading_});
  }

  void take_row(std::string_view line) {
    if (is_rule_row(line)) return;
    std::vector<std::string> cells = split_row(line);
    for (std::string& cell : cells) {
      bool only_elements = false;
      const size_t first = document_.elements.size();
      cell = without_marks(read_line(cell, document_.elements, only_elements));
      for (size_t i = first; i < document_.elements.size(); ++i) document_.elements[i].section = heading_;
      // A heading that sorts is a button, and its name is the heading.
      for (size_t i = first; cell.empty() && i < document_.elements.size(); ++i)
        cell = document_.elements[i].name;
    }
    if (!in_table_) {
      in_table_ = true;
      document_.tables.push_back({caption_, heading_, std::move(cells), {}});
      caption_.clear();
      return;
    }
    Table& table = document_.tables.back();
    cells.resize(std::max<size_t>(table.headers.size(), 1));
    Passage row{.text = {}, .heading = heading_, .table_row = true};
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      if (!row.text.empty()) row.text += ", ";
      if (i > 0 && i < table.headers.size() && !table.headers[i].empty()) row.text += table.headers[i] + ": ";
      row.text += cells[i];
    }
    document_.passages.push_back(std::move(row));
    table.rows.push_back(std::move(cells));
  }

  void end_table() { in_table_ = false; }

  // "- Lantern, £24" twice and more is a table too.
  void list_table() {
    if (priced_lines_.size() < 2) return;
    const bool sections = std::ranges::any_of(
        priced_lines_, [&](const PricedLine& line) { return line.heading != priced_lines_.front().heading; });
    Table table{"", heading_, {"Item", "Price"}, {}};
    if (sections) table.headers.emplace_back("Section");
    for (const auto& [line, heading] : priced_lines_) {
      size_t price = line.find('$');
      for (const std::string_view sign : {"£", "€", "¥"}) price = std::min(price, line.find(sign));
      if (price == std::string::npos || price == 0) continue;
      const std::string name(strip(std::string_view(line).substr(0, price), ",:;-–—("));
      if (name.empty()) continue;
      std::vector<std::string> row = {name, std::string(strip(std::string_view(line).substr(price), "."))};
      if (sections) row.push_back(heading);
      table.rows.push_back(std::move(row));
    }
    if (table.rows.size() > 1) document_.tables.push_back(std::move(table));
  }

  static constexpr size_t kHeadLines = 24;
  Document document_;
  std::vector<std::string_view> lines_;
  struct PricedLine {
    std::string text, heading;
  };
  std::vector<PricedLine> priced_lines_;
  std::string heading_, group_, caption_;
  size_t at_ = 0;
  bool in_table_ = false, in_code_ = false, has_url_ = false;
};

std::vector<std::string> split_csv_line(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

}  // namespace

bool Element::has_state(std::string_view state) const {
  return std::ranges::find(states, state) != states.end();
}

bool Element::is_field() const {
  return kind == "textbox" || kind == "select" || kind == "checkbox" || kind == "radio" ||
         kind == "combobox" || kind == "slider" || kind == "switch";
}

const Element* Document::element(std::string_view ref) const {
  const auto found = std::ranges::find(elements, ref, &Element::ref);
  return found == elements.end() ? nullptr : &*found;
}

std::string_view Document::name() const {
  if (!title.empty()) return title;
  return headings.empty() ? std::string_view(source) : std::string_view(headings.front().text);
}

Document parse_document(std::string_view text, std::string_view source) {
  return Reader(text, source).run();
}

Document parse_csv(std::string_view text, std::string_view source) {
  std::string markdown;
  for (const std::string_view line : os::split(text, '\n')) {
    if (os::trim(line).empty()) continue;
    markdown += '|';
    for (std::string& cell : split_csv_line(line)) {
      std::ranges::replace(cell, '|', '/');
      markdown += cell + "|";
    }
    markdown += '\n';
  }
  Document document = parse_document(markdown, source);
  document.raw = text;
  document.is_page = false;
  return document;
}

std::vector<std::string> added_lines(std::string_view text) {
  std::vector<std::string> out;
  const size_t begin = text.find("Changed on the page:");
  if (begin == std::string_view::npos) return out;
  for (const std::string_view line : os::split(text.substr(begin), '\n')) {
    if (!line.starts_with("+ ")) continue;
    std::vector<Element> elements;
    bool only_elements = false;
    const std::string_view body = strip(line.substr(2), "#");
    std::string plain = without_marks(read_line(body, elements, only_elements));
    if (!only_elements || elements.empty()) out.push_back(std::move(plain));
  }
  return out;
}

std::vector<std::string> added_refs(std::string_view text) {
  std::vector<Element> elements;
  for (const std::string_view line : os::split(text, '\n')) {
    bool only_elements = false;
    if (line.starts_with("+ ")) read_line(line.substr(2), elements, only_elements);
  }
  std::vector<std::string> out;
  for (const Element& element : elements) out.push_back(element.ref);
  return out;
}

std::string plain_text(std::string_view markdown) {
  std::vector<Element> elements;
  bool only_elements = false;
  return without_marks(read_line(markdown, elements, only_elements));
}

const Element* find_element(const Document& document, std::string_view label,
                            const std::vector<std::string_view>& kinds) {
  const Element* best = nullptr;
  double best_score = 0;
  for (const Element& element : document.elements) {
    if (!kinds.empty() && std::ranges::find(kinds, element.kind) == kinds.end()) continue;
    if (element.ref == label) return &element;
    double score = similarity(label, element.name);
    if (element.has_state("disabled")) score -= 0.3;
    if (score > best_score + 1e-9) best = &element, best_score = score;
  }
  return best_score >= kSimilar ? best : nullptr;
}

}  // namespace soma::model::reflex
