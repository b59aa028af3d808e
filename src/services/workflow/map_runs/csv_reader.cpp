#include "services/workflow/map_runs/csv_reader.h"

namespace soma::workflow {

CsvReader::CsvReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
}

std::optional<std::vector<std::string>> CsvReader::next() {
  while (at_ < text_.size() && at_line_end()) end_line();
  if (at_ >= text_.size()) return std::nullopt;
  std::vector<std::string> row;
  for (;;) {
    row.push_back(read_field());
    if (at_ >= text_.size() || at_line_end()) break;
    ++at_;  // the delimiter
  }
  end_line();
  return row;
}

std::string CsvReader::read_field() {
  std::string field;
  if (at_ < text_.size() && text_[at_] == '"') read_quoted(field);
  while (at_ < text_.size() && !at_line_end() && text_[at_] != delimiter_)
    if (!read_escaped(field)) field += text_[at_++];
  return field;
}

// A backslash, and what it makes text of. False: there is none.
bool CsvReader::read_escaped(std::string& field) {
  if (text_[at_] != '\\') return false;
  ++at_;
  if (at_ < text_.size() && (text_[at_] == '\\' || text_[at_] == '"' || text_[at_] == delimiter_))
    field += text_[at_++];
  return true;
}

void CsvReader::read_quoted(std::string& field) {
  ++at_;
  while (at_ < text_.size()) {
    if (read_escaped(field)) continue;
    if (text_[at_] != '"') {
      field += text_[at_++];
      continue;
    }
    const bool doubled = at_ + 1 < text_.size() && text_[at_ + 1] == '"';
    ++at_;
    if (!doubled) return;
    field += '"';
    ++at_;
  }
}

bool CsvReader::at_line_end() const {
  return text_[at_] == '\n' || text_[at_] == '\r';
}

void CsvReader::end_line() {
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && text_[at_] == '\n') ++at_;
}

}  // namespace soma::workflow
