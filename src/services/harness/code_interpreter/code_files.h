// The files of a code interpreter session, in the API's shapes. Blocking: called on a worker thread. Each
// answers a CodeInterpreterResult; what is not there, or leads out of the workspace, is such an answer with
// isError.
#pragma once

#include <string>
#include <vector>

#include "base/json/json.h"
#include "base/os/os.h"
#include "core/sandbox/sandbox.h"

namespace soma::harness {

// Where a session's files are: below /workspace, and in what is mounted beside it.
struct CodeFolders {
  std::string workspace;
  std::vector<sandbox::Mount> mounts{};
};
struct CodeFile {
  std::string path, bytes;
};
// [{path, text | blob (base64)}]. kInvalidArgument.
os::Result<std::vector<CodeFile>> code_files_from_json(const json::Value& content);

// {content: [{type: resource, resource: {type, uri, mimeType, text | blob}}]}
json::Value read_code_files(const CodeFolders& folders, const std::vector<std::string>& paths);
// {content: [{type: resource_link, uri, name, description: File | Directory, mimeType, size}]}, by name.
json::Value list_code_files(const CodeFolders& folders, const std::string& directory);
// All or, when one cannot be written, those before it. `room` is what the disk limit leaves.
json::Value write_code_files(const CodeFolders& folders, const std::vector<CodeFile>& files, uint64_t room);

// A result that is one text.
json::Value code_text(std::string text, bool error);

}  // namespace soma::harness
