// Any text behind a URL: what is taken is taken again when it is written anew from its parts, and
// librtmp takes every key that is meant for it.
#include <librtmp/amf.h>
#include <librtmp/rtmp.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "util/option_string.hpp"

namespace {

using namespace multiconnection::util;

struct FreeRtmp {
  void operator()(RTMP* rtmp) const {
    AMF_Reset(&rtmp->Link.extras);
    RTMP_Free(rtmp);
  }
};

std::string escaped(const std::string& value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    text += {'\\', kDigits[byte / 16], kDigits[byte % 16]};
  }
  return text;
}

void expectLibrtmpAgrees(const UrlOptions& options) {
  const std::unique_ptr<RTMP, FreeRtmp> rtmp(RTMP_Alloc());
  RTMP_Init(rtmp.get());
  for (const auto& [key, value] : options.librtmp) {
    const AVal name{const_cast<char*>(key.data()), static_cast<int>(key.size())};
    AVal argument{const_cast<char*>(value.data()), static_cast<int>(value.size())};
    if (!RTMP_SetOpt(rtmp.get(), &name, &argument)) std::abort();
  }
  const auto expected = static_cast<std::size_t>(rtmp->Link.extras.o_num);
  if (options.arguments.size() != expected) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto split = splitOptions({reinterpret_cast<const char*>(data), size});
  if (!split) {
    const std::string& message = split.error().message;
    if (message.find('\n') != std::string::npos || message.size() > 200) std::abort();
    return 0;
  }
  expectLibrtmpAgrees(split->options);
  std::string again = split->url;
  for (const auto& [key, value] : split->options.librtmp) again += ' ' + key + '=' + escaped(value);
  if (again.size() > 16384) return 0;
  const auto second = splitOptions(again);
  if (!second || second->options.librtmp != split->options.librtmp ||
      second->options.arguments != split->options.arguments) {
    std::abort();
  }
  return 0;
}
