// Rows in aligned columns.
#pragma once

#include <string>
#include <vector>

namespace soma::cli {

// The header and each row have the same number of cells. Columns are two spaces apart; the last one is not
// padded. Width counts code points, which is right for the text that soma prints in tables; colour
// (Terminal::yellow) takes no room.
std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

}  // namespace soma::cli
