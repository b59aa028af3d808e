// What InvokeCodeInterpreter can be asked for, one function per name.
#pragma once

#include "services/harness/code_interpreter/code_session.h"

namespace soma::harness {

inline constexpr size_t kMaxCodeBytes = 1'000'000;     // of code or a command
inline constexpr size_t kMaxCodeFiles = 100;           // of one call
inline constexpr size_t kMaxReadFileBytes = 8u << 20;  // of one file that is read
inline constexpr size_t kMaxReadBytes = 16u << 20;     // of all files of one call
inline constexpr size_t kMaxListedFiles = 1'000;

// Runs in a call of the session; the answer is a CodeInterpreterResult: {content, structuredContent,
// isError}. kInvalidArgument: no such tool, arguments that it cannot have.
net::Task<os::Result<json::Value>> run_code_tool(CodeSession& session, std::string name,
                                                 json::Value arguments);

}  // namespace soma::harness
