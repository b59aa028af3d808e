// `soma add mount` and `soma remove mount`.
#include <fmt/format.h>

#include <filesystem>

#include "app/cli/commands/commands.h"
#include "app/cli/project/project_files.h"

namespace soma::cli {
namespace {

using json::Value;
using os::Result;

struct MountArguments {
  std::string mount_path, harness, bucket, prefix, folder, efs, s3_files, volume;
  bool writable = false;
  bool json = false;
};

// The union's member that the options name: the session's own storage when there is none.
Result<Value> entry_of(Context& context, const MountArguments& arguments,
                       const std::filesystem::path& harness_file) {
  struct Kind {
    const std::string& given;
    std::string_view member, field;
  };
  const Kind kinds[] = {{arguments.bucket, "s3BucketMount", "bucket"},
                        {arguments.folder, "hostFolder", "path"},
                        {arguments.efs, "efsAccessPoint", "accessPointArn"},
                        {arguments.s3_files, "s3FilesAccessPoint", "accessPointArn"},
                        {arguments.volume, "capacityProviderVolume", "volumeName"}};
  std::string member = "sessionStorage";
  Value fields = json::Object{};
  for (const Kind& kind : kinds) {
    if (kind.given.empty()) continue;
    if (!fields.empty())
      return os::fail(os::Code::kInvalidArgument, "a mount has one source",
                      "give one of --bucket, --folder, --efs, --s3-files, --volume");
    member = kind.member;
    fields.set(std::string(kind.field), kind.given);
  }
  if (!arguments.prefix.empty() && arguments.bucket.empty())
    return os::fail(os::Code::kInvalidArgument, "--prefix goes with --bucket");
  if (arguments.writable && arguments.folder.empty())
    return os::fail(os::Code::kInvalidArgument, "--writable goes with --folder", "all others are writable");
  if (!arguments.prefix.empty()) fields.set("prefix", arguments.prefix);
  if (!arguments.folder.empty())
    fields.set("path", path_beside(harness_file, arguments.folder, context.working_directory));
  if (arguments.writable) fields.set("writable", true);
  fields.set("mountPath", arguments.mount_path);
  return json::object({{member, std::move(fields)}});
}

void tell(Context& context, const MountArguments& arguments, const ProjectHarness& harness,
          std::string_view action) {
  if (arguments.json)
    context.terminal.out_line(json::write(json::object(
        {{"action", action}, {"mountPath", arguments.mount_path}, {"file", harness.file().string()}})));
  else
    context.terminal.out_line(fmt::format("{} {} in {}", action, arguments.mount_path,
                                          shown_path(harness.file(), context.working_directory)));
}

Result<> add(Context& context, const MountArguments& arguments) {
  SOMA_ASSIGN(const Project project, find_project(context.working_directory));
  SOMA_ASSIGN(const ProjectHarness harness, choose_harness(project, arguments.harness));
  SOMA_ASSIGN(const Value entry, entry_of(context, arguments, harness.file()));
  SOMA_TRY(add_mount(harness.file(), entry));
  tell(context, arguments, harness, "added");
  return {};
}

Result<> remove(Context& context, const MountArguments& arguments) {
  SOMA_ASSIGN(const Project project, find_project(context.working_directory));
  SOMA_ASSIGN(const ProjectHarness harness, choose_harness(project, arguments.harness));
  SOMA_TRY(remove_mount(harness.file(), arguments.mount_path));
  tell(context, arguments, harness, "removed");
  return {};
}

CLI::App* add_command(CLI::App& parent, MountArguments& arguments, const std::string& description) {
  CLI::App* command = parent.add_subcommand("mount", description);
  command->add_option("mount-path", arguments.mount_path, "Where sessions have it: /mnt/ and one name")
      ->type_name("PATH")
      ->required();
  command->add_option("--harness", arguments.harness, "The harness (default: the project's only one)")
      ->type_name("NAME");
  add_json_option(*command, arguments.json);
  return command;
}

using Edit = Result<> (*)(Context& context, const MountArguments& arguments);

void call(CLI::App& command, Context& context, std::shared_ptr<MountArguments> arguments, Edit change) {
  on_call(command, context, [&context, arguments = std::move(arguments), change] {
    const auto done = change(context, *arguments);
    return done ? static_cast<int>(kExitOk) : report(context, done.error(), arguments->json);
  });
}

}  // namespace

void add_add_mount(CLI::App& add_parent, Context& context) {
  auto arguments = std::make_shared<MountArguments>();
  CLI::App* command =
      add_command(add_parent, *arguments, "Give a harness's sessions a folder beside their workspace");
  command->add_option("--bucket", arguments->bucket, "A folder below objects/ in the data directory")
      ->type_name("NAME");
  command
      ->add_option("--prefix", arguments->prefix,
                   "The folder in the bucket; {runtimeSessionId} is the session's id")
      ->type_name("PREFIX");
  command->add_option("--folder", arguments->folder, "A folder of the server's machine, only to look at")
      ->type_name("PATH");
  command->add_flag("--writable", arguments->writable, "With --folder: sessions may change what is in it");
  command->add_option("--efs", arguments->efs, "The folder of an EFS access point")->type_name("ARN");
  command->add_option("--s3-files", arguments->s3_files, "The folder of an S3 Files access point")
      ->type_name("ARN");
  command->add_option("--volume", arguments->volume, "The folder of a volume")->type_name("NAME");
  add_example(*command,
              "  soma add mount /mnt/data\n"
              "  soma add mount /mnt/reports --bucket reports --prefix 'by-session/{runtimeSessionId}'\n"
              "  soma add mount /mnt/project --folder . --writable");
  call(*command, context, std::move(arguments), add);
}

void add_remove_mount(CLI::App& remove_parent, Context& context) {
  auto arguments = std::make_shared<MountArguments>();
  CLI::App* command = add_command(remove_parent, *arguments, "Take a mount out of a harness's harness.json");
  add_example(*command, "  soma remove mount /mnt/data");
  call(*command, context, std::move(arguments), remove);
}

}  // namespace soma::cli
