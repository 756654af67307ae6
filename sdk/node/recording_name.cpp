#include "node/recording_name.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace multiconnection::node {
namespace {

constexpr std::string_view kSuffix = ".flv";
/// Of one part: what usual file systems take.
constexpr std::size_t kMaxPartBytes = 255;
constexpr std::size_t kMaxParts = 16;
/// Of files of shared objects: a folder of that name would stand in their way.
constexpr std::array<std::string_view, 2> kNoFolders{".mcso", ".mcso.new"};

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return result;
}

bool isDevice(std::string_view part) {
  const std::string stem = upper(part.substr(0, part.find('.')));
  if (stem == "CON" || stem == "PRN" || stem == "AUX" || stem == "NUL") return true;
  return stem.size() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")) &&
         stem[3] >= '0' && stem[3] <= '9';
}

bool isForbidden(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F ||
         std::string_view("\\:*?\"<>|").find(c) != std::string_view::npos;
}

/// What is wrong with one part of the path; empty if nothing is.
std::string problemOf(std::string_view part) {
  if (part.empty()) return "has an empty part";
  if (part.size() > kMaxPartBytes) return "has a part of more than 255 bytes";
  if (part.front() == '.') return "has a part that starts with a dot";
  if (part.back() == '.' || part.back() == ' ') return "has a part that ends with a dot or space";
  if (std::any_of(part.begin(), part.end(), isForbidden)) {
    return "has a character that file names cannot have";
  }
  return isDevice(part) ? "has the name of a device" : "";
}

bool isFileName(std::string_view part) {
  return std::any_of(kNoFolders.begin(), kNoFolders.end(),
                     [part](std::string_view suffix) { return part.ends_with(suffix); });
}

}  // namespace

Result<std::string> pathBelow(const std::string& app, const std::string& fileName) {
  std::string path = app + '/' + fileName;
  std::size_t parts = 0;
  for (std::size_t begin = 0; begin != std::string::npos; ++parts) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const auto part = std::string_view(path).substr(begin, end - begin);
    std::string problem = problemOf(part);
    if (end != path.size() && isFileName(part)) {
      problem = "has a folder that is named like a shared object's file";
    }
    if (parts == kMaxParts) problem = "has too many parts";
    if (!problem.empty()) return Error{Errc::InvalidArgument, std::move(problem)};
    begin = end == path.size() ? std::string::npos : end + 1;
  }
  return path;
}

Result<std::string> recordingPath(const std::string& app, const std::string& streamName) {
  auto path = pathBelow(
      app, streamName.ends_with(kSuffix) ? streamName : streamName + std::string(kSuffix));
  if (path) return path;
  return Error{path.error().code, "the name cannot be recorded: it " + path.error().message};
}

}  // namespace multiconnection::node
