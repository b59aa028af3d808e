#include "app/cli/commands/invoke_request.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "app/cli/commands/shell_words.h"
#include "app/cli/test_support.h"

namespace soma::cli {
namespace {

using os::Code;

// What the arguments of `soma invoke` say; the message of what is wrong with them.
struct Parsed {
  InvokeArguments arguments;
  std::string error;
};

Parsed parse(std::vector<std::string> words) {
  Parsed parsed;
  CLI::App app;
  add_invoke_options(app, parsed.arguments);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    parsed.error = error.what();
  }
  return parsed;
}

std::string body_of(std::vector<std::string> words, std::string_view model = "null") {
  const Parsed parsed = parse(std::move(words));
  EXPECT_EQ(parsed.error, "");
  const auto body = invoke_body(parsed.arguments, "Hello", json_of(model));
  return body ? json::write(*body) : body.error().to_string();
}

constexpr std::string_view kMessages = R"({"messages":[{"role":"user","content":[{"text":"Hello"}]}])";

TEST(InvokeRequest, IsOnlyTheMessageWithoutOverrides) {
  EXPECT_EQ(body_of({"--harness", "a", "--stream", "--prompt", "Hello"}), std::string(kMessages) + "}");
}

TEST(InvokeRequest, CarriesEveryOverride) {
  EXPECT_EQ(
      body_of({"--model-provider", "open_ai", "--model-id", "m", "--system-prompt", "S", "--allowed-tools",
               "@builtin,browser", "--max-iterations", "3", "--max-tokens", "9", "--timeout", "60",
               "--actor-id", "u"}),
      std::string(kMessages) +
          R"(,"model":{"provider":"openai","modelId":"m"},"systemPrompt":[{"text":"S"}],)"
          R"("allowedTools":["@builtin","browser"],"maxIterations":3,"maxTokens":9,"timeoutSeconds":60,"actorId":"u"})");
}

TEST(InvokeRequest, PutsAnotherModelIdIntoTheHarnesssOwnModel) {
  EXPECT_EQ(body_of({"--model-id", "n"}, R"({"provider":"reflex","modelId":"m","topP":1})"),
            std::string(kMessages) + R"(,"model":{"provider":"reflex","modelId":"n","topP":1}})");
  EXPECT_EQ(body_of({"--model-id", "n"}, R"({"bedrockModelConfig":{"modelId":"m"}})"),
            std::string(kMessages) + R"(,"model":{"bedrockModelConfig":{"modelId":"n"}}})");
}

TEST(InvokeRequest, TakesSkillsFromFoldersRepositoriesAndObjects) {
  EXPECT_EQ(body_of({"--skills", "/skills/fill/../letters,https://git.example/skills,s3://team/forms"}),
            std::string(kMessages) +
                R"(,"skills":[{"path":"/skills/letters"},{"git":{"url":"https://git.example/skills"}},)"
                R"({"s3":{"uri":"s3://team/forms"}}]})");
}

TEST(InvokeRequest, LeavesThePromptAfterAListAlone) {
  const Parsed parsed = parse({"--allowed-tools", "a,b", "Hello there"});
  EXPECT_EQ(parsed.arguments.allowed_tools, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parsed.arguments.prompt_argument, "Hello there");
}

TEST(InvokeRequest, RefusesWhatCannotBe) {
  EXPECT_NE(parse({"--max-iterations", "many"}).error, "");
  EXPECT_NE(parse({"--json", "--verbose"}).error, "");
  EXPECT_NE(parse({"--harness", "a", "--harness-arn", "b"}).error, "");
  EXPECT_NE(parse({"--promt", "x"}).error, "");
}

TEST(InvokeRequest, ChoosesTheFormat) {
  EXPECT_EQ(answer_format(parse({"--stream"}).arguments), AnswerFormat::kStream);
  EXPECT_EQ(answer_format(parse({"--json", "--stream"}).arguments), AnswerFormat::kJson);
  EXPECT_EQ(answer_format(parse({"--verbose"}).arguments), AnswerFormat::kEvents);
  EXPECT_EQ(answer_format(parse({}).arguments), AnswerFormat::kPlain);
}

class PromptTest : public testing::Test {
 protected:
  os::Result<std::string> prompt(std::vector<std::string> words, std::string_view standard_input = "") {
    auto pipe = os::make_pipe();
    [[maybe_unused]] const ssize_t written =
        ::write(pipe->second.get(), standard_input.data(), standard_input.size());
    pipe->second.reset();
    return read_prompt(parse(std::move(words)).arguments, pipe->first.get());
  }
  TemporaryFolder folder_;
};

TEST_F(PromptTest, ComesFromOptionFileOrStandardInput) {
  const std::string file = folder_.write("prompt.md", "From a file\n").string();
  EXPECT_EQ(prompt({"--prompt", "Hello"}).value(), "Hello");
  EXPECT_EQ(prompt({"--prompt-file", file}).value(), "From a file");
  EXPECT_EQ(prompt({"--prompt-file", "-"}, "From a pipe\n").value(), "From a pipe");
  EXPECT_EQ(prompt({"-"}, "From a pipe\n").value(), "From a pipe");
}

TEST_F(PromptTest, IsRefusedWhenMissingDoubleEmptyOrNoText) {
  EXPECT_EQ(prompt({}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(prompt({"--prompt", "a", "b"}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(prompt({"--prompt", "  \n"}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(prompt({"-"}, "\xff\xfe").error().code, Code::kInvalidArgument);
  EXPECT_EQ(prompt({"--prompt-file", "/nowhere/at/all"}).error().code, Code::kNotFound);
}

TEST(ShellCommand, QuotesSeveralWordsAndTakesOneAsItIs) {
  EXPECT_EQ(shell_command({"ls | wc -l"}), "ls | wc -l");
  EXPECT_EQ(shell_command({"echo", "a b", "it's", "$HOME", ""}), R"(echo 'a b' 'it'\''s' '$HOME' '')");
}

TEST(InvokeRequest, CarriesLimitsAndTheSchemaOfTheOutput) {
  const TemporaryFolder folder;
  const std::string schema = folder.write("schema.json", R"({"type":"object"})").string();
  EXPECT_EQ(
      body_of({"--max-tool-calls", "2", "--max-cost", "0.25", "--output-schema", schema}),
      std::string(kMessages) + R"(,"maxToolCalls":2,"maxCostUsd":0.25,"outputSchema":{"type":"object"}})");
  const std::string broken = folder.write("broken.json", "{\n").string();
  EXPECT_NE(body_of({"--output-schema", broken}).find("broken.json:2:1"), std::string::npos);
  const std::string list = folder.write("list.json", "[]").string();
  EXPECT_NE(body_of({"--output-schema", list}).find("is a JSON object"), std::string::npos);
}

TEST(InvokeRequest, PutsResultsOfToolsBeforeTheText) {
  const TemporaryFolder folder;
  const std::string file = folder.write("answer.txt", "from a file").string();
  EXPECT_EQ(
      body_of({"--session-id", "s", "--tool-result", "a=1=2", "--tool-result", "b=@" + file, "--tool-result",
               "c=@@home", "--tool-error", "d=no"}),
      R"({"messages":[{"role":"user","content":[)"
      R"({"toolResult":{"toolUseId":"a","status":"success","content":[{"text":"1=2"}]}},)"
      R"({"toolResult":{"toolUseId":"b","status":"success","content":[{"text":"from a file"}]}},)"
      R"({"toolResult":{"toolUseId":"c","status":"success","content":[{"text":"@home"}]}},)"
      R"({"toolResult":{"toolUseId":"d","status":"error","content":[{"text":"no"}]}},{"text":"Hello"}]}]})");
  EXPECT_EQ(read_prompt(parse({"--tool-result", "a=1"}).arguments, STDIN_FILENO), "");
  EXPECT_NE(body_of({"--tool-result", "a=1"}).find("--session-id"), std::string::npos);
  EXPECT_NE(body_of({"--session-id", "s", "--tool-result", "=1"}).find("is not ID=TEXT"), std::string::npos);
  EXPECT_NE(
      body_of({"--session-id", "s", "--tool-result", "a=1", "--tool-error", "a=2"}).find("answered twice"),
      std::string::npos);
}

}  // namespace
}  // namespace soma::cli
