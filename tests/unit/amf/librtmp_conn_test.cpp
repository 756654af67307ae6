// Random conn= options: librtmp's own reading of them, in its own encoding, is ours.
#include <librtmp/amf.h>
#include <librtmp/rtmp.h>

#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "amf/amf0.hpp"
#include "util/option_string.hpp"

namespace multiconnection::amf {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct FreeRtmp {
  void operator()(RTMP* rtmp) const {
    AMF_Reset(&rtmp->Link.extras);
    RTMP_Close(rtmp);
    RTMP_Free(rtmp);
  }
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string options() {
    std::string text;
    for (unsigned left = 1 + below(12); left > 0; --left) text += " conn=" + piece();
    // librtmp leaves what is still open without its end marker.
    for (; depth_ > 0; --depth_) text += " conn=O:0";
    return text;
  }

 private:
  unsigned below(unsigned count) { return static_cast<unsigned>(random_() % count); }

  std::string piece() {
    if (depth_ > 0 && below(4) == 0) {
      --depth_;
      return "O:0";
    }
    const char* const types = depth_ > 0 ? "BNSO" : "BNSOZ";
    char type = types[below(depth_ > 0 ? 4 : 5)];
    if (type == 'O' && depth_ == 5) type = 'N';
    std::string text = depth_ > 0 ? std::string("N") + type + ":n" + std::to_string(++names_) + ':'
                                  : std::string(1, type) + ':';
    if (type == 'O') ++depth_;
    return text + data(type);
  }

  std::string data(char type) {
    switch (type) {
      case 'B':
        return std::to_string(below(2));
      case 'N':
        return std::to_string(static_cast<int>(random_()) / 1000.0);
      case 'O':
        return "1";
      case 'S':
        return string();
      default:
        return "";
    }
  }

  std::string string() {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (unsigned left = below(20); left > 0; --left) {
      const unsigned byte = below(256);
      if (byte > 0x20 && byte < 0x7F && byte != '\\') {
        text += static_cast<char>(byte);
      } else {
        text += {'\\', kDigits[byte / 16], kDigits[byte % 16]};
      }
    }
    return text;
  }

  std::mt19937 random_;
  int depth_ = 0;
  int names_ = 0;
};

/// What librtmp would send behind connect's object.
Bytes librtmps(const util::UrlOptions& options) {
  const std::unique_ptr<RTMP, FreeRtmp> rtmp(RTMP_Alloc());
  RTMP_Init(rtmp.get());
  for (const auto& [key, value] : options.librtmp) {
    // librtmp only reads both, and keeps pointers into the value.
    const AVal name{const_cast<char*>(key.data()), static_cast<int>(key.size())};
    AVal argument{const_cast<char*>(value.data()), static_cast<int>(value.size())};
    EXPECT_TRUE(RTMP_SetOpt(rtmp.get(), &name, &argument));
  }
  std::string buffer(65536, '\0');
  char* at = buffer.data();
  char* const end = at + buffer.size();
  const AMFObject& extras = rtmp->Link.extras;
  for (int i = 0; i < extras.o_num && at != nullptr; ++i) {
    at = AMFProp_Encode(&extras.o_props[i], at, end);
  }
  EXPECT_NE(at, nullptr);
  return at == nullptr ? Bytes() : Bytes(buffer.data(), at);
}

TEST(LibrtmpConn, ReadsTheSameValues) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (unsigned round = 0; round < 2000; ++round) {
    const std::string text = "rtmp://h/app" + Generator(seed + round).options();
    const auto split = util::splitOptions(text);
    ASSERT_TRUE(split) << text << ": " << split.error();
    Bytes ours;
    for (const AmfValue& value : split->options.arguments) {
      encodeAmf0(ours, value);
    }
    ASSERT_EQ(ours, librtmps(split->options)) << text;
  }
}

}  // namespace
}  // namespace multiconnection::amf
