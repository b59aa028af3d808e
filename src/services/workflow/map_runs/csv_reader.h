// Rows of text with delimited fields: RFC 4180, with a choice of delimiter, and with backslashes as the
// service reads them: before a backslash, a quote or the delimiter they say that it is text, before anything
// else they are left out. Source: "ItemReader (Map)" of the AWS Step Functions Developer Guide.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace soma::workflow {

// Lenient where files in the wild are: lines end with CR, LF or both; text after a closing quote belongs to
// the field; a quote that is never closed ends with the text. `text` outlives the reader.
class CsvReader {
 public:
  CsvReader(std::string_view text, char delimiter);

  // Nothing at the end. Empty lines are no rows.
  std::optional<std::vector<std::string>> next();

 private:
  std::string read_field();
  void read_quoted(std::string& field);
  bool read_escaped(std::string& field);
  void end_line();
  bool at_line_end() const;

  std::string_view text_;
  size_t at_ = 0;
  const char delimiter_;
};

}  // namespace soma::workflow
