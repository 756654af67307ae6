#include "tools/commands.hpp"
#include "tools/output.hpp"

namespace multiconnection::tools {

ExitCode runServe(const ServeSettings&, StopSignals&) {
  complain("serve: this build has no embedded node (MULTICONNECTION_NODE is off)");
  return kFailed;
}

ExitCode runLink(const LinkSettings&, StopSignals&) {
  complain("link: this build has no link emulator (MULTICONNECTION_NODE is off)");
  return kFailed;
}

}  // namespace multiconnection::tools
