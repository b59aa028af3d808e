// The programs that run inside the box for `agentcore_code_interpreter`, one per language.
//
// Protocol, the same for all three: a call comes on standard input as "<token>\0<code>\0". The code's own
// output goes to standard output and error as it is. Then the driver writes "\0<token> <status>\n" to
// standard output and "\0<token>\n" to standard error; status is "ok", "error" or an exit code. The token is
// random and new for each call, so that nothing printed by accident or by an earlier call can end a call.
// Each driver keeps copies of its streams that the code does not see, so that closing or redirecting them
// does no harm.
#pragma once

#include <string_view>

namespace soma::tool {

// Cells run in one namespace; the value of a last expression is printed; `await` works at the top level.
inline constexpr std::string_view kPythonDriver = R"PY(
def _drive():
    import ast, asyncio, inspect, linecache, os, sys, traceback
    control = os.fdopen(os.dup(0), "rb")
    out, err = os.dup(1), os.dup(2)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    names = {"__name__": "__main__", "__builtins__": __builtins__, "__doc__": None}
    import __main__
    __main__.__dict__.clear()
    __main__.__dict__.update(names)
    names = __main__.__dict__
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    await_flag = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def receive():
        parts = bytearray()
        while True:
            byte = control.read(1)
            if not byte:
                return None
            if byte == b"\0":
                return bytes(parts)
            parts += byte

    def evaluate(tree, name, mode):
        code = compile(tree, name, mode, flags=await_flag)
        result = eval(code, names)
        if code.co_flags & inspect.CO_COROUTINE:
            result = loop.run_until_complete(result)
        return result

    def run(source, name):
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        tree = compile(source, name, "exec", flags=ast.PyCF_ONLY_AST | await_flag)
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)
        if tree.body:
            evaluate(tree, name, "exec")
        if last is not None:
            value = evaluate(last, name, "eval")
            if value is not None:
                names["_"] = value
                print(repr(value))

    def report(error, name):
        trace = error.__traceback__
        while trace is not None and not trace.tb_frame.f_code.co_filename.startswith("<cell "):
            trace = trace.tb_next
        traceback.print_exception(type(error), error, trace, file=sys.stderr)

    number = 0
    while True:
        token = receive()
        code = receive() if token is not None else None
        if code is None:
            return
        number += 1
        name = "<cell %d>" % number
        status = b"ok"
        try:
            run(code.decode("utf-8", "replace"), name)
        except SystemExit as error:
            if error.code not in (None, 0):
                status = b"error"
                os.write(err, ("SystemExit: %s\n" % (error.code,)).encode())
        except BaseException as error:
            status = b"error"
            try:
                report(error, name)
            except BaseException:
                os.write(err, b"an error that cannot be printed\n")
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        os.write(out, b"\0" + token + b" " + status + b"\n")
        os.write(err, b"\0" + token + b"\n")
_drive()
)PY";

// Node's own REPL evaluates, which brings top-level await, `require`, and declarations that stay. What it
// would print goes nowhere.
inline constexpr std::string_view kJavaScriptDriver = R"JS(
const repl = require('repl');
const util = require('util');
const { PassThrough } = require('stream');
const out = process.stdout, err = process.stderr;
const domain = require('domain').create();
const server = repl.start({ prompt: '', input: new PassThrough(), output: new PassThrough().resume(), terminal: false, domain });
server.context.console = console;
const describe = (thrown) => {
  const error = thrown instanceof repl.Recoverable ? thrown.err : thrown;
  if (!error || typeof error.stack !== 'string') return 'Uncaught ' + util.inspect(error);
  return error.stack.split('\n').filter((line) => !/^\s+at .*(node:|\[eval\]|new Promise \(<anonymous>\))/.test(line)).join('\n');
};
// What a cell throws reaches its callback or the REPL's domain, by its kind; what comes later is nobody's, and is only printed.
let finish = null;
const fail = (thrown) => {
  err.write(describe(thrown) + '\n');
  if (finish) finish('error');
};
domain.on('error', fail);
let number = 0;
const runCell = (code) => new Promise((resolve) => {
  finish = (status) => { finish = null; resolve(status); };
  server.eval(code, server.context, 'cell' + ++number, (error, value) => {
    if (error) return fail(error);
    if (value !== undefined) out.write(util.inspect(value, { depth: 4, maxArrayLength: 200, breakLength: 100 }) + '\n');
    if (finish) finish('ok');
  });
});
let received = Buffer.alloc(0), pending = Promise.resolve();
process.stdin.on('data', (bytes) => {
  received = Buffer.concat([received, bytes]);
  for (;;) {
    const first = received.indexOf(0), second = first < 0 ? -1 : received.indexOf(0, first + 1);
    if (second < 0) return;
    const token = received.toString('latin1', 0, first), code = received.toString('utf8', first + 1, second);
    received = received.subarray(second + 1);
    pending = pending.then(() => runCell(code)).then((status) => {
      out.write('\0' + token + ' ' + status + '\n');
      err.write('\0' + token + '\n');
    });
  }
});
process.stdin.on('end', () => process.exit(0));
)JS";

// `set -e`, `exit` and the like end the shell, as they would in a terminal; the caller says so.
inline constexpr std::string_view kBashDriver = R"SH(
exec 3<&0 4>&1 5>&2 </dev/null
while IFS= read -r -d '' -u 3 __soma_token && IFS= read -r -d '' -u 3 __soma_code; do
  eval "$__soma_code" 3<&- 4>&- 5>&-
  __soma_status=$?
  printf '\0%s %s\n' "$__soma_token" "$__soma_status" >&4
  printf '\0%s\n' "$__soma_token" >&5
done
)SH";

}  // namespace soma::tool
