// Files that the browser makes in the session's workspace: screenshots and downloads.
//
// The session's own programs write there too, so a folder may have become a symlink to somewhere else: each
// step is opened relative to the one before, following no link.
#pragma once

#include <string>
#include <string_view>

#include "base/os/os.h"

namespace soma::tool::browser {

// Writes <workspace>/<folder>/<NNNN><suffix>, NNNN being the next free number from 0001. Returns the path
// relative to the workspace.
os::Result<std::string> write_numbered(const std::string& workspace, const std::string& folder,
                                       std::string_view suffix, std::string_view bytes);
// Moves the file `source` to <workspace>/<folder>/<name>, or "name (2)" when that is taken. `name` is cleaned
// of what is no file name.
os::Result<std::string> move_into(const std::string& workspace, const std::string& folder,
                                  std::string_view name, const std::string& source);
std::string safe_file_name(std::string_view name);

}  // namespace soma::tool::browser
