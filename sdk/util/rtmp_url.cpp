#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>
#include <string_view>

#include "multiconnection/server.hpp"
#include "util/host_name.hpp"

namespace multiconnection {
namespace {

constexpr std::size_t kMaxUrlBytes = 4096;
constexpr std::uint16_t kDefaultPort = 1935;
constexpr std::string_view kHidden = "***";

Error invalid(const std::string& why) { return {Errc::InvalidArgument, "URL: " + why}; }

/// Quotes a part of the URL that can hold no secret.
std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

Result<void> checkCharacters(std::string_view text) {
  if (text.empty()) return invalid("it is empty");
  if (text.size() > kMaxUrlBytes) {
    return invalid("it has " + std::to_string(text.size()) + " bytes, at most " +
                   std::to_string(kMaxUrlBytes) + " are taken");
  }
  const auto bad = std::find_if(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
  });
  if (bad != text.end()) {
    return invalid("a space or control character at byte " + std::to_string(bad - text.begin()));
  }
  return {};
}

std::string_view nameOf(RtmpUrl::Scheme scheme) {
  return scheme == RtmpUrl::Scheme::Rtmpe ? "rtmpe" : "rtmp";
}

/// Takes "rtmp://" off the front.
Result<RtmpUrl::Scheme> takeScheme(std::string_view& rest) {
  const auto end = rest.find("://");
  const bool looksLikeOne =
      end != std::string_view::npos && end != 0 &&
      std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(end),
                  [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '-'; });
  if (!looksLikeOne) return invalid("it does not begin with rtmp://");
  std::string scheme(rest.substr(0, end));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  rest.remove_prefix(end + 3);
  for (const auto known : {RtmpUrl::Scheme::Rtmp, RtmpUrl::Scheme::Rtmpe}) {
    if (scheme == nameOf(known)) return known;
  }
  for (const std::string_view later : {"rtmps", "rtmpt", "rtmpte", "rtmpts"}) {
    if (scheme == later) {
      return Error{Errc::Unsupported,
                   "URL: " + scheme + " is not supported yet, only rtmp and rtmpe are"};
    }
  }
  return invalid("scheme " + quoted(scheme) + " is neither rtmp nor rtmpe");
}

Result<std::uint16_t> parsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem == std::errc{} && end == text.data() + text.size() && port != 0) return port;
  return invalid("port " + quoted(text) + " is not a number from 1 to 65535");
}

/// host[:port] with IPv6 in brackets.
Result<void> parseAuthority(std::string_view text, RtmpUrl& url) {
  std::string_view host = text;
  std::string_view afterHost;
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return invalid("host " + quoted(text) + " lacks its ]");
    host = text.substr(1, end - 1);
    afterHost = text.substr(end + 1);
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    afterHost = text.substr(colon);
    if (afterHost.find(':', 1) != std::string_view::npos) {
      return invalid("host " + quoted(text) + " holds several colons; IPv6 needs brackets");
    }
  }
  if (host.empty()) return invalid("it has no host");
  if (bracketed ? !util::isIpv6Address(host) : !util::isHostName(host)) {
    return invalid("host " + quoted(host) + (bracketed ? " is no IPv6 address" : " is no host"));
  }
  url.host = host;
  if (afterHost.empty()) return {};
  if (afterHost.front() != ':') {
    return invalid("host " + quoted(text) + " goes on after its ]");
  }
  const auto port = parsePort(afterHost.substr(1));
  if (!port) return port.error();
  url.port = *port;
  return {};
}

/// "a=1&token" -> "a=***&***": a value without a name may be the secret itself.
std::string hiddenQuery(std::string_view query) {
  std::string out;
  while (true) {
    const auto end = query.find('&');
    const auto part = query.substr(0, end);
    const auto equals = part.find('=');
    if (equals != std::string_view::npos) out += part.substr(0, equals + 1);
    if (!part.empty()) out += kHidden;
    if (end == std::string_view::npos) return out;
    out += '&';
    query.remove_prefix(end + 1);
  }
}

/// "rtmp://host:port/"
std::string headOf(const RtmpUrl& url) {
  const bool ipv6 = url.host.find(':') != std::string::npos;
  std::string text(nameOf(url.scheme));
  text += "://" + (ipv6 ? '[' + url.host + ']' : url.host);
  if (url.port != kDefaultPort) text += ':' + std::to_string(url.port);
  return text + '/';
}

}  // namespace

Result<RtmpUrl> RtmpUrl::parse(const std::string& text) {
  std::string_view rest = text;
  if (auto result = checkCharacters(rest); !result) return result.error();
  const auto scheme = takeScheme(rest);
  if (!scheme) return scheme.error();
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  // Nothing of it may be shown: a password can hold any character, a slash too.
  if (authority.find('@') != std::string_view::npos) {
    return invalid("user name and password do not belong into it");
  }
  rest.remove_prefix(authority.size());
  RtmpUrl url;
  url.scheme = *scheme;
  if (auto result = parseAuthority(authority, url); !result) {
    if (rest.find('@') != std::string_view::npos) {
      return invalid("the host is unreadable, or user name and password stand before it");
    }
    return result.error();
  }
  if (rest.starts_with('/')) rest.remove_prefix(1);
  const auto query = std::min(rest.find('?'), rest.size());
  std::string_view path = rest.substr(0, query);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) {
    return invalid("it names no application after " + headOf(url));
  }
  url.app = std::string(path) + std::string(rest.substr(query));
  return url;
}

Result<void> RtmpUrl::splitStreamName() {
  const auto pathEnd = std::min(app.find('?'), app.size());
  const auto slash = app.rfind('/', pathEnd);
  const auto appEnd = slash == std::string::npos ? slash : app.find_last_not_of('/', slash);
  if (appEnd == std::string::npos) {
    return invalid(headOf(*this) +
                   "... has one path segment, an application and a stream name are needed");
  }
  streamName = app.substr(slash + 1);
  app.resize(appEnd + 1);
  return {};
}

std::string RtmpUrl::tcUrl() const { return headOf(*this) + app; }

std::string RtmpUrl::redacted() const {
  const auto query = std::min(app.find('?'), app.size());
  std::string text = headOf(*this) + app.substr(0, query);
  if (query != app.size()) text += '?' + hiddenQuery(std::string_view(app).substr(query + 1));
  if (!streamName.empty()) text += '/' + std::string(kHidden);
  return text;
}

}  // namespace multiconnection
