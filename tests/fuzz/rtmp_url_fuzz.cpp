// Any text: a URL that is taken means the same after being written, and hides its stream name.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "multiconnection/server.hpp"

using multiconnection::RtmpUrl;

namespace {

void expectSame(const RtmpUrl& url) {
  const auto again = RtmpUrl::parse(url.tcUrl());
  if (!again || again->host != url.host || again->port != url.port || again->app != url.app ||
      again->scheme != url.scheme) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  auto url = RtmpUrl::parse(text);
  if (!url) {
    if (url.error().message.find('\n') != std::string::npos) std::abort();
    return 0;
  }
  expectSame(*url);
  const std::string head = url->tcUrl().substr(0, url->tcUrl().size() - url->app.size());
  if (!url->splitStreamName()) return 0;
  expectSame(*url);
  if (url->streamName.empty() || url->redacted() != head + url->app + "/***") std::abort();
  return 0;
}
