#include "util/option_string.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "util/conn_option.hpp"

namespace multiconnection::util {
namespace {

constexpr std::size_t kMaxBytes = 16 * 1024;
/// Of one value: what an AMF0 string holds.
constexpr std::size_t kMaxValueBytes = 65535;
static_assert(kMaxBytes <= kMaxValueBytes);
constexpr std::size_t kMaxShownKey = 32;

Error invalid(const std::string& why) { return {Errc::InvalidArgument, "URL: " + why}; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// A byte of two hex digits at `at`; -1 if they are none.
int hexByte(std::string_view text, std::size_t at) {
  if (text.size() < 2 || at > text.size() - 2) return -1;
  const int high = hexDigit(text[at]);
  const int low = hexDigit(text[at + 1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const int byte = hexByte(text, i + 1);
    if (byte < 0) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::optional<std::uint32_t> numberOf(std::string_view text) {
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<bool> truthOf(const std::string& text) {
  const std::string word = lower(text);
  if (word == "1" || word == "on" || word == "yes" || word == "true") return true;
  if (word == "0" || word == "off" || word == "no" || word == "false") return false;
  return std::nullopt;
}

/// Reads one string of options, key by key.
class Reader {
 public:
  Result<void> take(std::string_view option) {
    ++count_;
    const auto equals = option.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return invalid("option number " + std::to_string(count_) + " is not of the form key=value");
    }
    const std::string key(option.substr(0, equals));
    const Key* known = find(lower(key));
    if (known == nullptr) {
      const bool shown = key.size() <= kMaxShownKey;
      return invalid("option " + (shown ? '"' + key + '"' : "number " + std::to_string(count_)) +
                     " is unknown");
    }
    const std::string name(known->name);
    if (known->refusal != nullptr)
      return Error{known->refusalCode, "URL: option " + name + known->refusal};
    if (!seen_.insert(name).second && known->name != "conn") {
      return invalid("option " + name + " stands there twice");
    }
    auto value = unescaped(option.substr(equals + 1));
    if (!value) return invalid("option " + name + ": \\ needs two hex digits behind it");
    if (known->librtmp) result_.librtmp.emplace_back(name, *value);
    return (this->*known->read)(*known, *value);
  }

  Result<UrlOptions> finish() {
    if (verify_ && !(hash_ && size_)) {
      return invalid("option swfVfy needs swfHash and swfSize: the file is never fetched");
    }
    if (hash_.has_value() != size_.has_value()) {
      return invalid("options swfHash and swfSize belong together");
    }
    if (hash_ && verify_ != false) result_.swf = SwfFile{*hash_, *size_};
    if (result_.stop && *result_.stop <= result_.start.value_or(Milliseconds(0))) {
      return invalid("option stop lies before start");
    }
    result_.arguments = conn_.take();
    return std::move(result_);
  }

 private:
  using Milliseconds = std::chrono::milliseconds;
  struct Key {
    std::string_view name;  ///< As librtmp writes it.
    bool librtmp;           ///< RTMP_SetOpt knows it.
    Result<void> (Reader::*read)(const Key&, const std::string&);
    std::string UrlOptions::*text = nullptr;
    std::optional<Milliseconds> UrlOptions::*time = nullptr;
    const char* refusal = nullptr;  ///< Why it is not taken.
    Errc refusalCode = Errc::InvalidArgument;
  };

  static const Key* find(const std::string& lowered);
  static Error wrong(const Key& key, const char* expected) {
    return invalid("option " + std::string(key.name) + ": expected " + expected);
  }

  Result<void> readText(const Key& key, const std::string& value) {
    if (value.empty()) return wrong(key, "a text");
    result_.*key.text = value;
    return {};
  }
  Result<void> readTime(const Key& key, const std::string& value) {
    const auto number = numberOf(value);
    if (!number) return wrong(key, "milliseconds");
    result_.*key.time = Milliseconds(*number);
    return {};
  }
  Result<void> readLive(const Key& key, const std::string& value) {
    const auto truth = truthOf(value);
    if (!truth) return wrong(key, "1 or 0");
    result_.live = *truth;
    return {};
  }
  Result<void> readConn(const Key&, const std::string& value) {
    auto added = conn_.add(value);
    return added ? added : invalid(added.error().message);
  }
  Result<void> readVerify(const Key& key, const std::string& value) {
    verify_ = truthOf(value);
    return verify_ ? Result<void>() : wrong(key, "1 or 0");
  }
  Result<void> readHash(const Key& key, const std::string& value) {
    hash_.emplace();
    bool good = value.size() == 2 * hash_->size();
    for (std::size_t i = 0; good && i < hash_->size(); ++i) {
      const int byte = hexByte(value, 2 * i);
      good = byte >= 0;
      if (good) (*hash_)[i] = static_cast<std::uint8_t>(byte);
    }
    return good ? Result<void>() : wrong(key, "64 hex digits");
  }
  Result<void> readSize(const Key& key, const std::string& value) {
    size_ = numberOf(value);
    return size_ && *size_ != 0 ? Result<void>() : wrong(key, "bytes, more than 0");
  }
  Result<void> readHandshake(const Key& key, const std::string& value) {
    if (value != "plain" && value != "digest") return wrong(key, "plain or digest");
    result_.digest = value == "digest";
    return {};
  }

  UrlOptions result_;
  ConnOption conn_;
  std::set<std::string> seen_;
  std::size_t count_ = 0;
  std::optional<bool> verify_;
  std::optional<std::array<std::uint8_t, 32>> hash_;
  std::optional<std::uint32_t> size_;
};

const Reader::Key* Reader::find(const std::string& lowered) {
  using O = UrlOptions;
  constexpr auto kUnsupported = Errc::Unsupported;
  static const Key kKeys[] = {
      {"app", true, &Reader::readText, &O::app},
      {"tcUrl", true, &Reader::readText, &O::tcUrl},
      {"pageUrl", true, &Reader::readText, &O::pageUrl},
      {"swfUrl", true, &Reader::readText, &O::swfUrl},
      {"flashver", true, &Reader::readText, &O::flashVersion},
      {"conn", true, &Reader::readConn},
      {"token", true, &Reader::readText, &O::token},
      {"playpath", true, &Reader::readText, &O::streamName},
      {"live", true, &Reader::readLive},
      {"start", true, &Reader::readTime, nullptr, &O::start},
      {"stop", true, &Reader::readTime, nullptr, &O::stop},
      {"buffer", true, &Reader::readTime, nullptr, &O::buffer},
      {"swfVfy", false, &Reader::readVerify},
      {"swfHash", false, &Reader::readHash},
      {"swfSize", false, &Reader::readSize},
      {"handshake", false, &Reader::readHandshake},
      {"socks", false, nullptr, nullptr, nullptr, " (a proxy) cannot be set in the URL"},
      {"swfAge", false, nullptr, nullptr, nullptr,
       ": nothing is fetched; give swfHash and swfSize"},
      {"timeout", false, nullptr, nullptr, nullptr, " is one of the options of connecting"},
      {"subscribe", false, nullptr, nullptr, nullptr, " is not supported", kUnsupported},
      {"playlist", false, nullptr, nullptr, nullptr, " is not supported", kUnsupported},
      {"jtv", false, nullptr, nullptr, nullptr, " is not supported", kUnsupported},
      {"pubUser", false, nullptr, nullptr, nullptr, " is not supported yet", kUnsupported},
      {"pubPasswd", false, nullptr, nullptr, nullptr, " is not supported yet", kUnsupported},
  };
  const auto* found = std::find_if(std::begin(kKeys), std::end(kKeys),
                                   [&](const Key& key) { return lower(key.name) == lowered; });
  return found == std::end(kKeys) ? nullptr : found;
}

}  // namespace

Result<UrlWithOptions> splitOptions(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return invalid("with its options it has " + std::to_string(text.size()) + " bytes, at most " +
                   std::to_string(kMaxBytes) + " are taken");
  }
  const auto bad = std::find_if(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (bad != text.end()) {
    return invalid("a control character at byte " + std::to_string(bad - text.begin()));
  }
  const auto urlEnd = std::min(text.find(' '), text.size());
  UrlWithOptions result;
  result.url = text.substr(0, urlEnd);
  text.remove_prefix(urlEnd);
  Reader reader;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end != 0) {
      if (auto taken = reader.take(text.substr(0, end)); !taken) return taken.error();
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  auto options = reader.finish();
  if (!options) return options.error();
  result.options = *std::move(options);
  return result;
}

}  // namespace multiconnection::util
