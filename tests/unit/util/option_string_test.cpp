#include "util/option_string.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace multiconnection::util {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr char kHash[] = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

UrlOptions parsed(const std::string& options) {
  const auto split = splitOptions("rtmp://h/app " + options);
  EXPECT_TRUE(split) << options << ": " << split.error();
  return split ? split->options : UrlOptions{};
}

Error refused(const std::string& options) {
  const auto split = splitOptions("rtmp://h/app " + options);
  EXPECT_FALSE(split) << options;
  return split ? Error{} : split.error();
}

std::vector<AmfValue> arguments(const std::string& options) { return parsed(options).arguments; }

TEST(OptionString, LeavesAUrlWithoutOptionsAsItIs) {
  const auto split = splitOptions("rtmp://h/app?a=b");
  ASSERT_TRUE(split);
  EXPECT_EQ(split->url, "rtmp://h/app?a=b");
  EXPECT_TRUE(split->options.librtmp.empty());
}

TEST(OptionString, ReadsEveryKeyOfTheConnection) {
  const auto split = splitOptions(
      "rtmp://h/app  app=other/instance tcUrl=rtmp://x/y pageUrl=http://p/?a=b swfUrl=http://s "
      "flashver=LNX\\2011,2 token=tok playpath=mp4:key   conn=S:me ");
  ASSERT_TRUE(split) << split.error();
  EXPECT_EQ(split->url, "rtmp://h/app");
  const UrlOptions& options = split->options;
  EXPECT_EQ(options.app, "other/instance");
  EXPECT_EQ(options.tcUrl, "rtmp://x/y");
  EXPECT_EQ(options.pageUrl, "http://p/?a=b");
  EXPECT_EQ(options.swfUrl, "http://s");
  EXPECT_EQ(options.flashVersion, "LNX 11,2");
  EXPECT_EQ(options.token, "tok");
  EXPECT_EQ(options.streamName, "mp4:key");
  EXPECT_THAT(options.arguments, ElementsAre(AmfValue("me")));
  EXPECT_FALSE(options.live || options.digest || options.start || options.swf);
}

TEST(OptionString, ReadsWhereToPlay) {
  const UrlOptions options = parsed("LIVE=yes start=1500 stop=4000 buffer=300");
  EXPECT_TRUE(options.live);
  EXPECT_EQ(options.start, 1500ms);
  EXPECT_EQ(options.stop, 4000ms);
  EXPECT_EQ(options.buffer, 300ms);
  EXPECT_FALSE(parsed("live=off").live);
  EXPECT_THAT(refused("start=5 stop=5").message, HasSubstr("stop lies before start"));
  for (const char* wrong : {"start=", "start=-1", "stop=1s", "buffer=4294967296", "live=maybe"}) {
    EXPECT_EQ(refused(wrong).code, Errc::InvalidArgument) << wrong;
  }
}

TEST(OptionString, KeepsWhatLibrtmpKnowsUnescapedAndInItsOrder) {
  EXPECT_THAT(parsed("conn=O:1 SWFURL=a\\20b conn=O:0 handshake=digest").librtmp,
              ElementsAre(Pair("conn", "O:1"), Pair("swfUrl", "a b"), Pair("conn", "O:0")));
}

TEST(OptionString, UnescapesTwoHexDigitsAndNothingElse) {
  EXPECT_EQ(parsed("swfUrl=\\5c\\5C\\00x").swfUrl, std::string("\\\\\0x", 4));
  for (const char* wrong : {"swfUrl=\\", "swfUrl=\\2", "swfUrl=\\2g", "swfUrl=\\ 20"}) {
    EXPECT_THAT(refused(wrong).message, HasSubstr("option swfUrl: \\ needs two hex digits"));
  }
}

TEST(OptionString, TakesSwfVerificationWithHashAndSizeOnly) {
  const UrlOptions options = parsed("swfVfy=1 swfSize=4294967295 swfHash=" + std::string(kHash));
  ASSERT_TRUE(options.swf);
  EXPECT_EQ(options.swf->size, 0xFFFFFFFFU);
  EXPECT_EQ(options.swf->hash[0], 0x00);
  EXPECT_EQ(options.swf->hash[31], 0x1F);
  EXPECT_TRUE(options.librtmp.empty()) << "librtmp would fetch the file";
  EXPECT_FALSE(parsed("swfVfy=0 swfSize=1 swfHash=" + std::string(kHash)).swf);
  EXPECT_THAT(refused("swfVfy=1 swfUrl=http://x").message, HasSubstr("never fetched"));
  for (const std::string& wrong :
       {std::string("swfSize=5"), "swfHash=" + std::string(kHash), std::string("swfVfy=2"),
        "swfSize=0 swfHash=" + std::string(kHash), "swfSize=1 swfHash=" + std::string(62, '0'),
        "swfSize=1 swfHash=" + std::string(64, 'g'),
        "swfSize=1 swfHash=0x" + std::string(62, '0')}) {
    EXPECT_EQ(refused(wrong).code, Errc::InvalidArgument) << wrong;
  }
}

TEST(OptionString, TakesTheKindOfHandshake) {
  EXPECT_TRUE(parsed("handshake=digest").digest);
  EXPECT_FALSE(parsed("handshake=plain").digest);
  EXPECT_EQ(refused("handshake=none").code, Errc::InvalidArgument);
}

TEST(OptionString, NamesAKeyThatIsNotTaken) {
  EXPECT_EQ(refused("sock=1").message, "URL: option \"sock\" is unknown");
  EXPECT_EQ(refused("socks=h:1").code, Errc::InvalidArgument);
  EXPECT_THAT(refused("socks=h:1").message, HasSubstr("option socks"));
  EXPECT_EQ(refused("subscribe=x").code, Errc::Unsupported);
  EXPECT_EQ(refused("pubPasswd=hunter2").code, Errc::Unsupported);
  EXPECT_THAT(refused("app=a App=b").message, HasSubstr("option app stands there twice"));
  EXPECT_THAT(refused("live").message, HasSubstr("option number 1 is not of the form key=value"));
  EXPECT_THAT(refused("live=1 =x").message, HasSubstr("option number 2 "));
  EXPECT_LT(refused(std::string(9000, 'k') + "=1").message.size(), 100U);
}

TEST(OptionString, RepeatsNoValue) {
  for (const char* text : {"conn=X:hunter2", "start=hunter2", "pubPasswd=hunter2", "live=hunter2",
                           "conn=NS:hunter2", "swfHash=hunter2", "token=\\hunter2"}) {
    EXPECT_THAT(refused(text).message, Not(HasSubstr("hunter2"))) << text;
  }
}

TEST(OptionString, RefusesControlCharactersAndOverlongText) {
  EXPECT_THAT(refused("app=a\nb").message, HasSubstr("a control character at byte 18"));
  EXPECT_EQ(refused("app=\x7F").code, Errc::InvalidArgument);
  const std::size_t room = 16384 - std::string("rtmp://h/app app=").size();
  EXPECT_EQ(parsed("app=" + std::string(room, 'a')).app.size(), room);
  EXPECT_THAT(refused("app=" + std::string(room + 1, 'a')).message, HasSubstr("16385 bytes"));
}

TEST(ConnOption, ReadsValuesOfEveryType) {
  EXPECT_THAT(arguments("conn=B:1 conn=B:0 conn=N:-1.5e3 conn=S:a:b conn=S: conn=Z:"),
              ElementsAre(AmfValue(true), AmfValue(false), AmfValue(-1500), AmfValue("a:b"),
                          AmfValue(""), AmfValue(nullptr)));
}

TEST(ConnOption, ReadsObjectsInObjects) {
  EXPECT_THAT(arguments("conn=O:1 conn=NN:code:1.25 conn=NO:in:1 conn=NS:flag:ok:1 conn=O:0 "
                        "conn=NB:b:1 conn=O:0 conn=S:end"),
              ElementsAre(AmfValue(AmfObject{
                              {"code", 1.25}, {"in", AmfObject{{"flag", "ok:1"}}}, {"b", true}}),
                          AmfValue("end")));
}

TEST(ConnOption, EndsWhatIsStillOpen) {
  EXPECT_THAT(arguments("conn=O:1 conn=NO:in:1 conn=NN:n:1"),
              ElementsAre(AmfValue(AmfObject{{"in", AmfObject{{"n", 1}}}})));
}

TEST(ConnOption, NamesWhatIsWrong) {
  EXPECT_EQ(refused("conn=B:2").message, "URL: option conn: B: takes 0 or 1");
  EXPECT_THAT(refused("conn=O:0").message, HasSubstr("O:0 ends an object that did not begin"));
  EXPECT_THAT(refused("conn=O:1 conn=S:x").message, HasSubstr("needs a name"));
  EXPECT_THAT(refused("conn=NS:a:x").message, HasSubstr("belongs into an object only"));
  EXPECT_THAT(refused("conn=O:1 conn=NN:a:1 conn=NO:a:1").message, HasSubstr("two values of one"));
  for (const char* wrong : {"", "S", "x", "X:1", "N:", "N:1x", "N:inf", "N:nan", "O:2", "O:"}) {
    EXPECT_EQ(refused("conn=" + std::string(wrong)).code, Errc::InvalidArgument) << wrong;
  }
  for (const char* wrong : {"NS:a", "NS::x", "NX:a:1", "NZ:a:", "NO:a:0", "O:1", "S:x"}) {
    EXPECT_EQ(refused("conn=O:1 conn=" + std::string(wrong)).code, Errc::InvalidArgument) << wrong;
  }
}

TEST(ConnOption, BoundsTheDepth) {
  std::string text = "conn=O:1";
  for (int depth = 2; depth <= 16; ++depth) text += " conn=NO:o:1";
  EXPECT_EQ(arguments(text).size(), 1U);
  EXPECT_THAT(refused(text + " conn=NO:o:1").message, HasSubstr("more than 16 deep"));
}

}  // namespace
}  // namespace multiconnection::util
