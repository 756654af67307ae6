#include "tools/input.hpp"

#include "tools/option_values.hpp"
#include "tools/output.hpp"
#if defined(MULTICONN_WITH_FFMPEG)
#include "multiconnection/ffmpeg.hpp"
#endif

namespace multiconnection::tools {
namespace {

Result<std::shared_ptr<PullSource>> openFlv(const std::string& input) {
  auto source = FileSource::open(input);
  if (!source) return source.error();
  return std::shared_ptr<PullSource>(std::move(*source));
}

#if defined(MULTICONN_WITH_FFMPEG)
Result<std::shared_ptr<PullSource>> openFile(const std::string& input) {
  ffmpeg::silenceLog();  // one line for bad input, and that one is ours
  return ffmpeg::openFile(input);
}
Result<std::shared_ptr<PullSource>> openTestSource() { return ffmpeg::openTestSource(); }
#else
Result<std::shared_ptr<PullSource>> openFile(const std::string& input) {
  auto source = openFlv(input);
  if (source || source.error().code != Errc::CorruptData) return source;
  return Error{source.error().code,
               source.error().message + " (this build reads FLV only, it has no FFmpeg)"};
}
Result<std::shared_ptr<PullSource>> openTestSource() {
  return Error{Errc::Unsupported, "this build has no FFmpeg, which generates it"};
}
#endif

Result<std::shared_ptr<PullSource>> openAny(const std::string& input) {
  if (input == "testsrc") return openTestSource();
  return input == "-" ? openFlv(input) : openFile(input);
}

}  // namespace

Result<std::shared_ptr<PullSource>> openInput(const std::string& input) {
  auto source = openAny(input);
  if (source) return source;
  const std::string why = textOf(source.error());
  // Most of them name it already.
  const bool named = input.size() > 1 && why.find(input) != std::string::npos;
  return Error{source.error().code, named ? why : "INPUT " + quotedValue(input) + ": " + why};
}

}  // namespace multiconnection::tools
