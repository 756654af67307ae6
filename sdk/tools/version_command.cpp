#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

#include "multiconnection/version.hpp"
#include "tools/commands.hpp"
#include "tools/output.hpp"

namespace multiconnection::tools {

ExitCode runVersion() {
  Output output(stdout);
  const auto print = [&output](const char* name, const std::string& version) {
    output.line(std::string(name) + ' ' + version);
  };
  // MULTICONN_... come from the build, which found these versions.
  print("multiconn", kVersionString);
  print("Boost", MULTICONN_BOOST_VERSION);
  print("librtmp", MULTICONN_LIBRTMP_VERSION);
  print("c-ares", MULTICONN_CARES_VERSION);
  print("CLI11", CLI11_VERSION);
  print("nlohmann-json", nlohmann::json::meta()["version"]["string"].get<std::string>());
  print("embedded node:", MULTICONN_NODE);
  print("FFmpeg sources:", MULTICONN_FFMPEG);
  return output.failure() ? kFailed : kDone;
}

}  // namespace multiconnection::tools
