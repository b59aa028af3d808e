// A shell in a session's sandbox, at this process's terminal.
#pragma once

#include <string>

#include "app/cli/remote/connection.h"
#include "app/cli/terminal.h"

namespace soma::cli {

struct RemoteShell {
  std::string harness, session_id, shell_id;  // empty ids: made by the server
  std::string bearer_token{};                 // for a harness with an authorizer
};

struct RemoteShellEnd {
  enum class How {
    kExited,    // the shell ended: exit_code
    kClosed,    // its session was ended
    kDetached,  // somebody typed Ctrl-]: the shell goes on
    kTaken,     // another client has it now
    kStopped,   // soma was stopped, and the shell with it
    kLost,      // the connection broke: the shell goes on if soma does
  };
  How how = How::kLost;
  int exit_code = 0;
  RemoteShell shell;  // with its ids: where to go on
};

// Puts the terminal `keyboard` in raw mode while it runs, sends what is typed and every new size, prints what
// comes. A signal that ends programs (SIGTERM, SIGHUP) detaches. Errors: the API's own; kInvalidArgument when
// `keyboard` is no terminal.
os::Result<RemoteShellEnd> run_remote_shell(Terminal& terminal, int keyboard, const Connection& connection,
                                            RemoteShell shell);

}  // namespace soma::cli
