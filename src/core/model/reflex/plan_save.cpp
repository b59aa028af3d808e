// What a page or an answer holds, to a file: tables, links, headings, the text, or the answer to a question,
// as CSV, JSON or Markdown by the file's ending.
#include <algorithm>

#include <fmt/format.h>
#include "base/os/os.h"
#include "core/model/reflex/planner.h"
#include "core/model/reflex/text.h"

namespace soma::model::reflex {
namespace {

constexpr size_t kMaxSavedBytes = 200'000;

enum class Format { kCsv, kJson, kMarkdown, kText };

Format format_of(std::string_view path) {
  if (path.ends_with(".csv")) return Format::kCsv;
  if (path.ends_with(".json")) return Format::kJson;
  if (path.ends_with(".md") || path.ends_with(".markdown")) return Format::kMarkdown;
  return Format::kText;
}

std::string csv_cell(std::string_view cell) {
  if (cell.find_first_of(",\"\n") == std::string_view::npos) return std::string(cell);
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string csv(const Table& table) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string out;
    for (size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : ",") + csv_cell(cells[i]);
    return out + "\n";
  };
  std::string out = line(table.headers);
  for (const auto& row : table.rows) out += line(row);
  return out;
}

json::Value records(const Table& table) {
  json::Value out = json::array({});
  for (const auto& row : table.rows) {
    json::Value record = json::object({});
    for (size_t i = 0; i < row.size() && i < table.headers.size(); ++i) record.set(table.headers[i], row[i]);
    out.push_back(std::move(record));
  }
  return out;
}

std::string markdown(const Table& table) {
  std::string out = fmt::format("| {} |\n|", fmt::join(table.headers, " | "));
  for (size_t i = 0; i < table.headers.size(); ++i) out += " --- |";
  for (const auto& row : table.rows) out += fmt::format("\n| {} |", fmt::join(row, " | "));
  return out + "\n";
}

std::string written(const std::vector<Table>& tables, Format format) {
  if (format == Format::kJson) {
    if (tables.size() == 1) return json::write(records(tables[0])) + "\n";
    json::Value all = json::array({});
    for (const Table& table : tables) all.push_back(records(table));
    return json::write(all) + "\n";
  }
  std::string out;
  for (const Table& table : tables) {
    if (!out.empty()) out += '\n';
    if (format == Format::kMarkdown && !table.caption.empty()) out += fmt::format("## {}\n\n", table.caption);
    out += format == Format::kMarkdown ? markdown(table) : csv(table);
  }
  return out;
}

// The tables that are meant: those whose caption the request names, else all.
std::vector<Table> meant_tables(const Document& page, std::string_view what) {
  std::vector<Table> named;
  for (const Table& table : page.tables) {
    const std::string name = table.caption.empty() ? table.section : table.caption;
    if (contains(os::to_lower(what), os::to_lower(name)) && !name.empty()) named.push_back(table);
  }
  return named.empty() ? page.tables : named;
}

// "The names and prices of all items": only the columns that are named, the first one always.
std::optional<Table> named_columns(const Document& page, std::string_view what) {
  const auto wanted = terms(what);
  for (const Table& table : page.tables) {
    std::vector<size_t> columns;
    bool any = false;
    for (size_t i = 0; i < table.headers.size(); ++i) {
      const auto header = terms(table.headers[i]);
      const bool named = !header.empty() && std::ranges::all_of(header, [&](const std::string& term) {
        return std::ranges::find(wanted, term) != wanted.end();
      });
      any = any || (named && i > 0);
      if (named || i == 0) columns.push_back(i);
    }
    if (!any) continue;
    Table out{table.caption, table.section, {}, {}};
    for (const size_t column : columns) out.headers.push_back(table.headers[column]);
    for (const auto& row : table.rows) {
      auto& cells = out.rows.emplace_back();
      for (const size_t column : columns) cells.push_back(row[column]);
    }
    return out;
  }
  return std::nullopt;
}

Table one_column(std::string header, std::vector<std::string> cells) {
  Table out{"", "", {std::move(header)}, {}};
  for (std::string& cell : cells) out.rows.push_back({std::move(cell)});
  return out;
}

std::string listed(const Table& table, Format format) {
  if (format == Format::kCsv || format == Format::kJson) return written({table}, format);
  std::string out;
  for (const auto& row : table.rows)
    out += fmt::format("{}{}\n", format == Format::kMarkdown ? "- " : "", fmt::join(row, " "));
  return out;
}

std::string whole_text(const Document& page) {
  std::string out;
  std::string_view heading;
  for (const Passage& passage : page.passages) {
    if (passage.heading != heading) out += fmt::format("{}## {}\n", out.empty() ? "" : "\n", passage.heading);
    heading = passage.heading;
    out += passage.text + "\n";
  }
  return out;
}

}  // namespace

bool Planner::save(const Step& step) {
  const std::string what = step.capture("content");
  const Format format = format_of(step.capture("path"));
  const auto names = [&](std::initializer_list<std::string_view> any) {
    return std::ranges::any_of(any, [&](std::string_view word) { return contains_word(what, word); });
  };
  std::string content;
  if (names({"it", "them", "answer", "answers", "result", "results", "output", "that"}) && answers_ > 0) {
    content = last_said();
  } else {
    const Document* page = need_page(fmt::format("save {}", what));
    if (page == nullptr) return !waiting();
    if (names({"link", "links"})) {
      const CallResult* links = ask(browser_call("links"), true);
      if (links == nullptr) return false;
      Table table{"", "", {"Link", "Address"}, {}};
      for (const auto& [label, url] : link_lines(links->text)) table.rows.push_back({label, url});
      content = listed(table, format);
    } else if (names({"table", "tables", "rows", "data"}) && !page->tables.empty()) {
      content = written(meant_tables(*page, what), format);
    } else if (names({"heading", "headings", "headline", "headlines", "titles"})) {
      std::vector<std::string> all;
      for (const Heading& heading : page->headings) all.push_back(heading.text);
      content = listed(one_column("Heading", std::move(all)), format);
    } else if (auto table = named_columns(*page, what)) {
      content = format == Format::kText ? written({*table}, Format::kCsv) : written({*table}, format);
    } else if (names({"text", "page", "content", "contents"})) {
      content = whole_text(*page);
    } else if (const auto found = answer_question(in_front(), what)) {
      content = found->text;
    }
  }
  content = content.substr(0, content.find("\n\nSource: "));
  if (content.empty() || content.size() > kMaxSavedBytes) {
    cannot(fmt::format("save {} to {}: {}", what, step.capture("path"),
                       content.empty() ? "nothing of the kind is here" : "it is too long"));
    return true;
  }
  Step as_write = step;
  as_write.captures["content"] = content;
  return write_file(as_write);
}

}  // namespace soma::model::reflex
