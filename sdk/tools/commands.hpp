#pragma once

#include "tools/options.hpp"
#include "tools/stop_signals.hpp"

namespace multiconnection::tools {

/// The program's exit codes.
enum ExitCode : int { kDone = 0, kFailed = 1, kWrongUsage = 2 };

// Each runs one command to its end.
ExitCode runPublish(const PublishSettings& settings, StopSignals& signals);
ExitCode runPlay(const PlaySettings& settings, StopSignals& signals);
ExitCode runServe(const ServeSettings& settings, StopSignals& signals);
ExitCode runCheck(const CheckSettings& settings, StopSignals& signals);
ExitCode runCall(const CallSettings& settings, StopSignals& signals);
ExitCode runShare(const ShareSettings& settings, StopSignals& signals);
ExitCode runLink(const LinkSettings& settings, StopSignals& signals);
ExitCode runVersion();

}  // namespace multiconnection::tools
