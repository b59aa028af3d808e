// Text that a tool returned, taken apart: a page of the browser tool (Markdown with element references), a
// file, a command's output. Private to core/model/reflex.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace soma::model::reflex {

// `[text](e5)` or `[e12] textbox "Name" = "Ada" (required)`.
struct Element {
  std::string ref;   // "e12"
  std::string kind;  // "link", "button", "textbox", "checkbox", "radio", "select", …
  std::string name;
  std::string value{};
  std::vector<std::string> states{};   // "checked", "disabled", …
  std::vector<std::string> options{};  // of a select
  std::string section{};               // the heading or group above it
  bool has_state(std::string_view state) const;
  bool is_field() const;
};

struct Table {
  std::string caption;
  std::string section;  // the heading above it
  std::vector<std::string> headers;
  std::vector<std::vector<std::string>> rows;  // each as long as headers
};

struct Heading {
  int level;
  std::string text;
};

// A sentence or a line, readable by itself.
struct Passage {
  std::string text;
  std::string heading;
  bool table_row = false;
};

struct Document {
  std::string source;  // a URL, a path, a tool's name
  std::string title;
  std::vector<Heading> headings;
  std::vector<Element> elements;
  std::vector<Table> tables;
  std::vector<Passage> passages;
  std::string raw;
  bool is_page = false;

  const Element* element(std::string_view ref) const;
  // Title, else the first heading, else the source.
  std::string_view name() const;
};

inline constexpr size_t kMaxDocumentLines = 20'000;

// `source` names it where the text does not. A text that says `URL: …` or has references is a page.
Document parse_document(std::string_view text, std::string_view source);
// A table of comma-separated values, the first line its headers.
Document parse_csv(std::string_view text, std::string_view source);

// The lines that an action added to a page ("+ …" in the browser tool's report), controls left out.
std::vector<std::string> added_lines(std::string_view text);

// The references of the controls in such a report.
std::vector<std::string> added_refs(std::string_view text);

// Without references and Markdown marks: "[Catalogue](e3)" is "Catalogue".
std::string plain_text(std::string_view markdown);

// The element that answers best to `label` among those of the given kinds (all when empty); null when none is
// similar.
const Element* find_element(const Document& document, std::string_view label,
                            const std::vector<std::string_view>& kinds = {});

}  // namespace soma::model::reflex
