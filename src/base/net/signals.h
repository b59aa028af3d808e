// What every loop needs of the process.
#pragma once

namespace soma::net {

// A write to a pipe whose reader is gone is an error to the writer, not the end of the program. Idempotent;
// any thread.
void ignore_sigpipe();

}  // namespace soma::net
