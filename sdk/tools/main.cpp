#include <string>
#include <vector>

#include "tools/commands.hpp"
#include "tools/output.hpp"

namespace {

using namespace multiconnection::tools;

ExitCode run(const HelpText& help, StopSignals&) {
  Output output(stdout);
  output.raw(help.text);
  return output.failure() ? kFailed : kDone;
}
ExitCode run(const VersionSettings&, StopSignals&) { return runVersion(); }
ExitCode run(const PublishSettings& settings, StopSignals& signals) {
  return runPublish(settings, signals);
}
ExitCode run(const PlaySettings& settings, StopSignals& signals) {
  return runPlay(settings, signals);
}
ExitCode run(const ServeSettings& settings, StopSignals& signals) {
  return runServe(settings, signals);
}
ExitCode run(const CheckSettings& settings, StopSignals& signals) {
  return runCheck(settings, signals);
}
ExitCode run(const CallSettings& settings, StopSignals& signals) {
  return runCall(settings, signals);
}
ExitCode run(const ShareSettings& settings, StopSignals& signals) {
  return runShare(settings, signals);
}
ExitCode run(const LinkSettings& settings, StopSignals& signals) {
  return runLink(settings, signals);
}

}  // namespace

int main(int count, char** words) {
  const auto command = parseCommandLine(std::vector<std::string>(words + 1, words + count));
  if (!command) {
    complain(command.error().message);
    return kWrongUsage;
  }
  StopSignals signals;
  return std::visit([&signals](const auto& settings) { return run(settings, signals); }, *command);
}
