#include "app/cli/render/table.h"

#include <algorithm>

namespace soma::cli {
namespace {

// Code points; "\x1b[…m", which colours, takes no room.
size_t width(const std::string& text) {
  size_t count = 0;
  bool colouring = false;
  for (const char c : text) {
    colouring = colouring || c == '\x1b';
    if (!colouring && (c & 0xc0) != 0x80) ++count;
    if (c == 'm') colouring = false;
  }
  return count;
}

void add_row(const std::vector<std::string>& cells, const std::vector<size_t>& widths, std::string& out) {
  for (size_t column = 0; column < cells.size(); ++column) {
    out += cells[column];
    if (column + 1 < cells.size()) out.append(widths[column] - width(cells[column]) + 2, ' ');
  }
  out += '\n';
}

}  // namespace

std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths(header.size());
  for (size_t column = 0; column < header.size(); ++column) {
    widths[column] = width(header[column]);
    for (const auto& row : rows) widths[column] = std::max(widths[column], width(row[column]));
  }
  std::string out;
  add_row(header, widths, out);
  for (const auto& row : rows) add_row(row, widths, out);
  return out;
}

}  // namespace soma::cli
